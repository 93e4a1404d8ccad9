"""Handing rates up: grade → college → school.

These functions are the only code that writes RateReport.status.
"""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit, bulk
from yibao.common.errors import refuse_if
from yibao.common.outcome import Outcome
from yibao.people.models import College
from yibao.plans.models import InsurancePlan
from yibao.reports import messages, rates, rules, units
from yibao.reports.models import RateReport, RateReportLine
from yibao.reports.states import MOVES, RateStatus, Unit
from yibao.reports.units import UnitRate


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
    pks = reports.order_by().values("pk")
    locked = RateReport.objects.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",))
    rows = list(locked.prefetch_related("plan", "college"))
    reasons = rules.why_not_decide(rows, by, to)
    allowed = [row for row in rows if row.pk not in reasons]
    for report in allowed:
        _move(report, to, by=by)
        report.opinion, report.decided_by, report.decided_at = opinion.strip(), by, now()
    RateReport.objects.bulk_update(allowed, ["status", "opinion", "decided_by", "decided_at"])
    messages.decided(allowed, by=by, opinion=opinion)
    return Outcome([row.pk for row in allowed], reasons)


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
    return InsurancePlan.objects.select_for_update().get(pk=plan.pk)


def _move(report: RateReport, to: RateStatus, *, by: User) -> None:
    if to not in MOVES[RateStatus(report.status)]:
        message = f"no move of a rate from {report.status} to {to}"
        raise ValueError(message)
    audit.record("rate", report, by=by, was=report.status, now=to.value)
    report.status = to
