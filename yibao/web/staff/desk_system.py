"""The desk of the administrator: what did not go through by itself, and which days come next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.timezone import now

from yibao.people.levels import Level
from yibao.people.scope import holds
from yibao.plans.models import InsurancePlan
from yibao.web.staff.desk_work import Item
from yibao.web.staff.people import PeopleGrid
from yibao.web.staff.system import FailedDeliveryGrid, FailedJobGrid, LockGrid

LISTS = (
    (FailedJobGrid, "staff:failed_jobs", "后台任务失败", "个", "alert-triangle"),
    (FailedDeliveryGrid, "staff:failed_deliveries", "外发未送达", "条", "mail"),
    (LockGrid, "staff:sign_in_locks", "登录锁定", "个", "lock"),
)


@dataclass(frozen=True)
class Day:
    """A time at which something ends or begins for many people."""

    at: datetime
    label: str
    plan: str


@dataclass(frozen=True)
class System:
    """What an administrator sees first."""

    items: list[Item]
    days: list[Day]


def system_of(user: Any) -> System | None:
    """None for whoever is no administrator."""
    if not holds(user, Level.ADMIN):
        return None
    items = []
    for grid, name, label, unit, icon in LISTS:
        number = grid(user).narrowed.count()
        items.append(Item(label, number, reverse(name), "看明细", icon, unit))
    people = PeopleGrid(user).narrowed.count()
    items.append(Item("人员与岗位", people, reverse("staff:people"), "去维护", "users-group", "人"))
    return System(items, _next_days(user))


def _next_days(user: Any) -> list[Day]:
    """Of the open plans what comes next, the soonest first: then many are here at once."""
    at = now()
    days = []
    for plan in InsurancePlan.objects.visible_to(user).open():
        ends = (
            (plan.apply_from, "申请开始"),
            (plan.apply_until, "申请截止"),
            (plan.pay_from, "缴费开始"),
            (plan.pay_until, "缴费截止"),
            (plan.rate_from, "参保率上报开始"),
            (plan.rate_until, "参保率上报截止"),
        )
        days += [Day(when, label, plan.name) for when, label in ends if when and when > at]
    return sorted(days, key=lambda day: day.at)[:6]
