"""Signatures of the campus protocol: RSA-2048 with SHA-256 over the raw bytes that travel.

Signed is a text of lines, each closed by a line feed, with the body as the last one:

    request   "request", method, path with query, timestamp, nonce, body
    answer    "answer", nonce of the request, timestamp, nonce, body
    notice    "notice", timestamp, nonce, body

The first word keeps one kind from being passed off as another, and the request's nonce binds an
answer to its question. Timestamps are whole seconds since 1970 and may be off by five minutes.
"""

import base64
import binascii
import re
import secrets
import time
from email.message import Message

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from yibao_sandbox.keys import serial

WINDOW_SECONDS = 300
TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
NONCE = re.compile(r"[0-9A-Za-z]{8,64}", re.ASCII)


class NotGenuine(Exception):
    """A request is not proven to come from the merchant."""


def text(*lines: str, body: bytes) -> bytes:
    """The bytes that a signature covers."""
    return "".join(f"{line}\n" for line in lines).encode() + body + b"\n"


def seal(signer: RSAPrivateKey, claimed: RSAPublicKey, *lines: str, body: bytes) -> dict[str, str]:
    """Headers for a body; `claimed` is whose key they say it is, which a forger does not own."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    signed = text(*lines, timestamp, nonce, body=body)
    signature = signer.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    return {
        "Campus-Timestamp": timestamp,
        "Campus-Nonce": nonce,
        "Campus-Serial": serial(claimed),
        "Campus-Signature": base64.b64encode(signature).decode(),
    }


def verify(key: RSAPublicKey, headers: Message, *, method: str, path: str, body: bytes) -> str:
    """Prove that a request is the merchant's and return its nonce; raises `NotGenuine`."""
    timestamp, nonce = headers.get("Campus-Timestamp", ""), headers.get("Campus-Nonce", "")
    if not TIMESTAMP.fullmatch(timestamp) or not NONCE.fullmatch(nonce):
        message = "timestamp or nonce is missing"
        raise NotGenuine(message)
    if abs(time.time() - int(timestamp)) > WINDOW_SECONDS:
        message = "timestamp is more than five minutes off"
        raise NotGenuine(message)
    if headers.get("Campus-Serial", "") != serial(key):
        message = "unknown serial"
        raise NotGenuine(message)
    signed = text("request", method, path, timestamp, nonce, body=body)
    try:
        signature = base64.b64decode(headers.get("Campus-Signature", ""), validate=True)
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        message = "signature does not match"
        raise NotGenuine(message) from None
    return nonce
