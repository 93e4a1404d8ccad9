"""Money in: settle is the only door, and nothing that came in is lost or counted twice."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.utils.timezone import now

from tests.factories import make_plan
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Status
from yibao.payments import confirming, flow
from yibao.payments.models import Order, Payment, Refund
from yibao.payments.paid import with_payment
from yibao.payments.providers.base import PaidState, Receipt
from yibao.payments.states import OrderStatus, PaymentStatus, RefundCause

FEE = Decimal("533.00")


@pytest.fixture
def plan(cast):
    plan = make_plan()
    enlist(plan, by=cast.office)
    return plan


def of(*students):
    return Enrolment.objects.filter(student__in=students)


@pytest.fixture
def owing(cast, plan):
    """王 and 刘 have passed all three steps and owe the fee."""
    rows = of(cast.wang, cast.liu)
    enrolment_flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.li).or_refuse()
    for by in (cast.li, cast.xu, cast.office):
        enrolment_flow.approve(rows, by=by).or_refuse()
    return rows


def attempt(student, channel="sandbox") -> Payment:
    order = flow.open_order(of(student).get(), by=student.user)
    return order.payments.create(channel=channel, expires_at=now() + timedelta(minutes=30))


def paid(payment, reference="G1", amount=FEE, **fields) -> Receipt:
    return Receipt(payment.number, reference, amount, PaidState.PAID, now(), **fields)


def status(student):
    return of(student).get().status


def facts():
    return sorted(
        Payment.objects.filter(amount__isnull=False).values_list("status", "reference", "amount")
    )


def test_the_same_money_told_ten_times_counts_once(cast, owing):
    payment = attempt(cast.wang)
    for _ in range(10):
        flow.settle(paid(payment), channel="sandbox")
    assert facts() == [(PaymentStatus.CONFIRMED, "G1", FEE)]
    assert status(cast.wang) == Status.ENROLLED
    assert Order.objects.get().status == OrderStatus.PAID
    assert Refund.objects.count() == 0


def test_money_through_two_channels_is_kept_twice_and_applied_once(cast, owing):
    first, second = attempt(cast.wang), attempt(cast.wang, "alipay")
    flow.settle(paid(first, "G1"), channel="sandbox")
    flow.settle(paid(second, "A1"), channel="alipay")
    assert facts() == [(PaymentStatus.CONFIRMED, "G1", FEE), (PaymentStatus.SURPLUS, "A1", FEE)]
    refund = Refund.objects.get()
    assert (refund.payment, refund.amount, refund.cause) == (second, FEE, RefundCause.PAID_TWICE)


def test_a_second_transaction_under_one_number_is_kept_for_refund(cast, owing):
    payment = attempt(cast.wang)
    for reference in ("G1", "G2", "G2"):
        flow.settle(paid(payment, reference), channel="sandbox")
    assert facts() == [(PaymentStatus.CONFIRMED, "G1", FEE), (PaymentStatus.SURPLUS, "G2", FEE)]
    assert Refund.objects.count() == 1


def test_one_transaction_pays_one_order(cast, owing):
    """A gateway that names the same money for two of our numbers: finance asks, nobody pays again."""
    first, second = attempt(cast.wang), attempt(cast.liu)
    flow.settle(paid(first, "G1"), channel="sandbox")
    for _ in range(3):
        flow.settle(paid(second, "G1"), channel="sandbox")
    assert facts() == [(PaymentStatus.CONFIRMED, "G1", FEE)]
    second.refresh_from_db()
    assert second.get_status_display() == "流水号重复待核实"
    assert AuditEntry.objects.filter(action="reference_taken").count() == 1
    assert status(cast.liu) == Status.AWAITING_PAYMENT
    assert with_payment(Order.objects.filter(pk=second.order_id)).get().trouble
    assert confirming.confirm(second.order) == confirming.Word.HELD
    flow.settle(paid(second, "G2"), channel="sandbox")  # the gateway has put itself right
    assert status(cast.liu) == Status.ENROLLED


@pytest.mark.parametrize("amount", [Decimal("532.99"), Decimal("533.01"), Decimal("0.01")])
def test_a_wrong_amount_is_kept_and_not_applied(cast, owing, amount):
    flow.settle(paid(attempt(cast.wang), amount=amount), channel="sandbox")
    assert facts() == [(PaymentStatus.MISMATCH, "G1", amount)]
    assert status(cast.wang) == Status.AWAITING_PAYMENT


def test_a_wrong_amount_is_put_right_by_what_the_gateway_tells_later(cast, owing):
    """As when a notice was spoilt: asked again, or by its bill, the gateway tells the truth."""
    payment = attempt(cast.wang)
    for amount in ("533.01", "532.99", "533.00", "533.01"):
        flow.settle(paid(payment, amount=Decimal(amount)), channel="sandbox")
    assert facts() == [(PaymentStatus.CONFIRMED, "G1", FEE)]
    assert status(cast.wang) == Status.ENROLLED
    assert Refund.objects.count() == 0


def test_a_wrong_amount_that_is_on_its_way_back_stays_as_it_is(cast, owing):
    payment = flow.settle(paid(attempt(cast.wang), amount=Decimal("533.01")), channel="sandbox")
    Refund.objects.create(payment=payment, amount=payment.amount, cause=RefundCause.WRONG_AMOUNT)
    flow.settle(paid(payment), channel="sandbox")
    assert facts() == [(PaymentStatus.MISMATCH, "G1", Decimal("533.01"))]


def test_a_receipt_about_somebody_else_changes_nothing(cast, owing):
    payment = attempt(cast.wang)
    flow.settle(paid(payment, misfit="商户号不符"), channel="sandbox")
    assert flow.settle(Receipt("f" * 32, "G9", FEE, PaidState.PAID), channel="sandbox") is None
    assert flow.settle(paid(payment, "G3"), channel="alipay") is None
    assert facts() == []
    assert status(cast.wang) == Status.AWAITING_PAYMENT


@pytest.mark.parametrize("state", [PaidState.PENDING, PaidState.UNKNOWN, PaidState.ABSENT])
def test_what_is_not_known_to_be_over_stays_open(cast, owing, state):
    payment = attempt(cast.wang)
    flow.settle(Receipt(payment.number, "", FEE, state), channel="sandbox")
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.STARTED


def test_closed_first_and_paid_after_all(cast, owing):
    payment = attempt(cast.wang)
    flow.settle(Receipt(payment.number, "", FEE, PaidState.CLOSED), channel="sandbox")
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.CLOSED
    flow.settle(paid(payment), channel="sandbox")
    assert status(cast.wang) == Status.ENROLLED


def test_late_money_for_a_returned_enrolment_goes_to_refund(cast, owing):
    payment = attempt(cast.wang)
    Payment.objects.filter(pk=payment.pk).update(status=PaymentStatus.CLOSED)
    flow.take_back(of(cast.wang), by=cast.li, comment="信息有误").or_refuse()
    flow.settle(paid(payment), channel="sandbox")
    assert status(cast.wang) == Status.RETURNED
    assert facts() == [(PaymentStatus.SURPLUS, "G1", FEE)]
    assert Refund.objects.get().cause == RefundCause.ORDER_CLOSED


def test_cash_for_many_has_receipt_numbers_without_gaps(cast, owing):
    outcome = flow.record_cash(of(cast.wang, cast.liu, cast.zhao), by=cast.li)
    assert outcome.done == list(owing.order_by("pk").values_list("pk", flat=True))
    assert outcome.refused == {of(cast.zhao).get().pk: "只能收取所带班级学生的现金"}
    again = flow.record_cash(of(cast.wang), by=cast.li)
    assert list(again.refused.values()) == ["已缴费，无需重复缴费"]
    assert facts() == [
        (PaymentStatus.CONFIRMED, "T001-000001", FEE),
        (PaymentStatus.CONFIRMED, "T001-000002", FEE),
    ]
    assert {status(cast.wang), status(cast.liu)} == {Status.ENROLLED}


def test_only_what_is_owed_has_an_order(cast, plan):
    with pytest.raises(Refused, match="还不能缴费"):
        flow.open_order(of(cast.wang).get(), by=cast.wang.user)


def test_the_payment_window_closes(cast, plan, owing):
    plan.pay_until = now() - timedelta(seconds=1)
    plan.pay_from = plan.pay_until - timedelta(days=1)
    plan.save()
    with pytest.raises(Refused, match="缴费时间已过"):
        flow.open_order(of(cast.wang).get(), by=cast.wang.user)
    assert next(iter(flow.record_cash(of(cast.wang), by=cast.li).refused.values())).startswith(
        "缴费时间已过"
    )


def test_sums_agree(cast, owing):
    flow.record_cash(of(cast.wang), by=cast.li).or_refuse()
    flow.settle(paid(attempt(cast.liu)), channel="sandbox")
    applied = Payment.objects.filter(status=PaymentStatus.CONFIRMED).aggregate(s=Sum("amount"))["s"]
    orders = Order.objects.filter(status=OrderStatus.PAID).aggregate(s=Sum("amount"))["s"]
    due = Enrolment.objects.filter(status=Status.ENROLLED).aggregate(s=Sum("amount_due"))["s"]
    assert applied == orders == due == 2 * FEE
