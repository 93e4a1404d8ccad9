"""From a bill to an insured student.

With applying.py and refunding.py, these functions are the only code that writes the status of
orders, payments and refunds. Gateways are called outside of transactions; what they say becomes a
fact only in `settle`.
Locks are taken in the order of the chapters: order, then enrolment; rows of one table in pk order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import Refused, refuse_if
from yibao.common.outcome import Outcome
from yibao.common.turns import one_at_a_time
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment.models import Enrolment
from yibao.payments import applying, postings, rules
from yibao.payments.lines import quote_lines
from yibao.payments.models import CashBook, Order, Payment
from yibao.payments.providers.base import (
    AlreadyPaid,
    Charge,
    Device,
    GatewayRefused,
    GatewayUnavailable,
    PaidState,
    Provider,
    Receipt,
    Redirect,
    Way,
    provider,
    provider_names,
)
from yibao.payments.states import OrderStatus, PaymentStatus

ATTEMPT_LIFE = timedelta(minutes=30)
BUSY = "支付渠道暂时没有回应，没有产生扣款，请稍后再试"


@transaction.atomic
def open_order(enrolment: Enrolment, *, by: User | None) -> Order:
    """下单: the live order of an enrolment, made if there is none. Raises `Refused`."""
    locked = Enrolment.objects.select_for_update(of=("self",)).get(pk=enrolment.pk)
    refuse_if(rules.why_not_order(locked))
    live = Order.objects.filter(enrolment=locked, status=OrderStatus.OPEN).first()
    if live:
        return live
    order = Order.objects.create(
        enrolment=locked, amount=locked.amount_due, lines=quote_lines(locked)
    )
    audit.record("open_order", order, by=by, amount=str(order.amount))
    return order


@dataclass(frozen=True)
class Addresses:
    """Where the gateway tells of the money and sends the payer; and the payer's own on the network.

    `who` is how the channel calls the payer, as far as it was asked (`Provider.who_pays`).
    """

    notify: str
    back: str
    payer: str = ""
    who: str = ""


def start_payment(
    order: Order, channel: str, *, device: Device, ours: Addresses, by: User | None
) -> Way:
    """支付: where to send the payer. The live attempt of a channel is continued, not doubled.

    An attempt in another channel is closed at its gateway first; if it turns out to be paid, that
    settles the order. Raises `Refused` when nothing is to be paid or the gateway does not answer.
    """
    refuse_if(rules.why_not_pay_online(order, channel))
    for other in order.payments.filter(status=PaymentStatus.STARTED):
        if other.channel != channel or other.is_expired(now()):
            close_attempt(other)
    payment = _attempt(order, channel, by=by)
    charge = Charge(
        number=payment.number,
        amount=order.amount,
        subject=f"{order.enrolment.plan}",
        notify_url=ours.notify,
        return_url=ours.back,
        expires_at=payment.expires_at or now() + ATTEMPT_LIFE,
        payer_ip=ours.payer,
        payer=ours.who,
    )
    try:
        return provider(channel).start(charge, device)
    except AlreadyPaid:
        return Redirect(charge.return_url)  # the page there asks the gateway and settles its word
    except (GatewayUnavailable, GatewayRefused) as error:
        audit.record("start_payment_failed", payment, by=by, error=str(error)[:200])
        if isinstance(error, GatewayRefused):
            # Begun on another device, perhaps: the next try has a new number.
            close_attempt(payment)
        raise Refused(BUSY) from error


def ask(payment: Payment) -> Payment:
    """查询: ask the gateway how an attempt stands and settle what it says."""
    Payment.objects.filter(pk=payment.pk).update(asked_at=now())
    receipt = _gateway(payment).query(payment.number)
    return settle(receipt, channel=payment.channel) or payment


def close_attempt(payment: Payment) -> Payment:
    """关闭: see to it that an attempt can no longer be paid; one that was paid is settled instead."""
    try:
        receipt = _gateway(payment).close(payment.number)
    except (GatewayUnavailable, GatewayRefused) as error:
        raise Refused("上一笔支付正在确认，请稍后再试，请勿重复支付") from error
    return settle(receipt, channel=payment.channel) or payment


def _gateway(payment: Payment) -> Provider:
    """The channel of an attempt; one that was switched off since cannot be asked."""
    if payment.channel not in provider_names():
        raise GatewayUnavailable(payment.channel)
    return provider(payment.channel)


@transaction.atomic
def settle(receipt: Receipt, *, channel: str, by: User | None = None) -> Payment | None:
    """到账: the single door through which money becomes a fact. Safe to call any number of times.

    Called for a notice, a query, a close, a bill, and for cash. Money that does not fit is kept and
    handed to finance, never dropped and never applied. None when the number is not ours.
    """
    payment = applying.locked(channel, receipt.number)
    if payment is None:
        audit.record("receipt_unknown", None, by=by, channel=channel, number=receipt.number[:64])
        return None
    if receipt.misfit:
        audit.record("receipt_misfit", payment, by=by, why=receipt.misfit)
        return payment
    if receipt.state in (PaidState.CLOSED, PaidState.ABSENT):
        return applying.close_attempt(payment, receipt)
    if not receipt.paid:
        return payment
    if payment.reference:
        # The same money told again, or a second transaction under one number.
        known = payment.reference == receipt.reference
        return (applying.again if known else applying.second)(payment, receipt)
    # Two orders that are told of one transaction at once see each other.
    one_at_a_time(f"{channel} {receipt.reference}")
    if applying.is_taken(channel, receipt.reference):
        return applying.dispute(payment, receipt, by=by)
    payment.amount, payment.reference = receipt.amount, receipt.reference
    payment.paid_at, payment.raw = receipt.paid_at or now(), receipt.raw
    applying.apply([payment], by=by)
    return payment


def record_cash(enrolments: QuerySet[Enrolment], *, by: User, key: str = "") -> Outcome:
    """现金缴费: one receipt number each. Online attempts are closed at their gateways first.

    `key` names the form: sent again it is answered as before, and books nothing.
    """
    pks = list(enrolments.values_list("pk", flat=True))
    busy: dict[int, str] = {}
    live = Payment.objects.filter(
        order__enrolment__in=pks, status=PaymentStatus.STARTED
    ).select_related("order")
    for payment in live:
        try:
            close_attempt(payment)
        except Refused as refused:
            busy[payment.order.enrolment_id] = str(refused)
    with transaction.atomic():
        posting, known = postings.begin(key, pks, by=by)
        if known:
            return known
        outcome = _take_cash([pk for pk in pks if pk not in busy], busy, by=by)
        return postings.keep(posting, outcome)


def _take_cash(pks: list[int], busy: dict[int, str], *, by: User) -> Outcome:
    applying.lock_orders(Order.objects.filter(enrolment__in=pks).values_list("pk", flat=True))
    rows = list(
        Enrolment.objects.filter(pk__in=pks)
        .order_by("pk")
        .select_for_update(of=("self",))
        .with_story()
        .with_quote()
    )
    reasons = rules.why_not_cash(rows, by)
    allowed = [row for row in rows if row.pk not in reasons]
    if not allowed:
        return Outcome([], busy | reasons)
    orders = _orders_of(allowed)
    book, _ = CashBook.objects.select_for_update().get_or_create(cashier=by)
    at = now()
    payments = [
        Payment(
            order=order,
            channel=rules.CASH,
            amount=order.amount,
            reference=f"{by.username}-{number:06d}",
            receipt_no=number,
            paid_at=at,
            cashier=by,
        )
        for number, order in enumerate(orders, start=book.last_number + 1)
    ]
    Payment.objects.bulk_create(payments)
    book.last_number += len(payments)
    book.save(update_fields=["last_number"])
    applying.apply(payments, by=by)
    return Outcome([row.pk for row in allowed], busy | reasons, postings.said_of(payments))


def take_back(
    enrolments: QuerySet[Enrolment], *, by: User, comment: str, places: enrolment_flow.Places = ()
) -> Outcome:
    """退回 what waits for payment or stays out: close the order at the gateway, then return it."""
    pks = list(enrolments.values_list("pk", flat=True))
    live = Payment.objects.filter(order__enrolment__in=pks, status=PaymentStatus.STARTED)
    for payment in live:
        close_attempt(payment)
    with transaction.atomic():
        open_orders = Order.objects.filter(enrolment__in=pks, status=OrderStatus.OPEN)
        applying.lock_orders(open_orders.values_list("pk", flat=True))
        outcome = enrolment_flow.take_back(
            Enrolment.objects.filter(pk__in=pks), by=by, comment=comment, places=places
        )
        orders = list(open_orders.filter(enrolment__in=outcome.done))
        if Payment.objects.filter(order__in=orders, status=PaymentStatus.STARTED).exists():
            raise Refused("学生正在支付，请稍后再退回")
        for order in orders:
            close_order(order, by=by)
    return outcome


def close_order(order: Order, *, by: User | None) -> None:
    """关闭 a locked order that nobody is paying just now, or whose money has all gone back."""
    applying.move_order(order, OrderStatus.CLOSED)
    order.closed_at = now()
    order.save(update_fields=["status", "closed_at"])
    audit.record("close_order", order, by=by)


def _attempt(order: Order, channel: str, *, by: User | None) -> Payment:
    """The live attempt of an order in a channel; two tabs get the same one."""
    live = {"channel": channel, "status": PaymentStatus.STARTED}
    with transaction.atomic():
        applying.lock_orders([order.pk])
        now_is = Order.objects.select_related("enrolment__plan").get(pk=order.pk)
        refuse_if(rules.why_not_pay_online(now_is, channel))
        payment = order.payments.filter(**live).first()
        if payment:
            return payment
        payment = order.payments.create(expires_at=now() + ATTEMPT_LIFE, **live)
        audit.record("start_payment", payment, by=by, channel=channel, order=order.number)
        return payment


def _orders_of(rows: Sequence[Enrolment]) -> list[Order]:
    """The open order of each row, made where there is none; the rows are locked."""
    pks = [row.pk for row in rows]
    live = Order.objects.filter(enrolment__in=pks, status=OrderStatus.OPEN)
    orders = {order.enrolment_id: order for order in live}
    missing = [
        Order(enrolment=row, amount=row.amount_due, lines=quote_lines(row))
        for row in rows
        if row.pk not in orders
    ]
    for order in Order.objects.bulk_create(missing):
        orders[order.enrolment_id] = order
    return [orders[pk] for pk in pks]
