"""更正金额: the bill names another amount than we booked under the same number.

What the bill says is what will be in the bank, so our book follows it. Somebody who paid more stays
insured and the surplus goes back. Less than the price settles nothing: it goes back whole, and the
order waits for the full price again.
"""

from decimal import Decimal

from django.db import transaction

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import refuse_if
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment.states import Status
from yibao.payments import applying, differences, messages, refunding, rules
from yibao.payments.models import Payment, Refund
from yibao.payments.refunding import Back
from yibao.payments.states import (
    DifferenceStatus,
    OrderStatus,
    PaymentStatus,
    RefundCause,
    RefundStatus,
)

UNDER_WAY = "这笔缴费已在退费，请核实后“说明原因”"
LIVE = (DifferenceStatus.OPEN, DifferenceStatus.SETTLING)


@transaction.atomic
def correct(payment: Payment, amount: Decimal, *, by: User, note: str) -> None:
    """Book what the bill says. Money that goes back is prepared, another person confirms it."""
    applying.lock_orders([payment.order_id])
    payment = Payment.objects.select_related("order__enrolment__plan").get(pk=payment.pk)
    refuse_if(why_not_correct(payment, amount))
    was, payment.amount = payment.amount or Decimal(0), amount
    payment.save(update_fields=["amount"])
    said = {"was": str(was), "now": str(amount), "note": note.strip()}
    audit.record("correct_amount", payment, by=by, **said)
    if payment.status == PaymentStatus.SURPLUS:
        Refund.objects.filter(payment=payment).update(amount=amount)
    elif payment.status == PaymentStatus.CONFIRMED and amount > was:
        more = Back(amount - was, RefundCause.WRONG_AMOUNT, note)
        refunding.open_refund(payment, more, by=by)
    elif payment.status == PaymentStatus.CONFIRMED:
        _unsettle(payment, by=by)
        refunding.open_refund(payment, Back.wrong(payment, note), by=by)
    else:
        applying.apply([payment], by=by)


def why_not_correct(payment: Payment, amount: Decimal) -> str:
    """Why our book cannot follow the bill just now."""
    refunds = list(payment.refunds.all())
    match PaymentStatus(payment.status):
        case PaymentStatus.SURPLUS:
            waits = [refund.status for refund in refunds] == [RefundStatus.DUE]
            return "" if waits else UNDER_WAY
        case PaymentStatus.MISMATCH:
            return UNDER_WAY if refunds else ""
        case PaymentStatus.CONFIRMED:
            less = payment.amount is None or amount < payment.amount
            return _why_not_less(payment, refunds) if less else ""
        case _:
            return f"这笔缴费{payment.get_status_display()}，没有可更正的金额"


def _why_not_less(payment: Payment, refunds: list[Refund]) -> str:
    if refunds:
        return UNDER_WAY
    enrolment = payment.order.enrolment
    live = enrolment.differences.filter(status__in=LIVE).exclude(orders=payment.order_id)
    if live.exists():
        return "这名学生还有差额待处理，请先处理差额"
    return rules.why_not_pay_now(enrolment.plan)


def _unsettle(payment: Payment, *, by: User) -> None:
    """Too little came in: as with any wrong amount the order waits, and the student is told."""
    order = payment.order
    applying.move_payment(payment, PaymentStatus.MISMATCH)
    payment.save(update_fields=["status"])
    applying.move_order(order, OrderStatus.OPEN)
    order.paid_at = None
    order.save(update_fields=["status", "paid_at"])
    if order.difference_id:
        differences.unsettle([order.difference_id], by=by)
    else:
        owing = [order.enrolment_id]
        enrolment_flow.unmark_paid(owing, Status.AWAITING_PAYMENT, by=by).or_refuse()
    messages.short(payment, by=by)
