"""The merchant's side of the gateway: signed JSON in, signed JSON out, amounts in whole fen.

    POST /v1/orders                  create; the same number and content again is the same order
    GET  /v1/orders/NUMBER           how it stands: NOTPAY, SUCCESS, CLOSED
    POST /v1/orders/NUMBER/close     nobody can pay any more; ORDER_PAID when somebody has
    POST /v1/refunds                 pay back; the same refund number again is the same refund
    GET  /v1/refunds/NUMBER          how the refund stands
    GET  /v1/bills/YYYY-MM-DD        all payments and refunds of a day, from the next day on

Every request carries Campus-Merchant and the headers of `signing`. A refusal is signed too:
{"code", "message"} with status 4xx. What is not signed, 5xx and 429, says nothing about the order.
"""

import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from yibao_sandbox.exchange import Answer, Request, read_object
from yibao_sandbox.faults import ALL
from yibao_sandbox.gateway import Gateway
from yibao_sandbox.ledger import LARGEST_AMOUNT, SHANGHAI, Declined, Order, Refund, iso
from yibao_sandbox.signing import NotGenuine, seal, verify

Said = dict[str, Any]
SLOW_SECONDS = 15
NUMBER = r"[0-9A-Za-z_-]{6,64}"


def answer(gateway: Gateway, request: Request) -> Answer:
    """Check who asks, do it, sign what came of it."""
    if gateway.faults.on("error_500"):
        return _unsigned(500, {"code": "SYSTEM_ERROR"})
    if gateway.faults.on("error_429"):
        return _unsigned(429, {"code": "FREQUENCY_LIMITED"})
    try:
        nonce = _prove(gateway, request)
    except NotGenuine as doubt:
        return _unsigned(401, {"code": "SIGN_ERROR", "message": str(doubt)})
    try:
        status, said = 200, _do(gateway, request)
    except Declined as no:
        status, said = no.status, {"code": no.code, "message": no.message}
    number = str(said.get("number", ALL))
    if gateway.faults.on("unsigned", number):
        return _unsigned(status, said)
    body = _json(said)
    spoilt = gateway.faults.on("bad_signature", number)
    signer = gateway.keys.forger if spoilt else gateway.keys.platform
    headers = seal(signer, gateway.keys.platform.public_key(), "answer", nonce, body=body)
    return Answer(status, body, "application/json", headers)


def _prove(gateway: Gateway, request: Request) -> str:
    """Prove that the merchant asks; return the nonce that binds the answer."""
    if request.headers.get("Campus-Merchant") != gateway.merchant:
        message = "unknown merchant"
        raise NotGenuine(message)
    return verify(
        gateway.keys.merchant,
        request.headers,
        method=request.method,
        path=request.target,
        body=request.body,
    )


def _do(gateway: Gateway, request: Request) -> Said:
    for method, pattern, act in ROUTES:
        found = re.fullmatch(pattern, request.path, re.ASCII)
        if found and method == request.method:
            return act(gateway, request, *found.groups())
    code, message = "NO_SUCH_ADDRESS", "没有这个接口"
    raise Declined(code, message, 404)


def create(gateway: Gateway, request: Request) -> Said:
    """Take an order."""
    asked = read_object(request.body)
    if asked.get("currency") != "CNY":
        code, message = "CURRENCY", "币种只支持 CNY"
        raise Declined(code, message, 400)
    order = gateway.ledger.create(
        Order(
            number=_text(asked, "number", NUMBER),
            merchant=gateway.merchant,
            amount=_fen(asked, "amount"),
            subject=_text(asked, "subject", r".{1,128}"),
            notify_url=_address(asked, "notify_url"),
            return_url=_address(asked, "return_url"),
            expires_at=_moment(asked, "expires_at"),
        )
    )
    if gateway.faults.on("slow_create", order.number):
        time.sleep(SLOW_SECONDS * gateway.pace)
    return order_said(gateway, order)


def query(gateway: Gateway, _request: Request, number: str) -> Said:
    """How an order stands."""
    return order_said(gateway, gateway.ledger.order(number))


def close(gateway: Gateway, _request: Request, number: str) -> Said:
    """Close an order."""
    return order_said(gateway, gateway.ledger.close(number))


def refund(gateway: Gateway, request: Request) -> Said:
    """Pay back."""
    asked = read_object(request.body)
    wanted = Refund(
        refund_number=_text(asked, "refund_number", NUMBER),
        number=_text(asked, "number", NUMBER),
        amount=_fen(asked, "amount"),
        reason=_text(asked, "reason", r".{1,80}"),
    )
    return refund_said(gateway, gateway.ledger.refund(wanted, _fen(asked, "total")))


def query_refund(gateway: Gateway, _request: Request, refund_number: str) -> Said:
    """How a refund stands."""
    return refund_said(gateway, gateway.ledger.find_refund(refund_number))


def bill(gateway: Gateway, _request: Request, day: str) -> Said:
    """All money of a day."""
    try:
        start = datetime.fromisoformat(day).replace(tzinfo=SHANGHAI)
    except ValueError:
        code, message = "NO_SUCH_DAY", "日期不正确"
        raise Declined(code, message, 400) from None
    over = start.date() < datetime.now(SHANGHAI).date()
    if not over and not gateway.faults.on("bill_today"):
        code, message = "BILL_NOT_READY", "对账单次日生成"
        raise Declined(code, message)
    paid, back = gateway.ledger.bill(start)
    payments = [
        {
            "kind": "PAYMENT",
            "number": order.number,
            "reference": order.reference,
            "amount": order.amount,
            "at": iso(order.paid_at),
        }
        for order in paid
    ]
    refunds = [
        {
            "kind": "REFUND",
            "number": order.number,
            "reference": order.reference,
            "refund_number": returned.refund_number,
            "refund_reference": returned.reference,
            "amount": returned.amount,
            "at": iso(returned.refunded_at),
        }
        for returned, order in back
    ]
    return {"merchant": gateway.merchant, "day": day, "lines": payments + refunds}


def order_said(gateway: Gateway, order: Order) -> Said:
    """An order in the protocol's words."""
    return {
        "merchant": order.merchant,
        "number": order.number,
        "amount": order.amount,
        "currency": "CNY",
        "state": order.state,
        "reference": order.reference,
        "paid_at": iso(order.paid_at),
        "payer": order.payer,
        "refunded": gateway.ledger.refunded(order.number),
        "expires_at": iso(order.expires_at),
        "cashier_url": f"{gateway.public_url}/cashier/{order.token}",
    }


def refund_said(gateway: Gateway, returned: Refund) -> Said:
    """A refund in the protocol's words."""
    return {
        "merchant": gateway.merchant,
        "number": returned.number,
        "refund_number": returned.refund_number,
        "reference": returned.reference,
        "amount": returned.amount,
        "currency": "CNY",
        "state": returned.state,
        "refunded_at": iso(returned.refunded_at),
    }


ROUTES: list[tuple[str, str, Callable[..., Said]]] = [
    ("POST", r"/v1/orders", create),
    ("GET", rf"/v1/orders/({NUMBER})", query),
    ("POST", rf"/v1/orders/({NUMBER})/close", close),
    ("POST", r"/v1/refunds", refund),
    ("GET", rf"/v1/refunds/({NUMBER})", query_refund),
    ("GET", r"/v1/bills/(\d{4}-\d\d-\d\d)", bill),
]


def _text(asked: Said, name: str, pattern: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise _wrong(name)
    return value


def _fen(asked: Said, name: str) -> int:
    value = asked.get(name)
    if type(value) is not int or not 1 <= value <= LARGEST_AMOUNT:
        raise _wrong(name)
    return value


def _address(asked: Said, name: str) -> str:
    value = _text(asked, name, r"https?://\S{1,500}")
    if not urlsplit(value).hostname:
        raise _wrong(name)
    return value


def _moment(asked: Said, name: str) -> int:
    try:
        moment = datetime.fromisoformat(_text(asked, name, r".{1,40}"))
    except ValueError:
        raise _wrong(name) from None
    if moment.tzinfo is None:
        raise _wrong(name)
    return int(moment.timestamp())


def _wrong(name: str) -> Declined:
    return Declined("PARAM_ERROR", f"参数 {name} 缺失或不正确", 400)


def _json(said: Said) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()


def _unsigned(status: int, said: Said) -> Answer:
    return Answer(status, _json(said), "application/json")
