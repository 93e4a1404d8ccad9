"""试算: what opening a plan would mean on the present roster, as numbers and as the students behind them.

It assumes that everybody takes the required types and those ticked beforehand, and quotes as of today.
What it says is what happens; tests/plans/test_dry_run.py lets it happen.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256

from django.core.cache import cache
from django.db.models import Count, Max, Q, QuerySet, TextChoices
from django.utils.timezone import localdate

from yibao.people.checks import master_faults
from yibao.people.codes import TrainingLevel
from yibao.people.levels import Level
from yibao.people.models import Student
from yibao.plans import pricing, words
from yibao.plans.models import HardshipEntry, InsurancePlan, InsuranceType
from yibao.plans.pricing import Quote
from yibao.plans.states import Choosing
from yibao.plans.targets import targets

COLLEGE = "class_group__major__college__name"
ZERO = Decimal(0)
KEPT = 15 * 60
NOBODY_NAMED = "没有写明"


class Group(TextChoices):
    """Students of a dry run who are counted together."""

    ALL = "all", "参保对象"
    ZERO = "zero", "零缴费"
    REDUCED = "reduced", "享受减免"
    RECOGNISED = "recognised", "有困难认定"
    UNMATCHED = "unmatched", "已认定但没有减免"
    SEVERAL = "several", "同时认定两类以上"
    EXPIRED = "expired", "认定不在有效期"
    RENAMED = "renamed", "姓名与名单不一致"
    FAULTY = "faulty", "资料有问题"
    ALONE = "alone", "班级没有辅导员"


@dataclass
class Portion:
    """What a college, a category or a payer comes to."""

    name: str
    people: int = 0
    zero_fee: int = 0
    standard: Decimal = ZERO
    reduced: Decimal = ZERO

    @property
    def due(self) -> Decimal:
        """应缴."""
        return self.standard - self.reduced


@dataclass(frozen=True)
class DryRun:
    """试算. Keys of students stand only for small groups; the others are queries."""

    people: int
    price: Decimal
    reduced: Decimal
    types: tuple[str, ...]
    by_level: tuple[tuple[TrainingLevel, int], ...]
    by_college: tuple[Portion, ...]
    by_category: tuple[Portion, ...]
    by_payer: tuple[Portion, ...]
    quotes: Mapping[int, Quote] = field(repr=False)
    """Of the students who are on the hardship list of the year."""
    groups: Mapping[Group, frozenset[int]] = field(repr=False)
    categories: Mapping[str, frozenset[int]] = field(repr=False)
    """The students of each category that counts today."""
    payers: Mapping[str, frozenset[int]] = field(repr=False)
    """The students for whom somebody bears a part."""
    alone: int = 0
    waives: bool = False
    """Whether the plan has fee rules at all."""

    @property
    def standard(self) -> Decimal:
        """What everybody would pay without reductions."""
        return self.price * self.people

    @property
    def due(self) -> Decimal:
        """应缴合计."""
        return self.standard - self.reduced

    def count(self, group: Group) -> int:
        """How many are in a group; the faulty ones are counted by looking at each, elsewhere."""
        match group:
            case Group.ALL:
                return self.people
            case Group.ALONE:
                return self.alone
            case Group.ZERO if not self.price:
                return self.people
        return len(self.groups[group])


def usual_types(plan: InsurancePlan) -> list[InsuranceType]:
    """What somebody takes who changes nothing."""
    return [kind for kind in plan.types.all() if kind.choosing != Choosing.OPTIONAL]


def dry_run(plan: InsurancePlan) -> DryRun:
    """The number of queries does not depend on the roster."""
    usual = usual_types(plan)
    price = sum((kind.premium for kind in usual), ZERO)
    levels, colleges = _counted(plan, price)
    entries, college_of, renamed = _listed(plan)
    rules, today = list(plan.fee_rules.all()), localdate()
    quotes = {pk: pricing.quote(usual, held, rules, on=today) for pk, held in entries.items()}
    valid = {pk: pricing.valid_on(held, today) for pk, held in entries.items()}
    categories: dict[str, set[int]] = defaultdict(set)
    for pk, held in valid.items():
        for entry in held:
            categories[entry.category].add(pk)
    for pk, quote in quotes.items():
        portion = colleges[college_of[pk]]
        portion.reduced += _reduced(quote)
        portion.zero_fee += not quote.amount and bool(price)
    payers: dict[str, set[int]] = defaultdict(set)
    for pk, quote in quotes.items():
        for line in quote.lines:
            if line.reduced:
                payers[line.payer or NOBODY_NAMED].add(pk)
    reduced = {pk for pk, quote in quotes.items() if _reduced(quote)}
    recognised = {pk for pk, held in valid.items() if held}
    return DryRun(
        people=sum(levels.values()),
        price=price,
        reduced=sum(map(_reduced, quotes.values()), ZERO),
        types=tuple(kind.name for kind in usual),
        by_level=tuple((level, levels[level]) for level in TrainingLevel if level in levels),
        by_college=tuple(sorted(colleges.values(), key=lambda c: (-c.people, c.name))),
        by_category=_by_category(categories, quotes),
        by_payer=_by_payer(quotes, payers),
        quotes=quotes,
        groups={
            Group.ZERO: frozenset(pk for pk, quote in quotes.items() if not quote.amount),
            Group.REDUCED: frozenset(reduced),
            Group.RECOGNISED: frozenset(recognised),
            Group.UNMATCHED: frozenset(recognised - reduced),
            Group.SEVERAL: frozenset(pk for pk, held in valid.items() if len(held) > 1),
            Group.EXPIRED: frozenset(
                pk for pk, held in entries.items() if len(valid[pk]) < len(held)
            ),
            Group.RENAMED: frozenset(renamed),
        },
        categories={name: frozenset(pks) for name, pks in categories.items()},
        payers={name: frozenset(pks) for name, pks in payers.items()},
        alone=alone(plan).count(),
        waives=bool(rules),
    )


def members(plan: InsurancePlan, group: Group, found: DryRun) -> QuerySet[Student]:
    """The students behind a number."""
    match group:
        case Group.ALL:
            return targets(plan)
        case Group.ALONE:
            return alone(plan)
        case Group.FAULTY:
            return targets(plan).filter(pk__in=faulty(plan))
        case Group.ZERO if not found.price:
            return targets(plan)
    return targets(plan).filter(pk__in=found.groups[group])


def alone(plan: InsurancePlan) -> QuerySet[Student]:
    """Whose class has no counselor: nobody would review or remind them."""
    counseled = Q(
        class_group__posts__level=Level.COUNSELOR,
        class_group__posts__is_active=True,
        class_group__posts__user__is_active=True,
    )
    students = targets(plan)
    return students.exclude(pk__in=students.order_by().filter(counseled).values("pk"))


def faulty(plan: InsurancePlan) -> list[int]:
    """Whose master data stop them at the first screen."""
    return list(faults_of(plan))


def faults_of(plan: InsurancePlan) -> dict[int, str]:
    """The same with the names of the faulty fields.

    Each is looked at, which takes seconds for thousands; kept until somebody's data change.
    """
    whom = [getattr(plan, name) for name in words.TARGETS]
    key = f"faults:{sha256(f'{whom}{_stamp(plan)}{localdate()}'.encode()).hexdigest()}"
    return cache.get_or_set(key, lambda: _look_at_each(plan), KEPT) or {}


def _look_at_each(plan: InsurancePlan) -> dict[int, str]:
    students = targets(plan).select_related("class_group__major__college")
    return {
        student.pk: "、".join(fault.label for fault in faults)
        for student in students.defer("mobile", "home_phone", "home_address").iterator(2000)
        if (faults := master_faults(student))
    }


def _stamp(plan: InsurancePlan) -> str:
    """Changes whenever somebody's master data do."""
    found = targets(plan).order_by().aggregate(n=Count("pk"), at=Max("updated_at"))
    return f"{found['n']}-{found['at']:%Y%m%d%H%M%S%f}" if found["n"] else "0"


def known_categories() -> list[str]:
    """The categories that the hardship list knows, for whoever writes a fee rule."""
    found = HardshipEntry.objects.order_by("category").values_list("category", flat=True)
    return list(found.distinct())


def _counted(plan: InsurancePlan, price: Decimal) -> tuple[dict[str, int], dict[str, Portion]]:
    """How many of each level and college, at the full price."""
    levels: dict[str, int] = defaultdict(int)
    colleges: dict[str, Portion] = {}
    rows = targets(plan).order_by().values_list("training_level", COLLEGE)
    for level, college, n in rows.annotate(n=Count("pk")):
        levels[level] += n
        portion = colleges.setdefault(college, Portion(college))
        portion.people += n
        portion.standard += price * n
        portion.zero_fee += 0 if price else n
    return levels, colleges


def _listed(
    plan: InsurancePlan,
) -> tuple[dict[int, list[HardshipEntry]], dict[int, str], set[int]]:
    """The entries of the year that stand, by student; colleges; who is called otherwise there."""
    entries: dict[int, list[HardshipEntry]] = defaultdict(list)
    college_of, renamed = {}, set()
    listed = HardshipEntry.objects.standing().filter(
        academic_year=plan.academic_year, student__in=targets(plan).order_by().values("pk")
    )
    for entry in listed.select_related("student__class_group__major__college").order_by("pk"):
        student = entry.student
        entries[student.pk].append(entry)
        college_of[student.pk] = student.class_group.major.college.name
        if entry.listed_name and entry.listed_name != student.name:
            renamed.add(student.pk)
    return entries, college_of, renamed


def _reduced(quote: Quote) -> Decimal:
    return sum((line.reduced for line in quote.lines), ZERO)


def _by_category(
    categories: Mapping[str, Collection[int]], quotes: Mapping[int, Quote]
) -> tuple[Portion, ...]:
    """Each student counts in every category of theirs; money where the quote takes it off."""
    found = {}
    for name, pks in sorted(categories.items()):
        lines = [line for pk in pks for line in quotes[pk].lines if line.category == name]
        found[name] = Portion(
            name,
            people=len(pks),
            zero_fee=sum(1 for pk in pks if not quotes[pk].amount),
            standard=sum((line.premium for line in lines), ZERO),
            reduced=sum((line.reduced for line in lines), ZERO),
        )
    return tuple(sorted(found.values(), key=lambda portion: (-portion.people, portion.name)))


def _by_payer(
    quotes: Mapping[int, Quote], payers: Mapping[str, Collection[int]]
) -> tuple[Portion, ...]:
    """Who bears what is taken off."""
    found = []
    for name, pks in payers.items():
        lines = [
            line
            for pk in pks
            for line in quotes[pk].lines
            if line.reduced and (line.payer or NOBODY_NAMED) == name
        ]
        found.append(
            Portion(
                name,
                people=len(pks),
                standard=sum((line.premium for line in lines), ZERO),
                reduced=sum((line.reduced for line in lines), ZERO),
            )
        )
    return tuple(sorted(found, key=lambda portion: (-portion.reduced, portion.name)))
