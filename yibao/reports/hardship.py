"""贫困生 coverage: how many of the recognised students of each major are insured, and what was taken off."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from yibao.enrolment.models import Enrolment, EnrolmentQuerySet
from yibao.people.levels import Level
from yibao.plans.models import InsurancePlan
from yibao.reports import funnel, rates
from yibao.reports.rates import Figures

DIMENSIONS = ("college", "major")


@dataclass(frozen=True)
class Covered:
    """Recognised students of a unit: where they stand, and 减免 of who passed review, in yuan."""

    key: tuple[Any, ...]
    figures: Figures
    reduced: Decimal


def recognised(plan: InsurancePlan, user: Any, *levels: Level) -> EnrolmentQuerySet:
    """The plan's rows of students with a recognition that holds today, whom these posts cover."""
    rows: EnrolmentQuerySet = Enrolment.objects.covered_by(user, *levels)
    return rows.filter(plan=plan).with_hardship().filter(is_hardship=True)


def by_major(rows: EnrolmentQuerySet, dimensions: Sequence[str] = DIMENSIONS) -> list[Covered]:
    """One line a major, or another unit; two queries, whatever the size."""
    found = rates.by(rows, *(funnel.DIMENSIONS[name][1] for name in dimensions))
    reduced = {money.key: money.reduced for money in funnel.money_by_unit(rows, dimensions)}
    return [Covered(key, found[key], reduced.get(key, Decimal(0))) for key in sorted(found)]


def total(lines: Iterable[Covered]) -> Covered:
    """The last line: the sum of all above it."""
    lines = list(lines)
    figures = rates.total(line.figures for line in lines)
    return Covered((), figures, sum((line.reduced for line in lines), Decimal(0)))
