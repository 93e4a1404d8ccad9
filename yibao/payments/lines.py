"""缴费依据 as data: how orders and differences keep what a price was made of; amounts as decimal text."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from yibao.common.bulk import among
from yibao.enrolment.models import Enrolment, QuoteLine
from yibao.plans.pricing import Line, Quote

AMOUNTS = ("premium", "reduced", "amount")
Lines = list[dict[str, Any]]


def quote_lines(enrolment: Enrolment) -> Lines:
    """缴费依据 as it stood when the order was made."""
    return [_stored(line) for line in enrolment.lines.all()]


def lines_as_data(pks: Iterable[int]) -> dict[int, Lines]:
    """The same of many enrolments, by their key."""
    found: dict[int, Lines] = {pk: [] for pk in pks}
    lines = QuoteLine.objects.filter(enrolment__in=among(found)).order_by("pk")
    for line in lines.select_related("insurance_type"):
        found[line.enrolment_id].append(_stored(line))
    return found


def _stored(line: QuoteLine) -> dict[str, Any]:
    return {
        "type_id": line.insurance_type_id,
        "type": line.insurance_type.name,
        **{name: str(getattr(line, name)) for name in AMOUNTS},
        "payer": line.payer,
        "explanation": line.explanation,
    }


def as_data(line: Line) -> dict[str, Any]:
    """A line of a quote that nobody has ordered yet."""
    return {
        "type_id": line.type_id,
        "type": line.type_name,
        **{name: str(getattr(line, name)) for name in AMOUNTS},
        "payer": line.payer,
        "explanation": line.explanation,
    }


def quote_of(lines: Lines) -> Quote:
    """Back from data."""
    return Quote(
        tuple(
            Line(
                type_id=line["type_id"],
                type_name=line["type"],
                premium=Decimal(line["premium"]),
                reduced=Decimal(line["reduced"]),
                amount=Decimal(line["amount"]),
                payer=line["payer"],
                explanation=line["explanation"],
            )
            for line in lines
        )
    )
