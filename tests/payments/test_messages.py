"""What students are told of their money."""

import pytest
from django.urls import reverse

from tests.payments.test_settle import FEE, attempt, of, owing, paid, plan
from yibao.notify.models import Message
from yibao.payments import flow, messages, refunding
from yibao.payments.models import Order, Refund
from yibao.payments.states import RefundStatus

__all__ = ["owing", "plan"]


def told(student, kind):
    return Message.objects.visible_to(student.user).filter(kind=kind)


def test_money_that_came_in_by_a_gateway(cast, owing):
    payment = attempt(cast.wang)
    receipt = paid(payment)
    flow.settle(receipt, channel="sandbox")
    flow.settle(receipt, channel="sandbox")
    message = told(cast.wang, "paid").get()
    assert message.by is None
    assert message.text == "2026年大学生医保：已收到 533.00 元，你已参保，可以查看收据"
    assert message.link == reverse("student:receipt", args=[payment.order.public_id])
    assert told(cast.wang, "passed").get().withdrawn_at


def test_cash_of_a_whole_class(cast, owing):
    flow.record_cash(owing, by=cast.li)
    assert [told(s, "paid").get().by for s in (cast.wang, cast.liu)] == [cast.li, cast.li]


def test_money_that_was_not_applied_makes_nobody_insured(cast, owing):
    flow.record_cash(of(cast.wang), by=cast.li)
    payment = Order.objects.get(enrolment__student=cast.wang).payments.create(channel="sandbox")
    flow.settle(paid(payment, "G2"), channel="sandbox")
    assert told(cast.wang, "paid").count() == 1


@pytest.fixture
def twice(cast, owing) -> Refund:
    """王 has paid online after he had paid in cash."""
    payment = attempt(cast.wang)
    flow._take_cash(list(of(cast.wang).values_list("pk", flat=True)), {}, by=cast.li)
    flow.settle(paid(payment, "G2"), channel="sandbox")
    return Refund.objects.get(amount=FEE)


def test_money_that_went_back(cast, twice):
    refund = refunding.prepare_refund(twice, by=cast.finance)
    refund = refunding._move(refund, RefundStatus.SENT, by=cast.second_finance)
    assert not told(cast.wang, "refunded").exists()
    refunding._move(refund, RefundStatus.DONE, by=None)
    message = told(cast.wang, "refunded").get()
    assert message.title == "退费已完成"
    assert "533.00 元已由" in message.text
    assert "原路退回" in message.text
    refund.reference, refund.by_bank = "B7", True
    assert messages.way_back(refund) == "已由银行转账退回，转账凭证号 B7"
    assert message.text.endswith("（重复缴费）")
