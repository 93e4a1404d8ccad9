"""对账: hold a bill against our books. Each fact of either side falls into exactly one class.

Nothing is read or written here. A fact is a payment or a refund; the two sides meet by the channel's
own number, else by ours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.timezone import get_default_timezone

from yibao.payments.models import Payment, Refund
from yibao.payments.providers.base import LineKind, StatementLine
from yibao.payments.states import MONEY_IN, BillResult, RefundStatus

PRIVATE = {"用户标识", "对方账户", "payer"}  # who paid is no matter of reconciliation


@dataclass(frozen=True)
class Found:
    """One line of a reconciliation."""

    key: str
    kind: LineKind
    result: BillResult
    happened_at: datetime
    number: str = ""
    reference: str = ""
    refund_number: str = ""
    their_amount: Decimal | None = None
    our_amount: Decimal | None = None
    payment: Payment | None = None
    refund: Refund | None = None
    raw: dict[str, Any] = field(default_factory=dict)

    def as_stored(self) -> dict[str, Any]:
        """What a line of the bill keeps of it, by column."""
        plain = ("kind", "result", "happened_at", "number", "reference", "refund_number")
        money = ("their_amount", "our_amount", "raw")
        of = {"payment_id": self.payment, "refund_id": self.refund}
        return {name: getattr(self, name) for name in (*plain, *money)} | {
            name: row.pk if row else None for name, row in of.items()
        }


@dataclass(frozen=True)
class Books:
    """What we have: of the day, and whatever else the lines of the bill name."""

    payments: Sequence[Payment]
    refunds: Sequence[Refund]
    of_day: frozenset[tuple[LineKind, int]]


def compare(lines: Iterable[StatementLine], books: Books) -> list[Found]:
    """Every line of the bill, and every fact of ours of that day that no line of it names."""
    by_reference = {p.reference: p for p in books.payments if p.reference}
    by_number = {p.number: p for p in books.payments}
    refunds = {r.number: r for r in books.refunds}
    seen: dict[str, int] = {}
    found = []
    for line in lines:
        key = _key(line)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1:  # the same fact twice in one bill: theirs alone, whatever we have
            found.append(_theirs(line, f"{key} #{seen[key]}"))
        elif line.kind is LineKind.REFUND:
            found.append(_refund(line, key, refunds.get(line.refund_number)))
        else:
            known = by_reference.get(line.reference) or by_number.get(line.number)
            found.append(_payment(line, key, known))
    # A second transaction under our number stands alone: it does not prove the first one.
    met = [f for f in found if f.result is not BillResult.THEIRS_ONLY]
    named = {(f.kind, f.refund.pk) for f in met if f.refund}
    named |= {(f.kind, f.payment.pk) for f in met if f.payment and f.kind is not LineKind.REFUND}
    left = books.of_day - named
    found += [_our_payment(p) for p in books.payments if (LineKind.PAYMENT, p.pk) in left]
    found += [_our_refund(r) for r in books.refunds if (LineKind.REFUND, r.pk) in left]
    return found


def within(name: str, day: date) -> Q:
    """A moment on a day in China."""
    start = datetime.combine(day, time.min, get_default_timezone())
    return Q(**{f"{name}__gte": start, f"{name}__lt": start + timedelta(days=1)})


def _key(line: StatementLine) -> str:
    if line.kind is LineKind.REFUND:
        return f"refund {line.refund_number or line.refund_reference or line.reference}"
    return f"payment {line.reference or line.number}"


def _theirs(line: StatementLine, key: str, **more: Any) -> Found:
    values: dict[str, Any] = {
        "key": key,
        "kind": line.kind,
        "result": BillResult.THEIRS_ONLY,
        "happened_at": line.happened_at,
        "number": line.number,
        "reference": line.refund_reference or line.reference,
        "refund_number": line.refund_number,
        "their_amount": line.amount,
        "raw": {name: said for name, said in line.raw.items() if name not in PRIVATE},
    }
    return Found(**(values | more))


def _payment(line: StatementLine, key: str, known: Payment | None) -> Found:
    if known is None:
        return _theirs(line, key)
    if known.reference != line.reference:
        # Our number, but not yet this money: either we do not know that it was paid, or it was paid twice.
        second = bool(known.reference)
        result = BillResult.THEIRS_ONLY if second else BillResult.STATUS
        return _theirs(line, key, result=result, payment=known)
    if known.status not in MONEY_IN:
        return _theirs(line, key, result=BillResult.STATUS, payment=known)
    same = known.amount == line.amount
    result = BillResult.MATCHED if same else BillResult.AMOUNT
    return _theirs(line, key, result=result, payment=known, our_amount=known.amount)


def _refund(line: StatementLine, key: str, known: Refund | None) -> Found:
    if known is None:
        return _theirs(line, key)
    about: dict[str, Any] = {"refund": known, "payment": known.payment}
    if known.status != RefundStatus.DONE:
        return _theirs(line, key, result=BillResult.STATUS, **about)
    same = known.amount == line.amount
    result = BillResult.REFUND if same else BillResult.AMOUNT
    return _theirs(line, key, result=result, our_amount=known.amount, **about)


def _our_payment(payment: Payment) -> Found:
    return Found(
        key=f"payment {payment.reference}",
        kind=LineKind.PAYMENT,
        result=BillResult.OURS_ONLY,
        happened_at=payment.paid_at or payment.started_at,
        number=payment.number,
        reference=payment.reference,
        our_amount=payment.amount,
        payment=payment,
    )


def _our_refund(refund: Refund) -> Found:
    return Found(
        key=f"refund {refund.number}",
        kind=LineKind.REFUND,
        result=BillResult.OURS_ONLY,
        happened_at=refund.done_at or refund.created_at,
        number=refund.payment.number,
        reference=refund.reference,
        refund_number=refund.number,
        our_amount=refund.amount,
        payment=refund.payment,
        refund=refund,
    )
