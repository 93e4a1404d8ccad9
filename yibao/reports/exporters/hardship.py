"""贫困生参保情况表."""

from typing import Any

from yibao.people.levels import REVIEWING
from yibao.plans.models import InsurancePlan
from yibao.reports import hardship
from yibao.reports.exporters.base import Column, Sheet
from yibao.reports.hardship import Covered

NOTE = (
    "贫困生为本学年有效认定的学生。参保按审核通过统计，待缴费和已缴费都计入；"
    "在校参保率＝参保÷应参保，综合参保率＝（参保＋校外参保）÷应参保；减免为审核通过的参保申请的减免金额。"
)


def coverage(plan: InsurancePlan, user: Any) -> Sheet:
    """贫困生参保情况表 by major."""
    lines = hardship.by_major(hardship.recognised(plan, user, *REVIEWING))
    return Sheet(
        "贫困生参保情况表",
        str(plan),
        (
            Column("学院", width=20),
            Column("专业", width=20),
            Column("贫困生", "count"),
            Column("不需参保", "count"),
            Column("应参保", "count"),
            Column("参保", "count"),
            Column("已缴费", "count"),
            Column("校外参保", "count"),
            Column("放弃参保", "count"),
            Column("未登记", "count"),
            Column("审核中", "count"),
            Column("在校参保率", "rate"),
            Column("综合参保率", "rate"),
            Column("减免金额", "money"),
        ),
        [(*line.key, *_figures(line)) for line in lines],
        ("合计", "", *_figures(hardship.total(lines))),
        (NOTE,),
    )


def _figures(line: Covered) -> tuple[Any, ...]:
    figures = line.figures
    return (
        figures.roster,
        figures.not_required,
        figures.base,
        figures.joined,
        figures.enrolled,
        figures.elsewhere,
        figures.opted_out,
        figures.to_register,
        figures.in_review,
        figures.campus_rate,
        figures.coverage_rate,
        line.reduced,
    )
