"""公告 verbs: what the school office puts on home pages, changes and takes down again."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import refuse_if
from yibao.people.levels import Level
from yibao.people.models import Announcement
from yibao.people.scope import holds

OFFICE_ONLY = "只有学校医保办公室可以发布公告"


def faults(values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with values taken together, by field."""
    start, end = values.get("shown_from"), values.get("shown_until")
    if start and end and start >= end:
        return {"shown_until": "显示截止时间须晚于显示开始时间"}
    return {}


def why_not_withdraw(announcement: Announcement, by: User) -> str:
    """撤下 what still stands or will."""
    if not holds(by, Level.SCHOOL):
        return OFFICE_ONLY
    return "这条公告已经撤下" if announcement.withdrawn_at else ""


@transaction.atomic
def publish(announcement: Announcement, values: Mapping[str, Any], *, by: User) -> Announcement:
    """发布, or 修改 one that was published; one that was taken down stands again. Raises `Refused`."""
    refuse_if("" if holds(by, Level.SCHOOL) else OFFICE_ONLY)
    refuse_if(next(iter(faults(values).values()), ""))
    is_new = announcement.pk is None
    for name, value in values.items():
        setattr(announcement, name, value)
    announcement.by, announcement.withdrawn_at = by, None
    announcement.save()
    audit.record(
        "publish_announcement" if is_new else "change_announcement",
        announcement,
        by=by,
        name=announcement.title,
    )
    return announcement


@transaction.atomic
def withdraw(announcement: Announcement, *, by: User) -> None:
    """撤下: nobody sees it any more; it is kept. Raises `Refused`."""
    row = Announcement.objects.select_for_update().get(pk=announcement.pk)
    refuse_if(why_not_withdraw(row, by))
    row.withdrawn_at = now()
    row.save(update_fields=["withdrawn_at"])
    audit.record("withdraw_announcement", row, by=by, name=row.title)
