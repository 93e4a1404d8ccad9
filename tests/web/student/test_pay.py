"""缴费 against a running gateway: the page says what is true, and money is taken once."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.utils.timezone import now
from lxml import html

from tests.web.student.conftest import of, words
from yibao.enrolment.states import Status
from yibao.payments import confirming, flow
from yibao.payments.models import Order, Payment
from yibao.payments.providers import base
from yibao.payments.providers.base import PaidState, QrCode, Receipt
from yibao.payments.states import OrderStatus, PaymentStatus
from yibao.plans.models import InsurancePlan

FEE = Decimal("533.00")


@pytest.fixture
def impatient(monkeypatch):
    """Asks at every look."""
    monkeypatch.setattr(confirming, "PATIENCE", timedelta(0))


def checkout(phone):
    """The way from the home page to the cashier; the cashier's address."""
    opened = phone.client.post(phone.address("pay"))
    assert opened.url == phone.address("pay")
    return cashier_of(phone.client.post(phone.address("start_payment"), {"channel": "sandbox"}))


def cashier_of(page):
    """Where the page leads to, by itself and by its button."""
    [link] = html.fromstring(page.content.decode()).xpath("//a[@data-go-on]")
    return link.get("href")


def result(phone):
    return phone.see("payment_return", phone.order.public_id)


def test_the_order_is_shown_before_it_is_paid(owing, gateway):
    before = owing.see("pay")
    assert "订单号" not in before
    assert Order.objects.count() == 0  # looking makes no order
    owing.client.post(owing.address("pay"))
    screen = owing.see("pay")
    for part in (
        "应缴金额 ¥533.00",
        "按“城乡居民基本医疗保险”标准缴费 533.00 元",
        "医保计划 2026年大学生医保",
        "参保人 王小明（2024010001）",
        f"订单号 {owing.order.number}",
        "支付方式 校园收银台（测试）",
        "也可以向辅导员李老师缴纳现金",
        "确认支付 ¥533.00",
    ):
        assert part in screen


def test_paid_at_the_cashier_and_back(owing, gateway):
    cashier = checkout(owing)
    assert cashier.startswith(f"{gateway.base_url}/cashier/")
    gateway.pay(cashier)
    screen = result(owing)
    assert "已缴费 ¥533.00" in screen
    assert "查看收据" in screen
    assert owing.row.status == Status.ENROLLED
    assert owing.order.payments.get().status == PaymentStatus.CONFIRMED
    assert "你已参保，保费已缴清" in owing.see()
    assert owing.client.get(owing.address("pay")).url == owing.address(
        "order", owing.order.public_id
    )
    assert "已缴费 应缴金额 ¥533.00" in owing.see("order", owing.order.public_id)


def test_back_without_having_paid(owing, gateway):
    checkout(owing)
    screen = result(owing)
    assert "还没有收到付款" in screen
    assert "不要重复支付" in screen
    assert "继续支付" in screen
    page = owing.client.get(owing.address("payment_return", owing.order.public_id))
    assert f"{owing.address('payment_state', owing.order.public_id)}?n=2" in page.content.decode()
    assert owing.row.status == Status.AWAITING_PAYMENT


def test_a_silent_gateway_is_not_taken_for_a_no(owing, gateway, impatient):
    cashier = checkout(owing)
    gateway.pay(cashier)
    gateway.switch("error_500")
    screen = result(owing)
    assert "正在确认，请勿重复支付" in screen
    assert "继续支付" not in screen
    gateway.clear()
    assert "已缴费 ¥533.00" in result(owing)


def test_polling_ends_and_asks_no_more_by_itself(owing, gateway):
    checkout(owing)
    address = owing.address("payment_state", owing.order.public_id)
    assert "hx-get" in owing.client.get(address, {"n": 19}).content.decode()
    last = owing.client.get(address, {"n": 20}).content.decode()
    assert "hx-get" not in last
    assert "再查一次" in last


def test_many_looks_are_few_questions(owing, gateway, monkeypatch):
    checkout(owing)
    asked = []
    monkeypatch.setattr(confirming.flow, "ask", asked.append)
    Payment.objects.update(asked_at=now())
    for _ in range(5):
        assert "正在确认" in result(owing)
    assert asked == []


def test_two_tabs_get_the_same_attempt(owing, gateway):
    assert checkout(owing) == checkout(owing)
    assert (Order.objects.count(), Payment.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_the_same_moment(owing, gateway):
    start, said = threading.Barrier(2), []

    def tap():
        client = Client()
        client.cookies.update(owing.client.cookies)
        start.wait()
        answer = client.post(owing.address("start_payment"), {"channel": "sandbox"})
        said.append(cashier_of(answer))
        connection.close()

    taps = [threading.Thread(target=tap) for _ in range(2)]
    [tap.start() for tap in taps]
    [tap.join() for tap in taps]
    assert len(set(said)) == 1
    assert (Order.objects.count(), Payment.objects.count()) == (1, 1)


def test_paying_again_what_the_gateway_has_already(owing, gateway):
    gateway.pay(checkout(owing))
    again = owing.client.post(owing.address("start_payment"), {"channel": "sandbox"})
    back = owing.address("payment_return", owing.order.public_id)
    assert again.url == f"http://testserver{back}"
    assert "已缴费 ¥533.00" in result(owing)
    assert Payment.objects.count() == 1


def test_a_gateway_that_does_not_answer_at_the_start(owing, gateway):
    gateway.switch("error_500")
    pay = f"http://testserver{owing.address('pay')}"
    page = owing.client.post(
        owing.address("start_payment"),
        {"channel": "sandbox"},
        headers={"Referer": pay},
        follow=True,
    )
    assert "支付渠道暂时没有回应" in words(page)
    assert "有一笔支付还没有结果" in words(page)


def test_a_wrong_amount_is_held_and_said(owing, gateway):
    checkout(owing)
    payment = owing.order.payments.get()
    receipt = Receipt(payment.number, "R1", FEE - 1, PaidState.PAID, now())
    flow.settle(receipt, channel="sandbox")
    screen = result(owing)
    assert "已收到款项，正在核对" in screen
    assert "不要重复支付" in screen
    assert owing.row.status == Status.AWAITING_PAYMENT


def test_a_closed_order_says_so(owing, gateway, cast):
    checkout(owing)
    flow.take_back(of(cast.wang), by=cast.xu, comment="应为困难生").or_refuse()
    assert owing.order.status == OrderStatus.CLOSED
    assert "订单已关闭" in result(owing)
    assert "已关闭" in owing.see("order", owing.order.public_id)


def test_nothing_under_way(owing, gateway):
    owing.client.post(owing.address("pay"))
    screen = result(owing)
    assert "还没有缴费" in screen
    assert "也没有扣款" in screen


def test_an_attempt_in_a_channel_that_was_switched_off(owing, gateway, settings):
    checkout(owing)
    settings.PAYMENT_PROVIDERS = {"cash": settings.PAYMENT_PROVIDERS["cash"]}
    base.provider.cache_clear()
    assert "正在确认，请勿重复支付" in result(owing)


@pytest.mark.parametrize("channel", ["", "cash", "wechat", "x" * 500])
def test_a_channel_that_is_not_offered(owing, gateway, channel):
    page = owing.client.post(owing.address("start_payment"), {"channel": channel})
    assert page.status_code == 200
    said = "请选择支付方式" if not channel else "本计划不支持这种支付方式，请重新选择"
    assert said in words(page)
    assert Order.objects.count() == 0


def test_before_its_turn_nothing_is_paid(submitted, gateway):
    refused = submitted.client.get(submitted.address("pay"))
    assert refused.status_code == 409
    assert "当前状态为“审核中”，还不能缴费" in words(refused)
    for name in ("pay", "start_payment"):
        submitted.client.post(submitted.address(name), {"channel": "sandbox"})
    assert Order.objects.count() == 0


def test_the_window_is_the_servers(owing, gateway):
    InsurancePlan.objects.update(pay_until=now() - timedelta(seconds=1))
    refused = owing.client.post(owing.address("start_payment"), {"channel": "sandbox"})
    assert "缴费时间已过" in words(refused)
    assert Order.objects.count() == 0


@pytest.mark.parametrize(
    ("pay_from", "pay_until", "word"),
    [(-60, 1, ""), (-60, -1, "缴费时间已过"), (-1, 60, ""), (1, 60, "缴费时间未到")],
)
def test_the_window_is_held_to_the_second(owing, gateway, time_machine, pay_from, pay_until, word):
    at = now()
    InsurancePlan.objects.update(
        pay_from=at + timedelta(seconds=pay_from), pay_until=at + timedelta(seconds=pay_until)
    )
    time_machine.move_to(at, tick=False)
    answer = owing.client.post(owing.address("start_payment"), {"channel": "sandbox"})
    assert Order.objects.count() == (0 if word else 1)
    assert word in words(answer)


def test_the_device_is_told_to_the_gateway(owing, gateway, monkeypatch):
    told = []
    monkeypatch.setattr(
        base.provider("sandbox"),
        "start",
        lambda charge, device: (
            told.append((device.value, charge.return_url)) or QrCode("weixin://wxpay/abc")
        ),
    )
    page = owing.client.post(
        owing.address("start_payment"),
        {"channel": "sandbox"},
        headers={"User-Agent": "Mozilla/5.0 (iPhone) Mobile/15E148"},
    )
    back = f"http://testserver{owing.address('payment_return', owing.order.public_id)}"
    owing.client.post(owing.address("start_payment"), {"channel": "sandbox"})
    assert told == [("phone", back), ("desktop", back)]
    assert 'src="data:image/svg+xml' in page.content.decode()
    assert "请用手机扫描二维码付款" in words(page)
    assert "hx-get" in page.content.decode()
