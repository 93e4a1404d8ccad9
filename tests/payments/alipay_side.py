"""Alipay's side of the wire: keys, a merchant's folder, signed answers and notices."""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.payments.wechat_side import key, private_pem, public_pem
from yibao.payments.providers.alipay import Alipay

APP, SELLER = "2021000117650000", "2088102146225135"


def bare(pem: bytes) -> bytes:
    """A key as Alipay's own tool writes it: one line of base64."""
    return b"".join(pem.strip().splitlines()[1:-1])


def merchant_folder(path: Path, *, desktop: str = "page") -> Path:
    """What a school's IT person lays down."""
    path.mkdir(parents=True)
    (path / "channel.toml").write_text(
        f'app = "{APP}"\nseller = "{SELLER}"\ndesktop = "{desktop}"\n', "utf-8"
    )
    (path / "app_private.key").write_bytes(bare(private_pem("app")) + b"\n")
    (path / "alipay_public.key").write_bytes(bare(public_pem("alipay")))
    return path


def sign(content: str, by: str = "alipay") -> str:
    raw = key(by).sign(content.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(raw).decode()


def trade(**fields: str) -> dict[str, str]:
    """A trade that was paid, as a query tells it."""
    return {
        "code": "10000",
        "msg": "Success",
        "out_trade_no": "a" * 32,
        "trade_no": "2026112022001413451234567890",
        "trade_status": "TRADE_SUCCESS",
        "total_amount": "533.00",
        "send_pay_date": "2026-11-20 10:34:56",
    } | fields


def notice_fields(**fields: str) -> dict[str, str]:
    """A notice before it is signed."""
    return {
        "notify_id": "ac05099524730693a8b330c5ecf72da9786",
        "notify_time": "2026-11-20 10:35:00",
        "notify_type": "trade_status_sync",
        "charset": "utf-8",
        "version": "1.0",
        "app_id": APP,
        "seller_id": SELLER,
        "out_trade_no": "a" * 32,
        "trade_no": "2026112022001413451234567890",
        "trade_status": "TRADE_SUCCESS",
        "total_amount": "533.00",
        "subject": "2026年大学生医保",
        "gmt_payment": "2026-11-20 10:34:56",
    } | fields


def signing_text(fields: dict[str, str], *, empty: bool = False) -> str:
    left_out = {"sign", "sign_type"}
    pairs = sorted((k, v) for k, v in fields.items() if k not in left_out and (v or empty))
    return "&".join(f"{k}={v}" for k, v in pairs)


def notice(fields: dict[str, str], *, by: str = "alipay", empty: bool = False) -> bytes:
    """The body of a notice."""
    signature = sign(signing_text(fields, empty=empty), by)
    return urlencode(fields | {"sign_type": "RSA2", "sign": signature}).encode()


class Gateway:
    """Answers what it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.urls: list[httpx.URL] = []
        self.answers: list[bytes] = []

    def will(self, content: Any, *, by: str = "alipay") -> None:
        """The next answer: it stands under the method's name, signed as it is written."""
        inner = json.dumps(content, ensure_ascii=False)
        self.answers.append(f'{{"NAME":{inner},"sign":"{sign(inner, by)}"}}'.encode())

    def will_raw(self, body: bytes) -> None:
        """The next answer as it is."""
        self.answers.append(body)

    def take(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.urls.append(request.url)
        asked = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        self.asked.append(asked)
        name = asked.get("method", "").replace(".", "_") + "_response"
        body = self.answers.pop(0).replace(b'"NAME"', f'"{name}"'.encode(), 1)
        return httpx.Response(200, stream=httpx.ByteStream(body))

    def provider(self, folder: Path) -> Alipay:
        """A merchant who talks to this gateway and to nobody else."""
        return Alipay(folder, transport=httpx.MockTransport(self.take))
