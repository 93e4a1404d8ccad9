"""岗位 verbs: who works here, at which post, over which students; by the administrator."""

import secrets
from collections.abc import Iterable, Sequence

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from yibao.accounts import flow as accounts_flow
from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import refuse_if
from yibao.common.outcome import Outcome
from yibao.people.levels import Level
from yibao.people.models import ClassGroup, College, Post
from yibao.people.scope import holds

# Without letters and digits that look alike when read out.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 12


def why_not_manage(by: User) -> str:
    """Accounts and posts are the administrator's, and nobody else's."""
    return "" if holds(by, Level.ADMIN) else "只有系统管理员可以维护人员与岗位"


def why_not_post(level: Level, college: College | None, classes: Sequence[ClassGroup]) -> str:
    """A post covers what its level says: a college, or classes, or everybody."""
    if level == Level.COLLEGE and college is None:
        return "学院岗位请选择学院"
    if level != Level.COLLEGE and college is not None:
        return "只有学院岗位需要选择学院"
    if level != Level.COUNSELOR and classes:
        return "只有辅导员岗位可以选择所带班级"
    return ""


def why_not_switch_off(rows: Sequence[User], by: User) -> dict[int, str]:
    """停用: never oneself, and never the last administrator."""
    pks = {row.pk for row in rows}
    administrators = set(
        Post.objects.filter(level=Level.ADMIN, is_active=True, user__is_active=True).values_list(
            "user", flat=True
        )
    )
    none_left = not administrators - pks
    refused = why_not_manage(by)

    def reason(row: User) -> str:
        if refused:
            return refused
        if row.pk == by.pk:
            return "不能停用自己的账号"
        if none_left and row.pk in administrators:
            return "至少要保留一名系统管理员"
        return "" if row.is_active else "账号已停用"

    answers = ((row.pk, reason(row)) for row in rows)
    return {pk: why for pk, why in answers if why}


@transaction.atomic
def add_person(number: str, name: str, *, by: User) -> User:
    """添加人员. Raises `Refused` when the number is taken."""
    refuse_if(why_not_manage(by))
    taken = User.objects.filter(username=number).first()
    refuse_if(f"{number} 已是{taken.name}的账号，请直接为其添加岗位" if taken else "")
    user = User.objects.create_user(number, name)
    audit.record("add_person", user, by=by)
    return user


@transaction.atomic
def give_post(
    user: User,
    level: Level,
    *,
    by: User,
    college: College | None = None,
    classes: Iterable[ClassGroup] = (),
) -> Post:
    """添加岗位, or change the classes of one the person holds. Raises `Refused`."""
    refuse_if(why_not_manage(by))
    chosen = list(classes)
    refuse_if(why_not_post(level, college, chosen))
    post, _ = Post.objects.update_or_create(
        user=user, level=level, college=college, defaults={"is_active": True}
    )
    post.class_groups.set(chosen)
    audit.record("give_post", user, by=by, post=str(post), classes=[str(c) for c in chosen])
    return post


@transaction.atomic
def end_post(post: Post, *, by: User) -> Post:
    """撤销岗位; what was done at it stays in the records. Raises `Refused`."""
    refuse_if(why_not_manage(by))
    others = Post.objects.filter(level=Level.ADMIN, is_active=True, user__is_active=True)
    last = post.level == Level.ADMIN and not others.exclude(pk=post.pk).exists()
    refuse_if("至少要保留一名系统管理员" if last else "")
    post.is_active = False
    post.save(update_fields=["is_active"])
    audit.record("end_post", post.user, by=by, post=str(post))
    return post


@transaction.atomic
def switch_off(users: QuerySet[User], *, by: User) -> Outcome:
    """停用: nobody can sign in to the account any more, and its sessions end."""
    rows = list(users.order_by("pk").select_for_update())
    reasons = why_not_switch_off(rows, by)
    pks = [row.pk for row in rows if row.pk not in reasons]
    User.objects.filter(pk__in=pks).update(is_active=False)
    audit.record_many(audit.entry("switch_off", row, by=by) for row in rows if row.pk in pks)
    _end_sessions(set(pks))
    return Outcome(pks, reasons)


@transaction.atomic
def switch_on(users: QuerySet[User], *, by: User) -> Outcome:
    """启用 again."""
    refuse_if(why_not_manage(by))
    rows = list(users.order_by("pk").select_for_update())
    User.objects.filter(pk__in=[row.pk for row in rows]).update(is_active=True)
    audit.record_many(audit.entry("switch_on", row, by=by) for row in rows)
    return Outcome([row.pk for row in rows])


def new_password(user: User, *, by: User) -> str:
    """重置密码: a random initial password, shown once and to be replaced. Raises `Refused`."""
    refuse_if(why_not_manage(by))
    password = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    accounts_flow.give_initial_password(user, password, by=by)
    return password


def _end_sessions(users: set[int]) -> None:
    for session in Session.objects.filter(expire_date__gt=now()):
        if int(session.get_decoded().get("_auth_user_id", 0)) in users:
            session.delete()
