"""Alipay: requests, answers, notices; the SDK python-alipay-sdk is the second opinion."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from alipay import AliPay as Oracle

from tests.payments import alipay_side as side
from tests.payments.alipay_side import APP, SELLER, notice, notice_fields, trade
from tests.payments.wechat_side import private_pem, public_pem
from yibao.payments.providers.base import (
    Charge,
    Device,
    GatewayRefused,
    GatewayUnavailable,
    NoticeUnreadable,
    PaidState,
    QrCode,
    RefundCharge,
    RefundState,
    SignatureInvalid,
)

NUMBER = "a" * 32
CHARGE = Charge(
    number=NUMBER,
    amount=Decimal("533.00"),
    subject="2026年大学生医保/居民=1&2",
    notify_url="https://yibao.example.edu.cn/pay/alipay/notify/",
    return_url="https://yibao.example.edu.cn/orders/1/",
    expires_at=datetime(2026, 11, 22, 4, 0, tzinfo=UTC),
)
REFUND = RefundCharge(NUMBER, "r" * 32, Decimal("533.00"), Decimal("33.00"), "重复缴费")


@pytest.fixture
def gateway():
    return side.Gateway()


@pytest.fixture
def pay(gateway, tmp_path):
    return gateway.provider(side.merchant_folder(tmp_path / "alipay"))


@pytest.fixture
def oracle():
    """The SDK as a merchant with the same keys; it never gets to call anybody."""
    return Oracle(
        appid=APP,
        app_notify_url=CHARGE.notify_url,
        app_private_key_string=private_pem("app").decode(),
        alipay_public_key_string=public_pem("alipay").decode(),
        sign_type="RSA2",
    )


@pytest.fixture
def gate_of_the_sdk():
    """The SDK on the other side: it verifies what this merchant signed."""
    return Oracle(
        appid=APP,
        app_notify_url="",
        app_private_key_string=private_pem("alipay").decode(),
        alipay_public_key_string=public_pem("app").decode(),
        sign_type="RSA2",
    )


# Requests -----------------------------------------------------------------------------------
def asked_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def test_what_is_asked_holds_for_the_sdk_and_is_signed_as_it_signs(pay, oracle, gate_of_the_sdk):
    for device in Device:
        asked = asked_of(pay.start(CHARGE, device).url)
        signature = asked.pop("sign")
        ours = "&".join(f"{k}={v}" for k, v in sorted(asked.items()))
        assert oracle._sign(ours) == signature
        assert gate_of_the_sdk._verify(ours, signature)
        assert not gate_of_the_sdk._verify(ours.replace("533.00", "1.00"), signature)


def test_the_page_for_the_desktop_and_for_the_phone(pay):
    desktop, phone = (pay.start(CHARGE, device).url for device in (Device.DESKTOP, Device.PHONE))
    assert desktop.startswith("https://openapi.alipay.com/gateway.do?")
    asked = asked_of(desktop)
    assert {k: asked[k] for k in ("method", "app_id", "notify_url", "return_url", "sign_type")} == {
        "method": "alipay.trade.page.pay",
        "app_id": APP,
        "notify_url": CHARGE.notify_url,
        "return_url": CHARGE.return_url,
        "sign_type": "RSA2",
    }
    assert json.loads(asked["biz_content"]) == {
        "out_trade_no": NUMBER,
        "total_amount": "533.00",
        "subject": "2026年大学生医保 居民 1 2",
        "time_expire": "2026-11-22 12:00:00",
        "product_code": "FAST_INSTANT_TRADE_PAY",
    }
    asked = asked_of(phone)
    content = json.loads(asked["biz_content"])
    assert (asked["method"], content["product_code"], content["quit_url"]) == (
        "alipay.trade.wap.pay", "QUICK_WAP_WAY", CHARGE.return_url,
    )  # fmt: skip


def test_a_code_for_the_desktop(gateway, tmp_path):
    pay = gateway.provider(side.merchant_folder(tmp_path / "alipay", desktop="qr"))
    gateway.will({"code": "10000", "out_trade_no": NUMBER, "qr_code": "https://qr.alipay.com/b1"})
    assert pay.start(CHARGE, Device.DESKTOP) == QrCode("https://qr.alipay.com/b1")
    gateway.will({"code": "10000", "qr_code": "https://evil.example/b1"})
    with pytest.raises(GatewayUnavailable):
        pay.start(CHARGE, Device.DESKTOP)


@pytest.mark.parametrize(
    ("yuan", "text"), [("0.01", "0.01"), ("1", "1.00"), ("100.1", "100.10"), ("380", "380.00")]
)
def test_amounts_are_written_with_two_decimals(pay, yuan, text):
    charge = Charge(**{**CHARGE.__dict__, "amount": Decimal(yuan)})
    asked = asked_of(pay.start(charge, Device.PHONE).url)
    assert json.loads(asked["biz_content"])["total_amount"] == text


# Answers ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("word", "paid_at", "state"),
    [
        ("TRADE_SUCCESS", "2026-11-20 10:34:56", PaidState.PAID),
        ("TRADE_FINISHED", "2026-11-20 10:34:56", PaidState.PAID),
        ("TRADE_CLOSED", "2026-11-20 10:34:56", PaidState.PAID),
        ("TRADE_CLOSED", "", PaidState.CLOSED),
        ("WAIT_BUYER_PAY", "", PaidState.PENDING),
        ("SOMETHING_NEW", "", PaidState.UNKNOWN),
    ],
)
def test_how_a_trade_stands(pay, gateway, word, paid_at, state):
    gateway.will(trade(trade_status=word, send_pay_date=paid_at))
    told = pay.query(NUMBER)
    assert (told.state, told.amount, told.misfit) == (state, Decimal("533.00"), "")
    moment = datetime(2026, 11, 20, 2, 34, 56, tzinfo=UTC) if paid_at else None
    assert (told.paid_at, bool(told.reference)) == (moment, state is PaidState.PAID)


def no(sub_code: str, code: str = "40004") -> dict[str, str]:
    return {"code": code, "msg": "Business Failed", "sub_code": sub_code, "sub_msg": "…"}


def test_a_trade_that_nobody_has_begun(pay, gateway):
    gateway.will(no("ACQ.TRADE_NOT_EXIST"))
    assert pay.query(NUMBER).state is PaidState.ABSENT
    gateway.will(no("ACQ.TRADE_NOT_EXIST"))
    assert pay.close(NUMBER).state is PaidState.ABSENT


@pytest.mark.parametrize(
    "answer",
    [
        no("ACQ.SYSTEM_ERROR"),
        no("aop.unknow-error", "20000"),
        no("", "10003"),
        no("isp.unknow-error", "40004"),
        {},
    ],
)
def test_an_answer_that_says_nothing(pay, gateway, answer):
    gateway.will(answer)
    with pytest.raises(GatewayUnavailable):
        pay.query(NUMBER)


def test_a_clear_no(pay, gateway):
    gateway.will(no("isv.invalid-signature", "40002"))
    with pytest.raises(GatewayRefused, match="invalid-signature"):
        pay.query(NUMBER)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>busy</html>",
        b'{"error_response":{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}}',
        b'{"NAME":{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}}',
        b'{"NAME":{"code":"10000"},"sign":"!!"}',
        b'{"NAME":[],"sign":""}',
    ],
)
def test_an_unsigned_answer_is_unknown(pay, gateway, body):
    gateway.will_raw(body)
    with pytest.raises(GatewayUnavailable):
        pay.query(NUMBER)


def test_an_answer_of_a_stranger_or_about_another_trade_is_unknown(pay, gateway):
    gateway.will(trade(), by="stranger")
    with pytest.raises(GatewayUnavailable):
        pay.query(NUMBER)
    gateway.will(trade(out_trade_no="b" * 32))
    with pytest.raises(GatewayUnavailable):
        pay.query(NUMBER)


def test_the_signature_covers_the_very_text_of_the_answer(pay, gateway):
    """The name may stand in a value before, the object hold braces, quotes and slashes."""
    inner = json.dumps(trade(subject='}{"alipay_trade_query_response":{\\" /'), ensure_ascii=False)
    gateway.will_raw(f'{{ "NAME" : {inner} , "sign":"{side.sign(inner)}"}}'.encode())
    assert pay.query(NUMBER).paid
    gateway.will_raw(
        f'{{"NAME":{inner.replace("533", "533 ")},"sign":"{side.sign(inner)}"}}'.encode()
    )
    with pytest.raises(GatewayUnavailable):
        pay.query(NUMBER)


def test_closing(pay, gateway):
    gateway.will({"code": "10000", "out_trade_no": NUMBER})
    gateway.will(trade(trade_status="TRADE_CLOSED", send_pay_date=""))
    assert pay.close(NUMBER).state is PaidState.CLOSED
    gateway.will(no("ACQ.REASON_TRADE_STATUS_INVALID"))
    gateway.will(trade())
    assert pay.close(NUMBER).state is PaidState.PAID
    assert gateway.asked[0]["method"] == "alipay.trade.close"


# Refunds ------------------------------------------------------------------------------------
def test_a_refund(pay, gateway):
    gateway.will({
        "code": "10000", "out_trade_no": NUMBER, "trade_no": "2026112022001413451234567890",
        "fund_change": "Y", "refund_fee": "66.00",
    })  # fmt: skip
    told = pay.refund(REFUND)
    assert (told.state, told.amount) == (RefundState.DONE, Decimal("33.00"))
    assert json.loads(gateway.asked[0]["biz_content"]) == {
        "out_trade_no": NUMBER,
        "out_request_no": "r" * 32,
        "refund_amount": "33.00",
        "refund_reason": "重复缴费",
    }


REFUNDED = {
    "code": "10000", "out_trade_no": NUMBER, "out_request_no": "r" * 32,
    "refund_amount": "33.00", "refund_status": "REFUND_SUCCESS",
    "gmt_refund_pay": "2026-11-21 09:00:00", "trade_no": "2026112022001413451234567890",
}  # fmt: skip


def test_a_refund_asked_twice_is_paid_once(pay, gateway):
    gateway.will({"code": "10000", "out_trade_no": NUMBER, "fund_change": "N"})
    gateway.will(REFUNDED)
    told = pay.refund(REFUND)
    assert (told.state, told.refunded_at) == (
        RefundState.DONE, datetime(2026, 11, 21, 1, 0, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (REFUNDED, RefundState.DONE),
        (REFUNDED | {"refund_status": ""}, RefundState.PROCESSING),
        ({"code": "10000"}, RefundState.ABSENT),
        (no("ACQ.TRADE_NOT_EXIST"), RefundState.ABSENT),
    ],
)
def test_how_a_refund_stands(pay, gateway, answer, state):
    gateway.will(answer)
    assert pay.query_refund(REFUND).state is state


def test_a_refund_that_is_not_ours_or_refused(pay, gateway):
    gateway.will(REFUNDED | {"refund_amount": "33.01"})
    with pytest.raises(GatewayUnavailable):
        pay.query_refund(REFUND)
    gateway.will(no("ACQ.SELLER_BALANCE_NOT_ENOUGH"))
    with pytest.raises(GatewayRefused, match="NOT_ENOUGH"):
        pay.refund(REFUND)


# Notices ------------------------------------------------------------------------------------
def test_a_notice_is_proven_as_the_sdk_proves_it(pay, oracle):
    body = notice(notice_fields())
    told = pay.read_callback(body, {})
    theirs = dict(parse_qsl(body.decode()))
    assert oracle.verify(theirs, theirs.pop("sign"))
    assert (told.number, told.state, told.misfit) == (NUMBER, PaidState.PAID, "")
    assert (told.amount, told.reference) == (Decimal("533.00"), "2026112022001413451234567890")
    assert told.event_id == "ac05099524730693a8b330c5ecf72da9786"
    assert told.paid_at == datetime(2026, 11, 20, 2, 34, 56, tzinfo=UTC)


def test_empty_fields_may_be_signed_or_left_out(pay):
    fields = notice_fields(body="", passback_params="")
    for empty in (False, True):
        assert pay.read_callback(notice(fields, empty=empty), {}).paid


def resigned(body: bytes, **changes: str) -> bytes:
    """The notice with other fields under the old signature."""
    return urlencode(dict(parse_qsl(body.decode())) | changes).encode()


@pytest.mark.parametrize(
    "changes",
    [
        {"total_amount": "1.00"},
        {"out_trade_no": "b" * 32},
        {"sign": "!!!"},
        {"sign": "AAAA"},
        {"sign": "A" * 10_240},
        {"sign_type": "RSA"},
        {"sign_type": "MD5"},
        {"charset": "gbk"},
        {"added": "1"},
    ],
)
def test_a_notice_that_is_not_proven(pay, changes):
    with pytest.raises(SignatureInvalid):
        pay.read_callback(resigned(notice(notice_fields()), **changes), {})


def test_a_notice_of_a_stranger_or_with_no_signature(pay):
    with pytest.raises(SignatureInvalid):
        pay.read_callback(notice(notice_fields(), by="stranger"), {})
    with pytest.raises(SignatureInvalid):
        pay.read_callback(urlencode(notice_fields()).encode(), {})


@pytest.mark.parametrize(
    "body", [b"\xff=1", b"a", b"a=1&a=2", b"a=%00", b"&".join([b"a=1"] * 200), b"a=%ff"]
)
def test_a_body_that_is_no_form(pay, body):
    with pytest.raises(NoticeUnreadable):
        pay.read_callback(body, {})


@pytest.mark.parametrize(
    "fields",
    [{"notify_id": ""}, {"total_amount": "5.3e2"}, {"total_amount": "533"}, {"trade_no": "x"}],
)
def test_a_proven_notice_that_cannot_be_read(pay, fields):
    with pytest.raises(NoticeUnreadable):
        pay.read_callback(notice(notice_fields(**fields)), {})


@pytest.mark.parametrize(
    ("fields", "misfit"),
    [
        ({"app_id": "2021000000000000"}, "渠道回执属于另一个应用"),
        ({"app_id": ""}, "渠道回执属于另一个应用"),
        ({"seller_id": "2088000000000000"}, "渠道回执属于另一个商户号"),
    ],
)
def test_money_of_somebody_else_is_kept_and_not_taken_for_ours(pay, fields, misfit):
    told = pay.read_callback(notice(notice_fields(**fields)), {})
    assert (told.misfit, told.paid) == (misfit, False)


@pytest.mark.parametrize("word", ["WAIT_BUYER_PAY", "TRADE_CLOSED", "NEW"])
def test_only_what_is_paid_is_paid(pay, word):
    told = pay.read_callback(notice(notice_fields(trade_status=word, gmt_payment="")), {})
    assert not told.paid


def test_what_ends_the_repeating(pay):
    assert pay.acknowledge() == (200, b"success", "text/plain")
    assert (pay.label, SELLER) == ("支付宝", pay._account.seller)
