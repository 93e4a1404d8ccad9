"""The campus cashier (校园统一支付平台): signed JSON over HTTP, amounts in whole fen.

What a school's own payment platform is asked to speak when it speaks nothing else; the sandbox
gateway speaks it too. The folder of YIBAO_CAMPUS holds channel.toml (merchant, address of the
interface, cashier: what the addresses of its payment pages begin with), merchant.key and platform.pub.

    POST /v1/orders                  number amount currency subject notify_url return_url expires_at
                                     device payer_ip → an order and cashier_url
    GET  /v1/orders/NUMBER           → number merchant amount currency state reference paid_at
    POST /v1/orders/NUMBER/close     → an order
    POST /v1/refunds                 number refund_number total amount reason → a refund
    GET  /v1/refunds/REFUND_NUMBER   → number refund_number reference amount state refunded_at
    GET  /v1/bills/DAY               → day merchant lines
    notice                           an order with an id; answered {"code":"SUCCESS"}

States of an order are NOTPAY SUCCESS CLOSED, of a refund PROCESSING SUCCESS CLOSED ABNORMAL; a refusal
is {"code", "message"} with 4xx: ORDER_NOT_FOUND ORDER_PAID REFUND_NOT_FOUND BILL_NOT_READY and others.

Signed are lines, each closed by a line feed, with the body as the last one; the gateway signs in
the same way, binds its answer to our nonce, and says with the first word what is signed:

    request   "request", method, path with query, timestamp, nonce, body
    answer    "answer", nonce of the request, timestamp, nonce, body
    notice    "notice", timestamp, nonce, body
"""

import hashlib
import json
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from django.conf import settings

from yibao.payments.providers import wire
from yibao.payments.providers.base import (
    Acknowledgement,
    AlreadyPaid,
    Charge,
    Device,
    GatewayRefused,
    GatewayUnavailable,
    LineKind,
    NoticeUnreadable,
    PaidState,
    Provider,
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
from yibao.payments.providers.calling import PATIENCE, Caller
from yibao.payments.providers.folders import Folder
from yibao.payments.providers.wire import Unreadable, moment_of, text_of

KNOWN = {
    "merchant": r"[0-9A-Za-z_-]{1,64}",
    "address": r"https://[0-9A-Za-z.-]{1,200}(:\d{1,5})?",
    "cashier": r"https://[0-9A-Za-z.:/_-]{1,200}/",
}
LARGEST_BILL = 64 * 1024 * 1024
NONCE = re.compile(r"[0-9A-Za-z]{8,64}", re.ASCII)
STATES = {"NOTPAY": PaidState.PENDING, "SUCCESS": PaidState.PAID, "CLOSED": PaidState.CLOSED}
REFUND_STATES = {
    "PROCESSING": RefundState.PROCESSING,
    "SUCCESS": RefundState.DONE,
    "CLOSED": RefundState.CLOSED,
    "ABNORMAL": RefundState.ABNORMAL,
}
LINE_KINDS = {"PAYMENT": LineKind.PAYMENT, "REFUND": LineKind.REFUND}


class CampusCashier(Provider):
    """校园统一支付."""

    label: ClassVar[str] = "校园统一支付"
    patience: ClassVar[httpx.Timeout] = PATIENCE

    def __init__(self, folder: Path | None = None) -> None:
        """Raises `ImproperlyConfigured` with what its folder lacks."""
        files = Folder(folder or Path(settings.PAYMENT_FOLDERS["campus"]), KNOWN)
        said = files.settings
        self._merchant_key = files.private_key("merchant.key")
        self._platform_key = files.public_key("platform.pub")
        self._connect(said["address"], said["cashier"], said["merchant"])

    def _connect(self, address: str, cashier: str, merchant: str) -> None:
        self._cashier, self._merchant = cashier, merchant
        self._caller = Caller(address, self.patience)

    def _keys(self) -> tuple[RSAPrivateKey, RSAPublicKey]:
        """Ours to sign with, the gateway's to believe; OSError or ValueError when there are none."""
        return self._merchant_key, self._platform_key

    def start(self, charge: Charge, device: Device) -> Redirect:
        """Create the order; its cashier page serves phone and desktop alike."""
        said = self._ask(
            "POST",
            "/v1/orders",
            {
                "number": charge.number,
                "amount": to_fen(charge.amount),
                "currency": "CNY",
                "subject": charge.subject,
                "notify_url": charge.notify_url,
                "return_url": charge.return_url,
                "expires_at": charge.expires_at.isoformat(timespec="seconds"),
                "device": "desktop" if device is Device.DESKTOP else "phone",
                "payer_ip": charge.payer_ip,
            },
        )
        url = said.get("cashier_url")
        if not isinstance(url, str) or not url.startswith(self._cashier):
            message = "the cashier page is not at the gateway's address"
            raise GatewayUnavailable(message)
        return Redirect(url)

    def read_callback(self, body: bytes, headers: Mapping[str, str]) -> Receipt:
        """A notice of payment, proven and read."""
        self._prove("notice", body=body, headers=headers)
        try:
            said = wire.read_object(body)
            return self._receipt(said, event_id=text_of(said, "id", r"[0-9A-Za-z-]{1,64}"))
        except Unreadable as error:
            raise NoticeUnreadable(str(error)) from None

    def acknowledge(self) -> Acknowledgement:
        """What ends the gateway's repeating."""
        return Acknowledgement(200, b'{"code":"SUCCESS"}', "application/json")

    def query(self, number: str) -> Receipt:
        """How the order stands."""
        try:
            return self._order(self._ask("GET", f"/v1/orders/{quote(number, safe='')}"), number)
        except GatewayRefused as no:
            if no.code != "ORDER_NOT_FOUND":
                raise
            return Receipt(number, "", from_fen(0), PaidState.ABSENT)

    def close(self, number: str) -> Receipt:
        """Close the order, or say that it is paid."""
        try:
            return self._order(
                self._ask("POST", f"/v1/orders/{quote(number, safe='')}/close"), number
            )
        except AlreadyPaid:
            return self.query(number)
        except GatewayRefused as no:
            if no.code != "ORDER_NOT_FOUND":
                raise
            return Receipt(number, "", from_fen(0), PaidState.ABSENT)

    def refund(self, refund: RefundCharge) -> RefundReceipt:
        """Pay back."""
        asked = {
            "number": refund.number,
            "refund_number": refund.refund_number,
            "total": to_fen(refund.total),
            "amount": to_fen(refund.amount),
            "reason": refund.reason,
        }
        return self._refund(self._ask("POST", "/v1/refunds", asked), refund)

    def query_refund(self, refund: RefundCharge) -> RefundReceipt:
        """How the refund stands."""
        try:
            return self._refund(
                self._ask("GET", f"/v1/refunds/{quote(refund.refund_number, safe='')}"), refund
            )
        except GatewayRefused as no:
            if no.code != "REFUND_NOT_FOUND":
                raise
            return RefundReceipt(
                refund.number, refund.refund_number, "", refund.amount, RefundState.ABSENT
            )

    def statement(self, day: date) -> Iterable[StatementLine]:
        """The bill of a day."""
        try:
            said = self._ask("GET", f"/v1/bills/{day.isoformat()}", largest=LARGEST_BILL)
        except GatewayRefused as no:
            if no.code != "BILL_NOT_READY":
                raise
            raise StatementNotReady(str(no)) from None
        if said.get("day") != day.isoformat():
            message = "a bill of another day"
            raise GatewayUnavailable(message)
        try:
            return self._lines(said)
        except Unreadable as error:
            message = f"a bill that cannot be read: {error}"
            raise GatewayUnavailable(message) from None

    def read_statement(self, content: bytes) -> Iterable[StatementLine]:
        """A bill as the interface answers it, kept as a file."""
        return self._lines(wire.read_object(content))

    def _lines(self, said: dict[str, Any]) -> list[StatementLine]:
        if said.get("merchant") != self._merchant:
            message = "a bill of another merchant"
            raise Unreadable(message)
        try:
            return [_line(line) for line in said["lines"]]
        except (LookupError, TypeError, AttributeError) as error:
            raise Unreadable(repr(error)) from None

    def _order(self, said: dict[str, Any], number: str) -> Receipt:
        try:
            receipt = self._receipt(said)
        except Unreadable as error:
            raise GatewayUnavailable(str(error)) from None
        if receipt.number != number:
            message = "an answer about another order"
            raise GatewayUnavailable(message)
        return receipt

    def _receipt(self, said: dict[str, Any], event_id: str = "") -> Receipt:
        state = STATES.get(str(said.get("state")), PaidState.UNKNOWN)
        reference = text_of(said, "reference", r"[0-9A-Za-z]{0,64}")
        if state is PaidState.PAID and not reference:
            message = "paid without a reference"
            raise Unreadable(message)
        return Receipt(
            number=text_of(said, "number", r"[0-9A-Za-z_-]{1,64}"),
            reference=reference,
            amount=_amount(said),
            state=state,
            paid_at=moment_of(said, "paid_at"),
            raw=said,
            event_id=event_id,
            misfit=self._misfit(said),
        )

    def _refund(self, said: dict[str, Any], refund: RefundCharge) -> RefundReceipt:
        try:
            receipt = RefundReceipt(
                number=text_of(said, "number", r"[0-9A-Za-z_-]{1,64}"),
                refund_number=text_of(said, "refund_number", r"[0-9A-Za-z_-]{1,64}"),
                reference=text_of(said, "reference", r"[0-9A-Za-z]{0,64}"),
                amount=_amount(said),
                state=REFUND_STATES.get(str(said.get("state")), RefundState.UNKNOWN),
                refunded_at=moment_of(said, "refunded_at"),
                raw=said,
                misfit=self._misfit(said),
            )
        except Unreadable as error:
            raise GatewayUnavailable(str(error)) from None
        asked = (refund.number, refund.refund_number, refund.amount)
        if (receipt.number, receipt.refund_number, receipt.amount) != asked:
            message = "an answer about another refund"
            raise GatewayUnavailable(message)
        return receipt

    def _misfit(self, said: dict[str, Any]) -> str:
        if said.get("merchant") != self._merchant:
            return "渠道回执属于另一个商户号"
        if said.get("currency") != "CNY":
            return "渠道回执的币种不是人民币"
        return ""

    def _ask(
        self,
        method: str,
        path: str,
        content: dict[str, Any] | None = None,
        *,
        largest: int = wire.LARGEST_BODY,
    ) -> dict[str, Any]:
        """One signed question, one proven answer; raises the errors of `base`."""
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        headers = self._sign(method, path, body)
        status, answered, raw = self._caller.ask(
            method, path, body=body, headers=headers, largest=largest
        )
        try:
            self._prove("answer", headers["Campus-Nonce"], body=raw, headers=answered)
            said = wire.read_object(raw)
        except (SignatureInvalid, Unreadable) as error:
            message = f"an answer that cannot be trusted: {error}"
            raise GatewayUnavailable(message) from None
        if status == httpx.codes.OK:
            return said
        code = str(said.get("code", status))
        refusal = AlreadyPaid if code == "ORDER_PAID" else GatewayRefused
        raise refusal(code, str(said.get("message", "")))

    def _sign(self, method: str, path: str, body: bytes) -> dict[str, str]:
        try:
            key, _ = self._keys()
        except (OSError, ValueError) as error:
            message = f"no merchant key yet: {error}"
            raise GatewayUnavailable(message) from None
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        return {
            "Content-Type": "application/json",
            "Campus-Merchant": self._merchant,
            "Campus-Serial": serial(key.public_key()),
            "Campus-Timestamp": timestamp,
            "Campus-Nonce": nonce,
            "Campus-Signature": wire.sign(
                key, signed("request", method, path, timestamp, nonce, body=body)
            ),
        }

    def _prove(self, *lines: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Raise `SignatureInvalid` unless the gateway signed this, of late; never calls out."""
        told = {name.lower(): value for name, value in headers.items()}
        timestamp, nonce = told.get("campus-timestamp", ""), told.get("campus-nonce", "")
        if not wire.is_fresh(timestamp) or not NONCE.fullmatch(nonce):
            message = "the timestamp is not of these five minutes, or the nonce is malformed"
            raise SignatureInvalid(message)
        try:
            _, key = self._keys()
        except (OSError, ValueError) as error:
            message = f"no platform key yet: {error}"
            raise SignatureInvalid(message) from None
        if told.get("campus-serial", "") != serial(key):
            message = "a key that is not known"
            raise SignatureInvalid(message)
        content = signed(*lines, timestamp, nonce, body=body)
        wire.verify(key, told.get("campus-signature", ""), content)


def signed(*lines: str, body: bytes) -> bytes:
    """The bytes that a signature covers."""
    return "".join(f"{line}\n" for line in lines).encode() + body + b"\n"


def serial(key: RSAPublicKey) -> str:
    """The name of a key: the start of its fingerprint."""
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(key.public_bytes(encoding, form)).hexdigest()[:32].upper()


def _amount(said: dict[str, Any]) -> Decimal:
    try:
        return from_fen(said.get("amount"))
    except ValueError as error:
        raise Unreadable(str(error)) from None


def _line(said: dict[str, Any]) -> StatementLine:
    happened_at = moment_of(said, "at")
    if happened_at is None:
        message = "a line without a time"
        raise Unreadable(message)
    kind = LINE_KINDS[text_of(said, "kind")]
    back = kind is LineKind.REFUND
    return StatementLine(
        kind=kind,
        number=text_of(said, "number"),
        reference=text_of(said, "reference"),
        amount=_amount(said),
        happened_at=happened_at,
        refund_number=text_of(said, "refund_number") if back else "",
        refund_reference=text_of(said, "refund_reference") if back else "",
        raw=said,
    )
