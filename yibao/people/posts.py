"""岗位 verbs: who works here, at which post, over which students; by the administrator.

Three offices stay apart: who manages accounts sees no student, who reads the trail does nothing else,
and neither can be given to oneself or die out. A refusal leaves its line in the trail, like any act.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from yibao.accounts import flow as accounts_flow
from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import Refused, refuse_if
from yibao.common.outcome import Outcome
from yibao.people.levels import ALONE, Level
from yibao.people.models import ClassGroup, College, Post, Student
from yibao.people.scope import holds

# Without letters and digits that look alike when read out.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 12


def why_not_manage(by: User) -> str:
    """Accounts and posts are the administrator's, and nobody else's."""
    return "" if holds(by, Level.ADMIN) else "只有系统管理员可以维护人员与岗位"


def why_not_take(number: str, holder: User) -> str:
    """A number has one account. Whose it is, is said of staff: an administrator sees no students."""
    if Student.objects.filter(user=holder).exists():
        return f"{number} 已被占用，不能用作工号，请核对"
    return f"{number} 已是{holder.name}的账号，请直接为其添加岗位"


def why_not_post(level: Level, college: College | None, classes: Sequence[ClassGroup]) -> str:
    """A post covers what its level says: a college, or classes, or everybody."""
    if level == Level.COLLEGE and college is None:
        return "学院岗位请选择学院"
    if level != Level.COLLEGE and college is not None:
        return "只有学院岗位需要选择学院"
    if level != Level.COUNSELOR and classes:
        return "只有辅导员岗位可以选择所带班级"
    return ""


def why_not_give(user: User, level: Level, by: User) -> str:
    """Nobody gives themselves a post, not even a second administrator's."""
    if user.pk == by.pk:
        return "不能给自己添加岗位，请由另一名系统管理员办理"
    return why_not_beside(user, level)


def why_not_beside(user: User, level: Level) -> str:
    """系统管理员 and 审计 hold no post beside it."""
    for post in Post.objects.filter(user=user, is_active=True).exclude(level=level):
        for alone in ALONE:
            if alone in (level, post.level):
                held = f"{user.name}现在的岗位是{post}"
                return f"{alone.label}不能兼任其他岗位，{held}，请先撤销或换一个账号"
    return ""


def why_not_switch_off(rows: Sequence[User], by: User) -> dict[int, str]:
    """停用: never oneself, and never the last administrator or auditor."""
    refused, last = why_not_manage(by), _last_of({row.pk for row in rows}, ALONE)

    def reason(row: User) -> str:
        if refused:
            return refused
        if row.pk == by.pk:
            return "不能停用自己的账号"
        if row.pk in last:
            return last[row.pk]
        return "" if row.is_active else "账号已停用"

    answers = ((row.pk, reason(row)) for row in rows)
    return {pk: why for pk, why in answers if why}


def why_not_end(post: Post, by: User) -> str:
    """撤销岗位: never the last administrator's or auditor's."""
    if refused := why_not_manage(by):
        return refused
    alone = [level for level in ALONE if level == post.level]
    return _last_of({post.user_id}, alone).get(post.user_id, "")


def _last_of(users: set[int], levels: Iterable[Level]) -> dict[int, str]:
    """Why some of these users must stay: without them nobody would be left at a level."""
    last: dict[int, str] = {}
    for level in levels:
        held = Post.objects.filter(level=level, is_active=True, user__is_active=True)
        holders = set(held.values_list("user", flat=True))
        if holders <= users:
            last |= dict.fromkeys(holders, f"至少要保留一名{level.label}")
    return last


def add_person(number: str, name: str, *, by: User) -> User:
    """添加人员. Raises `Refused` when the number is taken."""
    with noted("add_person", None, by):
        refuse_if(why_not_manage(by))
        defaults = {"name": name, "password": make_password(None)}
        user, is_new = User.objects.get_or_create(username=number, defaults=defaults)
        refuse_if("" if is_new else why_not_take(number, user))
        audit.record("add_person", user, by=by)
    return user


def give_post(
    user: User,
    level: Level,
    *,
    by: User,
    college: College | None = None,
    classes: Iterable[ClassGroup] = (),
) -> Post:
    """添加岗位, or change the classes of one the person holds. Raises `Refused`."""
    chosen = list(classes)
    with noted("give_post", user, by, post=level.label):
        # Two posts given to one person at once see each other.
        _locked(User.objects.filter(pk=user.pk))
        refuse_if(why_not_manage(by))
        refuse_if(why_not_post(level, college, chosen))
        refuse_if(why_not_give(user, level, by))
        post, _ = Post.objects.update_or_create(
            user=user, level=level, college=college, defaults={"is_active": True}
        )
        post.class_groups.set(chosen)
        audit.record("give_post", user, by=by, post=str(post), classes=[str(c) for c in chosen])
    return post


def end_post(post: Post, *, by: User) -> Post:
    """撤销岗位; what was done at it stays in the records. Raises `Refused`."""
    with noted("end_post", post.user, by, post=str(post)):
        _hold_still()
        refuse_if(why_not_end(post, by))
        post.is_active = False
        post.save(update_fields=["is_active"])
        audit.record("end_post", post.user, by=by, post=str(post))
    return post


@transaction.atomic
def switch_off(users: QuerySet[User], *, by: User) -> Outcome:
    """停用: nobody can sign in to the account any more, and its sessions end."""
    rows = _locked(users)
    _hold_still()
    reasons = why_not_switch_off(rows, by)
    pks = [row.pk for row in rows if row.pk not in reasons]
    User.objects.filter(pk__in=pks).update(is_active=False)
    audit.record_many(
        audit.entry("switch_off_refused", row, by=by, why=reasons[row.pk])
        if row.pk in reasons
        else audit.entry("switch_off", row, by=by)
        for row in rows
    )
    _end_sessions(set(pks))
    return Outcome(pks, reasons)


@transaction.atomic
def switch_on(users: QuerySet[User], *, by: User) -> Outcome:
    """启用 again."""
    refuse_if(why_not_manage(by))
    rows = _locked(users)
    User.objects.filter(pk__in=[row.pk for row in rows]).update(is_active=True)
    audit.record_many(audit.entry("switch_on", row, by=by) for row in rows)
    return Outcome([row.pk for row in rows])


def new_password(user: User, *, by: User) -> str:
    """重置密码: a random initial password, shown once and to be replaced. Raises `Refused`."""
    refuse_if(why_not_manage(by))
    password = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    accounts_flow.give_initial_password(user, password, by=by)
    return password


@contextmanager
def noted(action: str, subject: User | None, by: User, **data: str) -> Iterator[None]:
    """One transaction; when it is refused, that alone stays in the trail."""
    try:
        with transaction.atomic():
            yield
    except Refused as refused:
        audit.record(f"{action}_refused", subject, by=by, **data, why=str(refused))
        raise


def _locked(users: QuerySet[User]) -> list[User]:
    """In pk order; their names may still be written into the trail by others (`no_key`)."""
    return list(users.order_by("pk").select_for_update(no_key=True))


def _hold_still() -> None:
    """Two administrators who remove each other at once do it one after the other."""
    held = Post.objects.filter(level__in=ALONE).order_by("pk")
    list(held.select_for_update().values_list("pk", flat=True))


def _end_sessions(users: set[int]) -> None:
    for session in Session.objects.filter(expire_date__gt=now()):
        if int(session.get_decoded().get("_auth_user_id", 0)) in users:
            session.delete()
