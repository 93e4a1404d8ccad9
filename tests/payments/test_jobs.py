"""The clock settles what no notice told, on the running sandbox gateway."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from tests.cast import make_cast
from tests.factories import make_plan
from yibao.common.errors import Refused
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Status
from yibao.payments import flow, jobs
from yibao.payments.jobs import ask_gateways
from yibao.payments.models import Payment
from yibao.payments.providers.base import Device
from yibao.payments.states import PaymentStatus

NOWHERE = "http://127.0.0.1:9"  # nobody listens: every notice is lost


@pytest.fixture
def started(db, gateway) -> Payment:
    """王 stands at the cashier, and no notice will ever reach us."""
    cast = make_cast()
    enlist(make_plan(), by=cast.office)
    rows = Enrolment.objects.filter(student=cast.wang)
    enrolment_flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.li).or_refuse()
    for by in (cast.li, cast.xu, cast.office):
        enrolment_flow.approve(rows, by=by).or_refuse()
    order = flow.open_order(rows.get(), by=cast.wang.user)
    flow.start_payment(
        order,
        "sandbox",
        device=Device.PHONE,
        ours=flow.Addresses(f"{NOWHERE}/told", f"{NOWHERE}/back"),
        by=cast.wang.user,
    )
    return order.payments.get()


def age(payment, **ago):
    Payment.objects.filter(pk=payment.pk).update(started_at=now() - timedelta(**ago))


def state(payment):
    payment.refresh_from_db()
    return payment.status, payment.order.enrolment.status


def test_paid_without_a_notice_is_settled_within_a_round(started, gateway):
    gateway.pay(started.number)
    assert ask_gateways(0) == 1
    assert state(started) == (PaymentStatus.CONFIRMED, Status.ENROLLED)


def test_a_round_ends_in_time_and_the_next_begins_with_who_has_waited_longest(
    started, gateway, monkeypatch
):
    asked = Payment.objects.create(
        order=started.order, channel="gone", asked_at=now() - timedelta(minutes=5)
    )
    monkeypatch.setattr(jobs, "ROUND", -1)
    assert ask_gateways(0) == 0
    gateway.pay(started.number)
    clock = iter([0.0, 0.0, 51.0])
    monkeypatch.setattr(jobs, "ROUND", 50)
    monkeypatch.setattr(jobs, "monotonic", lambda: next(clock))
    assert ask_gateways(0) == 1  # the one that was never asked
    assert state(started) == (PaymentStatus.CONFIRMED, Status.ENROLLED)
    assert Payment.objects.get(pk=asked.pk).asked_at == asked.asked_at


def test_not_paid_yet_is_asked_again_later_and_not_at_once(started):
    assert ask_gateways(0) == 1
    assert ask_gateways(0) == 0
    assert state(started) == (PaymentStatus.STARTED, Status.AWAITING_PAYMENT)
    Payment.objects.update(asked_at=now() - timedelta(seconds=46))
    assert ask_gateways(0) == 1


def test_what_ran_out_is_closed_at_the_gateway(started):
    age(started, minutes=31)
    Payment.objects.update(expires_at=now() - timedelta(minutes=1))
    assert ask_gateways(0) == 1
    assert state(started) == (PaymentStatus.CLOSED, Status.AWAITING_PAYMENT)


def test_paid_at_the_last_second_is_not_lost(started, gateway):
    gateway.pay(started.number)
    age(started, minutes=31)
    Payment.objects.update(expires_at=now() - timedelta(minutes=1))
    ask_gateways(0)
    assert state(started) == (PaymentStatus.CONFIRMED, Status.ENROLLED)


def test_an_attempt_of_a_channel_that_was_switched_off_since_harms_nobody(started, settings):
    Payment.objects.update(channel="gone", started_at=now() - timedelta(minutes=5))
    assert ask_gateways(0) == 1
    assert state(started) == (PaymentStatus.STARTED, Status.AWAITING_PAYMENT)
    with pytest.raises(Refused, match="请勿重复支付"):
        flow.close_attempt(started)


def test_a_number_the_gateway_takes_no_more_is_closed_and_the_next_try_has_a_new_one(started):
    """As when a payment was begun on another device, or the plan has another name since."""
    plan = started.order.enrolment.plan
    plan.name = "2026年大学生医保（修订）"
    plan.save(update_fields=["name"])
    order, by = started.order, started.order.enrolment.student.user

    def press():
        ours = flow.Addresses(f"{NOWHERE}/told", f"{NOWHERE}/back", "203.0.113.9")
        return flow.start_payment(order, "sandbox", device=Device.DESKTOP, ours=ours, by=by)

    with pytest.raises(Refused, match="没有产生扣款"):
        press()
    assert state(started)[0] == PaymentStatus.CLOSED
    press()
    fresh = order.payments.exclude(pk=started.pk).get()
    assert (fresh.status, order.payments.count()) == (PaymentStatus.STARTED, 2)
