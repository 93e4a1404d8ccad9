"""Alipay (支付宝): its page on the desktop, its wap page on the phone, or a code to scan.

Signed with RSA2 as in the gateway's documentation. The folder of YIBAO_ALIPAY holds channel.toml
(app, seller, and desktop = "page" or "qr"), app_private.key and alipay_public.key; both keys as
PEM or as the bare base64 that Alipay's own tool writes.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from django.conf import settings
from django.utils.timezone import localdate, now

from yibao.payments.providers import alipay_bills, wire
from yibao.payments.providers.base import (
    Acknowledgement,
    AlreadyPaid,
    Charge,
    Device,
    GatewayRefused,
    GatewayUnavailable,
    NoticeUnreadable,
    PaidState,
    Provider,
    QrCode,
    Receipt,
    Redirect,
    RefundCharge,
    RefundReceipt,
    RefundState,
    SignatureInvalid,
    StatementLine,
    StatementNotReady,
    Way,
    to_fen,
)
from yibao.payments.providers.calling import Caller
from yibao.payments.providers.folders import Folder
from yibao.payments.providers.wire import CHINA, CLOCK, Unreadable, clock_of, text_of

GATEWAY = "https://openapi.alipay.com"
PATH = "/gateway.do"
BILL_HOSTS = re.compile(r"[a-z0-9-]+\.alipay\.com", re.ASCII)
KNOWN = {"app": r"\d{16}", "seller": r"2088\d{12}", "desktop": r"(page|qr)?"}
FORM = "application/x-www-form-urlencoded;charset=utf-8"
LARGEST_BILL = 64 * 1024 * 1024
BILLS_READY = 10  # o'clock of the next day
NUMBER = r"[0-9A-Za-z_-]{1,64}"
NOTHING = Decimal("0.00")
OK_CODE = "10000"
TROUBLES = ("system_error", "system-error", "unknow-error")  # the last one is how it is spelt
PAID_ALREADY = {"ACQ.TRADE_HAS_SUCCESS", "ACQ.TRADE_HAS_FINISHED"}
NOT_THERE = "ACQ.TRADE_NOT_EXIST"
NO_LONGER_OPEN = {"ACQ.REASON_TRADE_STATUS_INVALID", "ACQ.TRADE_STATUS_ERROR"}
STATES = {
    "WAIT_BUYER_PAY": PaidState.PENDING,
    "TRADE_SUCCESS": PaidState.PAID,
    "TRADE_FINISHED": PaidState.PAID,
    "TRADE_CLOSED": PaidState.CLOSED,
}


class Account(NamedTuple):
    """A merchant of Alipay; `scans`: a desktop shows a code of ours instead of Alipay's page."""

    app: str
    seller: str
    scans: bool
    key: RSAPrivateKey
    alipay: RSAPublicKey


class Alipay(Provider):
    """支付宝."""

    label: ClassVar[str] = "支付宝"
    opens_in_wechat: ClassVar[bool] = False
    codes: ClassVar[str] = r"https://qr\.alipay\.com/.{1,200}"

    def __init__(
        self,
        folder: Path | None = None,
        caller: Caller | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Raises `ImproperlyConfigured` with what its folder lacks."""
        self._folder, self._transport = folder, transport
        self._caller = caller or Caller(GATEWAY, transport=transport)
        self._pages = GATEWAY
        _ = self._account  # now, and not when the first student pays

    @cached_property
    def _account(self) -> Account:
        files = Folder(self._folder or Path(settings.PAYMENT_FOLDERS["alipay"]), KNOWN)
        said = files.settings
        key, alipay = files.private_key("app_private.key"), files.public_key("alipay_public.key")
        return Account(said["app"], said["seller"], said["desktop"] == "qr", key, alipay)

    def start(self, charge: Charge, device: Device) -> Way:
        """The address of Alipay's page; nothing is created there before the payer arrives."""
        trade = {
            "out_trade_no": charge.number,
            "total_amount": _yuan(charge.amount),
            "subject": re.sub(r"[/=&]", " ", charge.subject)[:256],
            "time_expire": charge.expires_at.astimezone(CHINA).strftime(CLOCK),
        }
        where = {"notify_url": charge.notify_url}
        if device is Device.DESKTOP and self._account.scans:
            said = self._ask("alipay.trade.precreate", trade, **where)
            return self._code(self._text(said, "qr_code", self.codes))
        where["return_url"] = charge.return_url
        if device is Device.DESKTOP:
            trade["product_code"] = "FAST_INSTANT_TRADE_PAY"
            asked = self._signed("alipay.trade.page.pay", trade, **where)
        else:
            trade |= {"product_code": "QUICK_WAP_WAY", "quit_url": charge.return_url}
            asked = self._signed("alipay.trade.wap.pay", trade, **where)
        return Redirect(f"{self._pages}{PATH}?{urlencode(asked)}")

    def _code(self, content: str) -> QrCode:
        return QrCode(content)

    def read_callback(self, body: bytes, headers: Mapping[str, str]) -> Receipt:  # noqa: ARG002 - nothing of it is in the headers
        """A notice: a signed form; never calls out."""
        told = _form(body)
        signature = told.pop("sign", "")
        if told.pop("sign_type", "") != "RSA2" or told.get("charset", "utf-8").lower() != "utf-8":
            message = "not the kind of signature that was agreed"
            raise SignatureInvalid(message)
        self._prove_form(told, signature)
        try:
            return self._receipt(
                told, paid_at="gmt_payment", event_id=text_of(told, "notify_id", r"\w{1,128}")
            )
        except Unreadable as error:
            raise NoticeUnreadable(str(error)) from None

    def acknowledge(self) -> Acknowledgement:
        """Exactly these seven bytes end the repeating."""
        return Acknowledgement(200, b"success", "text/plain")

    def query(self, number: str) -> Receipt:
        """How the trade stands. ABSENT before the payer has been at the page."""
        try:
            said = self._ask("alipay.trade.query", {"out_trade_no": number})
        except GatewayRefused as no:
            if no.code != NOT_THERE:
                raise
            return Receipt(number, "", NOTHING, PaidState.ABSENT)
        try:
            receipt = self._receipt(said, paid_at="send_pay_date")
        except Unreadable as error:
            raise GatewayUnavailable(str(error)) from None
        if receipt.number != number:
            message = "an answer about another trade"
            raise GatewayUnavailable(message)
        return receipt

    def close(self, number: str) -> Receipt:
        """Close the trade, or say how it stands instead."""
        try:
            self._ask("alipay.trade.close", {"out_trade_no": number})
        except GatewayRefused as no:
            if no.code == NOT_THERE:
                return Receipt(number, "", NOTHING, PaidState.ABSENT)
            if no.code not in NO_LONGER_OPEN:
                raise
        return self.query(number)

    def refund(self, refund: RefundCharge) -> RefundReceipt:
        """Pay back. What it answers of the amount is the sum of all refunds of the trade."""
        asked = {
            "out_trade_no": refund.number,
            "out_request_no": refund.refund_number,
            "refund_amount": _yuan(refund.amount),
            "refund_reason": refund.reason[:256],
        }
        said = self._ask("alipay.trade.refund", asked)
        if said.get("out_trade_no") != refund.number:
            message = "an answer about another trade"
            raise GatewayUnavailable(message)
        if said.get("fund_change") == "Y":
            return self._refunded(refund, RefundState.DONE, said)
        return self.query_refund(refund)  # asked again for the same, or still under way

    def query_refund(self, refund: RefundCharge) -> RefundReceipt:
        """How the refund stands."""
        asked = {
            "out_trade_no": refund.number,
            "out_request_no": refund.refund_number,
            "query_options": ["gmt_refund_pay"],
        }
        try:
            said = self._ask("alipay.trade.fastpay.refund.query", asked)
        except GatewayRefused as no:
            if no.code != NOT_THERE:
                raise
            return self._refunded(refund, RefundState.ABSENT, {})
        if "out_request_no" not in said:
            return self._refunded(refund, RefundState.ABSENT, said)
        told = (said["out_request_no"], said.get("out_trade_no"), said.get("refund_amount"))
        if told != (refund.refund_number, refund.number, _yuan(refund.amount)):
            message = "an answer about another refund"
            raise GatewayUnavailable(message)
        # Alipay leaves the status out until the money has gone back.
        done = said.get("refund_status") == "REFUND_SUCCESS"
        state = RefundState.DONE if done else RefundState.PROCESSING
        return self._refunded(refund, state, said)

    def statement(self, day: date) -> Iterable[StatementLine]:
        """The bill of a day; there by ten o'clock of the next."""
        try:
            said = self._ask(
                "alipay.data.dataservice.bill.downloadurl.query",
                {"bill_type": "trade", "bill_date": day.isoformat()},
            )
        except GatewayRefused as no:
            if no.code != "isp.bill_not_exist":
                raise
            # One word for two things: not made yet, or a day without trade.
            made = now().astimezone(CHINA)
            ago = (localdate(made) - day).days
            if ago > 1 or (ago == 1 and made.hour >= BILLS_READY):
                return []
            raise StatementNotReady(str(no)) from None
        url = self._text(said, "bill_download_url", r"https?://.{1,2000}")
        try:
            return alipay_bills.read(self._download(url))
        except Unreadable as error:
            message = f"a bill that cannot be read: {error}"
            raise GatewayUnavailable(message) from None

    def read_statement(self, content: bytes) -> Iterable[StatementLine]:
        """业务明细 as the merchant platform hands it out."""
        return alipay_bills.read(content)

    def _download(self, url: str) -> bytes:
        """A file at an address that a signed answer named; only at Alipay's own hosts."""
        parts = urlsplit(url)
        line = self._bills_at(parts.netloc)
        if line is None:
            message = f"the bill is said to lie at {parts.netloc[:80]}"
            raise GatewayUnavailable(message)
        answer = line.ask("GET", f"{parts.path}?{parts.query}", headers={}, largest=LARGEST_BILL)
        if answer.status != httpx.codes.OK:
            message = f"the bill's download answered {answer.status}"
            raise GatewayUnavailable(message)
        return answer.body

    def _bills_at(self, host: str) -> Caller | None:
        if not BILL_HOSTS.fullmatch(host):
            return None
        return Caller(f"https://{host}", transport=self._transport)

    def _receipt(self, said: dict[str, Any], *, paid_at: str, event_id: str = "") -> Receipt:
        """A trade as a query or a notice tells it; raises `Unreadable`."""
        state = STATES.get(str(said.get("trade_status")), PaidState.UNKNOWN)
        moment = _moment(said, paid_at)
        if state is PaidState.CLOSED and moment:
            state = PaidState.PAID  # was paid and refunded in full since
        return Receipt(
            number=text_of(said, "out_trade_no", NUMBER),
            reference=text_of(said, "trade_no", r"\d{16,64}") if state is PaidState.PAID else "",
            amount=amount_of(said, "total_amount"),
            state=state,
            paid_at=moment,
            raw=said,
            event_id=event_id,
            misfit=self._misfit(said) if event_id else "",
        )

    def _misfit(self, told: dict[str, Any]) -> str:
        """Why a notice is not about us; answers name neither app nor seller, their key does."""
        if told.get("app_id") != self._account.app:
            return "渠道回执属于另一个应用"
        if told.get("seller_id") != self._account.seller:
            return "渠道回执属于另一个商户号"
        return ""

    @staticmethod
    def _refunded(refund: RefundCharge, state: RefundState, said: dict[str, Any]) -> RefundReceipt:
        try:
            moment = _moment(said, "gmt_refund_pay")
        except Unreadable as error:
            raise GatewayUnavailable(str(error)) from None
        reference = str(said.get("trade_no", ""))[:64]
        return RefundReceipt(
            refund.number, refund.refund_number, reference, refund.amount, state, moment, said
        )

    def _ask(self, method: str, content: dict[str, Any], **where: str) -> dict[str, Any]:
        """One signed question, one proven answer; raises the errors of `base`."""
        form = urlencode(self._signed(method, content, **where)).encode()
        answer = self._caller.ask("POST", PATH, body=form, headers={"Content-Type": FORM})
        try:
            said = self._proven(answer.body, f"{method.replace('.', '_')}_response")
        except (SignatureInvalid, Unreadable) as error:
            message = f"an answer that cannot be trusted: {error}"
            raise GatewayUnavailable(message) from None
        code, sub_code = str(said.get("code", "")), str(said.get("sub_code", ""))
        if code == OK_CODE:
            return said
        words = str(said.get("sub_msg", said.get("msg", "")))[:200]
        # 4xxxx is a no, unless it tells of the gateway's own troubles; 20000 and 10003 say nothing.
        if not code.startswith("4") or sub_code.lower().endswith(TROUBLES):
            message = f"{code} {sub_code}: {words}"
            raise GatewayUnavailable(message)
        raise (AlreadyPaid if sub_code in PAID_ALREADY else GatewayRefused)(sub_code or code, words)

    def _signed(self, method: str, content: dict[str, Any], **where: str) -> dict[str, str]:
        asked = {
            "app_id": self._account.app,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": now().astimezone(CHINA).strftime(CLOCK),
            "version": "1.0",
            "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
            **where,
        }
        return asked | {"sign": wire.sign(self._account.key, form_text(asked))}

    def _prove_form(self, told: dict[str, str], signature: str) -> None:
        """Whoever signs leaves empty fields out or in; both mean the same."""
        try:
            wire.verify(self._account.alipay, signature, form_text(told))
        except SignatureInvalid:
            wire.verify(self._account.alipay, signature, form_text(told, empty=True))

    def _proven(self, body: bytes, name: str) -> dict[str, Any]:
        """The object under `name`, signed as the very text that stands there."""
        said = wire.read_object(body)
        inner = said.get(name)
        if not isinstance(inner, dict):
            message = f"no {name}"
            raise Unreadable(message)
        text = body.decode()
        at = text.index(f'"{name}"') + len(name) + 2
        at = text.index("{", at)
        _, end = json.JSONDecoder().raw_decode(text, at)
        wire.verify(self._account.alipay, str(said.get("sign", "")), text[at:end].encode())
        return inner

    @staticmethod
    def _text(said: dict[str, Any], name: str, pattern: str) -> str:
        try:
            return text_of(said, name, pattern)
        except Unreadable as error:
            raise GatewayUnavailable(str(error)) from None


def form_text(fields: Mapping[str, str], *, empty: bool = False) -> bytes:
    """What the signature of a request or a notice covers: sorted, unquoted, without itself."""
    pairs = sorted((k, v) for k, v in fields.items() if k != "sign" and (v or empty))
    return "&".join(f"{key}={value}" for key, value in pairs).encode()


def amount_of(said: Mapping[str, Any], name: str) -> Decimal:
    """Yuan with two decimals; raises `Unreadable` for anything else."""
    return Decimal(text_of(dict(said), name, r"\d{1,6}\.\d{2}"))


def _yuan(amount: Decimal) -> str:
    fen = to_fen(amount)
    return f"{fen // 100}.{fen % 100:02d}"


def _moment(said: Mapping[str, Any], name: str) -> datetime | None:
    return clock_of(str(said[name])[:19]) if said.get(name) else None


def _form(body: bytes) -> dict[str, str]:
    """The fields of a notice; raises `NoticeUnreadable`."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True,
            errors="strict", max_num_fields=100,
        )  # fmt: skip
    except ValueError as error:
        raise NoticeUnreadable(str(error)) from None
    told = dict(pairs)
    if len(told) != len(pairs) or any("\0" in value for value in told.values()):
        message = "a field twice, or characters that cannot be stored"
        raise NoticeUnreadable(message)
    return told
