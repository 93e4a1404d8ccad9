"""The payer's side of the gateway: the cashier page, on the phone first.

The address of the page holds the order's token and is all a payer needs; phone and password are
a play: any phone, any six digits. Nothing typed is kept except the masked phone.
"""

import io
import re
from datetime import datetime

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


def show(gateway: Gateway, _request: Request, token: str) -> Answer:
    """The page of an order, as the order stands."""
    return _page(gateway, gateway.ledger.order_of(token))


def pay(gateway: Gateway, request: Request, token: str) -> Answer:
    """The payer confirms."""
    order = gateway.ledger.order_of(token)
    if order.state != "NOTPAY":
        return to(f"/cashier/{token}")
    phone = re.sub(r"[\s-]", "", request.form.get("phone", ""))
    fault = _why_not(phone, request.form.get("password", ""))
    if fault:
        return _page(gateway, order, phone=phone, fault=fault)
    try:
        gateway.take(token, f"{phone[:3]}****{phone[-4:]}")
    except Declined:
        return to(f"/cashier/{token}")  # closed or paid in this very moment: the page says so
    return to(f"/cashier/{token}")


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
        return "手机号应为 11 位数字，请检查后重新填写"
    if not re.fullmatch(r"\d{6}", password, re.ASCII):
        return "支付密码为 6 位数字"
    if password == EMPTY_ACCOUNT:
        return "账户余额不足，未扣款。请换一个账户，或充值后再付"
    if password == WRONG_PASSWORD:
        return "支付密码错误，未扣款，请重新输入"
    return ""


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
    return page("收银台", content, 422 if fault else 200, look)


def _back(order: Order, template: str, words: str) -> Html:
    """The way back, where the merchant's page is on the same screen."""
    if order.return_url:
        return fragment(template, return_url=order.return_url)
    return fragment("back_there.html", words=words)


def moment(seconds: int) -> str:
    """A moment in Shanghai, to the second."""
    return f"{datetime.fromtimestamp(seconds, SHANGHAI):%Y-%m-%d %H:%M:%S}"
