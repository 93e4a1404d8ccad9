"""Category × type: what fee rules come to, so that whoever writes them sees it before anybody pays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.timezone import localdate

from yibao.plans.dry_run import known_categories
from yibao.plans.models import FeeRule, HardshipEntry, InsurancePlan
from yibao.plans.pricing import Line, quote

NOT_RECOGNISED = "未认定的学生"


@dataclass(frozen=True)
class Row:
    """A category with a line for each type of the plan."""

    category: str
    lines: tuple[Line, ...]


def fee_table(plan: InsurancePlan, rules: Sequence[FeeRule]) -> list[Row]:
    """One row for who is not recognised, one for each category that rules or the list know."""
    types, today = list(plan.types.all()), localdate()

    def row(name: str, held: Iterable[HardshipEntry] = ()) -> Row:
        return Row(name, quote(types, tuple(held), rules, on=today).lines)

    names = sorted({*known_categories(), *(rule.category for rule in rules)} - {""})
    recognised = [row(name, [HardshipEntry(category=name, level="认定等级")]) for name in names]
    return [row(NOT_RECOGNISED), *recognised]
