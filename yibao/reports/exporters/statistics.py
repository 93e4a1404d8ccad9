"""参保统计表 and 缴费统计表."""

from collections.abc import Sequence
from typing import Any

from yibao.enrolment.models import Enrolment
from yibao.payments.providers.base import label
from yibao.people.levels import REVIEWING, Level
from yibao.plans.models import InsurancePlan
from yibao.reports import funnel
from yibao.reports.exporters.base import Column, Sheet
from yibao.reports.funnel import Money, Stage

USUAL = ("college", "grade")


def enrolments(plan: InsurancePlan, user: Any, dimensions: Sequence[str] = USUAL) -> Sheet:
    """参保统计表 by the chosen dimensions."""
    dimensions = funnel.complete(dimensions) or list(USUAL)
    rows = Enrolment.objects.covered_by(user, *REVIEWING).filter(plan=plan)
    stages = funnel.funnel(rows, dimensions)
    return Sheet(
        "参保统计表",
        str(plan),
        (
            *_dimensions(dimensions),
            Column("学生人数", "count"),
            Column("不需要参保", "count"),
            Column("已申请", "count"),
            *(Column(f"{level.label}审核", "count") for level in REVIEWING),
            Column("待缴费", "count"),
            Column("已缴费", "count"),
            Column("校外参保", "count"),
            Column("放弃参保", "count"),
            Column("已退回", "count"),
            Column("未登记", "count"),
        ),
        [(*stage.key, *_stage(stage)) for stage in stages],
        (*_total(dimensions), *_stage(funnel.totals(stages))),
        (
            "学生人数＝不需要参保＋已申请＋校外参保＋放弃参保＋已退回＋未登记；"
            "已申请＝各级审核中＋待缴费＋已缴费（含零缴费）。",
        ),
    )


def payments(plan: InsurancePlan, user: Any, dimensions: Sequence[str] = USUAL) -> Sheet:
    """缴费统计表 by the chosen dimensions, with 参保类型 and 缴费方式 below."""
    dimensions = funnel.complete(dimensions) or list(USUAL)
    rows = Enrolment.objects.covered_by(user, *REVIEWING, Level.FINANCE).filter(plan=plan)
    types = "；".join(
        f"{money.key[0]} {money.people} 人，应缴 {money.due:,.2f} 元，"
        f"实缴 {money.paid:,.2f} 元，待缴 {money.owed:,.2f} 元"
        for money in funnel.money_by_type(rows)
    )
    channels = "；".join(
        f"{label(name)} {people} 笔 {amount:,.2f} 元"
        for name, people, amount in funnel.paid_by_channel(rows)
    )
    return Sheet(
        "缴费统计表",
        str(plan),
        (
            *_dimensions(dimensions),
            Column("应缴人数", "count"),
            Column("标准金额", "money"),
            Column("减免金额", "money"),
            Column("应缴金额", "money"),
            Column("实缴金额", "money"),
            Column("已退金额", "money"),
            Column("待缴金额", "money"),
        ),
        [(*money.key, *_money(money)) for money in funnel.money_by_unit(rows, dimensions)],
        (*_total(dimensions), *_money(funnel.money_in_all(rows))),
        (
            f"按参保类型：{types or '还没有审核通过的参保申请'}。",
            f"实缴按缴费方式：{channels or '还没有到账'}。",
            "应缴人数为审核通过、选择参保的学生，含零缴费；应缴＝标准－减免，待缴＝应缴－实缴－已退；"
            "已退为应缴不变而退还的金额，不分参保类型。",
        ),
    )


def _dimensions(dimensions: Sequence[str]) -> list[Column]:
    return [
        Column(funnel.DIMENSIONS[name][0], "count" if name == "grade" else "text", width)
        for name, width in ((name, 10 if name == "grade" else 22) for name in dimensions)
    ]


def _total(dimensions: Sequence[str]) -> tuple[str, ...]:
    return ("合计", *[""] * (len(dimensions) - 1))


def _stage(stage: Stage) -> Sequence[int]:
    figures = stage.figures
    return (
        figures.roster,
        figures.not_required,
        stage.applied,
        *(stage.at_level.get(level.value, 0) for level in REVIEWING),
        figures.awaiting_payment,
        figures.enrolled,
        figures.elsewhere,
        figures.opted_out,
        figures.returned,
        figures.unregistered,
    )


def _money(money: Money) -> Sequence[Any]:
    return money.people, money.premium, money.reduced, money.due, money.paid, money.back, money.owed
