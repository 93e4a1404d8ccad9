"""The signed line to WeChat Pay: whose account, how a question is signed, what an answer must prove.

Signed as in the gateway's documentation, "APIv3 签名". An account is a folder, see `wechat`.
"""

import base64
import binascii
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils.timezone import now

from yibao.payments.providers import wire
from yibao.payments.providers.base import (
    AlreadyPaid,
    GatewayRefused,
    GatewayUnavailable,
    SignatureInvalid,
)
from yibao.payments.providers.calling import Answer, Caller
from yibao.payments.providers.folders import Folder, PlatformKey
from yibao.payments.providers.wire import Unreadable, text_of

SCHEME = "WECHATPAY2-SHA256-RSA2048"
APP_ID = r"wx[0-9a-z]{8,24}"
KNOWN = {
    "merchant": r"\d{8,12}",
    "app": APP_ID,
    "serial": r"[0-9A-F]{16,64}",
    "official": rf"({APP_ID})?",
}
OFFICIAL_SECRET = "official.secret"  # noqa: S105 a file's name
PAID_ALREADY = {"ORDERPAID", "ORDER_PAID"}
# The gateway's own troubles, told as refusals: whether it did something is not said.
UNDECIDED = {"SYSTEM_ERROR", "SYSTEMERROR", "FREQUENCY_LIMITED", "BANK_ERROR", "SIGN_ERROR"}


class Account(NamedTuple):
    """A merchant of WeChat Pay; `official` is the account (公众号) that pages inside WeChat pay by."""

    merchant: str
    app: str
    serial: str
    official: str
    key: RSAPrivateKey
    secret: AESGCM
    platform: dict[str, PlatformKey]
    official_secret: str


def account_of(files: Folder) -> Account:
    """What a channel's folder says; raises `ImproperlyConfigured` with what it lacks."""
    said = files.settings
    secret = ""
    if said["official"]:
        secret = files.secret(OFFICIAL_SECRET, 32).decode("ascii", "replace")
    elif (files.path / OFFICIAL_SECRET).exists():
        raise files.wrong(files.path / OFFICIAL_SECRET, "is of no use: channel.toml lacks official")
    return Account(
        said["merchant"],
        said["app"],
        said["serial"],
        said["official"],
        files.private_key("merchant.key"),
        AESGCM(files.secret("apiv3.key", 32)),
        files.platform_keys("platform"),
        secret,
    )


class Line:
    """Questions and answers of one account."""

    def __init__(self, account: Account, caller: Caller) -> None:
        """`caller` leads to the gateway."""
        self.account, self._caller = account, caller

    def ask(self, method: str, path: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
        """One signed question, one proven answer; raises the errors of `base`."""
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        answer = self.call(method, path, body)
        good = answer.status in (httpx.codes.OK, httpx.codes.NO_CONTENT)
        try:
            # A refusal at the door (a wrong key of ours) is unsigned, and no money hangs on one.
            if good or "wechatpay-signature" in answer.headers:
                self.prove(answer.body, answer.headers)
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

    def call(self, method: str, path: str, body: bytes, largest: int = wire.LARGEST_BODY) -> Answer:
        """One signed question; the answer is unproven."""
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        signature = wire.sign(self.account.key, request_text(method, path, timestamp, nonce, body))
        proof = {
            "mchid": self.account.merchant,
            "nonce_str": nonce,
            "signature": signature,
            "timestamp": timestamp,
            "serial_no": self.account.serial,
        }
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "yibao",
            "Authorization": f"{SCHEME} " + ",".join(f'{k}="{v}"' for k, v in proof.items()),
        }
        # In the weeks of a change of keys this says which one the answer is to be signed with.
        if wanted := next((s for s in self.account.platform if s.startswith("PUB_KEY_ID_")), ""):
            headers["Wechatpay-Serial"] = wanted
        return self._caller.ask(method, path, body=body, headers=headers, largest=largest)

    def prove(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Raise `SignatureInvalid` unless the gateway signed this, of late, with a key we know."""
        timestamp = headers.get("wechatpay-timestamp", "")
        nonce = headers.get("wechatpay-nonce", "")
        if not wire.is_fresh(timestamp):
            message = "the timestamp is not of these five minutes"
            raise SignatureInvalid(message)
        known = self.account.platform.get(headers.get("wechatpay-serial", ""))
        if known is None or not known.holds(now()):
            message = "a key that is not known, or not valid today"
            raise SignatureInvalid(message)
        if headers.get("wechatpay-signature-type") != SCHEME:
            message = "not the kind of signature that was agreed"
            raise SignatureInvalid(message)
        signature = headers.get("wechatpay-signature", "")
        wire.verify(known.key, signature, answer_text(timestamp, nonce, body))

    def open(self, resource: object) -> dict[str, Any]:
        """Decrypt what a notice is about; raises `Unreadable`."""
        if not isinstance(resource, dict):
            message = "no resource"
            raise Unreadable(message)
        nonce = text_of(resource, "nonce", r".{12}").encode()
        about = text_of(resource, "associated_data", r".{0,64}").encode()
        sealed = text_of(resource, "ciphertext", r"[0-9A-Za-z+/=]{1,60000}")
        try:
            raw = base64.b64decode(sealed, validate=True)
            return wire.read_object(self.account.secret.decrypt(nonce, raw, about))
        except (binascii.Error, InvalidTag):
            message = "the resource does not open with the APIv3 key"
            raise Unreadable(message) from None

    def misfit(self, said: dict[str, Any]) -> str:
        """Why something signed is not about us; "" if it is."""
        account = self.account
        if said.get("mchid") != account.merchant:
            return "渠道回执属于另一个商户号"
        if said.get("appid", account.app) not in {account.app, account.official or account.app}:
            return "渠道回执属于另一个应用"
        return ""


def request_text(method: str, path: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """What a request's signature covers."""
    return f"{method}\n{path}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def answer_text(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What the signature of an answer or a notice covers."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
