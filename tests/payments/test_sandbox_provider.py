"""The provider on a running gateway: start, query, close, refund, bill, and every bad answer."""

import json
import secrets
import threading
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

import httpx
import pytest
from django.utils.timezone import localdate, now

from tests.gateway import wait_until
from yibao.payments.providers.base import (
    AlreadyPaid,
    Device,
    GatewayRefused,
    GatewayUnavailable,
    LineKind,
    PaidState,
    RefundCharge,
    RefundState,
    StatementNotReady,
)
from yibao.payments.providers.calling import Caller
from yibao.payments.providers.sandbox import Sandbox
from yibao_sandbox import keys
from yibao_sandbox.signing import seal


class Impatient(Sandbox):
    """Waits a tenth of a second for an answer."""

    patience: ClassVar = httpx.Timeout(5, read=0.1)


def back(charge, amount="533.00", **fields):
    """A refund of a charge."""
    wanted = RefundCharge(
        charge.number, secrets.token_hex(16), charge.amount, Decimal(amount), "重复缴费"
    )
    return replace(wanted, **fields)


def test_a_charge_from_start_to_paid(sandbox, gateway, charge):
    url = sandbox.start(charge, Device.PHONE).url
    assert url.startswith(f"{gateway.base_url}/cashier/")
    waiting = sandbox.query(charge.number)
    assert (waiting.state, waiting.reference, waiting.paid_at) == (PaidState.PENDING, "", None)
    before = now().replace(microsecond=0)
    gateway.pay(url)
    paid = sandbox.query(charge.number)
    assert (paid.number, paid.state, paid.amount) == (charge.number, PaidState.PAID, charge.amount)
    assert paid.reference.startswith("4200")
    assert before <= paid.paid_at <= now()
    assert (paid.misfit, paid.event_id, paid.raw["payer"]) == ("", "", "138****0001")


def test_starting_again_gives_the_same_page(sandbox, charge):
    first = sandbox.start(charge, Device.DESKTOP)
    assert sandbox.start(charge, Device.PHONE) == first
    elsewhere = replace(charge, return_url="http://localhost:1/back/", payer_ip="10.0.0.1")
    assert sandbox.start(elsewhere, Device.PHONE) == first


@pytest.mark.parametrize(
    "other",
    [{"amount": Decimal("0.01")}, {"subject": "别的"}, {"expires_at": now() + timedelta(days=1)}],
)
def test_a_number_serves_one_charge_only(sandbox, started, other):
    with pytest.raises(GatewayRefused, match="NUMBER_REUSED"):
        sandbox.start(replace(started, **other), Device.PHONE)


def test_what_is_paid_or_closed_is_not_started_again(sandbox, gateway, started):
    gateway.pay(started.number)
    with pytest.raises(AlreadyPaid):
        sandbox.start(started, Device.PHONE)
    other = replace(started, number=secrets.token_hex(16))
    sandbox.start(other, Device.PHONE)
    sandbox.close(other.number)
    with pytest.raises(GatewayRefused, match="ORDER_CLOSED") as refused:
        sandbox.start(other, Device.PHONE)
    assert not isinstance(refused.value, AlreadyPaid)


def test_close_and_what_follows(sandbox, gateway, started):
    assert sandbox.close(started.number).state is PaidState.CLOSED
    assert sandbox.close(started.number).state is PaidState.CLOSED
    assert "订单已关闭" in httpx.get(gateway.told(started.number)["cashier_url"]).text


def test_close_after_payment_tells_of_the_payment(sandbox, gateway, started):
    gateway.pay(started.number)
    receipt = sandbox.close(started.number)
    assert (receipt.state, receipt.amount) == (PaidState.PAID, started.amount)


def test_a_number_nobody_knows_is_absent(sandbox):
    states = [sandbox.query("f" * 32).state, sandbox.close("f" * 32).state]
    assert states == [PaidState.ABSENT, PaidState.ABSENT]


def test_a_number_cannot_lead_elsewhere(sandbox):
    with pytest.raises(GatewayRefused, match="NO_SUCH_ADDRESS"):
        sandbox.query("../refunds/ffffff")


def test_an_expired_charge_is_closed(sandbox, charge):
    sandbox.start(replace(charge, expires_at=now() - timedelta(seconds=1)), Device.PHONE)
    assert sandbox.query(charge.number).state is PaidState.CLOSED


def test_close_against_pay(sandbox, gateway, charge):
    """Whoever wins, gateway and receipt say the same."""
    for _ in range(10):
        one = replace(charge, number=secrets.token_hex(16))
        url = sandbox.start(one, Device.PHONE).url
        form = {"phone": "13805910001", "password": "123456"}
        payer = threading.Thread(target=httpx.post, args=[url], kwargs={"data": form})
        payer.start()
        closed = sandbox.close(one.number).state
        payer.join()
        assert closed in (PaidState.CLOSED, PaidState.PAID)
        assert sandbox.query(one.number).state is closed


def test_refunds_never_exceed_what_was_paid(sandbox, gateway, started):
    gateway.pay(started.number)
    first = back(started, "500.00")
    receipt = sandbox.refund(first)
    assert (receipt.state, receipt.amount) == (RefundState.DONE, Decimal("500.00"))
    assert receipt.refunded_at is not None
    again = sandbox.refund(first)
    assert (again.reference, gateway.told(started.number)["refunded"]) == (receipt.reference, 50000)
    with pytest.raises(GatewayRefused, match="NOT_ENOUGH"):
        sandbox.refund(back(started, "33.01"))
    assert sandbox.refund(back(started, "33.00")).state is RefundState.DONE
    assert sandbox.query(started.number).state is PaidState.PAID
    assert sandbox.query_refund(first).reference == receipt.reference
    assert sandbox.query_refund(back(started)).state is RefundState.ABSENT


def test_refunds_that_do_not_fit(sandbox, gateway, started):
    with pytest.raises(GatewayRefused, match="NOT_PAID"):
        sandbox.refund(back(started))
    gateway.pay(started.number)
    with pytest.raises(GatewayRefused, match="TOTAL_DIFFERS"):
        sandbox.refund(back(started, total=Decimal("533.01")))
    taken = back(started, "1.00")
    sandbox.refund(taken)
    with pytest.raises(GatewayRefused, match="REFUND_NUMBER_REUSED"):
        sandbox.refund(replace(taken, amount=Decimal("2.00")))


def test_refunds_at_the_same_time_share_what_was_paid(sandbox, gateway, started):
    gateway.pay(started.number)
    answers = []

    def give():
        try:
            answers.append(sandbox.refund(back(started, "300.00")).state)
        except GatewayRefused as no:
            answers.append(no.code)

    threads = [threading.Thread(target=give) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["NOT_ENOUGH"] * 4 + [RefundState.DONE]


def test_the_bill_of_a_day(sandbox, gateway, started):
    gateway.pay(started.number)
    refund = back(started, "33.00")
    returned = sandbox.refund(refund)
    paid = sandbox.query(started.number)
    with pytest.raises(StatementNotReady):
        sandbox.statement(localdate())
    with pytest.raises(StatementNotReady):
        sandbox.statement(localdate() + timedelta(days=1))
    assert list(sandbox.statement(localdate() - timedelta(days=400))) == []
    gateway.switch("bill_today")
    lines = [line for line in sandbox.statement(localdate()) if line.number == started.number]
    assert [
        (line.kind, line.reference, line.amount, line.refund_number, line.refund_reference)
        for line in lines
    ] == [
        (LineKind.PAYMENT, paid.reference, Decimal("533.00"), "", ""),
        (LineKind.REFUND, paid.reference, Decimal("33.00"), refund.refund_number,
         returned.reference),
    ]  # fmt: skip
    assert [line.happened_at for line in lines] == [paid.paid_at, returned.refunded_at]


@pytest.mark.parametrize("fault", ["error_500", "error_429", "unsigned", "bad_signature"])
def test_an_answer_that_cannot_be_trusted_is_no_answer(sandbox, gateway, started, fault):
    gateway.switch(fault)
    refund = back(started)
    for ask in (
        lambda: sandbox.start(started, Device.PHONE),
        lambda: sandbox.query(started.number),
        lambda: sandbox.close(started.number),
        lambda: sandbox.refund(refund),
        lambda: sandbox.query_refund(refund),
        lambda: sandbox.statement(localdate()),
    ):
        with pytest.raises(GatewayUnavailable):
            ask()


def test_an_unsigned_refusal_is_no_refusal(sandbox, gateway):
    gateway.switch("unsigned")
    with pytest.raises(GatewayUnavailable):
        sandbox.query("f" * 32)


def test_a_fault_of_one_order_spares_the_others(sandbox, gateway, started, charge):
    other = replace(charge, number=secrets.token_hex(16))
    sandbox.start(other, Device.PHONE)
    gateway.switch("unsigned", started.number)
    assert sandbox.query(other.number).state is PaidState.PENDING
    with pytest.raises(GatewayUnavailable):
        sandbox.query(started.number)


def test_a_slow_create_is_unknown_and_can_be_repeated(gateway, sandbox, charge):
    gateway.switch("slow_create")
    with pytest.raises(GatewayUnavailable, match="ReadTimeout"):
        Impatient().start(charge, Device.PHONE)
    gateway.clear()
    wait_until(lambda: sandbox.query(charge.number).state is PaidState.PENDING)
    url = sandbox.start(charge, Device.PHONE).url
    assert url == gateway.told(charge.number)["cashier_url"]


def test_a_gateway_that_is_away_is_unknown(sandbox, gateway, settings, started):
    settings.SANDBOX_GATEWAY = gateway.settings | {"base_url": "http://127.0.0.1:1"}
    with pytest.raises(GatewayUnavailable, match="ConnectError"):
        Sandbox().query(started.number)


def test_without_keys_nothing_is_known(gateway, settings, tmp_path, started):
    settings.SANDBOX_GATEWAY = gateway.settings | {"private_key_file": tmp_path / "none.key"}
    with pytest.raises(GatewayUnavailable, match="no merchant key"):
        Sandbox().query(started.number)


def test_payers_are_only_sent_to_the_gateway(gateway, settings, charge):
    settings.SANDBOX_GATEWAY = gateway.settings | {"public_url": "https://pay.example.edu.cn"}
    with pytest.raises(GatewayUnavailable, match="not at the gateway's address"):
        Sandbox().start(charge, Device.PHONE)


@pytest.fixture
def answering(gateway, sandbox):
    """A provider whose gateway gives one answer, rightly signed, to whatever is asked."""
    platform = keys.prepare(gateway.keys).platform

    def answer(status, body):
        def handle(request):
            nonce = request.headers["Campus-Nonce"]
            headers = seal(platform, platform.public_key(), "answer", nonce, body=body)
            return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

        made = Sandbox()
        made._caller = Caller(gateway.base_url, transport=httpx.MockTransport(handle))
        return made

    return answer


ORDER = {
    "merchant": "YIBAO-DEMO", "number": "a" * 32, "amount": 53300, "currency": "CNY",
    "state": "NOTPAY", "reference": "", "paid_at": "",
}  # fmt: skip


def said(**fields):
    """What a gateway says of an order."""
    return json.dumps(ORDER | fields).encode()


def test_an_answer_with_a_true_signature_is_read(answering):
    assert answering(200, said()).query("a" * 32).state is PaidState.PENDING


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, said()),
        (503, b'{"code": "ORDER_NOT_FOUND"}'),
        (429, b'{"code": "ORDER_NOT_FOUND"}'),
        (200, said(number="b" * 32)),
        (200, said(amount="53300")),
        (200, said(state="SUCCESS")),
        (200, b"[]"),
        (200, b'{"amount": NaN}'),
        (200, b" " * (64 * 1024) + said()),
    ],
)
def test_a_true_signature_does_not_make_sense_of_nonsense(answering, status, body):
    with pytest.raises(GatewayUnavailable):
        answering(status, body).query("a" * 32)


@pytest.mark.parametrize(
    "body",
    [
        {"day": "2026-11-20", "merchant": "YIBAO-DEMO", "lines": []},
        {"day": "2026-11-21", "merchant": "OTHER", "lines": []},
        {"day": "2026-11-21", "merchant": "YIBAO-DEMO"},
        {"day": "2026-11-21", "merchant": "YIBAO-DEMO", "lines": [7]},
        {"day": "2026-11-21", "merchant": "YIBAO-DEMO", "lines": [{"kind": "GIFT", "at": "x"}]},
    ],
)
def test_a_bill_that_makes_no_sense_is_no_bill(answering, body):
    with pytest.raises(GatewayUnavailable):
        answering(200, json.dumps(body).encode()).statement(date(2026, 11, 21))


def test_a_refund_answer_about_another_refund(answering, charge):
    body = {"number": charge.number, "refund_number": "c" * 32, "reference": "5030", "amount": 1}
    words = {"merchant": "YIBAO-DEMO", "currency": "CNY", "state": "SUCCESS", "refunded_at": ""}
    gateway = answering(200, json.dumps(body | words).encode())
    fits = RefundCharge(charge.number, "c" * 32, charge.amount, Decimal("0.01"), "重复缴费")
    assert gateway.refund(fits).state is RefundState.DONE
    for other in ({"refund_number": "d" * 32}, {"amount": Decimal("0.02")}, {"number": "e" * 32}):
        with pytest.raises(GatewayUnavailable):
            gateway.refund(replace(fits, **other))


def test_an_answer_is_bound_to_its_question(gateway, sandbox, started):
    """An old answer, signed and fresh, played back for another request proves nothing."""
    number = f"/v1/orders/{started.number}"
    headers = sandbox._sign("GET", number, b"")
    answer = httpx.get(gateway.base_url + number, headers=headers)
    sandbox._prove("answer", headers["Campus-Nonce"], body=answer.content, headers=answer.headers)
    with pytest.raises(Exception, match="signature"):
        sandbox._prove("answer", "0" * 32, body=answer.content, headers=answer.headers)
    with pytest.raises(Exception, match="signature"):
        sandbox._prove("notice", body=answer.content, headers=answer.headers)


@pytest.mark.parametrize(
    "spoil",
    [
        {"Campus-Merchant": "OTHER"},
        {"Campus-Serial": "00"},
        {"Campus-Timestamp": "1"},
        {"Campus-Timestamp": "９"},
        {"Campus-Nonce": "x"},
        {"Campus-Signature": "!"},
        {"Campus-Signature": ""},
    ],
)
def test_the_gateway_believes_only_the_merchant(gateway, sandbox, started, spoil):
    number = f"/v1/orders/{started.number}"
    headers = sandbox._sign("GET", number, b"")
    headers = {k: v.encode() for k, v in (headers | spoil).items()}
    answer = httpx.get(gateway.base_url + number, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")
    assert "Campus-Signature" not in answer.headers


def test_the_signature_covers_path_and_body(gateway, sandbox, started):
    headers = sandbox._sign("POST", f"/v1/orders/{started.number}/close", b"")
    elsewhere = httpx.post(f"{gateway.base_url}/v1/refunds", headers=headers)
    body = httpx.post(
        f"{gateway.base_url}/v1/orders/{started.number}/close", headers=headers, content=b"{}"
    )
    assert (elsewhere.status_code, body.status_code) == (401, 401)
    assert sandbox.query(started.number).state is PaidState.PENDING
