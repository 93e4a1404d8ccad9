"""Notices of WeChat Pay and Alipay at our door: the same money, each answered in its own words."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client
from django.utils.timezone import now

from tests.cast import make_cast
from tests.factories import make_plan
from tests.payments import alipay_side, wechat_side
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Status
from yibao.payments import flow
from yibao.payments.models import Order, Payment
from yibao.payments.providers import base
from yibao.payments.providers.base import Device
from yibao.payments.states import PaymentStatus

CHANNELS = {
    "wechat": "yibao.payments.providers.wechat.WeChatPay",
    "alipay": "yibao.payments.providers.alipay.Alipay",
}


@pytest.fixture
def order(db, settings, tmp_path) -> Order:
    """王 owes 533.00, in a school with both channels."""
    settings.PAYMENT_FOLDERS = {
        "wechat": str(wechat_side.merchant_folder(tmp_path / "wechat")),
        "alipay": str(alipay_side.merchant_folder(tmp_path / "alipay")),
    }
    settings.PAYMENT_PROVIDERS = {"cash": settings.PAYMENT_PROVIDERS["cash"], **CHANNELS}
    base.provider.cache_clear()
    cast, plan = make_cast(), make_plan(channels=["wechat", "alipay", "cash"])
    enlist(plan, by=cast.office)
    row = Enrolment.objects.filter(student=cast.wang)
    enrolment_flow.submit(row, Choice(Intent.JOIN, consent="当面"), by=cast.li).or_refuse()
    for by in (cast.li, cast.xu, cast.office):
        enrolment_flow.approve(row, by=by).or_refuse()
    yield flow.open_order(row.get(), by=cast.wang.user)
    base.provider.cache_clear()


def attempt(order: Order, channel: str) -> Payment:
    return order.payments.create(channel=channel, expires_at=now() + timedelta(minutes=30))


def tell_wechat(number: str, **fields):
    body = wechat_side.notice(wechat_side.transaction(out_trade_no=number, **fields))
    return post("wechat", body, "application/json", wechat_side.signed(body))


def tell_alipay(number: str, **fields):
    body = alipay_side.notice(alipay_side.notice_fields(out_trade_no=number, **fields))
    return post("alipay", body, "application/x-www-form-urlencoded")


def post(channel, body, content_type, headers=None):
    stranger = Client(enforce_csrf_checks=True)
    address = f"/pay/notify/{channel}/"
    return stranger.post(address, body, content_type=content_type, headers=headers)


def stands(payment: Payment) -> tuple[str, str]:
    payment.refresh_from_db()
    return payment.status, Enrolment.objects.get(pk=payment.order.enrolment_id).status


PAID = (PaymentStatus.CONFIRMED, Status.ENROLLED)


def test_alipay_hears_success_and_nothing_else(order):
    payment = attempt(order, "alipay")
    answers = [tell_alipay(payment.number) for _ in range(3)]
    assert [(a.status_code, a.content) for a in answers] == [(200, b"success")] * 3
    assert {a.headers["Content-Type"] for a in answers} == {"text/plain"}
    assert [a.cookies for a in answers] == [{}] * 3
    assert stands(payment) == PAID
    assert Payment.objects.count() == 1


def test_wechat_hears_success(order):
    payment = attempt(order, "wechat")
    answers = [tell_wechat(payment.number) for _ in range(3)]
    assert [(a.status_code, a.content) for a in answers] == [(200, b'{"code":"SUCCESS"}')] * 3
    assert stands(payment) == PAID
    assert Payment.objects.get().amount == Decimal("533.00")


@pytest.mark.parametrize("amount", [1, 53299, 53301])
def test_a_wrong_amount_is_kept_for_finance_and_not_applied(order, amount):
    wechat, alipay = attempt(order, "wechat"), attempt(order, "alipay")
    first = tell_wechat(wechat.number, amount={"total": amount, "currency": "CNY"})
    second = tell_alipay(alipay.number, total_amount=f"{amount // 100}.{amount % 100:02d}")
    assert (first.status_code, second.status_code) == (200, 200)
    for payment in (wechat, alipay):
        assert stands(payment) == (PaymentStatus.MISMATCH, Status.AWAITING_PAYMENT)


def test_another_merchant_s_money_is_acknowledged_and_not_ours(order):
    wechat, alipay = attempt(order, "wechat"), attempt(order, "alipay")
    assert tell_wechat(wechat.number, mchid="1900000001").status_code == 200
    assert tell_alipay(alipay.number, seller_id="2088000000000001").status_code == 200
    for payment in (wechat, alipay):
        assert stands(payment) == (PaymentStatus.STARTED, Status.AWAITING_PAYMENT)


def test_paid_in_both_channels_one_is_applied_and_the_other_goes_back(order):
    wechat, alipay = attempt(order, "wechat"), attempt(order, "alipay")
    tell_alipay(alipay.number)
    tell_wechat(wechat.number)
    assert stands(alipay) == PAID
    assert stands(wechat) == (PaymentStatus.SURPLUS, Status.ENROLLED)
    assert [refund.payment for refund in wechat.refunds.all()] == [wechat]


@pytest.mark.parametrize("channel", ["wechat", "alipay"])
def test_what_nobody_signed_is_401(order, channel):
    payment = attempt(order, channel)
    body = wechat_side.notice(wechat_side.transaction(out_trade_no=payment.number))
    if channel == "alipay":
        body = alipay_side.notice(alipay_side.notice_fields(), by="stranger")
    answer = post(channel, body, "application/octet-stream")
    assert (answer.status_code, stands(payment)[0]) == (401, PaymentStatus.STARTED)


def test_a_student_is_sent_to_alipay_s_page_with_the_amount_of_the_order(order):
    ours = flow.Addresses("https://yibao.example.edu.cn/pay/notify/alipay/", "https://x.example/")
    by = order.enrolment.student.user
    way = flow.start_payment(order, "alipay", device=Device.PHONE, ours=ours, by=by)
    asked = dict(parse_qsl(urlsplit(way.url).query))
    assert asked["notify_url"] == ours.notify
    assert '"total_amount":"533.00"' in asked["biz_content"]
    assert f'"out_trade_no":"{order.payments.get().number}"' in asked["biz_content"]
