"""The tester's side of the gateway: orders, notices and the fault switches.

Only from this machine: a loopback client that names a loopback host and comes through no proxy,
so neither another machine nor a page in the tester's own browser can reach it.
"""

import json
from dataclasses import asdict
from urllib.parse import urlsplit

from yibao_sandbox import cashier
from yibao_sandbox.campus import order_said
from yibao_sandbox.exchange import Answer, Request, to
from yibao_sandbox.faults import ALL, GROUPS, NAMES, NOTICE_FAULTS, STALE
from yibao_sandbox.gateway import Gateway
from yibao_sandbox.ledger import Declined, Order
from yibao_sandbox.notices import Notice
from yibao_sandbox.pages import Html, fragment, page, yuan

SHOWN = 50
LOOPBACK = ("127.0.0.1", "localhost", "::1")
FOR_ALL = {
    "error_500",
    "error_429",
    "bill_today",
    "bill_late",
    "bill_extra",
    "bill_empty",
    "bill_torn",
}
STATES = {"NOTPAY": "待支付", "SUCCESS": "已支付", "CLOSED": "已关闭"}
OUTCOMES = {"": "待送达", "acknowledged": "已确认", "lost": "已丢失", "given up": "已放弃"}
PROTOCOLS = {"campus": "校园收银台", "wechat": "微信支付", "alipay": "支付宝"}
SENDABLE = {"": "真实", "forged": "伪造", "wrong_amount": "错金额", "wrong_merchant": "错商户"}


def refused(request: Request) -> bool:
    """Whether this is somebody from elsewhere."""
    host = urlsplit(f"//{request.headers.get('Host', '')}")
    origin = request.headers.get("Origin")
    foreign = origin is not None and urlsplit(origin).netloc != host.netloc
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    here = request.client in LOOPBACK and host.hostname in LOOPBACK
    return not here or foreign or forwarded


def show(gateway: Gateway, _request: Request) -> Answer:
    """The page."""
    on = gateway.faults.listed()
    groups = Html(
        "".join(
            fragment("control_group.html", title=title, rows=_rows(group, on))
            for title, group in GROUPS.items()
        )
    )
    orders = Html("".join(_order_row(gateway, order, on) for order in gateway.ledger.latest(SHOWN)))
    empty = (
        "" if orders else Html('<tr><td colspan="6">还没有订单：商户下单后会出现在这里</td></tr>')
    )
    options = Html("".join(_option(name) for name in NAMES if name not in FOR_ALL))
    content = fragment("control.html", groups=groups, options=options, orders=orders or empty)
    return page("沙箱控制台", content)


def told(gateway: Gateway, request: Request) -> Answer:
    """The same as JSON, for tests; with ?number= one order only."""
    number = request.query.get("number")
    shown = [gateway.ledger.order(number)] if number else gateway.ledger.latest(SHOWN)
    orders = [
        order_said(gateway, order)
        | {"protocol": order.protocol, "way": order.way, "buyer": order.buyer}
        | {"notices": [asdict(notice) for notice in gateway.courier.latest(order.number)]}
        for order in shown
    ]
    said = {"faults": gateway.faults.listed(), "orders": orders}
    return Answer(200, json.dumps(said, ensure_ascii=False).encode(), "application/json")


def switch(gateway: Gateway, request: Request) -> Answer:
    """Turn a fault on or off: name, number (* for all orders), on (1 or 0)."""
    name = request.form.get("name", "")
    number = request.form.get("number", "").strip() or ALL
    if name not in NAMES:
        code, message = "NO_SUCH_FAULT", "没有这个开关"
        raise Declined(code, message, 400)
    gateway.faults.switch(name, number, on=request.form.get("on") == "1")
    return to("/control")


def clear(gateway: Gateway, _request: Request) -> Answer:
    """All switches off."""
    gateway.faults.clear()
    return to("/control")


def send(gateway: Gateway, request: Request) -> Answer:
    """Send a notice about any order now, also a lie: number, fault ("" for a true one)."""
    order = gateway.ledger.order(request.form.get("number", ""))
    fault = request.form.get("fault", "")
    if fault not in SENDABLE:
        code, message = "NO_SUCH_FAULT", "没有这种通知"
        raise Declined(code, message, 400)
    if not _may_send(order, fault):
        code, message = "NOT_PAID", "订单未支付，只能发伪造的通知"
        raise Declined(code, message)
    gateway.courier.post(Notice(order.number, fault=fault))
    return to("/control")


def _option(name: str) -> Html:
    return fragment("control_option.html", name=name, label=NAMES[name][0])


def _rows(group: dict[str, tuple[str, str]], on: list[tuple[str, str]]) -> Html:
    return Html(
        "".join(
            fragment(
                "control_switch.html",
                name=name,
                label=label,
                words=words,
                state="on" if (ALL, name) in on else "off",
                turn="0" if (ALL, name) in on else "1",
                verb="关闭" if (ALL, name) in on else "打开",
            )
            for name, (label, words) in group.items()
        )
    )


def _order_row(gateway: Gateway, order: Order, on: list[tuple[str, str]]) -> Html:
    own = "、".join(NAMES[name][0] for number, name in on if number == order.number)
    notices = "；".join(
        f"{_kind(notice)}"
        f" {OUTCOMES[notice.outcome]}（{notice.attempts} 次{_last(notice.last_answer)}）"
        for notice in gateway.courier.latest(order.number)
    )
    return fragment(
        "control_order.html",
        number=order.number,
        token=order.token,
        subject=order.subject,
        protocol=PROTOCOLS[order.protocol],
        amount=yuan(order.amount),
        state=STATES[order.state],
        kind=order.state.lower(),
        created_at=cashier.moment(order.created_at),
        notices=notices or "—",
        faults=own,
        buttons=Html(
            "".join(
                fragment("control_notice.html", fault=fault, words=words)
                for fault, words in SENDABLE.items()
                if _may_send(order, fault)
            )
        ),
    )


def _may_send(order: Order, fault: str) -> bool:
    """Of what is not paid, only a forger tells."""
    return order.state == "SUCCESS" or fault == "forged"


def _kind(notice: Notice) -> str:
    if notice.fault == STALE:
        return "旧通知"
    if notice.refund:
        return "退款通知"
    return NOTICE_FAULTS[notice.fault][0] if notice.fault else "通知"


def _last(answer: str) -> str:
    return f"，最近答复 {answer}" if answer else ""
