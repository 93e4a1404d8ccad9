"""How an order stands, told truthfully to somebody who has just come back from a cashier."""

import enum
from datetime import timedelta

from django.utils.timezone import now

from yibao.payments import flow
from yibao.payments.models import Order, Payment
from yibao.payments.providers.base import (
    GatewayRefused,
    GatewayUnavailable,
    provider_names,
)
from yibao.payments.states import HELD, OrderStatus, PaymentStatus

PATIENCE = timedelta(seconds=2)


class Word(enum.StrEnum):
    """What can be said about an order now."""

    PAID = "paid"
    HELD = "held"  # money is there but does not fit: finance decides
    CLOSED = "closed"
    UNPAID = "unpaid"  # an attempt is open and its gateway has seen no money
    UNKNOWN = "unknown"  # an attempt is open and nobody knows: never pay again now
    IDLE = "idle"  # nothing is under way


def confirm(order: Order) -> Word:
    """Ask the gateways of open attempts, settle what they say, and say how the order stands now.

    Many tabs that poll do not become many questions: who was asked a moment ago is not asked again.
    """
    silent = False
    if order.status == OrderStatus.OPEN:
        for payment in order.payments.filter(status=PaymentStatus.STARTED):
            silent |= not _ask(payment)
    order.refresh_from_db(fields=["status", "paid_at", "closed_at"])
    states = set(order.payments.values_list("status", flat=True))
    return _word(OrderStatus(order.status), states, silent=silent)


def _ask(payment: Payment) -> bool:
    """Whether it is known how the attempt stands."""
    if payment.channel not in provider_names():
        return False
    if payment.asked_at and now() - payment.asked_at < PATIENCE:
        return False
    try:
        flow.ask(payment)
    except (GatewayUnavailable, GatewayRefused):
        return False
    return True


def _word(status: OrderStatus, states: set[str], *, silent: bool) -> Word:
    if status == OrderStatus.PAID:
        return Word.PAID
    if states & set(HELD):
        return Word.HELD
    if status == OrderStatus.CLOSED:
        return Word.CLOSED
    if PaymentStatus.STARTED not in states:
        return Word.IDLE
    return Word.UNKNOWN if silent else Word.UNPAID
