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
    """The price of the chosen types for a student with these recognitions, on a day."""
    valid = [entry for entry in hardships if _is_valid(entry, on)]
    return Quote(tuple(_line(chosen, valid, rules) for chosen in types))


def _line(
    chosen: InsuranceType, hardships: Sequence[HardshipEntry], rules: Sequence[FeeRule]
) -> Line:
    best: tuple[Decimal, FeeRule, HardshipEntry] | None = None
    for rule in rules:
        if rule.insurance_type_id not in (None, chosen.pk):
            continue
        for entry in hardships:
            if rule.category in ("", entry.category):
                reduced = _reduced(chosen.premium, rule)
                if best is None or reduced > best[0]:
                    best = reduced, rule, entry
    price = _yuan(chosen.premium)
    if best is None:
        return Line(
            type_id=chosen.pk,
            type_name=chosen.name,
            premium=chosen.premium,
            reduced=Decimal(0),
            amount=chosen.premium,
            payer="",
            explanation=f"按“{chosen.name}”标准缴费 {price} 元",
        )
    reduced, rule, entry = best
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
    )


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


def _is_valid(entry: HardshipEntry, on: date) -> bool:
    started = entry.valid_from is None or entry.valid_from <= on
    return started and (entry.valid_until is None or on <= entry.valid_until)


def _yuan(amount: Decimal) -> str:
    return f"{amount:.2f}"
