"""The desk of the administrator: what did not go through by itself, and which days come next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.timezone import localtime, now

from yibao.payments.clocks import how_wrong
from yibao.people.levels import Level
from yibao.people.scope import holds
from yibao.people.system import last_backup
from yibao.plans.models import InsurancePlan
from yibao.web.staff.desk_work import Item
from yibao.web.staff.people import PeopleGrid
from yibao.web.staff.system import FailedDeliveryGrid, FailedJobGrid, LockGrid

LATE = timedelta(days=2)
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
class Backup:
    """上次备份, and whether that is too long ago."""

    words: str
    is_late: bool


@dataclass(frozen=True)
class System:
    """What an administrator sees first."""

    items: list[Item]
    days: list[Day]
    backup: "Backup"
    clock: str


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
    return System(items, _next_days(user), backup_of(last_backup()), clock_of(how_wrong()))


def backup_of(at: datetime | None) -> Backup:
    """In words; more than two days old or never is late."""
    if at is None:
        return Backup("还没有备份过。请让服务器每天运行 yibao backup，见安装说明", is_late=True)
    is_late = now() - at > LATE
    advice = "；超过两天没有备份，请检查服务器的定时任务" if is_late else ""
    return Backup(f"上次备份 {localtime(at):%Y-%m-%d %H:%M}{advice}", is_late)


def clock_of(seconds: int) -> str:
    """What is wrong with our clock, if anything."""
    if not seconds:
        return ""
    way = "慢" if seconds > 0 else "快"
    return (
        f"本机时间比支付渠道{way}约 {abs(seconds)} 秒，渠道的到账通知会被拒收，缴费只能靠每分钟的查询确认。"
        "请让服务器与网络时间同步（如 systemd-timesyncd、chrony）"
    )


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
