"""参保进度: how many had registered and paid by each day, beside last year's, and where that leads.

Counted is who stands there today, by the day on which they came there: so the last day is what every other
page says, and whoever was returned is missing on all days.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count
from django.db.models.functions import Coalesce, TruncDate
from django.utils.timezone import localdate, localtime

from yibao.enrolment.models import EnrolmentQuerySet
from yibao.enrolment.states import Standing
from yibao.payments.paid import with_money
from yibao.plans.models import InsurancePlan
from yibao.reports import rates

REGISTERED = (
    Standing.IN_REVIEW,
    Standing.AWAITING_PAYMENT,
    Standing.ENROLLED,
    Standing.ELSEWHERE,
    Standing.OPTED_OUT,
)
# Who owed nothing has no payment: insured since the last decision.
SINCE = Coalesce("paid_on", "changed_at")
PACE_DAYS = 7
LEAP = (2, 29)


@dataclass(frozen=True)
class Day:
    """How far things were at the end of a day: all until then, not of that day alone."""

    on: date
    registered: int = 0
    enrolled: int = 0


@dataclass(frozen=True)
class Reached:
    """How far a unit was at the end of a day, and of how many."""

    base: int = 0
    registered: int = 0
    enrolled: int = 0


@dataclass(frozen=True)
class Course:
    """The way of a plan from its first day until today or its end."""

    plan: InsurancePlan
    base: int
    days: tuple[Day, ...]

    def at(self, on: date) -> Day:
        """The end of a day; before the first day nobody, after the last day as it was then."""
        if not self.days or on < self.days[0].on:
            return Day(on)
        return self.days[min((on - self.days[0].on).days, len(self.days) - 1)]

    def rate(self, count: int) -> Decimal | None:
        """Percent of who is to be insured; None where nobody is."""
        return rates.percent(count, self.base)


@dataclass(frozen=True)
class Forecast:
    """Where a count will be at the deadline, by two ways of reckoning; None for what is not known."""

    until: date
    days_left: int
    by_pace: int
    by_last_year: int | None


def course(plan: InsurancePlan, rows: EnrolmentQuerySet) -> Course:
    """The course of a set of a plan's enrolments; three queries."""
    rows = rows.filter(plan=plan)
    registered = _by_day(_registered(rows), "submitted_at")
    enrolled = _by_day(_enrolled(rows), SINCE)
    first = localdate(plan.apply_from)
    last = max([ends(plan), *registered, *enrolled])
    base = rates.figures(rows).base
    return Course(plan, base, tuple(_days(first, min(last, localdate()), registered, enrolled)))


def year_before(plan: InsurancePlan, plans: Iterable[InsurancePlan]) -> InsurancePlan | None:
    """The plan of last year that was for the same students, as far as one was."""
    levels = set(plan.training_levels)
    before = [p for p in plans if p.academic_year == plan.academic_year - 1]
    alike = [p for p in before if levels & set(p.training_levels)]
    return max(
        alike,
        key=lambda p: (len(levels & set(p.training_levels)), -len(p.training_levels), p.pk),
        default=None,
    )


def same_day(on: date, years: int = -1) -> date:
    """The same day of another year."""
    if (on.month, on.day) == LEAP:
        on -= timedelta(days=1)
    return on.replace(year=on.year + years)


def ends(plan: InsurancePlan) -> date:
    """The day after which nothing more comes in by itself."""
    return max(localdate(plan.apply_until), localdate(plan.pay_until))


def forecast(now: Course, before: Course | None, what: str) -> Forecast | None:
    """What `what` (registered, enrolled) will be at its deadline; None once that is over."""
    until = localtime(now.plan.apply_until if what == "registered" else now.plan.pay_until).date()
    today = localdate()
    if not now.days or not now.days[0].on <= today <= until:
        return None
    left = (until - today).days
    have = getattr(now.at(today), what)
    gained = have - getattr(now.at(today - timedelta(days=PACE_DAYS)), what)
    by_pace = min(have + _rounded(Decimal(gained * left) / PACE_DAYS), now.base)
    by_last_year = None
    if before and before.base:
        then = getattr(before.at(same_day(today)), what)
        rest = getattr(before.at(same_day(until)), what) - then
        more = _rounded(Decimal(rest * now.base) / before.base)
        by_last_year = max(have, min(have + more, now.base))
    return Forecast(until, left, max(by_pace, have), by_last_year)


def by_unit(
    plan: InsurancePlan, rows: EnrolmentQuerySet, paths: Sequence[str], until: date
) -> dict[tuple[Any, ...], Reached]:
    """How far each unit was at the end of a day; three queries, whatever the size."""
    rows = rows.filter(plan=plan)
    registered = _per_unit(_registered(rows), "submitted_at", paths, until)
    enrolled = _per_unit(_enrolled(rows), SINCE, paths, until)
    return {
        key: Reached(found.base, registered[key], enrolled[key])
        for key, found in rates.by(rows, *paths).items()
    }


def _registered(rows: EnrolmentQuerySet) -> EnrolmentQuerySet:
    return rows.with_standing().filter(standing__in=REGISTERED)


def _enrolled(rows: EnrolmentQuerySet) -> EnrolmentQuerySet:
    return with_money(rows.with_standing().filter(standing=Standing.ENROLLED))


def _per_unit(
    rows: EnrolmentQuerySet, moment: Any, paths: Sequence[str], until: date
) -> Counter[tuple[Any, ...]]:
    told = rows.order_by().annotate(day=TruncDate(moment)).filter(day__lte=until)
    counted = told.values_list(*paths).annotate(count=Count("pk"))
    return Counter({tuple(key): count for *key, count in counted})


def _by_day(rows: EnrolmentQuerySet, moment: Any) -> Counter[date]:
    found = rows.order_by().annotate(day=TruncDate(moment)).filter(day__isnull=False)
    return Counter(dict(found.values_list("day").annotate(count=Count("pk"))))


def _days(first: date, last: date, registered: Counter[date], enrolled: Counter[date]) -> list[Day]:
    here = Day(
        first - timedelta(days=1),
        sum(count for day, count in registered.items() if day < first),
        sum(count for day, count in enrolled.items() if day < first),
    )
    days = []
    for number in range((last - first).days + 1):
        on = first + timedelta(days=number)
        here = Day(on, here.registered + registered[on], here.enrolled + enrolled[on])
        days.append(here)
    return days


def _rounded(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), rounding=ROUND_HALF_UP))
