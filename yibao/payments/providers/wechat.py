"""WeChat Pay API v3 (微信支付): Native codes on the desktop, H5 on the phone.

Signed requests, answers and notices as in the gateway's documentation, "APIv3 签名". The folder of
YIBAO_WECHAT holds channel.toml (merchant, app, serial), merchant.key (apiclient_key.pem), apiv3.key
and platform/*.pem: certificates, or public keys named by their id (PUB_KEY_ID_….pem).
"""

import base64
import binascii
import json
import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, urlencode, urlsplit

import httpx
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.timezone import localtime, now

from yibao.payments.providers import wechat_bills, wechat_words, wire
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
    from_fen,
    to_fen,
)
from yibao.payments.providers.calling import Answer, Caller
from yibao.payments.providers.folders import Folder
from yibao.payments.providers.wire import Unreadable, text_of

GATEWAY = "https://api.mch.weixin.qq.com"
SCHEME = "WECHATPAY2-SHA256-RSA2048"
KNOWN = {"merchant": r"\d{8,12}", "app": r"wx[0-9a-z]{8,24}", "serial": r"[0-9A-F]{16,64}"}
LARGEST_BILL = 64 * 1024 * 1024
LONGEST_SUBJECT = 127
PAID_ALREADY = {"ORDERPAID", "ORDER_PAID"}
NOT_THERE = {"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS", "NOT_FOUND"}
CLOSED_THERE = {"ORDERCLOSED", "ORDER_CLOSED"}
# The gateway's own troubles, told as refusals: whether it did something is not said.
UNDECIDED = {"SYSTEM_ERROR", "SYSTEMERROR", "FREQUENCY_LIMITED", "BANK_ERROR", "SIGN_ERROR"}


class WeChatPay(Provider):
    """微信支付."""

    label: ClassVar[str] = "微信支付"

    def __init__(self, folder: Path | None = None, caller: Caller | None = None) -> None:
        """Raises `ImproperlyConfigured` with what its folder lacks."""
        files = Folder(folder or Path(settings.PAYMENT_FOLDERS["wechat"]), KNOWN)
        self._merchant, self._app = files.settings["merchant"], files.settings["app"]
        self._serial = files.settings["serial"]
        self._key = files.private_key("merchant.key")
        self._secret = AESGCM(files.secret("apiv3.key", 32))
        self._platform = files.platform_keys("platform")
        self._caller = caller or Caller(GATEWAY)

    def start(self, charge: Charge, device: Device) -> Redirect | QrCode:
        """Create the order: an H5 page for a phone's browser, a code to scan for a desktop."""
        asked: dict[str, Any] = {
            "appid": self._app,
            "mchid": self._merchant,
            "description": charge.subject[:LONGEST_SUBJECT],
            "out_trade_no": charge.number,
            "time_expire": localtime(charge.expires_at).isoformat(timespec="seconds"),
            "notify_url": charge.notify_url,
            "amount": {"total": to_fen(charge.amount), "currency": "CNY"},
        }
        if device is Device.DESKTOP:
            said = self._ask("POST", "/v3/pay/transactions/native", asked)
            return QrCode(self._text(said, "code_url", r"weixin://.{1,500}"))
        h5_info = {"type": "Wap"}
        asked["scene_info"] = {"payer_client_ip": charge.payer_ip, "h5_info": h5_info}
        said = self._ask("POST", "/v3/pay/transactions/h5", asked)
        url = self._text(said, "h5_url", r"https://wx\.tenpay\.com/.{1,500}")
        return Redirect(f"{url}&{urlencode({'redirect_url': charge.return_url})}")

    def read_callback(self, body: bytes, headers: Mapping[str, str]) -> Receipt | RefundReceipt:
        """A notice, proven on its raw bytes, opened with the APIv3 key and read; never calls out."""
        self._prove(body, {name.lower(): value for name, value in headers.items()})
        try:
            told = wire.read_object(body)
            event_id = text_of(told, "id", r"[0-9A-Za-z-]{1,64}")
            content = self._open(told.get("resource"))
            if "refund_status" in content:
                return wechat_words.refund_notice(content, event_id, self._misfit(content))
            misfit = self._misfit(content) or wechat_words.foreign_money(content)
            return wechat_words.receipt(content, event_id=event_id, misfit=misfit)
        except Unreadable as error:
            raise NoticeUnreadable(str(error)) from None

    def acknowledge(self) -> Acknowledgement:
        """What ends the gateway's repeating."""
        return Acknowledgement(200, b'{"code":"SUCCESS"}', "application/json")

    def query(self, number: str) -> Receipt:
        """How the order stands."""
        who = urlencode({"mchid": self._merchant})
        try:
            said = self._ask("GET", f"{_order(number)}?{who}")
        except GatewayRefused as no:
            if no.code in NOT_THERE:
                return Receipt(number, "", from_fen(0), PaidState.ABSENT)
            if no.code in CLOSED_THERE:
                return Receipt(number, "", from_fen(0), PaidState.CLOSED)
            raise
        try:
            misfit = self._misfit(said) or wechat_words.foreign_money(said)
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
            self._ask("POST", f"{_order(number)}/close", {"mchid": self._merchant})
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
        said = self._ask("POST", "/v3/refund/domestic/refunds", asked)
        return wechat_words.refund_answer(said, refund)

    def query_refund(self, refund: RefundCharge) -> RefundReceipt:
        """How the refund stands."""
        path = f"/v3/refund/domestic/refunds/{quote(refund.refund_number, safe='')}"
        try:
            return wechat_words.refund_answer(self._ask("GET", path), refund)
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
            said = self._ask("GET", f"/v3/bill/tradebill?{asked}")
        except GatewayRefused as no:
            if no.code == "NO_STATEMENT_EXIST":
                return []
            if no.code == "STATEMENT_CREATING":
                raise StatementNotReady(str(no)) from None
            raise
        url = urlsplit(self._text(said, "download_url", r"https?://.{1,2000}"))
        # The bill itself comes unsigned: what proves it is the hash in the signed answer.
        path = f"{url.path}?{url.query}"
        answer = self._call("GET", path, b"", largest=LARGEST_BILL)
        if answer.status != httpx.codes.OK:
            message = f"the bill's download answered {answer.status}"
            raise GatewayUnavailable(message)
        try:
            expected = text_of(said, "hash_value", r"[0-9A-Fa-f]{40}")
            return wechat_bills.read(answer.body, expected, merchant=self._merchant)
        except Unreadable as error:
            message = f"a bill that cannot be read: {error}"
            raise GatewayUnavailable(message) from None

    def read_statement(self, content: bytes) -> Iterable[StatementLine]:
        """交易账单 as the merchant platform hands it out, packed or not."""
        return wechat_bills.read_uploaded(content, merchant=self._merchant)

    def _ask(self, method: str, path: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
        """One signed question, one proven answer; raises the errors of `base`."""
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        answer = self._call(method, path, body)
        good = answer.status in (httpx.codes.OK, httpx.codes.NO_CONTENT)
        try:
            # A refusal at the door (a wrong key of ours) is unsigned, and no money hangs on one.
            if good or "wechatpay-signature" in answer.headers:
                self._prove(answer.body, answer.headers)
            said = wire.read_object(answer.body) if answer.body else {}
        except (SignatureInvalid, Unreadable) as error:
            message = f"an answer that cannot be trusted: {error}"
            raise GatewayUnavailable(message) from None
        if good:
            return said
        code, words = str(said.get("code", answer.status)), str(said.get("message", ""))[:200]
        if code in UNDECIDED:
            message = f"{code}: {words}"
            raise GatewayUnavailable(message)
        raise (AlreadyPaid if code in PAID_ALREADY else GatewayRefused)(code, words)

    def _call(
        self, method: str, path: str, body: bytes, largest: int = wire.LARGEST_BODY
    ) -> Answer:
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        signature = wire.sign(self._key, request_text(method, path, timestamp, nonce, body))
        proof = {
            "mchid": self._merchant,
            "nonce_str": nonce,
            "signature": signature,
            "timestamp": timestamp,
            "serial_no": self._serial,
        }
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "yibao",
            "Authorization": f"{SCHEME} " + ",".join(f'{k}="{v}"' for k, v in proof.items()),
        }
        # In the weeks of a change of keys this says which one the answer is to be signed with.
        if wanted := next((s for s in self._platform if s.startswith("PUB_KEY_ID_")), ""):
            headers["Wechatpay-Serial"] = wanted
        return self._caller.ask(method, path, body=body, headers=headers, largest=largest)

    def _prove(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Raise `SignatureInvalid` unless the gateway signed this, of late, with a key we know."""
        timestamp = headers.get("wechatpay-timestamp", "")
        nonce = headers.get("wechatpay-nonce", "")
        if not wire.is_fresh(timestamp):
            message = "the timestamp is not of these five minutes"
            raise SignatureInvalid(message)
        known = self._platform.get(headers.get("wechatpay-serial", ""))
        if known is None or not known.holds(now()):
            message = "a key that is not known, or not valid today"
            raise SignatureInvalid(message)
        if headers.get("wechatpay-signature-type") != SCHEME:
            message = "not the kind of signature that was agreed"
            raise SignatureInvalid(message)
        signature = headers.get("wechatpay-signature", "")
        wire.verify(known.key, signature, answer_text(timestamp, nonce, body))

    def _open(self, resource: object) -> dict[str, Any]:
        """Decrypt what a notice is about; raises `Unreadable`."""
        if not isinstance(resource, dict):
            message = "no resource"
            raise Unreadable(message)
        nonce = text_of(resource, "nonce", r".{12}").encode()
        about = text_of(resource, "associated_data", r".{0,64}").encode()
        sealed = text_of(resource, "ciphertext", r"[0-9A-Za-z+/=]{1,60000}")
        try:
            raw = base64.b64decode(sealed, validate=True)
            return wire.read_object(self._secret.decrypt(nonce, raw, about))
        except (binascii.Error, InvalidTag):
            message = "the resource does not open with the APIv3 key"
            raise Unreadable(message) from None

    def _misfit(self, said: dict[str, Any]) -> str:
        if said.get("mchid") != self._merchant:
            return "渠道回执属于另一个商户号"
        if said.get("appid", self._app) != self._app:
            return "渠道回执属于另一个应用"
        return ""

    @staticmethod
    def _text(said: dict[str, Any], name: str, pattern: str) -> str:
        try:
            return text_of(said, name, pattern)
        except Unreadable as error:
            raise GatewayUnavailable(str(error)) from None


def request_text(method: str, path: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """What a request's signature covers."""
    return f"{method}\n{path}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def answer_text(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What the signature of an answer or a notice covers."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def _order(number: str) -> str:
    return f"/v3/pay/transactions/out-trade-no/{quote(number, safe='')}"
