"""Handing rates up: grade → college → school.

These functions are the only code that writes RateReport.status.
"""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit, bulk
from yibao.common.errors import refuse_if
from yibao.common.outcome import Outcome
from yibao.enrolment.models import Enrolment, EnrolmentQuerySet
from yibao.people.models import College
from yibao.plans.models import InsurancePlan
from yibao.reports import rates, rules
from yibao.reports.models import RateReport, RateReportLine
from yibao.reports.rates import Figures
from yibao.reports.states import MOVES, RateStatus, Unit


@transaction.atomic
def hand_in_grade(plan: InsurancePlan, college: College, grade: int, *, by: User) -> RateReport:
    """提交年级参保率: freeze the grade's figures and its list. Raises `Refused`."""
    _lock_plan(plan)
    refuse_if(rules.why_not_hand_in_grade(plan, college, grade, by))
    rows = rules.of_unit(plan, college, grade)
    report = _hand_in(plan, Unit.GRADE, college, grade, rates.figures(rows), by=by)
    _freeze(report, rows)
    return report


@transaction.atomic
def hand_in_college(plan: InsurancePlan, college: College, *, by: User) -> RateReport:
    """提交学院参保率: the sum of the accepted grades, as they were frozen. Raises `Refused`."""
    _lock_plan(plan)
    refuse_if(rules.why_not_hand_in_college(plan, college, by))
    grades = RateReport.objects.filter(plan=plan, college=college, unit=Unit.GRADE)
    figures = rates.total(report.frozen() for report in grades)
    report = _hand_in(plan, Unit.COLLEGE, college, None, figures, by=by)
    report.lines.all().delete()
    RateReportLine.objects.bulk_create(
        [
            RateReportLine(report=report, enrolment_id=enrolment, standing=standing)
            for enrolment, standing in RateReportLine.objects.filter(report__in=grades).values_list(
                "enrolment_id", "standing"
            )
        ],
        batch_size=5000,
    )
    return report


@transaction.atomic
def decide(
    reports: QuerySet[RateReport], to: RateStatus, *, by: User, opinion: str = ""
) -> Outcome:
    """审核 rates: 通过, or 退回 with an opinion. Raises `Refused` for a return without one."""
    if to == RateStatus.RETURNED and not opinion.strip():
        refuse_if("请填写退回的审核意见")
    pks = reports.order_by().values("pk")
    locked = RateReport.objects.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",))
    rows = list(locked.prefetch_related("plan"))
    reasons = rules.why_not_decide(rows, by, to)
    allowed = [row for row in rows if row.pk not in reasons]
    for report in allowed:
        _move(report, to, by=by)
        report.opinion, report.decided_by, report.decided_at = opinion.strip(), by, now()
    RateReport.objects.bulk_update(allowed, ["status", "opinion", "decided_by", "decided_at"])
    return Outcome([row.pk for row in allowed], reasons)


def _hand_in(  # noqa: PLR0913 - a report is of a plan, a unit and its place
    plan: InsurancePlan,
    unit: Unit,
    college: College,
    grade: int | None,
    figures: Figures,
    *,
    by: User,
) -> RateReport:
    report = RateReport.objects.filter(plan=plan, college=college, grade=grade).first()
    if report is None:
        report = RateReport(
            plan=plan, unit=unit, college=college, grade=grade, status=RateStatus.HANDED_IN
        )
    else:
        _move(report, RateStatus.HANDED_IN, by=by)
    report.figures, report.opinion = figures.as_dict(), ""
    report.handed_in_by, report.handed_in_at = by, now()
    report.decided_by = report.decided_at = None
    report.save()
    audit.record("hand_in_rate", report, by=by, **figures.as_dict())
    return report


def _freeze(report: RateReport, rows: EnrolmentQuerySet[Enrolment]) -> None:
    report.lines.all().delete()
    bulk.insert(
        [
            RateReportLine(report=report, enrolment_id=row.pk, standing=row.standing)
            for row in rows.with_standing().only("pk")
        ]
    )


def _lock_plan(plan: InsurancePlan) -> None:
    # Two people who hand in the same unit at once meet here; the second reads what the first wrote.
    InsurancePlan.objects.select_for_update().get(pk=plan.pk)


def _move(report: RateReport, to: RateStatus, *, by: User) -> None:
    if to not in MOVES[RateStatus(report.status)]:
        message = f"no move of a rate from {report.status} to {to}"
        raise ValueError(message)
    audit.record("rate", report, by=by, was=report.status, now=to.value)
    report.status = to
