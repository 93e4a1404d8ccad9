"""WeChat Pay: requests, answers, notices; the SDK wechatpayv3 is the second opinion."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils.timezone import now
from wechatpayv3 import utils as oracle_utils

from tests.payments import wechat_side as side
from tests.payments.wechat_side import APP, MERCHANT, PUBLIC_KEY_ID, SERIAL, transaction
from yibao.payments.providers import wechat_line
from yibao.payments.providers.base import (
    AlreadyPaid,
    Charge,
    Device,
    GatewayRefused,
    GatewayUnavailable,
    PaidState,
    QrCode,
    Redirect,
    RefundCharge,
    RefundState,
)

NUMBER = "a" * 32
CHARGE = Charge(
    number=NUMBER,
    amount=Decimal("533.00"),
    subject="2026年大学生医保",
    notify_url="https://yibao.example.edu.cn/pay/wechat/notify/",
    return_url="https://yibao.example.edu.cn/orders/1/?a=1&b=2",
    expires_at=datetime(2026, 11, 22, 4, 0, tzinfo=UTC),
    payer_ip="203.0.113.9",
)
REFUND = RefundCharge(NUMBER, "r" * 32, Decimal("533.00"), Decimal("33.00"), "重复缴费")


@pytest.fixture
def folder(tmp_path):
    return side.merchant_folder(tmp_path / "wechat")


@pytest.fixture
def gateway():
    return side.Gateway()


@pytest.fixture
def pay(gateway, folder):
    return gateway.provider(folder)


# Requests -----------------------------------------------------------------------------------
def test_requests_are_signed_as_the_sdk_signs_them(pay, gateway, monkeypatch):
    monkeypatch.setattr(
        wechat_line.secrets, "token_hex", lambda _n: "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"
    )
    monkeypatch.setattr(wechat_line.time, "time", lambda: now().timestamp() // 300 * 300)
    monkeypatch.setattr(oracle_utils, "time", SimpleNamespace(time=wechat_line.time.time))
    gateway.will({"code_url": "weixin://wxpay/bizpayurl?pr=p4lpSuKzz"})
    pay.start(CHARGE, Device.DESKTOP)
    gateway.will(transaction())
    pay.query(NUMBER)
    for request in gateway.asked:
        theirs = oracle_utils.build_authorization(
            path=request.url.raw_path.decode(),
            method=request.method,
            mchid=MERCHANT,
            serial_no=SERIAL,
            private_key=side.key("merchant"),
            data=request.content.decode(),
            nonce_str="5K8264ILTKCH16CQ2502SI8ZNMTM67VS",
        )
        assert request.headers["Authorization"] == theirs
        assert request.headers["Wechatpay-Serial"] == PUBLIC_KEY_ID


def test_a_code_for_the_desktop(pay, gateway):
    gateway.will({"code_url": "weixin://wxpay/bizpayurl?pr=p4lpSuKzz"})
    assert pay.start(CHARGE, Device.DESKTOP) == QrCode("weixin://wxpay/bizpayurl?pr=p4lpSuKzz")
    (request,) = gateway.asked
    assert request.url.path == "/v3/pay/transactions/native"
    assert json.loads(request.content) == {
        "appid": APP,
        "mchid": MERCHANT,
        "description": "2026年大学生医保",
        "out_trade_no": NUMBER,
        "time_expire": "2026-11-22T12:00:00+08:00",
        "notify_url": CHARGE.notify_url,
        "amount": {"total": 53300, "currency": "CNY"},
    }


def test_a_page_for_the_phone(pay, gateway):
    page = "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx2016&package=2150917"
    gateway.will({"h5_url": page})
    assert pay.start(CHARGE, Device.PHONE) == Redirect(
        f"{page}&redirect_url=https%3A%2F%2Fyibao.example.edu.cn%2Forders%2F1%2F%3Fa%3D1%26b%3D2"
    )
    asked = json.loads(gateway.asked[0].content)
    assert asked["scene_info"] == {"payer_client_ip": "203.0.113.9", "h5_info": {"type": "Wap"}}


@pytest.mark.parametrize(
    "url", ["https://evil.example/checkmweb?x=1", "javascript:alert(1)", "", None, 5]
)
def test_a_payer_is_sent_to_wechat_and_nowhere_else(pay, gateway, url):
    gateway.will({"h5_url": url})
    with pytest.raises(GatewayUnavailable):
        pay.start(CHARGE, Device.PHONE)


OFFICIAL, SECRET = "wx1234567890abcdef", "0123456789abcdef0123456789abcdef"


@pytest.fixture
def inside(gateway, folder):
    """A merchant whose pages may be read inside of WeChat."""
    said = (folder / "channel.toml").read_text("utf-8")
    (folder / "channel.toml").write_text(f'{said}official = "{OFFICIAL}"\n', "utf-8")
    (folder / "official.secret").write_text(SECRET)
    return gateway.provider(folder)


def test_who_pays_is_asked_inside_of_wechat_alone(pay, inside):
    back = "https://yibao.example.edu.cn/pay/?a=1"
    asked = [inside.who_pays(device, back, "s1") for device in Device]
    assert asked == [
        "",
        "",
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx1234567890abcdef"
        "&redirect_uri=https%3A%2F%2Fyibao.example.edu.cn%2Fpay%2F%3Fa%3D1"
        "&response_type=code&scope=snsapi_base&state=s1#wechat_redirect",
    ]
    assert [pay.who_pays(device, back, "s1") for device in Device] == ["", "", ""]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b'{"access_token":"t","openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}', 200, None),
        (b'{"errcode":40029,"errmsg":"invalid code"}', 200, GatewayRefused),
        (b'{"openid":"no pe"}', 200, GatewayUnavailable),
        (b"{}", 200, GatewayUnavailable),
        (b"<html>", 200, GatewayUnavailable),
        (b"{}", 404, GatewayUnavailable),
        (b"{}", 500, GatewayUnavailable),
    ],
)
def test_who_pays_as_wechat_tells_it(inside, gateway, body, status, said):
    inside._people = inside._caller
    gateway.will_raw(body, status)
    if said:
        with pytest.raises(said):
            inside.payer_of("CODE-1_x")
    else:
        assert inside.payer_of("CODE-1_x") == "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
    (request,) = gateway.asked
    assert (request.url.path, dict(request.url.params)) == (
        "/sns/oauth2/access_token",
        {"appid": OFFICIAL, "secret": SECRET, "code": "CODE-1_x",
         "grant_type": "authorization_code"},
    )  # fmt: skip


def test_a_page_inside_of_wechat_is_signed_as_the_sdk_signs_it(inside, gateway):
    gateway.will({"prepay_id": "wx201410272009395522657a690389285100"})
    charge = Charge(**{**CHARGE.__dict__, "payer": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"})
    asked = inside.start(charge, Device.WECHAT).package
    (request,) = gateway.asked
    order = json.loads(request.content)
    assert request.url.path == "/v3/pay/transactions/jsapi"
    assert (order["appid"], order["payer"]) == (OFFICIAL, {"openid": charge.payer})
    lines = [asked["appId"], asked["timeStamp"], asked["nonceStr"], asked["package"]]
    text = "".join(f"{line}\n" for line in lines)
    assert asked["package"] == "prepay_id=wx201410272009395522657a690389285100"
    assert asked["paySign"] == oracle_utils.rsa_sign(side.key("merchant"), text)
    assert (asked["appId"], asked["signType"]) == (OFFICIAL, "RSA")


@pytest.mark.parametrize("payer", ["", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"])
def test_without_an_official_account_or_a_payer_it_is_a_page_of_theirs(pay, inside, gateway, payer):
    page = "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx2016&package=2150917"
    charge = Charge(**{**CHARGE.__dict__, "payer": payer})
    for merchant in (pay, *([] if payer else [inside])):
        gateway.will({"h5_url": page})
        assert merchant.start(charge, Device.WECHAT).url.startswith(page)


def test_the_order_of_either_app_is_ours(pay, inside, gateway):
    for merchant, appid, misfit in (
        (inside, APP, ""),
        (inside, OFFICIAL, ""),
        (inside, "wx0000000000000000", "渠道回执属于另一个应用"),
        (pay, OFFICIAL, "渠道回执属于另一个应用"),
    ):
        gateway.will(transaction(appid=appid))
        assert merchant.query(NUMBER).misfit == misfit


# Answers ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("SUCCESS", PaidState.PAID),
        ("REFUND", PaidState.PAID),
        ("NOTPAY", PaidState.PENDING),
        ("USERPAYING", PaidState.PENDING),
        ("CLOSED", PaidState.CLOSED),
        ("REVOKED", PaidState.CLOSED),
        ("ACCEPT_TOMORROW", PaidState.UNKNOWN),
    ],
)
def test_how_an_order_stands(pay, gateway, word, state):
    gateway.will(transaction(trade_state=word))
    told = pay.query(NUMBER)
    paid = state is PaidState.PAID
    reference = "4200001234202611201234567890" if paid else ""
    assert (told.state, told.reference, told.misfit) == (state, reference, "")
    assert (told.amount, told.number) == (Decimal("533.00"), NUMBER)


def test_a_coupon_lowers_what_the_payer_pays_not_what_came_in(pay, gateway):
    gateway.will(transaction(amount={"total": 53300, "payer_total": 50000, "currency": "CNY"}))
    assert pay.query(NUMBER).amount == Decimal("533.00")


@pytest.mark.parametrize(
    ("code", "state"),
    [("ORDER_NOT_EXIST", PaidState.ABSENT), ("ORDERCLOSED", PaidState.CLOSED)],
)
def test_a_refusal_that_says_how_it_stands(pay, gateway, code, state):
    gateway.will({"code": code, "message": "…"}, status=404)
    assert pay.query(NUMBER).state is state


@pytest.mark.parametrize("code", ["SYSTEM_ERROR", "FREQUENCY_LIMITED", "SIGN_ERROR"])
def test_a_refusal_that_says_nothing(pay, gateway, code):
    gateway.will_raw(json.dumps({"code": code, "message": "…"}).encode(), status=401)
    with pytest.raises(GatewayUnavailable):
        pay.query(NUMBER)


def test_a_clear_no(pay, gateway):
    gateway.will({"code": "PARAM_ERROR", "message": "参数错误"}, status=400)
    with pytest.raises(GatewayRefused, match="PARAM_ERROR"):
        pay.start(CHARGE, Device.DESKTOP)
    gateway.will({"code": "ORDERPAID", "message": "该订单已支付"}, status=400)
    with pytest.raises(AlreadyPaid):
        pay.start(CHARGE, Device.DESKTOP)


@pytest.mark.parametrize(
    "signing",
    [
        {"by": "stranger"},
        {"serial": "PUB_KEY_ID_0000"},
        {"at": 1_000_000_000},
    ],
)
@pytest.mark.parametrize("status", [200, 404])
def test_an_answer_with_a_wrong_signature_is_unknown(pay, gateway, signing, status):
    gateway.will({"code": "ORDER_NOT_EXIST"} | transaction(), status=status, **signing)
    with pytest.raises(GatewayUnavailable):
        pay.query(NUMBER)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"out_trade_no": "b"}', b"\xff"])
def test_an_unsigned_or_unreadable_answer_is_unknown(pay, gateway, body):
    gateway.will_raw(body)
    with pytest.raises(GatewayUnavailable):
        pay.query(NUMBER)
    gateway.will_raw(body, headers=side.signed(body))
    with pytest.raises(GatewayUnavailable):
        pay.query(NUMBER)


def test_an_answer_about_another_order_is_not_taken(pay, gateway):
    gateway.will(transaction(out_trade_no="b" * 32))
    with pytest.raises(GatewayUnavailable):
        pay.query(NUMBER)


def test_closing(pay, gateway):
    gateway.will(None, status=204)
    gateway.will(transaction(trade_state="CLOSED", transaction_id=""))
    assert pay.close(NUMBER).state is PaidState.CLOSED
    assert json.loads(gateway.asked[0].content) == {"mchid": MERCHANT}
    gateway.will({"code": "ORDERPAID"}, status=400)
    gateway.will(transaction())
    assert pay.close(NUMBER).state is PaidState.PAID
    gateway.will({"code": "ORDER_NOT_EXIST"}, status=404)
    assert pay.close(NUMBER).state is PaidState.ABSENT
    gateway.will({"code": "ORDERCLOSED"}, status=400)
    gateway.will(transaction(trade_state="CLOSED", transaction_id=""))
    assert pay.close(NUMBER).state is PaidState.CLOSED


# Refunds ------------------------------------------------------------------------------------
def refund_answer(**fields):
    return {
        "refund_id": "50300806962026112012345678901",
        "out_refund_no": "r" * 32,
        "transaction_id": "4200001234202611201234567890",
        "out_trade_no": NUMBER,
        "status": "PROCESSING",
        "amount": {"total": 53300, "refund": 3300, "currency": "CNY"},
    } | fields


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("PROCESSING", RefundState.PROCESSING),
        ("SUCCESS", RefundState.DONE),
        ("CLOSED", RefundState.CLOSED),
        ("ABNORMAL", RefundState.ABNORMAL),
        ("?", RefundState.UNKNOWN),
    ],
)
def test_a_refund(pay, gateway, word, state):
    gateway.will(refund_answer(status=word))
    told = pay.refund(REFUND)
    assert (told.state, told.amount, told.reference) == (
        state, Decimal("33.00"), "50300806962026112012345678901",
    )  # fmt: skip
    asked = json.loads(gateway.asked[0].content)
    assert asked["amount"] == {"refund": 3300, "total": 53300, "currency": "CNY"}
    gateway.will(refund_answer(status=word))
    assert pay.query_refund(REFUND).state is state


def test_a_refund_that_is_not_there_or_not_ours(pay, gateway):
    gateway.will({"code": "RESOURCE_NOT_EXISTS"}, status=404)
    assert pay.query_refund(REFUND).state is RefundState.ABSENT
    gateway.will(refund_answer(amount={"total": 53300, "refund": 3301, "currency": "CNY"}))
    with pytest.raises(GatewayUnavailable):
        pay.query_refund(REFUND)
    gateway.will({"code": "NOT_ENOUGH", "message": "余额不足"}, status=403)
    with pytest.raises(GatewayRefused, match="NOT_ENOUGH"):
        pay.refund(REFUND)
