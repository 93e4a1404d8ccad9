"""What enrolments would cost with some types, from when until when they insure, and why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.timezone import localdate

from yibao.common.bulk import among
from yibao.enrolment.models import Enrolment, QuoteLine
from yibao.plans import pricing
from yibao.plans.coverage import coverage_lines, coverage_words
from yibao.plans.models import HardshipEntry, InsuranceType

Rows = Sequence[Enrolment]
Line = tuple[int, Decimal, str]
"""Of a line as it stands: type, amount, explanation."""


def quote_for(row: Enrolment, types: Iterable[InsuranceType]) -> pricing.Quote:
    """The quote of today; asks the database nothing if the row was read `with_quote`."""
    rules = list(row.plan.fee_rules.all())
    return pricing.quote(types, recognitions(row), rules, on=localdate())


def recognitions(row: Enrolment) -> list[HardshipEntry]:
    """困难认定 of the plan's school year, also those that do not count today."""
    year = row.plan.academic_year
    return [entry for entry in row.student.hardships.all() if entry.academic_year == year]


def recognised(rows: Rows) -> dict[int, list[HardshipEntry]]:
    """The same for many rows, by their key; who has none is missing."""
    held: dict[tuple[int, int], list[HardshipEntry]] = defaultdict(list)
    students = among(row.student_id for row in rows)
    for entry in HardshipEntry.objects.filter(student__in=students).order_by("pk"):
        held[entry.student_id, entry.academic_year].append(entry)
    found = {row.pk: held.get((row.student_id, row.plan.academic_year)) for row in rows}
    return {pk: entries for pk, entries in found.items() if entries}


def coverage_for(row: Enrolment, types: Iterable[InsuranceType] | None = None) -> str:
    """保障期 of what the row has chosen, or would have with these types."""
    if types is None:
        types = [line.insurance_type for line in row.lines.all()]
    return coverage_words(row.plan, types, row.student.class_group.grade)


def coverages_of(row: Enrolment) -> list[tuple[str, str]]:
    """保障期 of what the row has chosen, type by type if they differ."""
    types = [line.insurance_type for line in row.lines.all()]
    return coverage_lines(row.plan, types, row.student.class_group.grade)


def quotes_for(
    rows: Rows, types: Mapping[int, Sequence[InsuranceType]]
) -> dict[int, pricing.Quote]:
    """The quote of each row with its types. Who is not recognised pays what everybody pays."""
    on = localdate()
    held = recognised(rows)
    usual: dict[tuple[int, ...], pricing.Quote] = {}
    quotes = {}
    for row in rows:
        plan, chosen = row.plan, types[row.pk]
        hardships = held.get(row.pk)
        key = (plan.pk, *(t.pk for t in chosen))
        if hardships or key not in usual:
            rules = list(plan.fee_rules.all())
            quotes[row.pk] = pricing.quote(chosen, hardships or (), rules, on=on)
            if not hardships:
                usual[key] = quotes[row.pk]
        else:
            quotes[row.pk] = usual[key]
    return quotes


@dataclass(frozen=True)
class Fair:
    """A quote and the day that it is of."""

    quote: pricing.Quote
    on: date


def fair_quotes(rows: Rows, types: Mapping[int, Sequence[InsuranceType]]) -> dict[int, Fair]:
    """What each row would cost had it been quoted with what is known now.

    Of the day of its quote or of today, whichever is less: a recognition that has run out since does
    not count against the student, one that came later counts for them.
    """
    today, held = localdate(), recognised(rows)
    usual: dict[tuple[int, ...], pricing.Quote] = {}
    found = {}
    for row in rows:
        rules, entries = list(row.plan.fee_rules.all()), held.get(row.pk, [])
        key = (row.plan_id, *(t.pk for t in types[row.pk]))
        if not entries:
            if key not in usual:
                usual[key] = pricing.quote(types[row.pk], (), rules, on=today)
            found[row.pk] = Fair(usual[key], row.quoted_on or today)
            continue
        then = row.quoted_on or today
        both = [
            Fair(pricing.quote(types[row.pk], entries, rules, on=day), day) for day in (then, today)
        ]
        found[row.pk] = min(both, key=lambda fair: fair.quote.amount)
    return found


def lines_of(rows: Rows) -> dict[int, list[Line]]:
    """The lines of each row as they stand."""
    found: dict[int, list[Line]] = {row.pk: [] for row in rows}
    lines = QuoteLine.objects.filter(enrolment__in=among(found)).order_by("pk")
    values = lines.values_list("enrolment_id", "insurance_type_id", "amount", "explanation")
    for pk, type_id, amount, explanation in values:
        found[pk].append((type_id, amount, explanation))
    return found


def types_of(rows: Rows, lines: Mapping[int, list[Line]]) -> dict[int, list[InsuranceType]]:
    """The types that the lines of each row are for."""
    known = {t.pk: t for plan in {row.plan for row in rows} for t in plan.types.all()}
    return {pk: [known[type_id] for type_id, *_ in quoted] for pk, quoted in lines.items()}


def same(row: Enrolment, lines: list[Line], quote: pricing.Quote) -> bool:
    """Whether a row owes already what a quote says, for the same reasons."""
    quoted = [(line.type_id, line.amount, line.explanation) for line in quote.lines]
    return lines == quoted and row.amount_due == quote.amount
