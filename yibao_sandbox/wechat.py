"""WeChat Pay's API v3: signed JSON in, signed JSON out, amounts in whole fen.

    POST /v3/pay/transactions/native|h5|jsapi        an order; the same number and content again is the same
    GET  /v3/pay/transactions/out-trade-no/NUMBER    how it stands
    POST /v3/pay/transactions/out-trade-no/NUMBER/close
    POST /v3/refund/domestic/refunds                 pay back
    GET  /v3/refund/domestic/refunds/NUMBER          how the refund stands
    GET  /v3/bill/tradebill                          where the bill of a day lies, and its hash

The gateway signs with a public key that has an id (微信支付公钥), so there are no certificates to fetch.
"""

import json
import re
import time
from collections.abc import Callable

from yibao_sandbox import fields, wechat_bill
from yibao_sandbox.exchange import Answer, Request, read_object, says_success
from yibao_sandbox.faults import ALL, STALE
from yibao_sandbox.fields import NUMBER, Said
from yibao_sandbox.gateway import Gateway
from yibao_sandbox.ledger import Declined, Order, Refund, iso
from yibao_sandbox.notices import Notice, Parcel, Voice
from yibao_sandbox.signing import NotGenuine
from yibao_sandbox.wechat_seal import seal, sign, verify

PROTOCOL = "wechat"
SLOW_SECONDS = 15
UNPAID_REFERENCE = "42000000000000000000000000"  # in a lie about an order that nobody paid
STRANGER = "osandbox00000000000000000000"  # who paid where nobody asked
WAYS = {"native": "NATIVE", "h5": "MWEB", "jsapi": "JSAPI"}
WORDS = {
    "ORDER_NOT_FOUND": ("ORDER_NOT_EXIST", 404),
    "ORDER_PAID": ("ORDERPAID", 400),
    "ORDER_CLOSED": ("ORDER_CLOSED", 400),
    "NUMBER_REUSED": ("OUT_TRADE_NO_USED", 403),
    "REFUND_NOT_FOUND": ("RESOURCE_NOT_EXISTS", 404),
    "NOT_PAID": ("INVALID_REQUEST", 400),
    "NOT_ENOUGH": ("NOT_ENOUGH", 403),
    "BILL_NOT_READY": ("STATEMENT_CREATING", 400),
    "NO_BILL": ("NO_STATEMENT_EXIST", 400),
}
STATES = {"NOTPAY": "订单未支付", "SUCCESS": "支付成功", "CLOSED": "已关闭", "REFUND": "转入退款"}


def answer(gateway: Gateway, request: Request) -> Answer:
    """Check who asks, do it, sign what came of it."""
    if gateway.faults.on("error_500"):
        return Answer(500, b'{"code":"SYSTEM_ERROR"}', "application/json")
    if gateway.faults.on("error_429"):
        return Answer(429, b'{"code":"FREQUENCY_LIMITED"}', "application/json")
    try:
        verify(gateway.wechat, request)
    except NotGenuine as doubt:
        said = {"code": "SIGN_ERROR", "message": str(doubt)}
        return Answer(401, json.dumps(said).encode(), "application/json")
    if request.path == wechat_bill.DOWNLOAD:
        return wechat_bill.download(gateway, request)
    try:
        status, said, number = _do(gateway, request)
    except Declined as no:
        code, status = WORDS.get(no.code, (no.code, no.status))
        said, number = {"code": code, "message": no.message}, _named(request)
    body = json.dumps(said, ensure_ascii=False).encode() if said else b""
    if gateway.faults.on("unsigned", number):
        return Answer(status, body, "application/json")
    spoilt = gateway.faults.on("bad_signature", number)
    signer = gateway.wechat.forger if spoilt else gateway.wechat.platform
    return Answer(status, body, "application/json", sign(signer, body))


def _do(gateway: Gateway, request: Request) -> tuple[int, Said, str]:
    for method, pattern, act in ROUTES:
        found = re.fullmatch(pattern, request.path, re.ASCII)
        if found and method == request.method:
            said = act(gateway, request, *found.groups())
            number = str(said.get("out_trade_no", "")) or _named(request)
            if act is create:
                said.pop("out_trade_no")
            return (200 if said else 204), said, number
    code, message = "NOT_FOUND", "没有这个接口"
    raise Declined(code, message, 404)


def _named(request: Request) -> str:
    """The order that a question names in its path; `ALL` when it names none."""
    found = re.search(rf"/out-trade-no/({NUMBER})", request.path, re.ASCII)
    return found[1] if found else ALL


def create(gateway: Gateway, request: Request, kind: str) -> Said:
    """Take an order, and say how it is paid."""
    asked, merchant = read_object(request.body), gateway.wechat
    amount = fields.inner(asked, "amount")
    buyer = ""
    if kind == "jsapi":
        buyer = fields.text(fields.inner(asked, "payer"), "openid", r"[0-9A-Za-z_-]{6,64}")
    if kind == "h5":
        fields.text(fields.inner(asked, "scene_info"), "payer_client_ip", r"[0-9a-fA-F.:]{2,45}")
    app = merchant.official if kind == "jsapi" else merchant.app
    if (asked.get("mchid"), asked.get("appid")) != (merchant.number, app):
        code, message = "APPID_MCHID_NOT_MATCH", "AppID 与商户号不匹配"
        raise Declined(code, message, 400)
    if amount.get("currency") != "CNY":
        raise fields.wrong("currency")
    order = gateway.ledger.create(
        Order(
            number=fields.text(asked, "out_trade_no", NUMBER),
            merchant=merchant.number,
            amount=fields.fen(amount, "total"),
            subject=fields.text(asked, "description", r".{1,127}"),
            notify_url=fields.address(asked, "notify_url"),
            return_url="",
            expires_at=fields.moment(asked, "time_expire"),
            protocol=PROTOCOL,
            way=WAYS[kind],
            buyer=buyer,
        )
    )
    if gateway.faults.on("slow_create", order.number):
        time.sleep(SLOW_SECONDS * gateway.pace)
    ways = {
        "native": {"code_url": gateway.cashier(order)},
        "h5": {"h5_url": f"{gateway.public_url}/wechat/h5?prepay_id=wx{order.token}&package=1"},
        "jsapi": {"prepay_id": f"wx{order.token}"},
    }
    return {"out_trade_no": order.number, **ways[kind]}


def query(gateway: Gateway, request: Request, number: str) -> Said:
    """How an order stands."""
    if request.query.get("mchid") != gateway.wechat.number:
        raise fields.wrong("mchid")
    return order_said(gateway, gateway.ledger.order(number, PROTOCOL))


def close(gateway: Gateway, request: Request, number: str) -> Said:
    """Close an order; nothing is said."""
    if read_object(request.body).get("mchid") != gateway.wechat.number:
        raise fields.wrong("mchid")
    gateway.close(number, PROTOCOL)
    return {}


def refund(gateway: Gateway, request: Request) -> Said:
    """Pay back."""
    asked = read_object(request.body)
    amount = fields.inner(asked, "amount")
    wanted = Refund(
        refund_number=fields.text(asked, "out_refund_no", NUMBER),
        number=fields.text(asked, "out_trade_no", NUMBER),
        amount=fields.fen(amount, "refund"),
        reason=fields.text(asked, "reason", r".{1,80}"),
    )
    given = gateway.give_back(wanted, fields.fen(amount, "total"), PROTOCOL)
    return refund_said(gateway, given)


def query_refund(gateway: Gateway, _request: Request, refund_number: str) -> Said:
    """How a refund stands."""
    return refund_said(gateway, gateway.ledger.find_refund(refund_number))


def order_said(gateway: Gateway, order: Order, *, stale: bool = False) -> Said:
    """An order in the protocol's words."""
    merchant = gateway.wechat
    state = "REFUND" if gateway.ledger.refunded(order.number) else order.state
    state = "NOTPAY" if stale else state
    said: Said = {
        "mchid": order.merchant,
        "appid": merchant.official if order.way == "JSAPI" else merchant.app,
        "out_trade_no": order.number,
        "trade_state": state,
        "trade_state_desc": STATES[state],
        "amount": {"total": order.amount, "currency": "CNY"},
    }
    if state not in ("SUCCESS", "REFUND"):
        return said
    said["amount"] |= {"payer_total": order.amount, "payer_currency": "CNY"}
    return said | {
        "transaction_id": order.reference,
        "trade_type": order.way,
        "bank_type": "OTHERS",
        "success_time": iso(order.paid_at),
        "payer": {"openid": order.buyer or STRANGER},
    }


def refund_said(gateway: Gateway, returned: Refund) -> Said:
    """A refund in the protocol's words."""
    order = gateway.ledger.order(returned.number, PROTOCOL)
    said = {
        "refund_id": returned.reference,
        "out_refund_no": returned.refund_number,
        "transaction_id": order.reference,
        "out_trade_no": order.number,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "status": returned.state,
        "amount": {"total": order.amount, "refund": returned.amount, "currency": "CNY"},
    }
    return said | ({"success_time": iso(returned.refunded_at)} if returned.refunded_at else {})


def voice(gateway: Gateway) -> Voice:
    """How payments and refunds are told: sealed, and signed."""

    def write(order: Order, returned: Refund | None, notice: Notice) -> Parcel:
        said = _about_refund(gateway, returned) if returned else _about(gateway, order, notice)
        if notice.fault == "wrong_merchant":
            said["mchid"] = "1000000009"
        told = {
            "id": notice.event,
            "create_time": iso(time.time()),
            "resource_type": "encrypt-resource",
            "event_type": f"REFUND.{returned.state}" if returned else "TRANSACTION.SUCCESS",
            "summary": "退款结果" if returned else "支付成功",
            "resource": seal(gateway.wechat, said, "refund" if returned else "transaction"),
        }
        body = json.dumps(told, ensure_ascii=False).encode()
        forged = notice.fault == "forged"
        headers = sign(gateway.wechat.forger if forged else gateway.wechat.platform, body)
        return Parcel(body, headers | {"Content-Type": "application/json"})

    return Voice(write, says_success, tells_of_refunds=("SUCCESS", "ABNORMAL"))


def _about(gateway: Gateway, order: Order, notice: Notice) -> Said:
    said = order_said(gateway, order, stale=notice.fault == STALE)
    if notice.fault == "forged":
        said |= {"trade_state": "SUCCESS", "transaction_id": order.reference or UNPAID_REFERENCE}
    said["amount"]["total"] += 1 if notice.fault == "wrong_amount" else 0
    return said


def _about_refund(gateway: Gateway, returned: Refund) -> Said:
    said = refund_said(gateway, returned)
    return said | {"mchid": gateway.wechat.number, "refund_status": said.pop("status")}


ROUTES: list[tuple[str, str, Callable[..., Said]]] = [
    ("POST", r"/v3/pay/transactions/(native|h5|jsapi)", create),
    ("GET", rf"/v3/pay/transactions/out-trade-no/({NUMBER})", query),
    ("POST", rf"/v3/pay/transactions/out-trade-no/({NUMBER})/close", close),
    ("POST", r"/v3/refund/domestic/refunds", refund),
    ("GET", rf"/v3/refund/domestic/refunds/({NUMBER})", query_refund),
    ("GET", r"/v3/bill/tradebill", wechat_bill.where),
]
