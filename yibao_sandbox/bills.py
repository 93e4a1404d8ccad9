"""The bill of a day under all protocols: what was paid, what went back, and how the switches spoil it."""

from dataclasses import dataclass, replace
from datetime import datetime

from yibao_sandbox.gateway import Gateway
from yibao_sandbox.ledger import SHANGHAI, Declined, Order


@dataclass(frozen=True)
class Line:
    """One movement of money; for a refund the last two say which."""

    number: str
    reference: str
    amount: int
    at: int
    order: Order
    refund_number: str = ""
    refund_reference: str = ""

    @property
    def is_refund(self) -> bool:
        """Which way the money went."""
        return bool(self.refund_number)


def lines(gateway: Gateway, protocol: str, day: str) -> list[Line]:
    """All lines of a protocol's day, spoilt as the switches say; refused while there is no bill."""
    start = _start(day)
    faults = gateway.faults
    over = start.date() < datetime.now(SHANGHAI).date()
    if faults.on("bill_late") or not (over or faults.on("bill_today")):
        code, message = "BILL_NOT_READY", "对账单次日生成"
        raise Declined(code, message)
    if faults.on("bill_empty"):
        return []
    paid, back, vain = gateway.ledger.bill(start, protocol)
    found = [_paid(order) for order in paid]
    found += [
        Line(
            order.number,
            order.reference,
            refund.amount,
            refund.refunded_at,
            order,
            refund.refund_number,
            refund.reference,
        )
        for refund, order in back
    ]
    found = [line for line in found if not faults.on("bill_missing", line.number)]
    found = [
        replace(line, amount=line.amount + 1)
        if faults.on("bill_amount", line.number) and not line.is_refund
        else line
        for line in found
    ]
    found += [line for line in found if faults.on("bill_twice", line.number) and not line.is_refund]
    found += [
        _paid(replace(order, reference=f"4200{order.created_at:022d}", paid_at=order.created_at))
        for order in vain
        if faults.on("bill_status", order.number)
    ]
    if faults.on("bill_extra"):
        found.append(_of_nobody(gateway, start))
    return found


def _paid(order: Order) -> Line:
    return Line(order.number, order.reference, order.amount, order.paid_at, order)


def _of_nobody(gateway: Gateway, start: datetime) -> Line:
    """A payment that the merchant never asked for; the same one every time."""
    moment = int(start.timestamp()) + 60
    order = Order(
        number=f"nobody{moment}",
        merchant=gateway.merchant,
        amount=100,
        subject="不是这里的订单",
        notify_url="",
        return_url="",
        expires_at=moment,
        reference=f"4200{moment:022d}",
        paid_at=moment,
    )
    return _paid(order)


def _start(day: str) -> datetime:
    try:
        return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=SHANGHAI)
    except ValueError:
        code, message = "NO_SUCH_DAY", "日期不正确"
        raise Declined(code, message, 400) from None
