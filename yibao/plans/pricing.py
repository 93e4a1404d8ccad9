"""What a student owes in a plan, line by line, and why.

Pure: everything needed is handed in, so that thousands of quotes cost no query.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from yibao.plans.models import FeeRule, HardshipEntry, InsuranceType
from yibao.plans.states import Reduction

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """One type of a quote. All amounts in Decimal yuan; amount = premium − reduced, never below 0."""

    type_id: int
    type_name: str
    premium: Decimal
    reduced: Decimal
    amount: Decimal
    payer: str
    explanation: str
    category: str = ""
    """The recognition that reduced it."""


@dataclass(frozen=True)
class Quote:
    """应缴金额 with its 缴费依据; the amount is the sum of the lines, always."""

    lines: tuple[Line, ...]

    @property
    def amount(self) -> Decimal:
        """应缴金额 in Decimal yuan."""
        return sum((line.amount for line in self.lines), Decimal(0))


def quote(
    types: Iterable[InsuranceType],
    hardships: Sequence[HardshipEntry],
    rules: Sequence[FeeRule],
    *,
    on: date,
) -> Quote:
    """Price the chosen types for a student with these recognitions, on a day."""
    valid = valid_on(hardships, on)
    return Quote(tuple(_line(chosen, valid, rules) for chosen in types))


def valid_on(hardships: Iterable[HardshipEntry], on: date) -> list[HardshipEntry]:
    """The recognitions that count on a day, in an order that does not depend on the database's."""
    return sorted(
        (entry for entry in hardships if is_valid(entry, on)),
        key=lambda entry: (entry.category, entry.level),
    )


def is_valid(entry: HardshipEntry, on: date) -> bool:
    """Whether a recognition stands, has begun and is not over."""
    if entry.withdrawn_at is not None:
        return False
    started = entry.valid_from is None or entry.valid_from <= on
    return started and (entry.valid_until is None or on <= entry.valid_until)


def _line(
    chosen: InsuranceType, hardships: Sequence[HardshipEntry], rules: Sequence[FeeRule]
) -> Line:
    fitting = [
        (_reduced(chosen.premium, rule), rule, entry)
        for rule in rules
        if rule.insurance_type_id in (None, chosen.pk)
        for entry in hardships
        if rule.category in ("", entry.category)
    ]
    price = _yuan(chosen.premium)
    if not fitting:
        return Line(
            type_id=chosen.pk,
            type_name=chosen.name,
            premium=chosen.premium,
            reduced=Decimal(0),
            amount=chosen.premium,
            payer="",
            explanation=f"按“{chosen.name}”标准缴费 {price} 元{_why_in_full(hardships)}",
        )
    reduced, rule, entry = min(fitting, key=_first_choice)
    amount = chosen.premium - reduced
    paid_by = f"，由{rule.payer}承担" if rule.payer else ""
    return Line(
        type_id=chosen.pk,
        type_name=chosen.name,
        premium=chosen.premium,
        reduced=reduced,
        amount=amount,
        payer=rule.payer,
        explanation=(
            f"标准 {price} 元，已认定为{entry.category}（{entry.level}），"
            f"{_how(rule)} {_yuan(reduced)} 元{paid_by}，应缴 {_yuan(amount)} 元"
        ),
        category=entry.category,
    )


def _why_in_full(hardships: Sequence[HardshipEntry]) -> str:
    """What a recognised student who pays in full wants to know."""
    if not hardships:
        return ""
    others = "等" if len(hardships) > 1 else ""
    return f"（已认定为{hardships[0].category}{others}，本项没有减免）"


def _first_choice(fitting: tuple[Decimal, FeeRule, HardshipEntry]) -> tuple[object, ...]:
    """The most comes first; of the same reduction the rule that says more exactly whom it is for.

    What then is still alike is put in some order, so that a quote is the same every time.
    """
    reduced, rule, entry = fitting
    exact = (rule.category == "", rule.insurance_type_id is None)
    return -reduced, exact, entry.category, entry.level, rule.reduction, rule.value, rule.payer


def _reduced(premium: Decimal, rule: FeeRule) -> Decimal:
    match rule.reduction:
        case Reduction.FULL:
            return premium
        case Reduction.FIXED:
            return min(rule.value, premium)
        case _:
            part = premium * rule.value / 100
            return part.quantize(CENT, rounding=ROUND_HALF_UP)


def _how(rule: FeeRule) -> str:
    if rule.reduction == Reduction.PERCENT:
        return f"减免 {rule.value.normalize():f}% 即"
    return Reduction(rule.reduction).label


def _yuan(amount: Decimal) -> str:
    return f"{amount:.2f}"
