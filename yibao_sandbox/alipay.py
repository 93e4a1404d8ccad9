"""Alipay's gateway: a signed form (RSA2) in, signed JSON out, amounts in yuan with two decimals.

alipay.trade.page.pay, .wap.pay      opened by the payer's browser, which is led to the cashier
alipay.trade.precreate               a code to scan
alipay.trade.query, .close
alipay.trade.refund, .fastpay.refund.query
alipay.data.dataservice.bill.downloadurl.query
"""

import json
import re
import time
from collections.abc import Callable
from urllib.parse import urlencode

import httpx

from yibao_sandbox import alipay_bill, fields, pages
from yibao_sandbox.alipay_form import clock, fen, genuine, moment, sign, signing_text, yuan
from yibao_sandbox.exchange import Answer, Request, read_object, to
from yibao_sandbox.faults import ALL, STALE
from yibao_sandbox.fields import NUMBER, Said
from yibao_sandbox.gateway import Gateway
from yibao_sandbox.ledger import Declined, Order, Refund
from yibao_sandbox.notices import Notice, Parcel, Voice

PROTOCOL = "alipay"
SLOW_SECONDS = 15
PAUSES = (240, 600, 600, 3600, 7200, 21600, 54000)
UNPAID_REFERENCE = "42000000000000000000000000"  # in a lie about an order that nobody paid
OPENED = {"alipay.trade.page.pay": "page", "alipay.trade.wap.pay": "wap"}
WORDS = {
    "ORDER_NOT_FOUND": "ACQ.TRADE_NOT_EXIST",
    "REFUND_NOT_FOUND": "ACQ.TRADE_NOT_EXIST",
    "ORDER_PAID": "ACQ.TRADE_HAS_SUCCESS",
    "ORDER_CLOSED": "ACQ.TRADE_HAS_CLOSE",
    "NUMBER_REUSED": "ACQ.CONTEXT_INCONSISTENT",
    "NOT_PAID": "ACQ.TRADE_STATUS_ERROR",
    "NOT_ENOUGH": "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
    "REFUND_NUMBER_REUSED": "ACQ.DISCORDANT_REPEAT_REQUEST",
    "BILL_NOT_READY": "isp.bill_not_exist",
    "NO_BILL": "isp.bill_not_exist",
    "PARAM_ERROR": "ACQ.INVALID_PARAMETER",
}
STATES = {"NOTPAY": "WAIT_BUYER_PAY", "SUCCESS": "TRADE_SUCCESS", "CLOSED": "TRADE_CLOSED"}


def answer(gateway: Gateway, request: Request) -> Answer:
    """Check who asks, do it, sign what came of it."""
    if gateway.faults.on("error_500"):
        return Answer(500, b"Internal Server Error")
    if gateway.faults.on("error_429"):
        return Answer(429, b"Too Many Requests")
    asked = request.form if request.method == "POST" else request.query
    method = asked.get("method", "")
    known = genuine(gateway.alipay, asked)
    if method in OPENED:
        if not known:
            return pages.message("签名验证失败，请回到原页面重新发起支付", 400)
        return to(f"/cashier/{_opened(gateway, asked, OPENED[method]).token}")
    name = f"{method.replace('.', '_')}_response"
    if not known:
        said = {"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.invalid-signature"}
        return Answer(200, json.dumps({name: said}).encode(), "application/json")
    try:
        content = read_object(asked.get("biz_content", "").encode())
        number = str(content.get("out_trade_no", ALL))
        said = {"code": "10000", "msg": "Success"} | _do(gateway, method, asked, content)
    except Declined as no:
        number = str(asked.get("biz_content", "")) and _number_in(asked["biz_content"])
        code = WORDS.get(no.code, no.code)
        said = {"code": "40004", "msg": "Business Failed", "sub_code": code, "sub_msg": no.message}
    inner = json.dumps(said, ensure_ascii=False)
    if gateway.faults.on("unsigned", number):
        return Answer(200, f'{{"{name}":{inner}}}'.encode(), "application/json")
    spoilt = gateway.faults.on("bad_signature", number)
    signer = gateway.alipay.forger if spoilt else gateway.alipay.platform
    told = f'{{"{name}":{inner},"sign":"{sign(signer, inner)}"}}'
    return Answer(200, told.encode(), "application/json")


def _do(gateway: Gateway, method: str, asked: dict[str, str], content: Said) -> Said:
    act = METHODS.get(method)
    if act is None:
        code, message = "isv.invalid-method", "没有这个接口"
        raise Declined(code, message, 404)
    return act(gateway, asked, content)


def _number_in(content: str) -> str:
    found = re.search(rf'"out_trade_no":"({NUMBER})"', content, re.ASCII)
    return found[1] if found else ALL


def _opened(gateway: Gateway, asked: dict[str, str], way: str) -> Order:
    """The order behind a page that a payer opens, perhaps for the second time."""
    content = read_object(asked.get("biz_content", "").encode())
    try:
        return _created(gateway, asked, content, way)
    except Declined as no:
        if no.code not in ("ORDER_PAID", "ORDER_CLOSED"):
            raise
        return gateway.ledger.order(fields.text(content, "out_trade_no", NUMBER), PROTOCOL)


def _created(gateway: Gateway, asked: dict[str, str], content: Said, way: str) -> Order:
    back = fields.address(dict(asked), "return_url") if way != "qr" else ""
    return gateway.ledger.create(
        Order(
            number=fields.text(content, "out_trade_no", NUMBER),
            merchant=gateway.alipay.seller,
            amount=fen(content, "total_amount"),
            subject=fields.text(content, "subject", r"[^/=&]{1,256}"),
            notify_url=fields.address(dict(asked), "notify_url"),
            return_url=back,
            expires_at=moment(content, "time_expire"),
            protocol=PROTOCOL,
            way=way,
        )
    )


def precreate(gateway: Gateway, asked: dict[str, str], content: Said) -> Said:
    """A code for a desktop's page."""
    order = _created(gateway, asked, content, "qr")
    if gateway.faults.on("slow_create", order.number):
        time.sleep(SLOW_SECONDS * gateway.pace)
    return {"out_trade_no": order.number, "qr_code": gateway.cashier(order)}


def query(gateway: Gateway, _asked: dict[str, str], content: Said) -> Said:
    """How a trade stands."""
    order = gateway.ledger.order(fields.text(content, "out_trade_no", NUMBER), PROTOCOL)
    said = {
        "out_trade_no": order.number,
        "trade_no": order.reference or f"2026{order.created_at:024d}",
        "trade_status": _state(gateway, order),
        "total_amount": yuan(order.amount),
        "buyer_logon_id": order.payer,
    }
    return said | ({"send_pay_date": clock(order.paid_at)} if order.paid_at else {})


def close(gateway: Gateway, _asked: dict[str, str], content: Said) -> Said:
    """Close a trade that waits; any other is refused."""
    number = fields.text(content, "out_trade_no", NUMBER)
    if gateway.ledger.order(number, PROTOCOL).state != "NOTPAY":
        raise _not_open()
    try:
        order = gateway.close(number, PROTOCOL)
    except Declined:  # paid in this very moment
        raise _not_open() from None
    return {"out_trade_no": order.number}


def refund(gateway: Gateway, _asked: dict[str, str], content: Said) -> Said:
    """Pay back; `refund_fee` is the sum of all refunds of the trade."""
    number = fields.text(content, "out_trade_no", NUMBER)
    order = gateway.ledger.order(number, PROTOCOL)
    wanted = Refund(
        refund_number=fields.text(content, "out_request_no", NUMBER),
        number=number,
        amount=fen(content, "refund_amount"),
        reason=fields.text(content, "refund_reason", r".{1,256}"),
    )
    known = {known.refund_number for known in gateway.ledger.refunds(number)}
    given = gateway.give_back(wanted, order.amount, PROTOCOL)
    if given.state != "SUCCESS":
        code, message = "ACQ.BUYER_ERROR", "买家账户状态异常，退款失败"
        raise Declined(code, message)
    return {
        "out_trade_no": number,
        "trade_no": order.reference,
        "buyer_logon_id": order.payer,
        "fund_change": "N" if given.refund_number in known else "Y",
        "refund_fee": yuan(gateway.ledger.refunded(number)),
        "gmt_refund_pay": clock(given.refunded_at),
    }


def query_refund(gateway: Gateway, _asked: dict[str, str], content: Said) -> Said:
    """How a refund stands; of one that never happened nothing is said."""
    number = fields.text(content, "out_trade_no", NUMBER)
    order = gateway.ledger.order(number, PROTOCOL)
    wanted = fields.text(content, "out_request_no", NUMBER)
    for given in gateway.ledger.refunds(number):
        if given.refund_number == wanted and given.state == "SUCCESS":
            return {
                "out_trade_no": number,
                "trade_no": order.reference,
                "out_request_no": wanted,
                "refund_amount": yuan(given.amount),
                "total_amount": yuan(order.amount),
                "refund_status": "REFUND_SUCCESS",
                "gmt_refund_pay": clock(given.refunded_at),
            }
    return {}


def voice(gateway: Gateway) -> Voice:
    """How payments and refunds are told: a signed form, until exactly `success` comes back."""

    def write(order: Order, returned: Refund | None, notice: Notice) -> Parcel:
        told = _told(gateway, order, returned, notice)
        forged = notice.fault == "forged"
        signer = gateway.alipay.forger if forged else gateway.alipay.platform
        told |= {"sign_type": "RSA2", "sign": sign(signer, signing_text(told))}
        form = "application/x-www-form-urlencoded; charset=utf-8"
        return Parcel(urlencode(told).encode(), {"Content-Type": form})

    return Voice(write, _is_yes, PAUSES, tells_of_refunds=("SUCCESS",))


def _told(
    gateway: Gateway, order: Order, returned: Refund | None, notice: Notice
) -> dict[str, str]:
    stale, odd = notice.fault == STALE, notice.fault == "wrong_merchant"
    told = {
        "notify_id": notice.event,
        "notify_time": clock(time.time()),
        "notify_type": "trade_status_sync",
        "charset": "utf-8",
        "version": "1.0",
        "app_id": gateway.alipay.app,
        "seller_id": "2088000000000009" if odd else order.merchant,
        "out_trade_no": order.number,
        "trade_no": order.reference or UNPAID_REFERENCE,
        "trade_status": "WAIT_BUYER_PAY" if stale else "TRADE_SUCCESS",
        "total_amount": yuan(order.amount + (1 if notice.fault == "wrong_amount" else 0)),
        "subject": order.subject,
        "buyer_logon_id": order.payer,
    }
    if not stale:
        told["gmt_payment"] = clock(order.paid_at or time.time())
    if returned:
        told |= {
            "trade_status": _state(gateway, order),
            "out_biz_no": returned.refund_number,
            "refund_fee": yuan(gateway.ledger.refunded(order.number)),
            "gmt_refund": clock(returned.refunded_at or time.time()),
        }
    return told


def _state(gateway: Gateway, order: Order) -> str:
    """What is refunded in full is closed, in Alipay's words."""
    all_back = order.amount == gateway.ledger.refunded(order.number)
    return STATES["CLOSED" if all_back else order.state]


def _not_open() -> Declined:
    return Declined("ACQ.TRADE_STATUS_ERROR", "交易状态不允许关闭")


def _is_yes(answer: httpx.Response) -> bool:
    return answer.content == b"success"


METHODS: dict[str, Callable[[Gateway, dict[str, str], Said], Said]] = {
    "alipay.trade.precreate": precreate,
    "alipay.trade.query": query,
    "alipay.trade.close": close,
    "alipay.trade.refund": refund,
    "alipay.trade.fastpay.refund.query": query_refund,
    "alipay.data.dataservice.bill.downloadurl.query": alipay_bill.where,
}
