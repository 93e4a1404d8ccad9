"""上报后变化: what was handed in beside what is so now, and why each student differs."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat

from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import Standing
from yibao.people.codes import ON_ROLL
from yibao.people.states import TransitionKind, TransitionState
from yibao.people.transition_models import Transition
from yibao.reports.models import RateReport, RateReportLine
from yibao.reports.states import Cause, Unit

GROUP = "enrolment__student__class_group"
COLLEGE = "student__class_group__major__college"
GRADE = "student__class_group__grade"


def with_change(lines: QuerySet[RateReportLine]) -> QuerySet[RateReportLine]:
    """Annotate `standing_now`, and `change`: a `Cause`, or NULL where nothing has changed."""
    rows: Any = Enrolment.objects.with_standing()
    now = rows.filter(pk=OuterRef("enrolment")).values("standing")
    elsewhere = ~Q(**{f"{GROUP}__major__college": F("report__college")})
    elsewhere |= Q(report__unit=Unit.GRADE) & ~Q(**{f"{GROUP}__grade": F("report__grade")})
    left = Q(enrolment__off_roster=True) | ~Q(enrolment__student__roster_status__in=ON_ROLL)
    paid = Q(standing=Standing.AWAITING_PAYMENT, standing_now=Standing.ENROLLED)
    return lines.annotate(standing_now=Subquery(now[:1])).annotate(
        change=Case(
            When(elsewhere, then=Value(Cause.MOVED.value)),
            When(left, then=Value(Cause.LEFT.value)),
            When(paid, then=Value(Cause.PAID.value)),
            When(~Q(standing=F("standing_now")), then=Value(Cause.CHANGED.value)),
            output_field=CharField(null=True),
        )
    )


def with_transition(lines: QuerySet[RateReportLine]) -> QuerySet[RateReportLine]:
    """Annotate `transition`: the 学籍异动 that took effect since handing in; 退学，2026-11-10 起（补录）."""
    kinds = [When(kind=kind.value, then=Value(str(kind.label))) for kind in TransitionKind]
    day = Cast("effective_on", CharField())
    since = Transition.objects.filter(
        state=TransitionState.DONE,
        student=OuterRef("enrolment__student"),
        ended_at__gt=OuterRef("report__handed_in_at"),
    ).order_by("-ended_at", "-pk")
    late = Case(When(late_note="", then=Value(" 起")), default=Value(" 起（补录）"))
    words = Concat(Case(*kinds), Value("，"), day, late, output_field=CharField())
    return lines.annotate(transition=Subquery(since.values_list(words)[:1]))


def causes(reports: Iterable[RateReport]) -> dict[int, dict[Cause, int]]:
    """How many students differ for which cause, by report; three queries, whatever the number."""
    known = {report.pk: report for report in reports}
    found: dict[int, dict[Cause, int]] = defaultdict(dict)
    lines: QuerySet[Any] = with_change(RateReportLine.objects.filter(report__in=known))
    counted = lines.exclude(change=None).order_by().values_list("report", "change")
    for pk, change, number in counted.annotate(n=Count("pk")):
        found[pk][Cause(change)] = number
    for unit in Unit:
        here = [report for report in known.values() if report.unit == unit]
        new = _newcomers(unit, here) if here else {}
        for report in here:
            if number := new.get((report.plan_id, report.college_id, report.grade)):
                found[report.pk][Cause.NEW] = number
    return found


def _newcomers(unit: Unit, reports: Iterable[RateReport]) -> dict[tuple[Any, ...], int]:
    """Who belongs to a unit now and is not in the list that it handed in."""
    listed = RateReportLine.objects.filter(
        enrolment=OuterRef("pk"), report__unit=unit, report__college=OuterRef(COLLEGE)
    )
    paths = ["plan", COLLEGE]
    if unit == Unit.GRADE:
        listed, paths = listed.filter(report__grade=OuterRef(GRADE)), [*paths, GRADE]
    plans = {report.plan_id for report in reports}
    rows = Enrolment.objects.filter(~Exists(listed), plan__in=plans)
    counted = rows.order_by().values_list(*paths).annotate(n=Count("pk"))
    return {
        (key[0], key[1], key[2] if unit == Unit.GRADE else None): number for *key, number in counted
    }
