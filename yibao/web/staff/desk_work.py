"""What waits for a person in a plan. A further kind of work adds its function to `WORK`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.urls import reverse

from yibao.enrolment.states import Status
from yibao.grid.query import Condition
from yibao.people.codes import ON_ROLL
from yibao.people.levels import Level
from yibao.people.scope import holds
from yibao.plans.models import InsurancePlan
from yibao.reports import units
from yibao.reports.states import RateStatus
from yibao.web.staff.cash import CashGrid
from yibao.web.staff.enrolments import EnrolmentGrid, ReviewGrid, UnregisteredGrid
from yibao.web.staff.plan_lists import PlanGrid, asking, counted_in
from yibao.web.staff.rates_grids import CollegeRateGrid, GradeRateGrid

HANDED_IN = (("status", RateStatus.HANDED_IN.value),)
UNDER_WAY = (Status.IN_REVIEW, Status.OPTED_OUT)
REVIEW_ICONS = ("clipboard-check", "eye")
OWED_PAPERS = (
    "材料待补",
    "file-certificate",
    (
        Condition("and", "status", "in", ",".join(UNDER_WAY)),
        Condition("and", "evidence", "in", "missing"),
        Condition("or", "status", "in", ",".join(UNDER_WAY)),
        Condition("and", "statement", "in", "outstanding"),
    ),
)
LEFT_SCHOOL = (
    "已离校、尚未了结",
    "user-off",
    (
        Condition("and", "roster_status", "out", ",".join(ON_ROLL)),
        Condition("and", "status", "in", "in_review,awaiting_payment"),
    ),
)
TO_HAND_IN = (None, RateStatus.RETURNED)


@dataclass(frozen=True)
class Item:
    """Something that waits: its number is the number of rows of the list it leads to."""

    label: str
    number: int
    href: str
    act: str
    icon: str
    unit: str = "人"
    note: str = ""


def waiting(
    name: str, grid: type[PlanGrid], user: Any, plan: InsurancePlan, **query: Any
) -> tuple[int, str]:
    """How many rows a list of the plan has, and its address."""
    number = counted_in(grid, user, plan, **query).narrowed.count()
    return number, f"{reverse(name)}?{asking(plan, **query)}"


def to_review(user: Any, plan: InsurancePlan) -> Iterator[Item]:
    """待我审核, sorted by what the automatic checks found."""
    for part, icon in zip(counted_in(ReviewGrid, user, plan).parts[1:], REVIEW_ICONS, strict=True):
        href = f"{reverse('staff:reviews')}{part.href}"
        yield Item("待我审核", part.number, href, "去审核", icon, note=part.label)


def exceptions(user: Any, plan: InsurancePlan) -> Iterator[Item]:
    """What has gone on and cannot be finished: papers that are owed, students who have left."""
    for label, icon, conditions in (OWED_PAPERS, LEFT_SCHOOL):
        number, href = waiting("staff:enrolments", EnrolmentGrid, user, plan, conditions=conditions)
        if number:
            yield Item(label, number, href, "去处理", icon)


def to_register(user: Any, plan: InsurancePlan) -> Iterator[Item]:
    """未登记, and how many of them were returned."""
    number, href = waiting("staff:unregistered", UnregisteredGrid, user, plan)
    returned, _ = waiting(
        "staff:unregistered",
        UnregisteredGrid,
        user,
        plan,
        filters=(("status", Status.RETURNED.value),),
    )
    note = f"其中已退回 {returned} 人" if returned else ""
    yield Item("未登记", number, href, "看名单", "user-question", note=note)


def to_pay(user: Any, plan: InsurancePlan) -> Iterator[Item]:
    """待缴费: to cash for counselors where the plan takes cash, else the list."""
    if holds(user, Level.COUNSELOR) and not holds(user, Level.COLLEGE, Level.SCHOOL):
        number, href = waiting("staff:cash", CashGrid, user, plan)
        yield Item("待缴费", number, href, "现金缴费", "cash")
        return
    owing = (("status", Status.AWAITING_PAYMENT.value),)
    number, href = waiting("staff:enrolments", EnrolmentGrid, user, plan, filters=owing)
    yield Item("待缴费", number, href, "看名单", "cash")


def rates_to_hand_in(user: Any, plan: InsurancePlan) -> Iterator[Item]:
    """年级参保率 of a counselor's grades, 学院参保率 of an officer's college."""
    if not plan.rate_reporting:
        return
    pairs = units.counseled_by(user)
    if pairs:
        mine = (Q(**{units.COLLEGE: college, units.GRADE: grade}) for college, grade in pairs)
        due = _due(units.grade_rates([plan], reduce(or_, mine)))
        ready = sum(not (one.live.to_register or one.live.in_review) for one in due)
        note = f"{ready} 个年级可以提交" if ready else "还有学生未登记或待审核" if due else ""
        href = f"{reverse('staff:grade_rates')}?{asking(plan)}"
        yield Item("年级参保率待上报", len(due), href, "去上报", "percentage", "个年级", note)
    colleges = units.overseen_by(user)
    if colleges:
        due = _due(units.college_rates(plan, sorted(colleges)))
        href = f"{reverse('staff:college_rates')}?{asking(plan)}"
        yield Item("学院参保率待上报", len(due), href, "去上报", "building", "个学院")


def _due(found: list[units.UnitRate]) -> list[units.UnitRate]:
    """Never handed in, or returned."""
    return [one for one in found if one.status in TO_HAND_IN]


def rates_to_decide(user: Any, plan: InsurancePlan) -> Iterator[Item]:
    """What was handed in to a college, and to the school."""
    if not plan.rate_reporting:
        return
    if holds(user, Level.COLLEGE):
        number, href = waiting("staff:grade_rates", GradeRateGrid, user, plan, filters=HANDED_IN)
        yield Item("年级参保率待审核", number, href, "去审核", "percentage", "个年级")
    if holds(user, Level.SCHOOL):
        number, href = waiting(
            "staff:college_rates", CollegeRateGrid, user, plan, filters=HANDED_IN
        )
        yield Item("学院参保率待审核", number, href, "去审核", "building", "个学院")


WORK: list[Callable[[Any, InsurancePlan], Iterator[Item]]] = [
    to_review,
    to_register,
    to_pay,
    exceptions,
    rates_to_hand_in,
    rates_to_decide,
]
