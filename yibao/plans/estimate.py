"""What opening a plan would mean on the present roster: how many students, how much money."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q
from django.utils.timezone import localdate

from yibao.people.codes import TrainingLevel
from yibao.people.levels import Level
from yibao.plans import pricing
from yibao.plans.models import HardshipEntry, InsurancePlan
from yibao.plans.states import Choosing
from yibao.plans.targets import targets


@dataclass(frozen=True)
class Estimate:
    """试算. `due` assumes that everybody takes the required types and those ticked beforehand."""

    people: int
    by_level: tuple[tuple[str, int], ...]
    recognised: int
    zero_fee: int
    price: Decimal
    standard: Decimal
    due: Decimal
    without_counselor: int

    @property
    def reduced(self) -> Decimal:
        """What the fee rules take off."""
        return self.standard - self.due


def estimate(plan: InsurancePlan) -> Estimate:
    """Three queries, whatever the size of the roster."""
    students = targets(plan)
    counted = dict(students.order_by().values_list("training_level").annotate(count=Count("pk")))
    people = sum(counted.values())
    counseled = Q(
        class_group__posts__level=Level.COUNSELOR,
        class_group__posts__is_active=True,
        class_group__posts__user__is_active=True,
    )
    alone = students.exclude(pk__in=students.order_by().filter(counseled).values("pk")).count()
    usual = [t for t in plan.types.all() if t.choosing != Choosing.OPTIONAL]
    price = sum((t.premium for t in usual), Decimal(0))
    entries: dict[int, list[HardshipEntry]] = defaultdict(list)
    listed = HardshipEntry.objects.filter(
        academic_year=plan.academic_year, student__in=students.order_by().values("pk")
    )
    for entry in listed:
        entries[entry.student_id].append(entry)
    rules, today = list(plan.fee_rules.all()), localdate()
    quotes = [pricing.quote(usual, found, rules, on=today).amount for found in entries.values()]
    return Estimate(
        people=people,
        by_level=tuple(
            (level.label, counted[level]) for level in TrainingLevel if level in counted
        ),
        recognised=len(entries),
        zero_fee=sum(1 for amount in quotes if not amount) if price else people,
        price=price,
        standard=price * people,
        due=price * (people - len(quotes)) + sum(quotes, Decimal(0)),
        without_counselor=alone,
    )


def known_categories() -> list[str]:
    """The categories that the hardship list knows, for whoever writes a fee rule."""
    found = HardshipEntry.objects.order_by("category").values_list("category", flat=True)
    return list(found.distinct())
