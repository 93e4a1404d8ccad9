"""Money that came in and what becomes of it: it settles its order, or is kept for finance.

The lower half of `flow.settle`, always on locked orders. Nothing that came in is ever dropped.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit, bulk
from yibao.common.statements import Given, Kept
from yibao.enrolment import flow as enrolment_flow
from yibao.payments import differences, messages
from yibao.payments.models import Order, Payment, Refund
from yibao.payments.providers.base import PaidState, Receipt
from yibao.payments.states import (
    ORDER_MOVES,
    PAYMENT_MOVES,
    OrderStatus,
    PaymentStatus,
    RefundCause,
)

# What a gateway waits for.
_ORDER = Kept(
    lambda: Order.objects.filter(
        payments__channel=Given("channel"), payments__number=Given("number")
    ).select_for_update(of=("self",))
)
_PAYMENT = Kept(lambda: Payment.objects.filter(number=Given("number")))
_TAKEN = Kept(
    lambda: Payment.objects.filter(
        channel=Given("channel"), reference=Given("reference")
    ).values_list("pk")
)


def lock_orders(pks: Iterable[int]) -> None:
    """In pk order, so that two who lock the same never wait for each other in a circle."""
    locked = Order.objects.filter(pk__in=list(pks)).order_by("pk")
    list(locked.select_for_update(of=("self",)).values_list("pk", flat=True))


def locked(channel: str, number: str) -> Payment | None:
    """A payment by its number, read once its order is locked; None when there is none."""
    orders = _ORDER.rows(channel=channel, number=number)
    if not orders:
        return None
    [payment] = _PAYMENT.rows(number=number)
    payment.order = orders[0]
    return payment


def is_taken(channel: str, reference: str) -> bool:
    """Whether a payment has this transaction of the gateway already."""
    return bool(_TAKEN.tuples(channel=channel, reference=reference))


def apply(payments: Sequence[Payment], *, by: User | None) -> None:
    """Money that came in, on locked orders: settle what it fits, set aside what it does not."""
    fitting = {p.pk for p in payments if _fits(p)}
    further = {p.order_id for p in payments if p.order.difference_id}
    owing = {
        p.order.enrolment_id for p in payments if p.pk in fitting and p.order_id not in further
    }
    paid = set(enrolment_flow.mark_paid(owing, by=by).done) if owing else set()
    trail, orders, refunds = [], [], []
    for payment in payments:
        order = payment.order
        if payment.pk in fitting and (order.pk in further or order.enrolment_id in paid):
            move_payment(payment, PaymentStatus.CONFIRMED)
            move_order(order, OrderStatus.PAID)
            order.paid_at = payment.paid_at
            orders.append(order)
        elif payment.amount != order.amount:
            move_payment(payment, PaymentStatus.MISMATCH)
        else:
            move_payment(payment, PaymentStatus.SURPLUS)
            refunds.append(_refund_of(payment))
        trail.append(
            audit.entry(
                "money_in",
                payment,
                by=by,
                channel=payment.channel,
                amount=str(payment.amount),
                now=payment.status,
                order=order.number,
            )
        )
    bulk.update(payments, ["status", "amount", "reference", "paid_at", "raw"])
    bulk.update(orders, ["status", "paid_at"])
    Refund.objects.bulk_create(refunds)
    audit.record_many(trail)
    if further:
        differences.settle([o.difference_id for o in orders if o.difference_id], by=by)
    messages.paid(orders, by=by)


def _fits(payment: Payment) -> bool:
    return payment.order.status == OrderStatus.OPEN and payment.amount == payment.order.amount


def _refund_of(payment: Payment) -> Refund:
    twice = payment.order.status == OrderStatus.PAID
    cause = RefundCause.PAID_TWICE if twice else RefundCause.ORDER_CLOSED
    return Refund(payment=payment, amount=payment.amount or Decimal(0), cause=cause)


def again(payment: Payment, receipt: Receipt) -> Payment:
    """Money we know. What fitted nothing is held against the amount that the gateway tells now."""
    odd = payment.status == PaymentStatus.MISMATCH and payment.amount != receipt.amount
    if odd and not payment.refunds.exists():
        payment.amount, payment.raw = receipt.amount, receipt.raw
        apply([payment], by=None)
    return payment


def second(payment: Payment, receipt: Receipt) -> Payment:
    """A second transaction under one of our numbers: kept as a payment of its own, to be refunded."""
    known = Payment.objects.filter(channel=payment.channel, reference=receipt.reference).first()
    if known:
        return known
    extra = Payment.objects.create(
        order=payment.order,
        channel=payment.channel,
        status=PaymentStatus.CLOSED,
        amount=receipt.amount,
        reference=receipt.reference,
        paid_at=receipt.paid_at or now(),
        raw=receipt.raw,
    )
    apply([extra], by=None)
    return extra


def dispute(payment: Payment, receipt: Receipt, *, by: User | None) -> Payment:
    """The gateway names money that another payment has: finance asks it, the payer waits."""
    if payment.status != PaymentStatus.DISPUTED:
        move_payment(payment, PaymentStatus.DISPUTED)
        payment.raw = receipt.raw
        payment.save(update_fields=["status", "raw"])
        audit.record("reference_taken", payment, by=by, reference=receipt.reference)
    return payment


def close_attempt(payment: Payment, receipt: Receipt) -> Payment:
    """The gateway says that nobody can pay this attempt any more, or that it never heard of it."""
    # ABSENT is no verdict on a young attempt: our own create may still be on its way.
    young = receipt.state is PaidState.ABSENT and not payment.is_expired(now())
    if payment.status == PaymentStatus.STARTED and not young:
        move_payment(payment, PaymentStatus.CLOSED)
        payment.save(update_fields=["status"])
    return payment


def move_order(order: Order, to: OrderStatus) -> None:
    """One step of its life; the caller saves it."""
    if to not in ORDER_MOVES[OrderStatus(order.status)]:
        message = f"no move of an order from {order.status} to {to}"
        raise ValueError(message)
    order.status = to


def move_payment(payment: Payment, to: PaymentStatus) -> None:
    """As above."""
    if to not in PAYMENT_MOVES[PaymentStatus(payment.status)]:
        message = f"no move of a payment from {payment.status} to {to}"
        raise ValueError(message)
    payment.status = to
