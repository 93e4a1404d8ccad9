"""参保起止: from when until when somebody is insured by a type; first-year students may differ."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from yibao.plans.models import InsurancePlan, InsuranceType

USUAL, FRESHMEN = (
    ("coverage_start", "coverage_end"),
    ("freshman_coverage_start", "freshman_coverage_end"),
)


@dataclass(frozen=True)
class Coverage:
    """Both days included."""

    start: date
    end: date

    def __str__(self) -> str:
        return f"{self.start} 至 {self.end}"


def is_freshman(plan: InsurancePlan, grade: int) -> bool:
    """Whether this is the first year of a grade; the next one may be on the roster already."""
    return grade >= plan.academic_year


def coverage_of(plan: InsurancePlan, kind: InsuranceType | None, grade: int) -> Coverage:
    """What is nearest counts: the type's own days before the plan's, freshmen's before the usual."""
    pairs = (FRESHMEN, USUAL) if is_freshman(plan, grade) else (USUAL,)
    for holder in (kind, plan):
        for pair in pairs:
            if own := _own(holder, pair):
                return own
    message = f"plan {plan.pk} has no coverage"
    raise ValueError(message)


def coverage_words(plan: InsurancePlan, types: Iterable[InsuranceType], grade: int) -> str:
    """The coverage of some types as one reads it; told apart only if they differ."""
    return "；".join(
        f"{name} {days}" if name else days for name, days in coverage_lines(plan, types, grade)
    )


def coverage_lines(
    plan: InsurancePlan, types: Iterable[InsuranceType], grade: int
) -> list[tuple[str, str]]:
    """Type and days; one line without a type if the days are all the same."""
    found = [(kind, coverage_of(plan, kind, grade)) for kind in types]
    days = {coverage for _, coverage in found} or {coverage_of(plan, None, grade)}
    if len(days) == 1:
        return [("", str(days.pop()))]
    return [(kind.name, str(coverage)) for kind, coverage in found]


def own_words(holder: InsurancePlan | InsuranceType) -> str:
    """The days that stand in a plan or a type itself; "" if a type follows the plan."""
    usual, freshmen = _own(holder, USUAL), _own(holder, FRESHMEN)
    said = [str(usual)] if usual else []
    return "，".join([*said, f"新生 {freshmen}"] if freshmen else said)


def _own(holder: Any, pair: tuple[str, str]) -> Coverage | None:
    start, end = (getattr(holder, name, None) for name in pair)
    return Coverage(start, end) if start and end else None
