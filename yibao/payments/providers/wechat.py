"""WeChat Pay API v3 (微信支付): Native codes on the desktop, H5 on the phone, JSAPI inside of WeChat.

The folder of YIBAO_WECHAT holds channel.toml (merchant, app, serial), merchant.key
(apiclient_key.pem), apiv3.key and platform/*.pem: certificates, or public keys named by their id
(PUB_KEY_ID_….pem). For JSAPI also official (AppID of the 公众号) and official.secret.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, urlencode, urlsplit

import httpx
from django.conf import settings
from django.utils.timezone import localtime

from yibao.payments.providers import wechat_bills, wechat_jsapi, wechat_words, wire
from yibao.payments.providers.base import (
    Acknowledgement,
    AlreadyPaid,
    Bridge,
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
    StatementLine,
    StatementNotReady,
    Way,
    from_fen,
    to_fen,
)
from yibao.payments.providers.calling import Caller
from yibao.payments.providers.folders import Folder
from yibao.payments.providers.wechat_line import KNOWN, Line, account_of
from yibao.payments.providers.wire import Unreadable, text_of

GATEWAY = "https://api.mch.weixin.qq.com"
LARGEST_BILL = 64 * 1024 * 1024
LONGEST_SUBJECT = 127
NOT_THERE = {"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS", "NOT_FOUND"}
CLOSED_THERE = {"ORDERCLOSED", "ORDER_CLOSED"}


class WeChatPay(Provider):
    """微信支付."""

    label: ClassVar[str] = "微信支付"
    opens_in_wechat: ClassVar[bool] = False  # its H5 pages are for other browsers
    codes: ClassVar[str] = r"weixin://.{1,500}"
    pages: ClassVar[str] = r"https://wx\.tenpay\.com/.{1,500}"

    def __init__(
        self,
        folder: Path | None = None,
        caller: Caller | None = None,
        people: Caller | None = None,
    ) -> None:
        """Raises `ImproperlyConfigured` with what its folder lacks; `people` is asked who pays."""
        self._folder, self._consent = folder, wechat_jsapi.CONSENT
        self._caller, self._people = caller or Caller(GATEWAY), people or Caller(wechat_jsapi.API)
        _ = self._line  # now, and not when the first student pays

    @cached_property
    def _line(self) -> Line:
        folder = self._folder or Path(settings.PAYMENT_FOLDERS["wechat"])
        return Line(account_of(Folder(folder, KNOWN)), self._caller)

    def who_pays(self, device: Device, back: str, state: str) -> str:
        """An order on a page inside of WeChat is made for somebody; elsewhere it is for anybody."""
        official = self._line.account.official
        if device is not Device.WECHAT or not official:
            return ""
        return wechat_jsapi.consent_address(self._consent, official, back, state)

    def payer_of(self, code: str) -> str:
        """The openid."""
        account = self._line.account
        if not re.fullmatch(wechat_jsapi.CODE, code, re.ASCII):
            raise GatewayRefused("40029", "no code")
        return wechat_jsapi.openid_of(self._people, account.official, account.official_secret, code)

    def start(self, charge: Charge, device: Device) -> Way:
        """Create the order: to be scanned from a desktop, an H5 page for a phone's browser.

        Inside of WeChat our own page asks for the money, if it is known who is there.
        """
        account = self._line.account
        asked: dict[str, Any] = {
            "appid": account.app,
            "mchid": account.merchant,
            "description": charge.subject[:LONGEST_SUBJECT],
            "out_trade_no": charge.number,
            "time_expire": localtime(charge.expires_at).isoformat(timespec="seconds"),
            "notify_url": charge.notify_url,
            "amount": {"total": to_fen(charge.amount), "currency": "CNY"},
        }
        if device is Device.DESKTOP:
            said = self._line.ask("POST", "/v3/pay/transactions/native", asked)
            return self._code(self._text(said, "code_url", self.codes))
        if device is Device.WECHAT and account.official and charge.payer:
            asked |= {"appid": account.official, "payer": {"openid": charge.payer}}
            said = self._line.ask("POST", "/v3/pay/transactions/jsapi", asked)
            prepay_id = self._text(said, "prepay_id", r"[0-9A-Za-z_-]{1,64}")
            return Bridge(wechat_jsapi.package(account.key, account.official, prepay_id))
        h5_info = {"type": "Wap"}
        asked["scene_info"] = {"payer_client_ip": charge.payer_ip, "h5_info": h5_info}
        said = self._line.ask("POST", "/v3/pay/transactions/h5", asked)
        url = self._text(said, "h5_url", self.pages)
        return Redirect(f"{url}&{urlencode({'redirect_url': charge.return_url})}")

    def _code(self, content: str) -> QrCode:
        return QrCode(content)

    def read_callback(self, body: bytes, headers: Mapping[str, str]) -> Receipt | RefundReceipt:
        """A notice, proven on its raw bytes, opened with the APIv3 key and read; never calls out."""
        self._line.prove(body, {name.lower(): value for name, value in headers.items()})
        try:
            told = wire.read_object(body)
            event_id = text_of(told, "id", r"[0-9A-Za-z-]{1,64}")
            content = self._line.open(told.get("resource"))
            if "refund_status" in content:
                return wechat_words.refund_notice(content, event_id, self._line.misfit(content))
            misfit = self._line.misfit(content) or wechat_words.foreign_money(content)
            return wechat_words.receipt(content, event_id=event_id, misfit=misfit)
        except Unreadable as error:
            raise NoticeUnreadable(str(error)) from None

    def acknowledge(self) -> Acknowledgement:
        """What ends the gateway's repeating."""
        return Acknowledgement(200, b'{"code":"SUCCESS"}', "application/json")

    def query(self, number: str) -> Receipt:
        """How the order stands."""
        who = urlencode({"mchid": self._line.account.merchant})
        try:
            said = self._line.ask("GET", f"{_order(number)}?{who}")
        except GatewayRefused as no:
            if no.code in NOT_THERE:
                return Receipt(number, "", from_fen(0), PaidState.ABSENT)
            if no.code in CLOSED_THERE:
                return Receipt(number, "", from_fen(0), PaidState.CLOSED)
            raise
        try:
            misfit = self._line.misfit(said) or wechat_words.foreign_money(said)
            receipt = wechat_words.receipt(said, misfit=misfit)
        except Unreadable as error:
            raise GatewayUnavailable(str(error)) from None
        if receipt.number != number:
            message = "an answer about another order"
            raise GatewayUnavailable(message)
        return receipt

    def close(self, number: str) -> Receipt:
        """Close the order, or say that it is paid."""
        try:
            self._line.ask(
                "POST", f"{_order(number)}/close", {"mchid": self._line.account.merchant}
            )
        except AlreadyPaid:
            return self.query(number)
        except GatewayRefused as no:
            if no.code in NOT_THERE:
                return Receipt(number, "", from_fen(0), PaidState.ABSENT)
            if no.code not in CLOSED_THERE:
                raise
        # Closing twice is answered like closing once; what counts is how it stands now.
        return self.query(number)

    def refund(self, refund: RefundCharge) -> RefundReceipt:
        """Pay back."""
        asked = {
            "out_trade_no": refund.number,
            "out_refund_no": refund.refund_number,
            "reason": refund.reason[:80],
            "amount": {
                "refund": to_fen(refund.amount),
                "total": to_fen(refund.total),
                "currency": "CNY",
            },
        }
        if refund.notify_url:
            asked["notify_url"] = refund.notify_url
        said = self._line.ask("POST", "/v3/refund/domestic/refunds", asked)
        return wechat_words.refund_answer(said, refund)

    def query_refund(self, refund: RefundCharge) -> RefundReceipt:
        """How the refund stands."""
        path = f"/v3/refund/domestic/refunds/{quote(refund.refund_number, safe='')}"
        try:
            return wechat_words.refund_answer(self._line.ask("GET", path), refund)
        except GatewayRefused as no:
            if no.code not in NOT_THERE:
                raise
            return RefundReceipt(
                refund.number, refund.refund_number, "", refund.amount, RefundState.ABSENT
            )

    def statement(self, day: date) -> Iterable[StatementLine]:
        """The bill of a day; there by ten o'clock of the next."""
        asked = urlencode({"bill_date": day.isoformat(), "bill_type": "ALL", "tar_type": "GZIP"})
        try:
            said = self._line.ask("GET", f"/v3/bill/tradebill?{asked}")
        except GatewayRefused as no:
            if no.code == "NO_STATEMENT_EXIST":
                return []
            if no.code == "STATEMENT_CREATING":
                raise StatementNotReady(str(no)) from None
            raise
        url = urlsplit(self._text(said, "download_url", r"https?://.{1,2000}"))
        # The bill itself comes unsigned: what proves it is the hash in the signed answer.
        path = f"{url.path}?{url.query}"
        answer = self._line.call("GET", path, b"", largest=LARGEST_BILL)
        if answer.status != httpx.codes.OK:
            message = f"the bill's download answered {answer.status}"
            raise GatewayUnavailable(message)
        try:
            expected = text_of(said, "hash_value", r"[0-9A-Fa-f]{40}")
            return wechat_bills.read(answer.body, expected, merchant=self._line.account.merchant)
        except Unreadable as error:
            message = f"a bill that cannot be read: {error}"
            raise GatewayUnavailable(message) from None

    def read_statement(self, content: bytes) -> Iterable[StatementLine]:
        """交易账单 as the merchant platform hands it out, packed or not."""
        return wechat_bills.read_uploaded(content, merchant=self._line.account.merchant)

    @staticmethod
    def _text(said: dict[str, Any], name: str, pattern: str) -> str:
        try:
            return text_of(said, name, pattern)
        except Unreadable as error:
            raise GatewayUnavailable(str(error)) from None


def _order(number: str) -> str:
    return f"/v3/pay/transactions/out-trade-no/{quote(number, safe='')}"
