"""The payer's side of the gateway: the cashier page, on the phone first.

The address of the page holds the order's token and is all a payer needs; phone and password are
a play: any phone, any six digits. Nothing typed is kept except the masked phone. What was typed
wrong goes back with the payer's own browser, once, so that every form is answered by a redirect and
the browser's back button never asks to send one again.
"""

import io
import re
from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlencode

import segno

from yibao_sandbox.exchange import Answer, Request, to
from yibao_sandbox.gateway import Gateway
from yibao_sandbox.ledger import SHANGHAI, Declined, Order
from yibao_sandbox.pages import GUARDS, Html, fragment, page, yuan

EMPTY_ACCOUNT = "000000"
HEADINGS = {
    "campus": ("手机支付账户付款", "开通支付账户的手机号"),
    "wechat": ("用微信支付", "微信绑定的手机号"),
    "alipay": ("用支付宝支付", "支付宝绑定的手机号"),
}
WRONG_PASSWORD = "111111"  # noqa: S105 a rule of the play
FAULTS = {
    "phone": "手机号应为 11 位数字，请检查后重新填写",
    "digits": "支付密码为 6 位数字",
    "empty": "账户余额不足，未扣款。请换一个账户，或充值后再付",
    "password": "支付密码错误，未扣款，请重新输入",
}
SLIP = "slip"  # the cookie that carries a fault and the phone to the next page
LONGEST_PHONE = 40


def show(gateway: Gateway, request: Request, token: str) -> Answer:
    """The page of an order, as the order stands."""
    order = gateway.ledger.order_of(token)
    phone, fault = _slip(request)
    answer = _page(gateway, order, phone=phone, fault=FAULTS.get(fault, ""))
    if fault:
        answer.headers["Set-Cookie"] = _cookie(token, "", seconds=0)  # said once
    return answer


def pay(gateway: Gateway, request: Request, token: str) -> Answer:
    """The payer confirms. Whatever comes of it, the page of the order says so."""
    order, there = gateway.ledger.order_of(token), to(f"/cashier/{token}")
    if order.state != "NOTPAY":
        return there
    typed = request.form.get("phone", "")
    phone = re.sub(r"[\s-]", "", typed)
    fault = _why_not(phone, request.form.get("password", ""))
    if fault:
        told = urlencode({"fault": fault, "phone": typed[:LONGEST_PHONE]})
        there.headers["Set-Cookie"] = _cookie(token, told, seconds=60)
        return there
    try:
        gateway.take(token, f"{phone[:3]}****{phone[-4:]}")
    except Declined:
        return there  # closed or paid in this very moment
    return there


def state(gateway: Gateway, _request: Request, token: str) -> Answer:
    """The bare state, for the page that waits for a phone."""
    order = gateway.ledger.order_of(token)
    return Answer(200, order.state.encode(), headers=dict(GUARDS))


def qr_code(gateway: Gateway, _request: Request, token: str) -> Answer:
    """The address of the page as a QR code."""
    order = gateway.ledger.order_of(token)
    drawing = io.BytesIO()
    segno.make(gateway.cashier(order), error="m").save(drawing, kind="svg", border=0, omitsize=True)
    return Answer(200, drawing.getvalue(), "image/svg+xml", dict(GUARDS))


def _why_not(phone: str, password: str) -> str:
    if not re.fullmatch(r"1[3-9]\d{9}", phone, re.ASCII):
        return "phone"
    if not re.fullmatch(r"\d{6}", password, re.ASCII):
        return "digits"
    if password == EMPTY_ACCOUNT:
        return "empty"
    if password == WRONG_PASSWORD:
        return "password"
    return ""


def _cookie(token: str, value: str, *, seconds: int) -> str:
    return f"{SLIP}={value}; Path=/cashier/{token}; Max-Age={seconds}; HttpOnly; SameSite=Lax"


def _slip(request: Request) -> tuple[str, str]:
    """The phone and the fault that came back with the browser."""
    try:
        slip = SimpleCookie(request.headers.get("Cookie", "")).get(SLIP)
    except CookieError:
        slip = None
    told = parse_qs(slip.value if slip else "")
    return told.get("phone", [""])[0][:LONGEST_PHONE], told.get("fault", [""])[0]


def _page(gateway: Gateway, order: Order, *, phone: str = "", fault: str = "") -> Answer:
    about = {
        "merchant": gateway.merchant_name,
        "amount": yuan(order.amount),
        "subject": order.subject,
        "number": order.number,
        "token": order.token,
    }
    look = order.protocol
    if order.state == "SUCCESS":
        done = {"reference": order.reference, "payer": order.payer}
        back = _back(order, "back.html", "已付款，可以关闭本页，回到原来的页面查看结果")
        paid_at = moment(order.paid_at)
        content = fragment("success.html", paid_at=paid_at, back=back, **done, **about)
        return page("支付成功", content, look=look)
    if order.state == "CLOSED":
        back = _back(order, "back.html", "可以关闭本页，回到原来的页面")
        return page("订单已关闭", fragment("closed.html", back=back, **about), look=look)
    heading, placeholder = HEADINGS[look]
    form = {"phone": phone, "until": moment(order.expires_at)[:16]}
    why = fragment("fault.html", fault=fault) if fault else Html()
    back = _back(order, "back_later.html", "暂不支付，关闭本页即可")
    form |= {"heading": heading, "placeholder": placeholder}
    content = fragment("cashier.html", fault=why, back=back, **form, **about)
    return page("收银台", content, look=look)


def _back(order: Order, template: str, words: str) -> Html:
    """The way back, where the merchant's page is on the same screen."""
    if order.return_url:
        return fragment(template, return_url=order.return_url)
    return fragment("back_there.html", words=words)


def moment(seconds: int) -> str:
    """A moment in Shanghai, to the second."""
    return f"{datetime.fromtimestamp(seconds, SHANGHAI):%Y-%m-%d %H:%M:%S}"
