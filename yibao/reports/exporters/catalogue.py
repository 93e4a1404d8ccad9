"""导出报表: which reports there are, who may have which, and handing one out.

A new report is one `Report` here and the function that makes its sheet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import Refused, refuse_if
from yibao.people.levels import REVIEWING, Level
from yibao.people.scope import holds, posts_of
from yibao.plans.models import InsurancePlan
from yibao.reports.exporters import (
    cash,
    hardship,
    paper,
    rate_tables,
    statistics,
    students,
    workbook,
)
from yibao.reports.exporters.base import Imprint, Sheet

WRITERS = {"xlsx": workbook.write, "pdf": paper.write}
SCHOOL_WIDE = (Level.SCHOOL, Level.FINANCE)


@dataclass(frozen=True)
class Report:
    """A type of report: its name, what it says, who may have it, and what makes its sheet."""

    key: str
    label: str
    hint: str
    make: Callable[..., Sheet]
    levels: tuple[Level, ...] = REVIEWING
    of_rates: bool = False
    by_dimensions: bool = False


REPORTS = {
    report.key: report
    for report in (
        Report(
            "grade-rates",
            "年级参保率汇总表",
            "各年级的实时参保率和上报状态",
            rate_tables.grade_rates,
            of_rates=True,
        ),
        Report(
            "college-rates",
            "学院参保率汇总表",
            "各学院的实时参保率和上报状态",
            rate_tables.college_rates,
            (Level.COLLEGE, Level.SCHOOL),
            of_rates=True,
        ),
        Report(
            "school-rate",
            "学校参保率汇总表",
            "经学校审核通过的各学院上报数据和全校合计",
            rate_tables.school_rate,
            (Level.SCHOOL,),
            of_rates=True,
        ),
        Report(
            "enrolments",
            "参保统计表",
            "各环节人数，按学院、专业、年级、班级",
            statistics.enrolments,
            by_dimensions=True,
        ),
        Report(
            "payments",
            "缴费统计表",
            "应缴、实缴、待缴、减免，按学院、专业、年级、班级",
            statistics.payments,
            (*REVIEWING, Level.FINANCE),
            by_dimensions=True,
        ),
        Report(
            "not-insured",
            "未参保学生名单",
            "应参保而未参保的学生，含当前状态、原因和辅导员",
            students.not_insured,
        ),
        Report(
            "opt-out-reasons",
            "不参保原因统计表",
            "各学院审核通过的不参保登记，按原因",
            students.opt_out_reasons,
        ),
        Report(
            "hardship",
            "贫困生参保情况表",
            "贫困生的参保、未登记和减免，按专业",
            hardship.coverage,
        ),
        Report(
            "cash-hand-over",
            "现金缴费交接单",
            "收取的现金，按收款人和交接单，未交接的单列",
            cash.hand_overs,
            (*REVIEWING, Level.FINANCE),
        ),
    )
}


def why_not_export(report: Report, plan: InsurancePlan, by: User) -> str:
    """导出 a report of a plan."""
    if not holds(by, *report.levels):
        return f"“{report.label}”由{'、'.join(level.label for level in report.levels)}导出"
    if report.of_rates and not plan.rate_reporting:
        return "本计划不上报参保率"
    return ""


@dataclass(frozen=True)
class Asked:
    """What somebody chose of a report: the kind of file, and by which units it counts."""

    ending: str = "xlsx"
    dimensions: tuple[str, ...] = ()


def export(
    key: str, plan: InsurancePlan, target: IO[bytes], *, by: User, asked: Asked = Asked()
) -> Report:
    """Write a report; it leaves a line in the trail. Raises `Refused`."""
    report = REPORTS.get(key)
    if report is None:
        raise Refused("没有这种报表，请重新选择")
    refuse_if(why_not_export(report, plan, by))
    write = WRITERS.get(asked.ending)
    if write is None:
        raise Refused("报表只有 Excel 和 PDF 两种格式，请重新选择")
    chosen = {"dimensions": asked.dimensions} if report.by_dimensions and asked.dimensions else {}
    sheet = report.make(plan, by, **chosen)
    write(sheet, target, Imprint(unit_of(by, report), by.name, now()))
    said = {"report": report.label, "rows": len(sheet.rows), "format": asked.ending}
    audit.record("export_report", plan, by=by, **said)
    return report


def unit_of(user: User, report: Report) -> str:
    """Whose figures a report of this person holds, as its head says it."""
    posts = [post for post in posts_of(user) if post.level in report.levels]
    if any(post.level in SCHOOL_WIDE for post in posts):
        return "全校"
    colleges = [str(post.college) for post in posts if post.level == Level.COLLEGE]
    own = any(post.level == Level.COUNSELOR for post in posts)
    return "、".join([*colleges, *([f"{user.name}所带班级"] if own else [])])
