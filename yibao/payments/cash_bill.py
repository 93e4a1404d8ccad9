"""The bill of cash: no gateway makes one, so what finance has counted stands for it (three-way).

Our book has the receipts, the cashier's slip their sum, finance what was in the envelope. A receipt is
on the bill once its slip is confirmed; what an envelope lacked is a line of its own.
"""

from datetime import date
from decimal import Decimal

from yibao.payments.comparing import within
from yibao.payments.models import HandOver, Payment
from yibao.payments.providers.base import LineKind, StatementLine
from yibao.payments.rules import CASH
from yibao.payments.states import MONEY_IN, HandOverStatus


def cash_bill(day: date) -> list[StatementLine]:
    """Receipts of the day whose slips are confirmed, and what was wrong with the slips of the day."""
    counted = Payment.objects.filter(
        within("paid_at", day),
        channel=CASH,
        status__in=MONEY_IN,
        hand_over__status=HandOverStatus.CONFIRMED,
    )
    slips = HandOver.objects.filter(within("created_at", day), status=HandOverStatus.CONFIRMED)
    receipts = [_receipt(payment) for payment in counted.select_related("hand_over").order_by("pk")]
    return receipts + [_gap(slip) for slip in slips.order_by("pk") if slip.missing]


def _receipt(payment: Payment) -> StatementLine:
    return StatementLine(
        kind=LineKind.PAYMENT,
        number=payment.number,
        reference=payment.reference,
        amount=payment.amount or Decimal(0),
        happened_at=payment.paid_at or payment.started_at,
        raw={"交接单号": payment.hand_over.number if payment.hand_over else ""},
    )


def _gap(slip: HandOver) -> StatementLine:
    return StatementLine(
        kind=LineKind.PAYMENT,
        number=slip.number,
        reference=f"{slip.number}-{'少' if slip.missing > 0 else '多'}",
        amount=abs(slip.missing),
        happened_at=slip.created_at,
        raw={
            "交接单号": slip.number,
            "应交": str(slip.amount),
            "实收": str(slip.counted),
            "说明": slip.note,
        },
    )
