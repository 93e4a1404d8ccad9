"""Signatures and seals of WeChat Pay's API v3, from the gateway's side.

Signed are lines, each closed by a line feed, with the body as the last one: of a request its method,
path with query, timestamp and nonce; of an answer or a notice its timestamp and nonce. What a notice
is about is sealed with the APIv3 key (AES-256-GCM).
"""

import base64
import binascii
import json
import re
import secrets
import time
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from yibao_sandbox.exchange import Request
from yibao_sandbox.merchants import PUBLIC_KEY_ID, WeChatMerchant
from yibao_sandbox.signing import TIMESTAMP, WINDOW_SECONDS, NotGenuine

SCHEME = "WECHATPAY2-SHA256-RSA2048"
FIELDS = re.compile(r'(\w+)="([^"]{0,2000})"', re.ASCII)


def verify(merchant: WeChatMerchant, request: Request) -> None:
    """Prove that the merchant asks; raises `NotGenuine`."""
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    told = dict(FIELDS.findall(rest))
    if scheme != SCHEME or told.get("mchid") != merchant.number:
        message = "another scheme, or another merchant"
        raise NotGenuine(message)
    if told.get("serial_no") != merchant.serial:
        message = "unknown serial"
        raise NotGenuine(message)
    timestamp, nonce = told.get("timestamp", ""), told.get("nonce_str", "")
    fresh = TIMESTAMP.fullmatch(timestamp) and (abs(time.time() - int(timestamp)) <= WINDOW_SECONDS)
    if not fresh or not nonce:
        message = "timestamp or nonce is missing, or old"
        raise NotGenuine(message)
    lines = f"{request.method}\n{request.target}\n{timestamp}\n{nonce}\n".encode()
    try:
        signature = base64.b64decode(told.get("signature", ""), validate=True)
        signed = lines + request.body + b"\n"
        merchant.merchant.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        message = "signature does not match"
        raise NotGenuine(message) from None


def sign(signer: RSAPrivateKey, body: bytes) -> dict[str, str]:
    """The headers of an answer or a notice; they always claim to be the platform's."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    content = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
    signature = signer.sign(content, padding.PKCS1v15(), hashes.SHA256())
    return {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": PUBLIC_KEY_ID,
        "Wechatpay-Signature-Type": SCHEME,
        "Wechatpay-Signature": base64.b64encode(signature).decode(),
    }


def seal(merchant: WeChatMerchant, said: dict[str, Any], about: str) -> dict[str, str]:
    """What a notice is about, for the merchant's eyes only."""
    nonce = secrets.token_hex(6)
    raw = json.dumps(said, ensure_ascii=False).encode()
    sealed = AESGCM(merchant.apiv3).encrypt(nonce.encode(), raw, about.encode())
    return {
        "original_type": about,
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "associated_data": about,
        "nonce": nonce,
    }
