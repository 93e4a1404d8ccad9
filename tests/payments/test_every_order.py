"""Whatever order the gateways' words come in, and how often: the books end in the gateways' truth.

All orders of up to five events are walked as a tree, each after each, so that common beginnings are
played once; after every event a word that was said before is said again.
"""

import random
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from django.utils.timezone import now

from tests.cast import make_cast
from tests.factories import make_plan
from tests.payments.fees import of, owe
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Status
from yibao.notify.models import Message
from yibao.payments import flow
from yibao.payments.models import Order, Payment, Refund
from yibao.payments.providers.base import PaidState, Receipt
from yibao.payments.states import OrderStatus, PaymentStatus

FEE = Decimal("533.00")
SEED = 20261122
PAID, CLOSED, PENDING = PaidState.PAID, PaidState.CLOSED, PaidState.PENDING

# (channel, state, the gateway's number, amount): what each event says. "" has no money.
EVENTS = {
    "paid by A": ("sandbox", PAID, "A1", FEE),
    "paid by A twice": ("sandbox", PAID, "A2", FEE),
    "A was closed": ("sandbox", CLOSED, "", FEE),
    "paid by B": ("alipay", PAID, "B1", FEE),
    "B paid wrongly": ("alipay", PAID, "B2", FEE + 1),
}


@pytest.fixture
def order(db):
    cast = make_cast()
    enlist(make_plan(), by=cast.office)
    owe(cast, cast.wang)
    order = flow.open_order(of(cast.wang).get(), by=cast.wang.user)
    for channel in ("sandbox", "alipay"):
        order.payments.create(channel=channel)
    return order


def say(order, event):
    channel, state, reference, amount = EVENTS[event]
    attempt = order.payments.filter(channel=channel).earliest("pk")
    flow.settle(Receipt(attempt.number, reference, amount, state, now()), channel=channel)


def truth(order, said):
    """What the gateways hold, held against what the books say."""
    money = {EVENTS[e][2]: EVENTS[e][3] for e in said if EVENTS[e][1] is PAID}
    facts = dict(Payment.objects.filter(amount__isnull=False).values_list("reference", "amount"))
    assert facts == money
    applied = Payment.objects.filter(status=PaymentStatus.CONFIRMED)
    may_apply = FEE in money.values()
    assert applied.count() == may_apply
    now_is = Order.objects.select_related("enrolment").get(pk=order.pk)
    assert now_is.status == (OrderStatus.PAID if may_apply else OrderStatus.OPEN)
    insured = now_is.enrolment.status == Status.ENROLLED
    assert insured == may_apply
    assert Message.objects.filter(kind="paid").count() == may_apply
    surplus = Payment.objects.filter(status=PaymentStatus.SURPLUS)
    assert sorted(Refund.objects.values_list("payment", flat=True)) == sorted(
        surplus.values_list("pk", flat=True)
    )
    due_back = Refund.objects.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    wrong = sum(amount for amount in money.values() if amount != FEE)
    total = sum(money.values(), Decimal(0))
    assert total == (FEE if may_apply else 0) + due_back + wrong


def walk(order, said, dice):
    """Each event that has not been yet, after those that have; returns how many orders it were."""
    walked = 0
    for event in EVENTS:
        if event in said:
            continue
        with transaction.atomic():
            say(order, event)
            say(order, dice.choice([*said, event]))
            truth(order, [*said, event])
            walked += 1 + walk(order, [*said, event], dice)
            transaction.set_rollback(True)
    return walked


def test_every_order_of_up_to_five_events(order):
    assert walk(order, [], random.Random(SEED)) == 325
