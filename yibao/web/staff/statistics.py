"""参保统计 and 缴费统计: figures first, a picture beside them, a list behind each number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.shortcuts import render
from django.urls import reverse

from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import Standing
from yibao.grid.query import Condition, GridQuery
from yibao.payments.providers.base import label
from yibao.people.levels import REVIEWING, Level
from yibao.people.scope import holds
from yibao.plans.models import InsurancePlan
from yibao.reports import funnel
from yibao.reports.funnel import Money, Stage
from yibao.web.access import may_open
from yibao.web.staff.enrolments import EnrolmentGrid
from yibao.web.staff.orders import OrderGrid
from yibao.web.staff.statistics_cells import (
    BASE,
    Cell,
    Head,
    columns_of,
    list_href,
    offered,
    shared,
    words_of,
)

S = Standing
APPLIED = (S.IN_REVIEW, S.AWAITING_PAYMENT, S.ENROLLED)
HEADS = (
    Head("roster", "学生人数"),
    Head("not_required", "不需参保", (S.NOT_REQUIRED,)),
    Head("applied", "已申请", APPLIED, hint="审核中、待缴费和已缴费"),
    *(Head(level.value, f"{level.label}审核", (S.IN_REVIEW,), level.value) for level in REVIEWING),
    Head("awaiting_payment", "待缴费", (S.AWAITING_PAYMENT,)),
    Head("enrolled", "已缴费", (S.ENROLLED,), hint="已参保，含零缴费"),
    Head("elsewhere", "校外参保", (S.ELSEWHERE,)),
    Head("opted_out", "放弃参保", (S.OPTED_OUT,)),
    Head("returned", "已退回", (S.RETURNED,)),
    Head("unregistered", "未登记", (S.UNREGISTERED,)),
)
FUNNEL = (
    HEADS[0],
    Head("base", "需参保", BASE),
    HEADS[2],
    Head("passed", "审核通过", (S.AWAITING_PAYMENT, S.ENROLLED)),
    Head("enrolled", "已缴费", (S.ENROLLED,)),
)
SHARES = (
    ("已缴费", (S.ENROLLED,), "green"),
    ("待缴费", (S.AWAITING_PAYMENT,), "orange"),
    ("审核中", (S.IN_REVIEW,), "blue"),
    ("不参保", (S.ELSEWHERE, S.OPTED_OUT), "neutral"),
    ("未登记", (S.UNREGISTERED, S.RETURNED), "grey"),
)
MOST_BARS = 30
PASSED = ("status", "awaiting_payment,enrolled")
WITH_PAID = (
    "student_no", "name", "college", "class_group", "types", "amount_due", "paid", "channel", "paid_on",
)  # fmt: skip


@dataclass(frozen=True)
class MoneyLinks:
    """What stands behind the people and the amounts of a unit; "" where no list has that sum."""

    people: str
    due: str = ""
    paid: str = ""
    owed: str = ""


@dataclass(frozen=True)
class Line:
    """A row of a table: the names of its unit, then numbers."""

    names: Sequence[Any]
    cells: Sequence[Cell]


def number(head: Head, stage: Stage) -> int:
    """How many a column counts in a unit."""
    return stage.at_level.get(head.level, 0) if head.level else head.number(stage.figures)


def line_of(plan: InsurancePlan, stage: Stage, dimensions: Sequence[str]) -> Line:
    """A unit with the lists behind its numbers."""
    unit = tuple(zip(dimensions, stage.key, strict=False))
    return Line(
        stage.key,
        [
            Cell(number(head, stage), list_href(plan, (*unit, *head.filters)), head.name)
            for head in HEADS
        ],
    )


def enrolment_statistics(request):
    """参保统计: where the students of each unit stand."""
    grid = EnrolmentGrid(request.user, GridQuery.read(request.GET, EnrolmentGrid.params))
    plan = grid.plan
    dimensions = chosen_dimensions(request, ("college",))
    rows = Enrolment.objects.covered_by(request.user, *REVIEWING).filter(plan=plan)
    stages = funnel.funnel(rows, dimensions) if plan else []
    whole = funnel.totals(stages)
    return render(
        request,
        "staff/statistics/enrolments.html",
        {
            "grid": grid,
            "plan": plan,
            "dimensions": offered(dimensions),
            **columns_of(dimensions, [stage.key for stage in stages]),
            "asked": "&".join(f"by={name}" for name in dimensions),
            "heads": HEADS,
            "lines": [line_of(plan, stage, dimensions) for stage in stages],
            "most": MOST_BARS,
            "total": plan and line_of(plan, whole, ()),
            "charts": charts(plan, stages, whole, dimensions) if plan else {},
        },
    )


def chosen_dimensions(request, usual: tuple[str, ...]) -> list[str]:
    """统计维度 of the address; a counselor starts from own classes, a college from its grades."""
    asked = funnel.complete(request.GET.getlist("by"))
    if asked:
        return asked
    if holds(request.user, Level.SCHOOL, Level.FINANCE):
        return list(usual)
    return (
        ["college", "grade"]
        if holds(request.user, Level.COLLEGE)
        else funnel.complete(["class_group"])
    )


def charts(
    plan: InsurancePlan, stages: Sequence[Stage], whole: Stage, dimensions: Sequence[str]
) -> dict[str, Any]:
    """What the pictures draw: the same numbers, each with the same list behind it."""
    ordered = sorted(stages, key=_share_paid)[-MOST_BARS:]
    return {
        "funnel": {
            "kind": "funnel",
            "steps": [
                {
                    "name": head.label,
                    "value": head.number(whole.figures),
                    "href": list_href(plan, head.filters),
                }
                for head in FUNNEL
            ],
        },
        "units": {
            "kind": "shares",
            "names": short_names(dimensions, [stage.key for stage in ordered]),
            "series": [
                {
                    "name": name,
                    "tone": tone,
                    "values": [
                        {
                            "value": sum(stage.figures.as_dict()[s.value] for s in standings),
                            "href": list_href(
                                plan,
                                (
                                    *zip(dimensions, stage.key, strict=True),
                                    ("standing", ",".join(s.value for s in standings)),
                                ),
                            ),
                        }
                        for stage in ordered
                    ],
                }
                for name, standings, tone in SHARES
            ],
        },
    }


def short_names(dimensions: Sequence[str], keys: Sequence[Sequence[Any]]) -> list[str]:
    """Units beside their bars: a class or a major is known without its college, and what all share is known."""
    common = shared(keys)
    if "class_group" in dimensions:
        common = dimensions.index("class_group")
    elif "major" in dimensions:
        common = max(common, dimensions.index("major"))
    return [" ".join(words_of(dimensions[common:], key[common:])) for key in keys]


def _share_paid(stage: Stage) -> tuple[float, int]:
    figures = stage.figures
    return (figures.enrolled / figures.base if figures.base else 0.0, figures.base)


def payment_statistics(request):
    """缴费统计: what is owed, what came in and how; every table sums to the same."""
    grid = OrderGrid(request.user, GridQuery.read(request.GET, OrderGrid.params))
    plan = grid.plan
    dimensions = chosen_dimensions(request, ("college",))
    # Finance sees orders, but not the list of enrolments.
    linked = may_open(request.user, "staff:enrolments")
    rows = Enrolment.objects.covered_by(request.user, *REVIEWING, Level.FINANCE).filter(plan=plan)
    by_unit = funnel.money_by_unit(rows, dimensions) if plan else []
    types = funnel.money_by_type(rows) if plan else []
    whole = funnel.money_in_all(rows) if plan else funnel.NOTHING
    channels = funnel.paid_by_channel(rows) if plan else []
    return render(
        request,
        "staff/statistics/payments.html",
        {
            "grid": grid,
            "plan": plan,
            "dimensions": offered(dimensions),
            **columns_of(dimensions, [money.key for money in by_unit]),
            "asked": "&".join(f"by={name}" for name in dimensions),
            "most": MOST_BARS,
            "whole": (whole, money_links(plan, []) if linked and plan else None),
            "back": whole.back,
            "by_type": [
                (money, MoneyLinks(_type_href(plan, money, types)) if linked else None)
                for money in types
            ],
            "by_channel": [
                (label(name), people, amount, _channel_href(plan, name))
                for name, people, amount in channels
            ],
            "received": (sum(row[1] for row in channels), sum((row[2] for row in channels), 0)),
            "received_href": plan and list_href(plan, [("status", "paid")], page="staff:orders"),
            "by_unit": [
                (
                    money,
                    money_links(plan, zip(dimensions, money.key, strict=True)) if linked else None,
                )
                for money in by_unit
            ],
            "charts": _money_charts(by_unit, whole, dimensions) if plan else {},
        },
    )


def _type_href(plan: InsurancePlan, money: Money, types: Sequence[Money]) -> str:
    """Who took a type; a name inside another name would find too many, so that has no link."""
    name = money.key[0]
    if name == funnel.NO_TYPE or any(name in other.key[0] for other in types if other is not money):
        return ""
    return list_href(plan, [PASSED], conditions=[Condition("and", "types", "has", name)])


def money_links(plan: InsurancePlan, unit: Iterable[tuple[str, Any]]) -> MoneyLinks:
    """The lists whose sums are the amounts of a unit."""
    unit = tuple(unit)
    return MoneyLinks(
        list_href(plan, [*unit, PASSED]),
        due=list_href(plan, [*unit, PASSED]),
        paid=list_href(plan, [*unit, PASSED, ("paying", "paid")], columns=WITH_PAID),
        owed=list_href(plan, [*unit, ("paying", "due")]),
    )


def _channel_href(plan: InsurancePlan, name: str) -> str:
    return list_href(plan, [("channel", name), ("status", "paid")], page="staff:orders")


def _money_charts(
    by_unit: Sequence[Money], whole: Money, dimensions: Sequence[str]
) -> dict[str, Any]:
    """Bars of what came in and what is still owed, the largest first."""
    ordered = sorted(by_unit, key=lambda money: money.due)[-MOST_BARS:]
    return {
        "units": {
            "kind": "money",
            "whole": str(whole.due),
            "names": short_names(dimensions, [money.key for money in ordered]),
            "series": [
                {
                    "name": "实缴",
                    "tone": "green",
                    "values": [{"value": str(money.paid)} for money in ordered],
                },
                {
                    "name": "待缴",
                    "tone": "orange",
                    "values": [{"value": str(money.owed)} for money in ordered],
                },
            ],
        }
    }


def statistics_href(page: str, plan: InsurancePlan) -> str:
    """The address of a statistics page of a plan."""
    return f"{reverse(page)}?plan={plan.pk}"
