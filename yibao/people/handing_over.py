"""移交 and 代理: a counselor's classes go to another, a post is looked after while its holder is away."""

from collections.abc import Collection
from datetime import date, timedelta

from django.utils.timezone import localdate

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import refuse_if
from yibao.people import messages
from yibao.people.levels import ALONE, Level
from yibao.people.models import ClassGroup, Deputy, Post
from yibao.people.posts import noted, why_not_beside, why_not_manage

LONGEST = timedelta(days=366)


def why_not_deputize(post: Post, user: User, from_on: date, until: date, by: User) -> str:
    """代理: somebody else who works here, for days to come, and never beside an office of its own."""
    if refused := why_not_manage(by):
        return refused
    if post.level in ALONE:
        return f"{post}岗位不能由他人代理，请另行任命"
    if user.pk == post.user_id:
        return "代理人不能是本人"
    if user.pk == by.pk:
        return "不能给自己安排代理，请由另一名系统管理员办理"
    if not user.is_active:
        return f"{user.name}的账号已停用，不能代理"
    if until < from_on:
        return "结束日期不能早于开始日期"
    if until < localdate():
        return "结束日期已过，请重新填写"
    if until - from_on > LONGEST:
        return "代理最长一年；更久请移交班级或另行任命"
    overlaps = Deputy.objects.filter(post=post, user=user, from_on__lte=until, until__gte=from_on)
    if overlaps.exists():
        return f"{user.name}在这段时间已经代理{post}岗位"
    return why_not_beside(user, Level(post.level))


def why_not_hand_over(post: Post, to: User, classes: Collection[ClassGroup], by: User) -> str:
    """移交: classes of this counselor to another one, whoever may have that post."""
    if refused := why_not_manage(by):
        return refused
    if post.level != Level.COUNSELOR or not post.is_active:
        return "只有在岗的辅导员可以移交班级"
    if to.pk == post.user_id:
        return "接手的人不能是本人"
    if to.pk == by.pk:
        return "不能把班级移交给自己，请由另一名系统管理员办理"
    if not to.is_active:
        return f"{to.name}的账号已停用，不能接手"
    if not classes:
        return "请勾选要移交的班级"
    mine = set(post.class_groups.values_list("pk", flat=True))
    if any(group.pk not in mine for group in classes):
        return "所选班级已不在其名下，请刷新后重新选择"
    return why_not_beside(to, Level.COUNSELOR)


def deputize(
    post: Post, user: User, days: tuple[date, date], *, by: User, reason: str = ""
) -> Deputy:
    """安排代理; on the last day's end it is over by itself. Raises `Refused`."""
    from_on, until = days
    with noted("deputize", post.user, by, post=str(post), deputy=user.name):
        refuse_if(why_not_deputize(post, user, from_on, until, by))
        deputy = Deputy.objects.create(
            post=post, user=user, from_on=from_on, until=until, reason=reason.strip()
        )
        said = {"from": str(from_on), "until": str(until), "why": reason.strip()}
        audit.record("deputize", post.user, by=by, post=str(post), deputy=user.name, **said)
        messages.deputized(deputy, by=by)
    return deputy


def end_deputy(deputy: Deputy, *, by: User) -> None:
    """结束代理 now; what was done stays in the records. Raises `Refused`."""
    post = deputy.post
    with noted("end_deputy", post.user, by, post=str(post), deputy=deputy.user.name):
        refuse_if(why_not_manage(by))
        deputy.delete()
        audit.record("end_deputy", post.user, by=by, post=str(post), deputy=deputy.user.name)


def hand_over(post: Post, to: User, classes: Collection[ClassGroup], *, by: User) -> Post:
    """移交班级: at once and together; reviews that wait go with the classes. Raises `Refused`."""
    with noted("hand_over_classes", post.user, by, post=str(post), to=to.name):
        # Two hand-overs of one counselor's classes meet here.
        list(Post.objects.filter(user__in=[post.user_id, to.pk]).order_by("pk").select_for_update())
        refuse_if(why_not_hand_over(post, to, classes, by))
        receiving, _ = Post.objects.update_or_create(
            user=to, level=Level.COUNSELOR, college=None, defaults={"is_active": True}
        )
        post.class_groups.remove(*classes)
        receiving.class_groups.add(*classes)
        names = [str(group) for group in classes]
        for person in (post.user, to):
            said = {"from": post.user.name, "to": to.name, "classes": names}
            audit.record("hand_over_classes", person, by=by, **said)
        messages.handed_over(post.user, to, names, by=by)
    return receiving


def set_phone(post: Post, phone: str, *, by: User) -> None:
    """办公电话 of a post: whom to call when something is missing."""
    refuse_if(why_not_manage(by))
    Post.objects.filter(pk=post.pk).update(phone=phone.strip())
    audit.record("set_phone", post.user, by=by, post=str(post))
