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

from yibao_sandbox import bills, fields
from yibao_sandbox.exchange import Answer, Request, read_object, says_success
from yibao_sandbox.faults import ALL, STALE
from yibao_sandbox.fields import NUMBER, Said
from yibao_sandbox.gateway import Gateway
from yibao_sandbox.ledger import Declined, Order, Refund, iso
from yibao_sandbox.notices import Notice, Parcel, Voice
from yibao_sandbox.signing import NotGenuine, seal, verify

PROTOCOL = "campus"
SLOW_SECONDS = 15
UNPAID_REFERENCE = "42000000000000000000000000"  # in a lie about an order that nobody paid


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
            number=fields.text(asked, "number", NUMBER),
            merchant=gateway.merchant,
            amount=fields.fen(asked, "amount"),
            subject=fields.text(asked, "subject", r".{1,128}"),
            notify_url=fields.address(asked, "notify_url"),
            return_url=fields.address(asked, "return_url"),
            expires_at=fields.moment(asked, "expires_at"),
        )
    )
    if gateway.faults.on("slow_create", order.number):
        time.sleep(SLOW_SECONDS * gateway.pace)
    return order_said(gateway, order)


def query(gateway: Gateway, _request: Request, number: str) -> Said:
    """How an order stands."""
    return order_said(gateway, gateway.ledger.order(number, PROTOCOL))


def close(gateway: Gateway, _request: Request, number: str) -> Said:
    """Close an order."""
    return order_said(gateway, gateway.close(number, PROTOCOL))


def refund(gateway: Gateway, request: Request) -> Said:
    """Pay back."""
    asked = read_object(request.body)
    wanted = Refund(
        refund_number=fields.text(asked, "refund_number", NUMBER),
        number=fields.text(asked, "number", NUMBER),
        amount=fields.fen(asked, "amount"),
        reason=fields.text(asked, "reason", r".{1,80}"),
    )
    return refund_said(gateway, gateway.give_back(wanted, fields.fen(asked, "total"), PROTOCOL))


def query_refund(gateway: Gateway, _request: Request, refund_number: str) -> Said:
    """How a refund stands."""
    return refund_said(gateway, gateway.ledger.find_refund(refund_number))


def bill(gateway: Gateway, _request: Request, day: str) -> Said:
    """All money of a day."""
    said = [
        {
            "kind": "REFUND" if line.is_refund else "PAYMENT",
            "number": line.number,
            "reference": line.reference,
            "refund_number": line.refund_number,
            "refund_reference": line.refund_reference,
            "amount": line.amount,
            "at": iso(line.at),
        }
        for line in bills.lines(gateway, PROTOCOL, day)
    ]
    torn = gateway.faults.on("bill_torn")
    return {"merchant": gateway.merchant, "day": "" if torn else day, "lines": said}


def voice(gateway: Gateway) -> Voice:
    """How payments are told; of refunds this protocol does not tell."""

    def write(order: Order, _refund: Refund | None, notice: Notice) -> Parcel:
        body = _json(told(order, notice))
        signer = gateway.keys.forger if notice.fault == "forged" else gateway.keys.platform
        headers = seal(signer, gateway.keys.platform.public_key(), "notice", body=body)
        return Parcel(body, headers | {"Content-Type": "application/json"})

    return Voice(write, says_success)


def told(order: Order, notice: Notice) -> Said:
    """What a notice says."""
    stale = notice.fault == STALE
    return {
        "id": notice.event,
        "event": "ORDER.PAID",
        "merchant": "ANOTHER-MERCHANT" if notice.fault == "wrong_merchant" else order.merchant,
        "number": order.number,
        "reference": "" if stale else order.reference or UNPAID_REFERENCE,
        "amount": order.amount + (1 if notice.fault == "wrong_amount" else 0),
        "currency": "CNY",
        "state": "NOTPAY" if stale else "SUCCESS",
        "paid_at": "" if stale else iso(order.paid_at or time.time()),
        "payer": order.payer,
    }


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
        "cashier_url": gateway.cashier(order),
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


def _json(said: Said) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()


def _unsigned(status: int, said: Said) -> Answer:
    return Answer(status, _json(said), "application/json")
