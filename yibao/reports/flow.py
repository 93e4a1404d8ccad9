"""Handing rates up: grade → college → school.

These functions are the only code that writes RateReport.status.
"""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit, bulk
from yibao.common.errors import refuse_if
from yibao.common.outcome import Outcome
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment.models import Enrolment
from yibao.people.models import College
from yibao.plans.models import InsurancePlan, OptOutReason
from yibao.reports import messages, rates, rules, units
from yibao.reports.models import RateReport, RateReportLine
from yibao.reports.states import MOVES, RateStatus, Unit
from yibao.reports.units import UnitRate

OPINION = 200
WITH_COLLEGE = "enrolment__student__class_group__major"


@transaction.atomic
def hand_in_grade(plan: InsurancePlan, college: College, grade: int, *, by: User) -> RateReport:
    """提交年级参保率: freeze the grade's figures and its list. Raises `Refused`."""
    plan = _lock_plan(plan)
    # Read once: the figures are counted from the very list that is kept.
    rows = units.of_unit(plan, college, grade).with_standing().order_by("pk")
    listed = dict(rows.values_list("pk", "standing"))
    report = RateReport.objects.filter(plan=plan, college=college, grade=grade).first()
    unit = UnitRate(plan, college, grade, rates.count(listed.values()), report)
    refuse_if(rules.why_not_hand_in_grade(unit, by))
    return _hand_in(unit, listed, by=by)


@transaction.atomic
def hand_in_college(plan: InsurancePlan, college: College, *, by: User) -> RateReport:
    """提交学院参保率: the sum of the accepted grades, as they were frozen. Raises `Refused`."""
    plan = _lock_plan(plan)
    # Locked, so that no grade is returned between the look and the sum.
    grades = RateReport.objects.filter(plan=plan, college=college, unit=Unit.GRADE)
    list(grades.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    standing_now = units.grade_rates([plan], Q(**{units.COLLEGE: college.pk}))
    report = RateReport.objects.filter(plan=plan, college=college, grade=None).first()
    accepted = grades.filter(status=RateStatus.ACCEPTED)
    unit = UnitRate(plan, college, None, rates.total(g.frozen() for g in accepted), report)
    refuse_if(rules.why_not_hand_in_college(unit, standing_now, by))
    lines = RateReportLine.objects.filter(report__in=accepted).order_by("enrolment")
    listed = dict(lines.values_list("enrolment", "standing"))
    twice = unit.live.roster - len(listed)
    refuse_if(
        f"有 {twice} 名学生同时在两个年级的上报名单里（上报后转了年级），请退回相关年级重新提交"
        if twice
        else ""
    )
    return _hand_in(unit, listed, by=by)


@transaction.atomic
def decide(
    reports: QuerySet[RateReport], to: RateStatus, *, by: User, opinion: str = ""
) -> Outcome:
    """审核 rates: 通过, or 退回 with an opinion. Raises `Refused` for a return without one."""
    if to == RateStatus.RETURNED and not opinion.strip():
        refuse_if("请填写退回的审核意见")
    rows = _lock_reports(reports)
    if any(rules.is_late(row.plan) for row in rows) and not opinion.strip():
        refuse_if("参保率上报时间已过，此时审核请在审核意见里写明原因")
    reasons = rules.why_not_decide(rows, by, to)
    allowed = [row for row in rows if row.pk not in reasons]
    for report in allowed:
        _move(report, to, by=by)
        report.opinion, report.decided_by, report.decided_at = opinion.strip(), by, now()
    RateReport.objects.bulk_update(allowed, ["status", "opinion", "decided_by", "decided_at"])
    messages.decided(allowed, by=by, opinion=opinion)
    return Outcome([row.pk for row in allowed], reasons)


@transaction.atomic
def withdraw(reports: QuerySet[RateReport], *, by: User, reason: str) -> Outcome:
    """撤回 what nobody has decided yet, to be handed in anew. Raises `Refused` without a reason."""
    refuse_if("" if reason.strip() else "请填写撤回的原因")
    rows = _lock_reports(reports)
    reasons = rules.why_not_withdraw(rows, by)
    allowed = [row for row in rows if row.pk not in reasons]
    for report in allowed:
        _move(report, RateStatus.RETURNED, by=by)
        report.opinion = f"{by.name}撤回：{reason.strip()}"[:OPINION]
        report.decided_by, report.decided_at = by, now()
    RateReport.objects.bulk_update(allowed, ["status", "opinion", "decided_by", "decided_at"])
    messages.withdrawn(allowed)
    return Outcome([row.pk for row in allowed], reasons)


@transaction.atomic
def correct(
    lines: QuerySet[RateReportLine], opt_out: OptOutReason, *, by: User, note: str = "", why: str
) -> Outcome:
    """学院参保名单 修改: another reason for staying out, in the enrolment and in the list handed in.

    The list, its figures and the students stay equal. Raises `Refused` without a 修改依据.
    """
    refuse_if("" if why.strip() else "请填写修改依据")
    asked = lines.order_by().values("pk")
    found = RateReportLine.objects.filter(pk__in=asked)
    # As in handing in a college: nothing is summed between the look and the change.
    _lock_reports(RateReport.objects.filter(pk__in=found.values("report")))
    rows = list(found.order_by("pk").select_related("report__plan", WITH_COLLEGE))
    reasons = rules.why_not_correct(rows, by)
    allowed = {row.enrolment_id: row for row in rows if row.pk not in reasons}
    enrolments = Enrolment.objects.filter(pk__in=allowed)
    outcome = enrolment_flow.correct_reason(enrolments, opt_out, by=by, note=note, why=why)
    reasons |= {allowed[pk].pk: sentence for pk, sentence in outcome.refused.items()}
    now_standing: Any = enrolments.with_standing()
    standings = dict(now_standing.values_list("pk", "standing"))
    for pk in outcome.done:
        allowed[pk].standing = standings[pk]
    done = [allowed[pk] for pk in outcome.done]
    RateReportLine.objects.bulk_update(done, ["standing"])
    for report in {row.report_id: row.report for row in done}.values():
        _count_again(report, by=by, why=why)
    return Outcome([row.pk for row in done], reasons)


def _count_again(report: RateReport, *, by: User, why: str) -> None:
    """The figures of a list in which something was corrected; the trail keeps both."""
    figures = rates.count(report.lines.values_list("standing", flat=True))
    was = report.frozen().as_dict()
    RateReport.objects.filter(pk=report.pk).update(figures=figures.as_dict())
    audit.record("correct_rate", report, by=by, was=was, now=figures.as_dict(), why=why.strip())


def _lock_reports(reports: QuerySet[RateReport]) -> list[RateReport]:
    """In pk order, with what the rules read."""
    pks = list(reports.order_by().values_list("pk", flat=True))
    locked = RateReport.objects.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",))
    return list(locked.prefetch_related("plan", "college"))


def _hand_in(unit: UnitRate, listed: dict[int, str], *, by: User) -> RateReport:
    """Write the report, anew or over what was returned, and its list."""
    report, figures = unit.report, unit.live
    if report is None:
        report = RateReport(
            plan=unit.plan,
            unit=Unit.COLLEGE if unit.grade is None else Unit.GRADE,
            college=unit.college,
            grade=unit.grade,
            status=RateStatus.HANDED_IN,
        )
    else:
        _move(report, RateStatus.HANDED_IN, by=by)
    report.figures, report.opinion = figures.as_dict(), ""
    report.handed_in_by, report.handed_in_at = by, now()
    report.decided_by = report.decided_at = None
    report.save()
    report.lines.all().delete()
    bulk.insert(
        [
            RateReportLine(report=report, enrolment_id=pk, standing=standing)
            for pk, standing in listed.items()
        ]
    )
    audit.record("hand_in_rate", report, by=by, **figures.as_dict())
    messages.handed_in(report, by=by)
    return report


def _lock_plan(plan: InsurancePlan) -> InsurancePlan:
    # Two people who hand in the same unit at once meet here; the second reads what the first wrote.
    return InsurancePlan.objects.select_for_update(no_key=True).get(pk=plan.pk)


def _move(report: RateReport, to: RateStatus, *, by: User) -> None:
    if to not in MOVES[RateStatus(report.status)]:
        message = f"no move of a rate from {report.status} to {to}"
        raise ValueError(message)
    audit.record("rate", report, by=by, was=report.status, now=to.value)
    report.status = to
