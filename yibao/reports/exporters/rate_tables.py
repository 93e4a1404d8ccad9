"""年级, 学院 and 学校参保率汇总表."""

from collections.abc import Iterable, Sequence
from typing import Any

from yibao.people.levels import Level
from yibao.people.scope import holds
from yibao.plans.models import InsurancePlan
from yibao.reports import rates, units
from yibao.reports.exporters.base import Column, Sheet
from yibao.reports.rates import Figures
from yibao.reports.units import UnitRate

FIGURES = (
    Column("学生总数", "count"),
    Column("不需要参保", "count"),
    Column("应参保", "count"),
    Column("参保", "count"),
    Column("校外参保", "count"),
    Column("放弃参保", "count"),
    Column("未登记", "count"),
    Column("审核中", "count"),
    Column("在校参保率", "rate"),
    Column("综合参保率", "rate"),
)
COUNTING = (
    "参保按审核通过统计，待缴费和已缴费都计入；未登记含已退回。"
    "在校参保率＝参保÷应参保，综合参保率＝（参保＋校外参保）÷应参保，应参保＝学生总数－不需要参保。"
)


def grade_rates(plan: InsurancePlan, user: Any) -> Sheet:
    """年级参保率汇总表: live, with the state of handing in."""
    found = units.grade_rates([plan], units.within(user))
    return Sheet(
        "年级参保率汇总表",
        str(plan),
        (Column("学院", width=24), Column("年级", width=10), *FIGURES, *STATE),
        [(u.college.name, u.name, *_figures(u.live), *_state(u)) for u in found],
        ("合计", "", *_figures(_total(found)), "", "", None),
        (COUNTING,),
    )


def college_rates(plan: InsurancePlan, user: Any) -> Sheet:
    """学院参保率汇总表: live, with the state of handing in."""
    found = units.college_rates(plan, _colleges(user))
    return Sheet(
        "学院参保率汇总表",
        str(plan),
        (Column("学院", width=24), *FIGURES, *STATE),
        [(u.college.name, *_figures(u.live), *_state(u)) for u in found],
        ("合计", *_figures(_total(found)), "", "", None),
        (COUNTING,),
    )


def school_rate(plan: InsurancePlan, _user: Any) -> Sheet:
    """学校参保率汇总表: what the school has accepted, as it was handed in."""
    found = units.college_rates(plan)
    accepted = [unit for unit in found if unit.is_accepted]
    missing = [unit.college.name for unit in found if not unit.is_accepted]
    late = (
        f"尚未通过的学院，不在合计内：{'、'.join(missing)}" if missing else "全部学院均已通过审核"
    )
    return Sheet(
        "学校参保率汇总表",
        f"{plan}（各学院上报并经学校审核通过的数据）",
        (Column("学院", width=24), *FIGURES, *STATE),
        [
            (unit.college.name, *_figures(unit.frozen or Figures()), *_state(unit))
            for unit in accepted
        ],
        ("全校合计", *_figures(rates.total(u.frozen or Figures() for u in accepted)), "", "", None),
        (late, COUNTING),
    )


STATE = (Column("上报状态", width=10), Column("审核意见", width=22), Column("上报时间", "moment"))


def _state(unit: UnitRate) -> Sequence[Any]:
    if unit.report is None:
        return "未上报", "", None
    return unit.report.get_status_display(), unit.report.opinion, unit.report.handed_in_at


def _figures(figures: Figures) -> Sequence[Any]:
    return (
        figures.roster,
        figures.not_required,
        figures.base,
        figures.joined,
        figures.elsewhere,
        figures.opted_out,
        figures.to_register,
        figures.in_review,
        figures.campus_rate,
        figures.coverage_rate,
    )


def _total(found: Iterable[UnitRate]) -> Figures:
    return rates.total(unit.live for unit in found)


def _colleges(user: Any) -> Sequence[int] | None:
    return None if holds(user, Level.SCHOOL) else sorted(units.overseen_by(user))
