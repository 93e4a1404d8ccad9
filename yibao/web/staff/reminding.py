"""催办: the button that reminds students of a list, and the column that says who was told when."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime, now

from yibao.enrolment import reminding
from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import Status
from yibao.grid.actions import Action
from yibao.grid.columns import Moment, Text
from yibao.notify.channels import channels, labels
from yibao.notify.models import DeliveryState
from yibao.notify.sending import quiet_until
from yibao.web.staff.opinions import opinion


def _about(rows: Sequence[Enrolment]) -> tuple[str, dict[str, Any]]:
    """What the preview says of those who would be reminded: of what, and by which ways when."""
    until = quiet_until(now())
    return "staff/reminding/_about.html", {
        "pay": sum(row.status == Status.AWAITING_PAYMENT for row in rows),
        "register": sum(row.status != Status.AWAITING_PAYMENT for row in rows),
        "ways": labels(channels()),
        "until": localtime(until) if until else None,
    }


REMIND = Action(
    name="remind",
    label="发送提醒",
    icon="bell",
    run=reminding.remind,
    why_not=reminding.why_not_remind,
    ready=lambda rows: rows.select_related("plan", "student"),
    about=_about,
    fields={"words": opinion("remind", "附言", help_text="加在提醒后面，不要写证件号码和手机号")},
)


def _reminded(at: datetime | None, by: str | None, ways: str | None) -> str:
    """When, by whom, and by which ways: 11-21 09:05 李老师（站内、邮件）."""
    if at is None:
        return ""
    outside = (way.split(":") for way in (ways or "").split(",") if way)
    words = _ways((channel, DeliveryState(state)) for channel, state in outside)
    return f"{localtime(at):%m-%d %H:%M} {by or '系统'}（{words}）"


def reminded(row: Enrolment) -> list[dict[str, Any]]:
    """提醒记录 of a dialog: when, by whom, by which ways, and whether it was read."""
    return [
        {
            "at": told.created_at,
            "by": told.by.name if told.by else "系统",
            "title": told.title,
            "ways": _ways((one.channel, DeliveryState(one.state)) for one in told.deliveries.all()),
            "read_at": told.read_at,
        }
        for told in reminding.reminders_of(row)
    ]


def _ways(outside: Iterable[tuple[str, DeliveryState]]) -> str:
    """站内、邮件: the inbox always, and what went outside."""
    return "、".join(["站内", *(_way(channel, state) for channel, state in sorted(outside))])


def _way(channel: str, state: DeliveryState) -> str:
    """A channel, and where it is not simply sent, how far it is."""
    return labels([channel]) + ("" if state == DeliveryState.SENT else state.label)


REMINDED = Text(
    name="reminded",
    label="上次提醒",
    needs=("reminded_at", "reminded_by", "reminded_ways"),
    value=_reminded,
    sort_path="reminded_at",
    width="l",
)
REMINDED_AT = Moment(name="reminded_at", label="上次提醒时间")
