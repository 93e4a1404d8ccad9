"""WeChat Pay's notices: proven, opened, read; the SDK wechatpayv3 is the second opinion."""

import json
import socket
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils.timezone import now
from wechatpayv3 import WeChatPay as Oracle
from wechatpayv3 import WeChatPayType

from tests.payments import wechat_side as side
from tests.payments.wechat_side import APP, MERCHANT, PUBLIC_KEY_ID, SERIAL, transaction
from yibao.payments.providers.base import (
    NoticeUnreadable,
    PaidState,
    RefundState,
    SignatureInvalid,
)

NUMBER = "a" * 32


@pytest.fixture
def folder(tmp_path):
    return side.merchant_folder(tmp_path / "wechat")


@pytest.fixture
def gateway():
    return side.Gateway()


@pytest.fixture
def pay(gateway, folder):
    return gateway.provider(folder)


@pytest.fixture
def oracle():
    """The SDK as a merchant with the same keys; it never gets to call anybody."""
    return Oracle(
        WeChatPayType.NATIVE,
        mchid=MERCHANT,
        private_key=side.private_pem("merchant").decode(),
        cert_serial_no=SERIAL,
        appid=APP,
        apiv3_key=side.APIV3.decode(),
        notify_url="https://yibao.example.edu.cn/pay/wechat/notify/",
        public_key=side.public_pem("platform").decode(),
        public_key_id=PUBLIC_KEY_ID,
    )


@pytest.fixture
def no_calls(monkeypatch):
    """Whoever calls out fails the test."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("called out")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_a_notice_is_read_as_the_sdk_reads_it(pay, oracle, no_calls):
    body = side.notice(transaction())
    headers = side.signed(body)
    told = pay.read_callback(body, headers)
    theirs = oracle.callback(headers, body)["resource"]
    assert (told.number, told.state, told.misfit) == (NUMBER, PaidState.PAID, "")
    assert (told.amount, told.raw) == (Decimal("533.00"), theirs)
    assert told.event_id == "EV-2018022511223320873"
    assert told.paid_at == datetime(2026, 11, 20, 2, 34, 56, tzinfo=UTC)


def test_a_refund_notice(pay):
    content = {
        "mchid": MERCHANT,
        "out_trade_no": NUMBER,
        "out_refund_no": "r" * 32,
        "refund_id": "5030080696",
        "refund_status": "SUCCESS",
        "success_time": "2026-11-21T09:00:00+08:00",
        "amount": {"total": 53300, "refund": 3300, "payer_total": 53300, "payer_refund": 3300},
    }
    body = side.notice(content, "REFUND.SUCCESS")
    told = pay.read_callback(body, side.signed(body))
    assert (told.state, told.amount, told.misfit) == (RefundState.DONE, Decimal("33.00"), "")
    assert (told.refund_number, told.reference) == ("r" * 32, "5030080696")


HEADERS = (
    {"Wechatpay-Serial": "PUB_KEY_ID_UNKNOWN"},
    {"Wechatpay-Serial": "zz"},
    {"Wechatpay-Serial": "A" * 10_240},
    {"Wechatpay-Serial": ""},
    {"Wechatpay-Signature-Type": ""},
    {"Wechatpay-Signature": "!!!"},
    {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/abcd"},
    {"Wechatpay-Signature": ""},
    {"Wechatpay-Timestamp": ""},
    {"Wechatpay-Timestamp": "９"},
    {"Wechatpay-Nonce": "another"},
)


@pytest.mark.parametrize("wrong", HEADERS)
def test_a_notice_that_is_not_proven(pay, no_calls, wrong):
    body = side.notice(transaction())
    with pytest.raises(SignatureInvalid):
        pay.read_callback(body, side.signed(body) | wrong)


def test_a_notice_that_was_changed_or_is_old(pay):
    body = side.notice(transaction())
    with pytest.raises(SignatureInvalid):
        pay.read_callback(body.replace("支付".encode(), "退付".encode()), side.signed(body))
    with pytest.raises(SignatureInvalid):
        pay.read_callback(body, {})
    for age in (-301, 301):
        old = side.signed(body, at=now().timestamp() + age)
        with pytest.raises(SignatureInvalid):
            pay.read_callback(body, old)
    assert pay.read_callback(body, side.signed(body, at=now().timestamp() - 290)).paid


@pytest.mark.parametrize(
    "resource",
    [{"nonce": "0" * 12}, {"associated_data": "refund"}, {"ciphertext": "AAAA"}, {"nonce": ""}],
)
def test_a_proven_notice_that_does_not_open(pay, resource):
    body = side.notice(transaction(), **resource)
    with pytest.raises(NoticeUnreadable):
        pay.read_callback(body, side.signed(body))


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"id": "1", "resource": 5}', b"\xff"])
def test_a_proven_notice_that_says_nothing(pay, body):
    with pytest.raises(NoticeUnreadable):
        pay.read_callback(body, side.signed(body))


@pytest.mark.parametrize(
    ("fields", "misfit"),
    [
        ({"mchid": "1900000000"}, "渠道回执属于另一个商户号"),
        ({"mchid": None}, "渠道回执属于另一个商户号"),
        ({"appid": "wx0000000000000000"}, "渠道回执属于另一个应用"),
        ({"amount": {"total": 53300, "currency": "USD"}}, "渠道回执的币种不是人民币"),
    ],
)
def test_money_of_somebody_else_is_kept_and_not_taken_for_ours(pay, fields, misfit):
    body = side.notice(transaction(**fields))
    told = pay.read_callback(body, side.signed(body))
    assert (told.misfit, told.paid) == (misfit, False)


@pytest.mark.parametrize("word", ["NOTPAY", "SOMETHING_NEW"])
def test_the_state_counts_not_the_name_of_the_event(pay, word):
    body = side.notice(transaction(trade_state=word))
    assert not pay.read_callback(body, side.signed(body)).paid
    body = side.notice(transaction(trade_state="NOTPAY"), "TRANSACTION.NEW_AND_STRANGE")
    assert not pay.read_callback(body, side.signed(body)).paid


def test_unknown_fields_do_not_disturb(pay):
    body = side.notice(transaction(new_field={"a": [1]}, promotion_detail=[]))
    assert pay.read_callback(body, side.signed(body)).paid


def test_old_certificate_and_new_key_hold_in_the_weeks_of_the_change(gateway, folder):
    serial = 0x5157F09EFDC096DE15EBE81A47057A7232F1B8E1
    platform = folder / "platform"
    (platform / "old.pem").write_bytes(side.certificate("old", serial))
    expired = now() - timedelta(days=1)
    (platform / "expired.pem").write_bytes(side.certificate("expired", 0xABC, valid_until=expired))
    pay = gateway.provider(folder)
    body = side.notice(transaction())
    assert pay.read_callback(body, side.signed(body)).paid
    assert pay.read_callback(body, side.signed(body, by="old", serial=f"{serial:X}")).paid
    with pytest.raises(SignatureInvalid):
        pay.read_callback(body, side.signed(body, by="expired", serial="ABC"))
    with pytest.raises(SignatureInvalid):
        pay.read_callback(body, side.signed(body, by="old"))


def test_what_ends_the_repeating(pay):
    status, body, kind = pay.acknowledge()
    assert (status, json.loads(body), kind) == (200, {"code": "SUCCESS"}, "application/json")
    assert pay.label == "微信支付"
