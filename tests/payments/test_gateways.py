"""Three protocols, one gateway: the product's providers against it over HTTP, with every fault.

Whatever goes wrong, in the end the books say what the gateway says: nothing lost, nothing doubled.
"""

import secrets
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client, override_settings
from django.utils.timezone import localdate, now

from tests.cast import make_cast
from tests.factories import make_plan
from tests.gateway import BROWSER, wait_until
from tests.once import once
from tests.payments.fees import of, owe
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Status
from yibao.payments import bill_rules, flow, reconciling, refunding
from yibao.payments.models import Payment, Refund
from yibao.payments.providers import base
from yibao.payments.providers.base import (
    Charge,
    Device,
    GatewayUnavailable,
    PaidState,
)
from yibao.payments.providers.calling import PATIENCE, Caller
from yibao.payments.states import BillResult, PaymentStatus, RefundCause, RefundStatus

CAMPUS, WECHAT, ALIPAY = CHANNELS = ("sandbox", "sandbox-wechat", "sandbox-alipay")
FEE = Decimal("533.00")
S, R = PaymentStatus, BillResult


def _owing():
    """王 owes the fee, and the plan takes every channel."""
    cast = make_cast()
    enlist(make_plan(channels=["cash", *CHANNELS]), by=cast.office)
    owe(cast, cast.wang)
    return cast


owing = once(_owing)


@pytest.fixture(scope="module")
def connected(gateway_process):
    """The product talks to the running gateway."""
    with override_settings(SANDBOX_GATEWAY=gateway_process.settings):
        base.provider.cache_clear()
        yield gateway_process
    base.provider.cache_clear()


@pytest.fixture
def gateway(connected):
    """With no fault switched on."""
    connected.clear()
    yield connected
    connected.clear()


@pytest.fixture(params=CHANNELS)
def channel(request, gateway):
    return request.param


@pytest.fixture
def pay(channel):
    return base.provider(channel)


@pytest.fixture
def charge(ear):
    return Charge(
        number=secrets.token_hex(16),
        amount=FEE,
        subject="2026年大学生医保",
        notify_url=ear.url,
        return_url="http://127.0.0.1:9/back/?a=1&b=2",
        expires_at=now().replace(microsecond=0) + timedelta(minutes=30),
        payer_ip="203.0.113.9",
    )


def open_page(way) -> str:
    """Follow a payer to the cashier; the address they end at."""
    address = way.page if isinstance(way, base.QrCode) else way.url
    page = BROWSER.get(address, follow_redirects=True)
    assert page.status_code == 200
    return str(page.url)


def back(charge, amount="33.00"):
    return base.RefundCharge(
        charge.number, secrets.token_hex(16), charge.amount, Decimal(amount), "重复缴费"
    )


# One charge from its start to the bill -------------------------------------------------------
@pytest.mark.parametrize("device", Device)
def test_a_charge_from_start_to_the_bill(channel, pay, gateway, charge, device):
    page = open_page(pay.start(charge, device))
    assert "/cashier/" in page
    assert open_page(pay.start(charge, device)) == page  # two tabs
    assert pay.query(charge.number).state is PaidState.PENDING
    gateway.pay(page)
    paid = pay.query(charge.number)
    assert (paid.state, paid.amount, paid.misfit) == (PaidState.PAID, FEE, "")
    assert pay.close(charge.number).state is PaidState.PAID
    wanted = back(charge)
    first = pay.refund(wanted)
    assert (first.state, first.amount) == (base.RefundState.DONE, Decimal("33.00"))
    assert pay.refund(wanted).state is base.RefundState.DONE
    assert pay.query_refund(wanted).state is base.RefundState.DONE
    assert pay.query_refund(back(charge)).state is base.RefundState.ABSENT
    with pytest.raises(base.GatewayRefused):
        pay.refund(back(charge, "500.01"))
    assert gateway.told(charge.number)["refunded"] == 3300
    assert pay.query(charge.number).state is PaidState.PAID
    gateway.switch("bill_today")
    lines = [x for x in pay.statement(localdate(paid.paid_at)) if x.number == charge.number]
    assert [(x.kind, x.reference, x.amount, x.refund_number) for x in lines] == [
        (base.LineKind.PAYMENT, paid.reference, FEE, ""),
        (base.LineKind.REFUND, paid.reference, Decimal("33.00"), wanted.refund_number),
    ]


def test_what_nobody_knows_or_nobody_paid(pay, gateway, charge):
    assert [act("f" * 32).state for act in (pay.query, pay.close)] == [PaidState.ABSENT] * 2
    page = open_page(pay.start(charge, Device.PHONE))
    assert [pay.close(charge.number).state for _ in "ab"] == [PaidState.CLOSED] * 2
    assert "订单已关闭" in BROWSER.get(page).text
    with pytest.raises(base.GatewayRefused):
        pay.refund(back(charge))


def test_a_number_belongs_to_one_protocol(gateway, charge):
    open_page(base.provider(CAMPUS).start(charge, Device.PHONE))
    for name in (WECHAT, ALIPAY):
        assert base.provider(name).query(charge.number).state is PaidState.ABSENT
        assert base.provider(name).close(charge.number).state is PaidState.ABSENT
    assert base.provider(CAMPUS).query(charge.number).state is PaidState.PENDING


def test_after_the_page_of_wechat_the_payer_comes_back(gateway, charge):
    page = open_page(base.provider(WECHAT).start(charge, Device.PHONE))
    assert 'href="http://127.0.0.1:9/back/?a=1&amp;b=2"' in gateway.pay(page)


def test_inside_of_wechat_the_page_asks_for_somebody(gateway, charge):
    pay = base.provider(WECHAT)
    assert pay.who_pays(Device.PHONE, "http://127.0.0.1:9/pay/", "s1") == ""
    asked = pay.who_pays(Device.WECHAT, "http://127.0.0.1:9/pay/", "s1")
    came = parse_qs(urlsplit(BROWSER.get(asked).headers["Location"]).query)
    assert came["state"] == ["s1"]
    openid = pay.payer_of(came["code"][0])
    way = pay.start(Charge(**{**charge.__dict__, "payer": openid}), Device.WECHAT)
    assert isinstance(way, base.Bridge)
    told = gateway.told(charge.number)
    assert (told["way"], told["buyer"]) == ("JSAPI", openid)
    gateway.pay(charge.number)
    assert pay.query(charge.number).paid
    for code in ("", "x y", "short"):
        with pytest.raises(base.GatewayRefused):
            pay.payer_of(code)


# Answers -------------------------------------------------------------------------------------
@pytest.mark.parametrize("fault", ["error_500", "error_429", "unsigned", "bad_signature"])
def test_an_answer_that_proves_nothing_is_unknown(pay, gateway, charge, fault):
    open_page(pay.start(charge, Device.PHONE))
    gateway.switch(fault)
    for ask in (pay.query, pay.close):
        with pytest.raises(GatewayUnavailable):
            ask(charge.number)
    gateway.clear()
    assert pay.query(charge.number).state in (PaidState.PENDING, PaidState.CLOSED)


@pytest.mark.parametrize("name", [CAMPUS, WECHAT])
def test_a_create_that_timed_out_is_there_and_can_be_repeated(gateway, charge, name):
    """Alipay's page is opened by the payer; its code is asked for as WeChat's is."""
    pay = type(base.provider(name))()
    pay._caller = Caller(gateway.base_url, PATIENCE.__class__(5, read=0.05))
    if name == WECHAT:
        pay._line._caller = pay._caller
    gateway.switch("slow_create")
    with pytest.raises(GatewayUnavailable, match="ReadTimeout"):
        pay.start(charge, Device.PHONE)
    gateway.clear()
    wait_until(lambda: base.provider(name).query(charge.number).state is PaidState.PENDING)
    gateway.pay(open_page(base.provider(name).start(charge, Device.PHONE)))
    assert base.provider(name).query(charge.number).paid


def test_the_gateway_believes_the_merchant_alone(gateway, charge):
    """The other half of the protocols: what is not signed by the merchant is refused."""
    asked = BROWSER.get(f"{gateway.base_url}/v3/pay/transactions/out-trade-no/ffffff?mchid=1")
    assert (asked.status_code, asked.json()["code"]) == (401, "SIGN_ERROR")
    page = base.provider(ALIPAY).start(charge, Device.PHONE).url
    cheaper = page.replace("533.00", "1.00")
    assert "签名验证失败" in BROWSER.get(cheaper).text
    form = {"method": "alipay.trade.query", "app_id": "2021000000000000"}
    said = BROWSER.post(f"{gateway.base_url}/gateway.do", data=form).json()
    assert said["alipay_trade_query_response"]["sub_code"] == "isv.invalid-signature"
    assert "sign" not in said


# Notices, until the books are right ----------------------------------------------------------
def begin(cast, gateway, channel, ear) -> Payment:
    """王 pays at the cashier; notices go to the ear."""
    order = flow.open_order(of(cast.wang).get(), by=cast.wang.user)
    ours = flow.Addresses(ear.url, "http://127.0.0.1:9/back/", "203.0.113.9")
    way = flow.start_payment(order, channel, device=Device.PHONE, ours=ours, by=cast.wang.user)
    open_page(way)
    return order.payments.get()


def deliver(ear, channel, count):
    """Hand what the ear heard to our own door; the statuses of its answers."""
    yes = base.provider(channel).acknowledge()
    statuses = []
    for body, headers in list(ear.wait_for(count)):
        answer = Client().post(
            f"/pay/notify/{channel}/",
            body,
            content_type=headers["Content-Type"],
            headers={k: v for k, v in headers.items() if k.startswith(("Wechatpay", "Campus"))},
        )
        statuses.append(answer.status_code)
        if answer.status_code == 200:
            assert (answer.content, "Set-Cookie" in answer.headers) == (yes.body, False)
    return statuses


def is_about_refund(body) -> bool:
    return b"REFUND." in body or b"refund_fee" in body


def books():
    """Every fact, and how the student stands."""
    facts = Payment.objects.filter(amount__isnull=False).values_list("status", "amount")
    return sorted(facts), Enrolment.objects.get(orders__isnull=False).status


RIGHT = ([(S.CONFIRMED, FEE)], Status.ENROLLED)
NOTHING = ([], Status.AWAITING_PAYMENT)
ODD = ([(S.MISMATCH, FEE + Decimal("0.01"))], Status.AWAITING_PAYMENT)
TOLD = {  # fault: (notices, answers, the books after them, the books after a question)
    "": (1, [200], RIGHT, RIGHT),
    "duplicate": (3, [200] * 3, RIGHT, RIGHT),
    "delayed": (1, [200], RIGHT, RIGHT),
    "reordered": (2, [200, 200], RIGHT, RIGHT),
    "lost": (0, [], NOTHING, RIGHT),
    "forged": (1, [401], NOTHING, RIGHT),
    "wrong_amount": (1, [200], ODD, RIGHT),
    "wrong_merchant": (1, [200], NOTHING, RIGHT),
}


@pytest.mark.parametrize("fault", TOLD)
def test_notices_settle_and_lies_do_not(db, owing, gateway, channel, ear, fault):
    count, answers, after, asked = TOLD[fault]
    ear.yes = (200, base.provider(channel).acknowledge().body)
    if fault:
        gateway.switch(fault)
    payment = begin(owing(), gateway, channel, ear)
    gateway.pay(payment.number)
    assert (deliver(ear, channel, count), books()) == (answers, after)
    flow.ask(payment)
    flow.ask(payment)
    assert books() == asked
    assert Refund.objects.count() == 0


def test_paid_between_our_question_and_our_close(db, owing, gateway, channel, ear):
    payment = begin(owing(), gateway, channel, ear)
    gateway.switch("pay_on_close")
    assert flow.ask(payment).status == S.STARTED
    assert flow.close_attempt(payment).status == S.CONFIRMED
    assert books() == RIGHT
    deliver(ear, channel, 1)
    assert books() == RIGHT


def test_the_second_channel_closes_the_first_at_its_gateway(db, owing, gateway, ear):
    cast = owing()
    first = begin(cast, gateway, WECHAT, ear)
    ours = flow.Addresses(ear.url, "http://127.0.0.1:9/back/", "203.0.113.9")
    by = cast.wang.user
    flow.start_payment(first.order, ALIPAY, device=Device.PHONE, ours=ours, by=by)
    live = first.order.payments.values_list("channel", "status").order_by("pk")
    assert list(live) == [(WECHAT, S.CLOSED), (ALIPAY, S.STARTED)]


@pytest.mark.parametrize("abnormal", [False, True])
def test_money_that_goes_back_and_money_that_cannot(db, owing, gateway, channel, ear, abnormal):
    """Its notice may overtake that of the payment; a refund that failed waits for a person."""
    cast = owing()
    gateway.switch("reordered")
    if abnormal:
        gateway.switch("refund_abnormal")
    payment = begin(cast, gateway, channel, ear)
    gateway.pay(payment.number)
    flow.ask(payment)
    wanted = refunding.Back(Decimal("33.00"), RefundCause.OTHER, "多缴")
    payment.refresh_from_db()
    refund = refunding.open_refund(payment, wanted, by=cast.finance)
    sent = refunding.confirm_refund(refund, by=cast.second_finance)
    assert sent.status == (RefundStatus.ABNORMAL if abnormal else RefundStatus.DONE)
    assert gateway.told(payment.number)["refunded"] == (0 if abnormal else 3300)
    tells = channel == WECHAT or (channel == ALIPAY and not abnormal)
    ear.wait_for(count := 3 if tells else 2)
    ear.heard.sort(key=lambda heard: not is_about_refund(heard[0]))  # the refund overtakes
    assert [is_about_refund(body) for body, _ in ear.heard] == [True][: count - 2] + [False] * 2
    assert deliver(ear, channel, count) == [200] * count
    refund.refresh_from_db()
    assert (refund.status, Refund.objects.count()) == (sent.status, 1)
    assert books() == RIGHT


# Bills ---------------------------------------------------------------------------------------
COMPARED = {  # fault: what becomes of our payment, and of what else the bill names
    "": [R.MATCHED],
    "bill_missing": [R.OURS_ONLY],
    "bill_amount": [R.AMOUNT],
    "bill_twice": [R.MATCHED, R.THEIRS_ONLY],
    "bill_empty": [R.OURS_ONLY],
    "bill_extra": [R.MATCHED],
}


@pytest.fixture
def tomorrow(monkeypatch):
    """The day is over."""
    monkeypatch.setattr(
        bill_rules, "localdate", lambda *at: localdate(*at) if at else localdate() + timedelta(1)
    )


@pytest.mark.parametrize("fault", COMPARED)
def test_every_line_of_a_bill_finds_its_class(db, owing, gateway, channel, ear, tomorrow, fault):
    payment = begin(owing(), gateway, channel, ear)
    gateway.pay(payment.number)
    payment = flow.ask(payment)
    gateway.switch("bill_today")
    if fault:
        gateway.switch(fault, "*" if fault in ("bill_empty", "bill_extra") else payment.number)
    bill = reconciling.fetch(channel, localdate(payment.paid_at), by=None)
    assert bill.problem == ""
    mine = bill.lines.filter(number=payment.number)
    assert sorted(mine.values_list("result", flat=True)) == sorted(COMPARED[fault])
    others = bill.lines.filter(number__startswith="nobody").values_list("result", flat=True)
    assert list(others) == ([R.THEIRS_ONLY] if fault == "bill_extra" else [])


def test_an_amount_that_differs_is_put_right_by_asking(db, owing, gateway, ear, tomorrow):
    """The notice was spoilt, the bill is true: 金额不一致, until finance asks again."""
    cast = owing()
    gateway.switch("wrong_amount")
    gateway.switch("bill_today")
    payment = begin(cast, gateway, WECHAT, ear)
    gateway.pay(payment.number)
    deliver(ear, WECHAT, 1)
    payment.refresh_from_db()
    bill = reconciling.fetch(WECHAT, localdate(payment.paid_at), by=None)
    mine = bill.lines.filter(number=payment.number)
    assert (mine.get().result, mine.get().our_amount) == (R.AMOUNT, Decimal("533.01"))
    assert reconciling.ask_lines(mine, by=cast.finance).refused == {}
    line = mine.get()
    assert (line.result, line.clearing, line.cleared_by) == (R.MATCHED, "asked", cast.finance)
    assert books() == RIGHT


def test_a_bill_that_says_paid_of_what_nobody_paid(db, owing, gateway, channel, ear, tomorrow):
    payment = begin(owing(), gateway, channel, ear)
    gateway.switch("bill_today")
    gateway.switch("bill_status", payment.number)
    bill = reconciling.fetch(channel, localdate(), by=None)
    assert list(bill.lines.filter(number=payment.number).values_list("result", flat=True)) == [
        R.STATUS
    ]


def test_a_bill_that_is_late_or_torn_is_no_bill(pay, gateway, charge):
    gateway.pay(open_page(pay.start(charge, Device.PHONE)))
    gateway.switch("bill_today")
    gateway.switch("bill_torn")
    with pytest.raises(GatewayUnavailable):
        list(pay.statement(localdate()))
    gateway.switch("bill_late")
    with pytest.raises(base.StatementNotReady):
        pay.statement(localdate())
