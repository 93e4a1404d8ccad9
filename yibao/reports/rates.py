"""参保率: what the students in a set decided, and what rates that makes.

Roster N = not required E + insured on campus C + elsewhere H + opted out W + unregistered U +
returned R + in review V. 在校参保率 = C / (N − E), 综合参保率 = (C + H) / (N − E). C counts who has
passed review (待缴费 and 已参保); `paid` says how many of them have paid.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Self

from django.db.models import Count

from yibao.enrolment.models import EnrolmentQuerySet
from yibao.enrolment.states import Standing

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Figures:
    """How many stand where. All counts of students; rates in percent with two decimals."""

    not_required: int = 0
    enrolled: int = 0
    awaiting_payment: int = 0
    elsewhere: int = 0
    opted_out: int = 0
    in_review: int = 0
    returned: int = 0
    unregistered: int = 0

    @property
    def roster(self) -> int:
        """学生总数: everybody the plan is for."""
        return sum(self.as_dict().values())

    @property
    def base(self) -> int:
        """应参保人数: the denominator."""
        return self.roster - self.not_required

    @property
    def joined(self) -> int:
        """参保人数: passed review, paid or not yet."""
        return self.enrolled + self.awaiting_payment

    @property
    def stayed_out(self) -> int:
        """不参保人数: insured elsewhere or given up."""
        return self.elsewhere + self.opted_out

    @property
    def to_register(self) -> int:
        """未登记人数 as seed-b counts it: never registered, or returned."""
        return self.unregistered + self.returned

    @property
    def campus_rate(self) -> Decimal | None:
        """在校参保率; None where nobody is to be insured."""
        return percent(self.joined, self.base)

    @property
    def coverage_rate(self) -> Decimal | None:
        """综合参保率, insured anywhere; None where nobody is to be insured."""
        return percent(self.joined + self.elsewhere, self.base)

    def as_dict(self) -> dict[str, int]:
        """The counts by standing, for storing."""
        return {standing.value: getattr(self, standing.value) for standing in Standing}

    def __add__(self, other: Self) -> "Figures":
        mine, theirs = self.as_dict(), other.as_dict()
        return Figures(**{key: mine[key] + theirs[key] for key in mine})

    def __sub__(self, other: Self) -> dict[str, int]:
        """What changed, for drift: only the counts that differ."""
        mine, theirs = self.as_dict(), other.as_dict()
        return {key: mine[key] - theirs[key] for key in mine if mine[key] != theirs[key]}


def total(figures: Iterable[Figures]) -> Figures:
    """The sum; children add up to their parent."""
    return sum(figures, Figures())


def count(standings: Iterable[str]) -> Figures:
    """The figures of a list that has been read already."""
    return Figures(**Counter(standings))


def figures(enrolments: EnrolmentQuerySet) -> Figures:
    """The figures of a set of enrolments; one query."""
    return by(enrolments).get((), Figures())


def by(enrolments: EnrolmentQuerySet, *paths: str) -> dict[tuple[Any, ...], Figures]:
    """Figures for each value of the paths (say college and grade); one GROUP BY."""
    counted = (
        enrolments.with_standing()
        .order_by()
        .values_list(*paths, "standing")
        .annotate(count=Count("pk"))
    )
    folded: dict[tuple[Any, ...], dict[str, int]] = defaultdict(dict)
    for *key, standing, count in counted:
        folded[tuple(key)][standing] = count
    return {key: Figures(**counts) for key, counts in folded.items()}


def percent(part: int, whole: int) -> Decimal | None:
    """Percent with two decimals; None of nothing."""
    if not whole:
        return None
    return (Decimal(part * 100) / whole).quantize(HUNDREDTH, rounding=ROUND_HALF_UP)
