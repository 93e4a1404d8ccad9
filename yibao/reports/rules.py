"""Why a rate may not be handed in or decided. "" (or no entry) means it may."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.timezone import localtime, now

from yibao.accounts.models import User
from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import Status
from yibao.people.levels import Level
from yibao.people.models import ClassGroup, College
from yibao.people.scope import holds
from yibao.plans.models import InsurancePlan
from yibao.plans.states import PlanStatus
from yibao.reports import units
from yibao.reports.models import RateReport, RateReportLine
from yibao.reports.rates import Figures
from yibao.reports.states import RateStatus, Unit
from yibao.reports.units import Pair, UnitRate


@dataclass(frozen=True)
class Blocker:
    """A class that keeps its grade's rate back, and whom to ask."""

    class_group: ClassGroup
    counselors: str
    figures: Figures

    @property
    def sentence(self) -> str:
        """How many, of what kind."""
        parts = []
        if self.figures.to_register:
            parts.append(f"{self.figures.to_register} 人未登记")
        if self.figures.in_review:
            parts.append(f"{self.figures.in_review} 人待审核")
        return "，".join(parts)


def blockers(plan: InsurancePlan, college: College, grade: int) -> list[Blocker]:
    """The classes of a grade with students unregistered, returned or still in review."""
    return [
        Blocker(row.class_group, row.counselors, row.live)
        for row in units.class_rates(plan, college, grade)
        if row.live.to_register or row.live.in_review
    ]


def why_not_hand_in_grade(unit: UnitRate, by: User, mine: set[Pair] | None = None) -> str:
    """提交年级参保率: by a counselor of one of its classes, once nobody is left to register.

    `mine` spares a query where many grades are asked about: `units.counseled_by(by)`.
    """
    if (unit.college.pk, unit.grade) not in (units.counseled_by(by) if mine is None else mine):
        return "只有该年级的辅导员可以提交年级参保率"
    if why := _why_not_now(unit.plan) or _why_not_again(unit):
        return why
    live = unit.live
    if not live.roster:
        return f"{unit.college} {unit.name}在本计划中没有学生，无需上报"
    if live.to_register:
        return f"还有 {live.to_register} 名学生未登记（含已退回），未登记人数为 0 后才能提交"
    if live.in_review:
        return f"还有 {live.in_review} 名学生待审核，审核完成后才能提交"
    return ""


def why_not_hand_in_college(unit: UnitRate, grades: Sequence[UnitRate], by: User) -> str:
    """提交学院参保率: by the college, once each of its grades is accepted."""
    if unit.college.pk not in units.overseen_by(by):
        return "只有本学院可以提交学院参保率"
    if why := _why_not_now(unit.plan) or _why_not_again(unit):
        return why
    if not grades:
        return f"{unit.college}在本计划中没有学生，无需上报"
    missing = [grade.name for grade in grades if not grade.is_accepted]
    if missing:
        return f"{'、'.join(missing)}的年级参保率尚未审核通过，不能提交学院参保率"
    return ""


def why_not_decide(reports: Sequence[RateReport], by: User, to: RateStatus) -> dict[int, str]:
    """审核: a grade's rate by its college, a college's by the school; by nobody twice."""
    later = _handed_in_colleges(report.plan_id for report in reports)

    def reason(report: RateReport) -> str:
        if not _decides(by, report):
            return "该参保率不由您审核"
        # Windows close for the people named in them; the school may act after them, with a reason.
        if why := _why_not_now(report.plan, late=report.unit == Unit.COLLEGE):
            return why
        reopening = report.status == RateStatus.ACCEPTED and to == RateStatus.RETURNED
        if report.status != RateStatus.HANDED_IN and not reopening:
            return f"当前状态为“{report.get_status_display()}”，无需审核"
        if report.unit == Unit.GRADE and (report.plan_id, report.college_id) in later:
            return "学院参保率已上报，须先由学校退回学院参保率"
        return ""

    answers = ((report.pk, reason(report)) for report in reports)
    return {pk: why for pk, why in answers if why}


def why_not_withdraw(reports: Sequence[RateReport], by: User) -> dict[int, str]:
    """撤回 of what was handed in and nobody has decided: by whoever may hand it in."""
    grades, colleges = units.counseled_by(by), units.overseen_by(by)

    def reason(report: RateReport) -> str:
        if report.unit == Unit.GRADE:
            mine = (report.college_id, report.grade) in grades
        else:
            mine = report.college_id in colleges
        if not mine:
            return "只能撤回本年级或本学院上报的参保率"
        if report.status == RateStatus.ACCEPTED:
            return "参保率已通过审核，不能撤回；需要修改请联系审核人退回"
        if report.status == RateStatus.RETURNED:
            return "参保率已经退回，可以直接修改后重新提交"
        return _why_not_now(report.plan)

    answers = ((report.pk, reason(report)) for report in reports)
    return {pk: why for pk, why in answers if why}


def why_not_correct(lines: Sequence[RateReportLine], by: User) -> dict[int, str]:
    """学院参保名单 修改: by the college, of who stays out, until the college's rate is handed in."""
    mine = units.overseen_by(by)
    later = _handed_in_colleges(line.report.plan_id for line in lines)

    def reason(line: RateReportLine) -> str:
        report, row = line.report, line.enrolment
        if report.college_id not in mine:
            return "只能修改本学院的参保名单"
        if report.unit != Unit.GRADE or report.status != RateStatus.ACCEPTED:
            return "只有已通过审核的年级名单可以修改"
        if (report.plan_id, report.college_id) in later:
            return "学院参保率已上报，名单不能再修改；需要修改请先由学校退回"
        if row.student.class_group.major.college_id not in mine:
            return "该生已转到其他学院，不能再修改"
        if row.status != Status.OPTED_OUT:
            now = row.get_status_display()
            return f"现在的状态为“{now}”，参保信息须退回后由学生修改；这里只能修改不参保原因"
        return _why_not_now(report.plan)

    answers = ((line.pk, reason(line)) for line in lines)
    return {pk: why for pk, why in answers if why}


def why_not_undo(rows: Sequence[Enrolment]) -> dict[int, str]:
    """撤销 of a review: not while a rate that was handed in counts what it decided."""
    frozen = RateReportLine.objects.exclude(report__status=RateStatus.RETURNED)
    lines = frozen.filter(enrolment__in=[row.pk for row in rows]).order_by("report__unit")
    return {
        line.enrolment_id: f"{line.report}的参保率{line.report.get_status_display()}，"
        "该生在上报名单里，不能撤销；需要更改请先退回参保率"
        for line in lines.select_related("report__college")
    }


def is_late(plan: InsurancePlan) -> bool:
    """Whether the window for rates has closed."""
    return plan.rate_until is not None and now() > plan.rate_until


def _handed_in_colleges(plans: Iterable[int]) -> set[tuple[int, int]]:
    """Plan and college of what a school has before it, or has accepted."""
    found = RateReport.objects.filter(unit=Unit.COLLEGE, plan__in=set(plans))
    return set(found.exclude(status=RateStatus.RETURNED).values_list("plan_id", "college_id"))


def _decides(by: User, report: RateReport) -> bool:
    if report.unit == Unit.COLLEGE:
        return holds(by, Level.SCHOOL)
    return report.college_id in units.overseen_by(by)


def _why_not_again(unit: UnitRate) -> str:
    if unit.report and unit.status != RateStatus.RETURNED:
        return f"参保率{unit.report.get_status_display()}，不能重复提交"
    return ""


def _why_not_now(plan: InsurancePlan, *, late: bool = False) -> str:
    if plan.status != PlanStatus.OPEN:
        return f"计划“{plan}”{plan.get_status_display()}，不能再办理"
    if not plan.rate_reporting or plan.rate_from is None or plan.rate_until is None:
        return "本计划不需要上报参保率"
    at = now()
    if at < plan.rate_from:
        return f"参保率上报时间未到，{localtime(plan.rate_from):%Y-%m-%d %H:%M} 开始"
    if at > plan.rate_until and not late:
        return f"参保率上报时间已过，已于 {localtime(plan.rate_until):%Y-%m-%d %H:%M} 截止"
    return ""
