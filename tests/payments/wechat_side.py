"""WeChat Pay's side of the wire: keys, a merchant's folder, signed answers, sealed notices."""

import base64
import json
import secrets
import time
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID
from django.utils.timezone import now

from yibao.payments.providers.calling import Caller
from yibao.payments.providers.wechat import WeChatPay

MERCHANT, APP, SERIAL = "1230000109", "wxd678efh567hg6787", "444F4864EA9B34415ABCDEF012345678"
APIV3 = b"0123456789abcdef0123456789abcdef"
PUBLIC_KEY_ID = "PUB_KEY_ID_0112300001092024101500000000"
SCHEME = "WECHATPAY2-SHA256-RSA2048"


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """One key for each name, for the whole run."""
    assert name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(name: str) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key(name).private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def public_pem(name: str) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key(name).public_key().public_bytes(serialization.Encoding.PEM, form)


def certificate(name: str, serial: int, *, valid_until: datetime | None = None) -> bytes:
    """A platform certificate."""
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com Root CA")])
    until = valid_until or now() + timedelta(days=30)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key(name).public_key())
        .serial_number(serial)
        .not_valid_before(until - timedelta(days=365))
        .not_valid_after(until)
        .sign(key(name), hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def merchant_folder(path: Path) -> Path:
    """What a school's IT person lays down."""
    (path / "platform").mkdir(parents=True)
    (path / "channel.toml").write_text(
        f'merchant = "{MERCHANT}"\napp = "{APP}"\nserial = "{SERIAL}"\n', "utf-8"
    )
    (path / "merchant.key").write_bytes(private_pem("merchant"))
    (path / "apiv3.key").write_bytes(APIV3 + b"\n")
    (path / "platform" / f"{PUBLIC_KEY_ID}.pem").write_bytes(public_pem("platform"))
    return path


def signed(
    body: bytes, *, by: str = "platform", serial: str = PUBLIC_KEY_ID, at: float | None = None
) -> dict[str, str]:
    """The headers of an answer or a notice."""
    timestamp, nonce = str(int(at or time.time())), secrets.token_hex(16)
    content = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
    signature = key(by).sign(content, padding.PKCS1v15(), hashes.SHA256())
    return {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature-Type": SCHEME,
        "Wechatpay-Signature": base64.b64encode(signature).decode(),
    }


def notice(content: dict[str, Any], event: str = "TRANSACTION.SUCCESS", **resource: str) -> bytes:
    """The body of a notice, sealed with the APIv3 key."""
    nonce, about = secrets.token_hex(6), "transaction"
    raw = json.dumps(content, ensure_ascii=False).encode()
    sealed = AESGCM(APIV3).encrypt(nonce.encode(), raw, about.encode())
    told = {
        "id": "EV-2018022511223320873",
        "create_time": "2026-11-20T10:34:56+08:00",
        "resource_type": "encrypt-resource",
        "event_type": event,
        "summary": "支付成功",
        "resource": {
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(sealed).decode(),
            "associated_data": about,
            "nonce": nonce,
            "original_type": "transaction",
        }
        | resource,
    }
    return json.dumps(told, ensure_ascii=False).encode()


def transaction(**fields: Any) -> dict[str, Any]:
    """An order that was paid."""
    return {
        "mchid": MERCHANT,
        "appid": APP,
        "out_trade_no": "a" * 32,
        "transaction_id": "4200001234202611201234567890",
        "trade_type": "NATIVE",
        "trade_state": "SUCCESS",
        "success_time": "2026-11-20T10:34:56+08:00",
        "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        "amount": {"total": 53300, "payer_total": 53300, "currency": "CNY"},
    } | fields


class Gateway:
    """Answers what it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answers: list[httpx.Response] = []

    def will(self, content: Any, status: int = 200, **signing: Any) -> None:
        """The next answer, signed."""
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        self.will_raw(body, status, signed(body, **signing))

    def will_raw(self, body: bytes, status: int = 200, headers: Any = None) -> None:
        """The next answer as it is."""
        self.answers.append(httpx.Response(status, headers=headers, stream=httpx.ByteStream(body)))

    def take(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.asked.append(request)
        return self.answers.pop(0)

    def provider(self, folder: Path) -> WeChatPay:
        """A merchant who talks to this gateway and to nobody else."""
        base_url = "https://api.mch.weixin.qq.com"
        return WeChatPay(folder, Caller(base_url, transport=httpx.MockTransport(self.take)))
