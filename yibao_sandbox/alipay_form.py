"""How Alipay signs and writes: forms with sorted fields, yuan with two decimals, China's clock."""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from yibao_sandbox import fields
from yibao_sandbox.fields import Said
from yibao_sandbox.ledger import LARGEST_AMOUNT, SHANGHAI
from yibao_sandbox.merchants import AlipayMerchant

CLOCK = "%Y-%m-%d %H:%M:%S"


def genuine(merchant: AlipayMerchant, asked: Mapping[str, str]) -> bool:
    """Whether the merchant signed this form."""
    agreed = {"app_id": merchant.app, "sign_type": "RSA2", "charset": "utf-8", "version": "1.0"}
    if any(asked.get(name) != value for name, value in agreed.items()):
        return False
    try:
        signature = base64.b64decode(asked.get("sign", ""), validate=True)
        content = signing_text(asked).encode()
        merchant.merchant.verify(signature, content, padding.PKCS1v15(), hashes.SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def signing_text(told: Mapping[str, str]) -> str:
    """What a signature covers: all that is said, sorted and unquoted."""
    return "&".join(f"{k}={v}" for k, v in sorted(told.items()) if k != "sign" and v)


def sign(signer: RSAPrivateKey, content: str) -> str:
    """RSA2."""
    raw = signer.sign(content.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(raw).decode()


def yuan(fen: int) -> str:
    """An amount as Alipay writes it."""
    return f"{fen // 100}.{fen % 100:02d}"


def fen(said: Said, name: str) -> int:
    """An amount of a question in whole fen."""
    whole, _, part = fields.text(said, name, r"\d{1,9}\.\d{2}").partition(".")
    amount = int(whole) * 100 + int(part)
    if not 1 <= amount <= LARGEST_AMOUNT:
        raise fields.wrong(name)
    return amount


def clock(moment: float) -> str:
    """A moment in China."""
    return f"{datetime.fromtimestamp(moment, SHANGHAI):{CLOCK}}"


def moment(said: Said, name: str) -> int:
    """A moment in China, in seconds since 1970."""
    written = fields.text(said, name, r"[0-9 :-]{19}")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", written, re.ASCII):
        raise fields.wrong(name)
    try:
        at = datetime.strptime(written, CLOCK).replace(tzinfo=SHANGHAI)
    except ValueError:
        raise fields.wrong(name) from None
    return int(at.timestamp())
