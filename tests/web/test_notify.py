"""`/pay/notify/…`: what a gateway hears, and that nothing but a proven notice leaves a trace."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from tests.cast import make_cast
from tests.factories import make_plan
from tests.gateway import BROWSER, wait_until
from yibao.common.models import AuditEntry
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Status
from yibao.payments import flow
from yibao.payments.models import Payment
from yibao.payments.providers.base import Charge, Device, provider
from yibao.payments.states import PaymentStatus
from yibao.server.logs import Sparing

ADDRESS = "/pay/notify/sandbox/"


def make_payment() -> Payment:
    """An attempt of a student who owes 533.00."""
    cast, plan = make_cast(), make_plan()
    enlist(plan, by=cast.office)
    row = Enrolment.objects.filter(student=cast.wang)
    enrolment_flow.submit(row, Choice(Intent.JOIN, consent="当面"), by=cast.li).or_refuse()
    for by in (cast.li, cast.xu, cast.office):
        enrolment_flow.approve(row, by=by).or_refuse()
    order = flow.open_order(row.get(), by=cast.wang.user)
    return order.payments.create(channel="sandbox", expires_at=now() + timedelta(minutes=30))


@pytest.fixture
def payment(db):
    return make_payment()


@pytest.fixture
def stranger():
    """Somebody without session or form token."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def tell(gateway, stranger):
    """Send a notice, signed by the gateway unless headers are given."""

    def send(said, headers=None):
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        signed = gateway.sign_notice(body) if headers is None else headers
        return stranger.post(ADDRESS, body, content_type="application/json", headers=signed)

    return send


def notice(payment, **fields):
    """What the gateway says of a payment."""
    return {
        "id": "e" * 32,
        "merchant": "YIBAO-DEMO",
        "number": payment.number,
        "reference": "4200202611090000000001",
        "amount": 53300,
        "currency": "CNY",
        "state": "SUCCESS",
        "paid_at": "2026-11-09T10:00:00+08:00",
    } | fields


def traces():
    """Everything that a notice can leave behind."""
    return AuditEntry.objects.count(), list(Payment.objects.values_list("status", "amount"))


def test_a_proven_notice_is_settled_and_acknowledged(tell, payment):
    answer = tell(notice(payment))
    assert (answer.status_code, answer.content) == (200, b'{"code":"SUCCESS"}')
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.cookies == {}
    payment.refresh_from_db()
    assert (payment.status, payment.amount) == (PaymentStatus.CONFIRMED, Decimal("533.00"))
    assert payment.order.enrolment.status == Status.ENROLLED


def test_a_notice_takes_few_statements(tell, payment, django_assert_num_queries):
    """What a gateway waits for: lock and read 2, reference 2, enrolment 3, payment and order 2, trail, told 2."""
    with django_assert_num_queries(14) as asked:  # with a savepoint, opened and closed
        assert tell(notice(payment)).status_code == 200
    locked = [
        words for words in (q["sql"] for q in asked.captured_queries) if "FOR UPDATE" in words
    ]
    assert ["payments_order" in words for words in locked] == [True, False]
    assert 'FROM "enrolment_enrolment"' in locked[1]
    assert 'ORDER BY "enrolment_enrolment"."id"' in locked[1]
    with django_assert_num_queries(4):
        assert tell(notice(payment)).status_code == 200


def test_a_repeated_notice_is_acknowledged_and_changes_nothing(tell, payment):
    tell(notice(payment))
    before = traces()
    answers = [tell(notice(payment)).status_code for _ in range(3)]
    assert (answers, traces()) == ([200, 200, 200], before)


@pytest.mark.parametrize(
    "fields", [{"amount": 53301}, {"merchant": "OTHER"}, {"currency": "USD"}, {"state": "CLOSED"}]
)
def test_what_does_not_fit_is_acknowledged_and_not_applied(tell, payment, fields):
    """A repetition would not mend it; finance sees it."""
    answer = tell(notice(payment, **fields))
    assert answer.status_code == 200
    assert payment.order.enrolment.status == Status.AWAITING_PAYMENT


def test_an_unknown_number_is_to_be_told_again(tell, payment):
    """The notice may be faster than our own commit."""
    answer = tell(notice(payment, number="f" * 32))
    assert (answer.status_code, answer.content) == (404, b"no such order")


@pytest.mark.parametrize(
    "spoil",
    [
        {"Campus-Signature": "QUJD"},
        {"Campus-Timestamp": "1"},
        {"Campus-Serial": "无名"},
        {"Campus-Nonce": "\xff" * 16},
    ],
)
def test_what_nobody_proved_leaves_no_trace(tell, gateway, payment, spoil):
    before = traces()
    body = json.dumps(notice(payment)).encode()
    headers = gateway.sign_notice(body) | spoil
    assert (tell(body, headers).status_code, traces()) == (401, before)
    assert (tell(body, {}).status_code, traces()) == (401, before)


def test_a_flood_of_forged_notices_asks_no_table_and_does_not_fill_the_log(
    tell, gateway, payment, django_assert_num_queries, caplog
):
    """Each costs a signature to be checked and nothing more; the true one among them is heard."""
    body = json.dumps(notice(payment)).encode()
    forged = gateway.sign_notice(body) | {"Campus-Signature": "QUJD"}
    with django_assert_num_queries(0):
        assert {tell(body, forged).status_code for _ in range(3 * Sparing.most)} == {401}
    said = [r for r in caplog.records if r.name == "yibao.web.gateway.callbacks"]
    assert 0 < len(said) <= Sparing.most
    assert tell(notice(payment)).status_code == 200
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.CONFIRMED


def test_a_sandbox_that_shares_a_database_with_a_true_channel_settles_nothing_of_it(tell, payment):
    """Proven by the sandbox's own key, about the number of an attempt in another channel."""
    Payment.objects.filter(pk=payment.pk).update(channel="wechat")
    answer = tell(notice(payment))
    assert (answer.status_code, answer.content) == (404, b"no such order")
    payment.refresh_from_db()
    assert (payment.status, payment.amount) == (PaymentStatus.STARTED, None)
    assert payment.order.enrolment.status == Status.AWAITING_PAYMENT
    said = AuditEntry.objects.filter(action="receipt_unknown").get().data
    assert said == {"channel": "sandbox", "number": payment.number}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"[" * 10_000 + b"]" * 10_000,
        b'{"amount": NaN}',
        b'{"number": "\\ud800"}',
        b'{"number": "\\u0000"}',
        b'{"a": 1, "a": 2}',
        b"\xff\xfe",
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_hostile_text_is_refused_signed_or_not(tell, payment, body):
    before = traces()
    assert (tell(body).status_code, tell(body, {}).status_code) == (400, 401)
    assert traces() == before


@pytest.mark.parametrize(
    "fields",
    [
        {"number": "a\u0000b"},
        {"amount": 533.0},
        {"amount": 10**20},
        {"amount": -1},
        {"reference": "x" * 100},
        {"paid_at": "9999-12-31T23:59:59-12:00"},
    ],
)
def test_hostile_values_are_refused(tell, payment, fields):
    before = traces()
    assert (tell(notice(payment, **fields)).status_code, traces()) == (400, before)


def test_a_notice_with_deep_additions_is_kept(tell, payment):
    deep = json.loads("[" * 200 + "]" * 200)
    assert tell(notice(payment, new=deep, rate=0.1, name="𠮷")).status_code == 200
    payment.refresh_from_db()
    assert payment.raw["new"] == deep


@pytest.mark.parametrize(("size", "status"), [(64 * 1024, 401), (64 * 1024 + 1, 413)])
def test_bodies_have_a_limit(tell, db, size, status):
    assert tell(b"x" * size, {}).status_code == status


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options", "patch"])
def test_only_post_is_heard(stranger, method):
    assert getattr(stranger, method)(ADDRESS).status_code == 405


@pytest.mark.parametrize("channel", ["cash", "wechat", "none"])
def test_only_channels_with_a_gateway_are_heard(stranger, channel):
    answer = stranger.post(reverse("pay:notify", args=[channel]), b"{}", "application/json")
    assert answer.status_code == 404


def test_a_database_that_is_away_asks_to_be_told_again(tell, payment, monkeypatch):
    def away(*_args, **_kwargs):
        raise OperationalError

    monkeypatch.setattr(flow, "settle", away)
    assert tell(notice(payment)).status_code == 503
    assert payment.order.enrolment.status == Status.AWAITING_PAYMENT


@pytest.mark.django_db(transaction=True)
def test_from_the_cashier_to_the_ledger(gateway, live_server):
    """The whole way over HTTP, with every notice told three times at once."""
    payment = make_payment()
    gateway.switch("duplicate")
    charge = Charge(
        number=payment.number,
        amount=payment.order.amount,
        subject="2026年大学生医保",
        notify_url=live_server.url + ADDRESS,
        return_url=live_server.url,
        expires_at=payment.expires_at,
    )
    page = provider("sandbox").start(charge, Device.PHONE).url
    assert "支付成功" in gateway.pay(page)

    def acknowledged():
        return [n["outcome"] for n in gateway.told(payment.number)["notices"]]

    wait_until(lambda: acknowledged() == ["acknowledged"] * 3)
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.CONFIRMED
    assert payment.reference in BROWSER.get(page).text
    assert Payment.objects.count() == 1
