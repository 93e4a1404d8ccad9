"""Notices of the gateway: proven on raw bytes, repeated until acknowledged, never believed else."""

import json
import secrets
import socket
import time
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest
import time_machine

from tests.gateway import PACE, GatewayProcess, sign_notice, wait_until
from yibao.payments.providers.base import (
    Device,
    NoticeUnreadable,
    PaidState,
    SignatureInvalid,
    provider,
)
from yibao_sandbox import keys

NOW = 1_794_189_600  # 2026-11-09, far from the gateway's own clock


@pytest.fixture
def body():
    """A notice as the gateway writes it."""
    return json.dumps(
        {
            "id": "e" * 32,
            "event": "ORDER.PAID",
            "merchant": "YIBAO-DEMO",
            "number": "a" * 32,
            "reference": "4200202611090000000001",
            "amount": 53300,
            "currency": "CNY",
            "state": "SUCCESS",
            "paid_at": "2026-11-09T10:00:00+08:00",
            "payer": "138****0001",
            "something_new": {"of": ["the", "future"]},
        },
        ensure_ascii=False,
    ).encode()


def changed(body, **fields):
    """The notice with other content."""
    return json.dumps(json.loads(body) | fields).encode()


def test_a_payment_is_told(sandbox, gateway, ear, started):
    gateway.pay(started.number)
    ((body, headers),) = ear.wait_for(1)
    receipt = sandbox.read_callback(body, headers)
    queried = sandbox.query(started.number)
    assert (receipt.number, receipt.amount, receipt.state) == (
        started.number, Decimal("533.00"), PaidState.PAID,
    )  # fmt: skip
    assert (receipt.reference, receipt.paid_at) == (queried.reference, queried.paid_at)
    assert len(receipt.event_id) == 32
    wait_until(lambda: gateway.told(started.number)["notices"][0]["outcome"] == "acknowledged")


def test_a_notice_is_read(sandbox, gateway, body):
    receipt = sandbox.read_callback(body, gateway.sign_notice(body))
    assert (receipt.number, receipt.reference, receipt.amount, receipt.state, receipt.misfit) == (
        "a" * 32, "4200202611090000000001", Decimal("533.00"), PaidState.PAID, "",
    )  # fmt: skip
    assert receipt.paid_at.isoformat() == "2026-11-09T10:00:00+08:00"
    assert receipt.raw == json.loads(body)


def test_headers_are_found_in_any_case(sandbox, gateway, body):
    headers = {name.upper(): value for name, value in gateway.sign_notice(body).items()}
    assert sandbox.read_callback(body, headers).paid


@pytest.mark.parametrize(
    "tampered",
    [
        lambda body: body + b" ",
        lambda body: body.replace(b"53300", b"53301"),
        lambda body: changed(body, amount=1),
        lambda body: json.dumps(json.loads(body), indent=1).encode(),
        lambda _body: b"",
    ],
)
def test_one_changed_byte_is_refused(sandbox, gateway, body, tampered):
    with pytest.raises(SignatureInvalid):
        sandbox.read_callback(tampered(body), gateway.sign_notice(body))


@pytest.mark.parametrize(
    "spoil",
    [
        {"Campus-Signature": ""},
        {"Campus-Signature": "not base64!"},
        {"Campus-Signature": "QUJD" * 3000},
        {"Campus-Signature": "WECHATPAY/SIGNTEST/x"},
        {"Campus-Nonce": "fedcba9876543210"},
        {"Campus-Nonce": ""},
        {"Campus-Nonce": "a\nb" * 4},
        {"Campus-Serial": ""},
        {"Campus-Serial": "A" * 10_000},
        {"Campus-Serial": "无"},
        {"Campus-Timestamp": ""},
        {"Campus-Timestamp": "-1"},
        {"Campus-Timestamp": "9" * 5000},
        {"Campus-Timestamp": "１７９４１８９６００"},
        {"Campus-Timestamp": "1794189600.0"},
    ],
)
def test_hostile_headers_are_refused_without_calling_out(
    sandbox, gateway, body, spoil, monkeypatch
):
    headers = gateway.sign_notice(body, NOW) | spoil
    with monkeypatch.context() as guard, time_machine.travel(NOW, tick=False):
        guard.setattr(socket, "socket", None)  # whoever calls out now fails otherwise
        with pytest.raises(SignatureInvalid):
            sandbox.read_callback(body, headers)


@pytest.mark.parametrize("missing", ["Timestamp", "Nonce", "Serial", "Signature"])
def test_no_header_may_be_missing(sandbox, gateway, body, missing):
    headers = gateway.sign_notice(body)
    del headers[f"Campus-{missing}"]
    with pytest.raises(SignatureInvalid):
        sandbox.read_callback(body, headers)


@pytest.mark.parametrize(
    ("off", "taken"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)]
)
def test_a_notice_is_good_for_five_minutes(sandbox, gateway, body, off, taken):
    headers = gateway.sign_notice(body, NOW + off)
    with time_machine.travel(NOW, tick=False):
        if taken:
            assert sandbox.read_callback(body, headers).paid
        else:
            with pytest.raises(SignatureInvalid, match="timestamp"):
                sandbox.read_callback(body, headers)


def test_the_timestamp_is_signed(sandbox, gateway, body):
    """An old notice cannot be made young again."""
    headers = gateway.sign_notice(body, NOW - 3600) | {"Campus-Timestamp": str(NOW)}
    with time_machine.travel(NOW, tick=False), pytest.raises(SignatureInvalid, match="match"):
        sandbox.read_callback(body, headers)


@pytest.mark.parametrize(
    ("fields", "misfit"),
    [
        ({"merchant": "OTHER"}, "渠道回执属于另一个商户号"),
        ({"merchant": None}, "渠道回执属于另一个商户号"),
        ({"currency": "USD"}, "渠道回执的币种不是人民币"),
    ],
)
def test_what_is_true_but_not_ours_says_so(sandbox, gateway, body, fields, misfit):
    body = changed(body, **fields)
    receipt = sandbox.read_callback(body, gateway.sign_notice(body))
    assert (receipt.state, receipt.misfit, receipt.paid) == (PaidState.PAID, misfit, False)


@pytest.mark.parametrize(
    ("state", "read"),
    [
        ("NOTPAY", PaidState.PENDING),
        ("CLOSED", PaidState.CLOSED),
        ("FROZEN", PaidState.UNKNOWN),
        (7, PaidState.UNKNOWN),
        (["SUCCESS"], PaidState.UNKNOWN),
    ],
)
def test_only_success_is_payment(sandbox, gateway, body, state, read):
    body = changed(body, state=state)
    assert sandbox.read_callback(body, gateway.sign_notice(body)).state is read


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": 533.0},
        {"amount": "53300"},
        {"amount": -1},
        {"amount": True},
        {"amount": 10**9},
        {"amount": None},
        {"number": ""},
        {"number": "../x"},
        {"number": ["a"]},
        {"number": "a" * 65},
        {"reference": ""},
        {"reference": "\u202e"},
        {"paid_at": "gestern"},
        {"paid_at": "9999-12-31T23:59:59-12:00"},
        {"id": ""},
        {"id": {}},
    ],
)
def test_signed_nonsense_is_unreadable(sandbox, gateway, body, fields):
    body = changed(body, **fields)
    with pytest.raises(NoticeUnreadable):
        sandbox.read_callback(body, gateway.sign_notice(body))


def test_another_gateways_key_is_unknown(sandbox, body, tmp_path):
    keys.prepare(tmp_path)
    with pytest.raises(SignatureInvalid, match="a key that is not known"):
        sandbox.read_callback(body, sign_notice(tmp_path, body))


def test_a_forgery_is_refused_and_repeated_by_the_forger(sandbox, gateway, ear, started):
    gateway.send(started.number, "forged")
    ((body, headers),) = ear.wait_for(1)
    assert json.loads(body)["state"] == "SUCCESS"
    with pytest.raises(SignatureInvalid, match="match"):
        sandbox.read_callback(body, headers)
    assert sandbox.query(started.number).state is PaidState.PENDING


def test_nothing_true_is_told_of_what_is_not_paid(gateway, started):
    form = {"number": started.number, "fault": "wrong_amount"}
    answer = httpx.post(f"{gateway.base_url}/control/notices", data=form)
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("fault", "amount", "misfit"),
    [("wrong_amount", "533.01", ""), ("wrong_merchant", "533.00", "渠道回执属于另一个商户号")],
)
def test_lies_with_a_true_signature(sandbox, gateway, ear, started, fault, amount, misfit):
    gateway.switch(fault, started.number)
    gateway.pay(started.number)
    ((body, headers),) = ear.wait_for(1)
    receipt = sandbox.read_callback(body, headers)
    assert (receipt.amount, receipt.misfit) == (Decimal(amount), misfit)
    assert sandbox.query(started.number).amount == started.amount


def test_a_notice_is_repeated_until_it_is_acknowledged(sandbox, gateway, ear, started):
    ear.answers = [(500, b""), (200, b'{"code":"FAIL"}'), (204, b"")]
    gateway.pay(started.number)
    heard = ear.wait_for(4)
    wait_until(lambda: gateway.told(started.number)["notices"][0]["outcome"] == "acknowledged")
    assert gateway.told(started.number)["notices"][0]["attempts"] == 4
    receipts = [sandbox.read_callback(body, headers) for body, headers in heard]
    assert receipts == [receipts[0]] * 4  # the same event each time
    assert len({headers["Campus-Nonce"] for _, headers in heard}) == 4  # freshly signed
    assert len(ear.heard) == 4


def test_pauses_grow(gateway, ear, started):
    ear.answers = [(500, b"")] * 3
    paid_at = time.monotonic()
    gateway.pay(started.number)
    ear.wait_for(4)
    assert time.monotonic() - paid_at >= (15 + 15 + 30) * PACE


def test_duplicates_tell_one_event(sandbox, gateway, ear, started):
    gateway.switch("duplicate")
    gateway.pay(started.number)
    heard = ear.wait_for(3)
    assert len({sandbox.read_callback(*one).event_id for one in heard}) == 1


def test_a_delayed_notice_comes_late(gateway, ear, started):
    gateway.switch("delayed")
    paid_at = time.monotonic()
    gateway.pay(started.number)
    ear.wait_for(1)
    assert time.monotonic() - paid_at >= 60 * PACE


def test_a_lost_notice_leaves_only_the_query(sandbox, gateway, ear, started):
    gateway.switch("lost", started.number)
    gateway.pay(started.number)
    assert [n["outcome"] for n in gateway.told(started.number)["notices"]] == ["lost"]
    assert sandbox.query(started.number).paid
    assert ear.heard == []


def test_a_dead_merchant_is_tried_again(gateway, sandbox, charge, ear):
    number = secrets.token_hex(16)
    sandbox.start(replace(charge, number=number, notify_url="http://127.0.0.1:1/"), Device.PHONE)
    gateway.pay(number)
    wait_until(lambda: gateway.told(number)["notices"][0]["attempts"] >= 2)
    assert gateway.told(number)["notices"][0]["last_answer"] == "ConnectError"


def test_a_killed_gateway_forgets_nothing(tmp_path, settings, charge, ear):
    """Order, payment and the notice that was still to be delivered live through kill -9."""
    process = GatewayProcess(tmp_path, pace=0.1)
    try:
        settings.SANDBOX_GATEWAY = process.settings
        provider.cache_clear()
        sandbox = provider("sandbox")
        sandbox.start(charge, Device.PHONE)
        ear.answers = [(503, b"")]
        process.pay(charge.number)
        ear.wait_for(1)
        before = sandbox.query(charge.number)
        process.stop(kill=True)
        process.start()
        assert sandbox.query(charge.number) == before
        heard = ear.wait_for(2)
        assert sandbox.read_callback(*heard[1]).paid
    finally:
        provider.cache_clear()
        process.stop()
