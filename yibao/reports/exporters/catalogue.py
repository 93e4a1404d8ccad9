"""导出报表: which reports there are, who may have which, and handing one out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import Refused, refuse_if
from yibao.people.levels import REVIEWING, Level
from yibao.people.scope import holds
from yibao.plans.models import InsurancePlan
from yibao.reports.exporters import base, rate_tables, statistics, students
from yibao.reports.exporters.base import Sheet


@dataclass(frozen=True)
class Form:
    """A type of report."""

    key: str
    label: str
    hint: str
    make: Callable[..., Sheet]
    levels: tuple[Level, ...] = REVIEWING
    of_rates: bool = False
    by_dimensions: bool = False


FORMS = {
    form.key: form
    for form in (
        Form(
            "grade-rates",
            "年级参保率汇总表",
            "各年级的实时参保率和上报状态",
            rate_tables.grade_rates,
            of_rates=True,
        ),
        Form(
            "college-rates",
            "学院参保率汇总表",
            "各学院的实时参保率和上报状态",
            rate_tables.college_rates,
            (Level.COLLEGE, Level.SCHOOL),
            of_rates=True,
        ),
        Form(
            "school-rate",
            "学校参保率汇总表",
            "经学校审核通过的各学院上报数据和全校合计",
            rate_tables.school_rate,
            (Level.SCHOOL,),
            of_rates=True,
        ),
        Form(
            "not-insured",
            "未参保学生名单",
            "应参保而未参保的学生，含当前状态、原因和辅导员",
            students.not_insured,
        ),
        Form(
            "enrolments",
            "参保统计表",
            "各环节人数，按学院、专业、年级、班级",
            statistics.enrolments,
            by_dimensions=True,
        ),
        Form(
            "payments",
            "缴费统计表",
            "应缴、实缴、待缴、减免，按学院、专业、年级、班级",
            statistics.payments,
            (*REVIEWING, Level.FINANCE),
            by_dimensions=True,
        ),
        Form(
            "opt-out-reasons",
            "不参保原因统计表",
            "各学院审核通过的不参保登记，按原因",
            students.opt_out_reasons,
        ),
    )
}


def why_not_export(form: Form, plan: InsurancePlan, by: User) -> str:
    """导出 a report of a plan."""
    if not holds(by, *form.levels):
        return f"“{form.label}”由{'、'.join(level.label for level in form.levels)}导出"
    if form.of_rates and not plan.rate_reporting:
        return "本计划不上报参保率"
    return ""


def export(
    key: str, plan: InsurancePlan, target: IO[bytes], *, by: User, dimensions: tuple[str, ...] = ()
) -> Form:
    """Write a report; it leaves a line in the trail. Raises `Refused`."""
    form = FORMS.get(key)
    if form is None:
        raise Refused("没有这种报表，请重新选择")
    refuse_if(why_not_export(form, plan, by))
    chosen = {"dimensions": dimensions} if form.by_dimensions and dimensions else {}
    rows = base.write(form.make(plan, by, **chosen), target, by=by.name, at=now())
    audit.record("export_report", plan, by=by, report=form.label, rows=rows)
    return form
