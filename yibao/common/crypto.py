"""Encryption of personal data at rest, and the blind index that finds it again.

A sealed value is `version (1 byte) | nonce (12) | AES-256-GCM ciphertext and tag`. The version names
the key, so keys can be rotated while old rows stay readable. The blind index is a keyed hash under
a key of its own: equal values can be found, nothing can be read from it.
"""

import hashlib
import hmac
import os
import unicodedata
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12
INDEX_BYTES = 16


@cache
def _ciphers() -> dict[int, AESGCM]:
    return {int(v): AESGCM(bytes.fromhex(key)) for v, key in settings.FIELD_KEYS.items()}


def seal(text: str, context: str) -> bytes:
    """Encrypt under the newest key; `context` (the column) binds the value to its place."""
    return seal_bytes(text.encode(), context)


def unseal(sealed: bytes, context: str) -> str:
    """Decrypt; raises `cryptography.exceptions.InvalidTag` for a wrong key or a moved value."""
    return unseal_bytes(sealed, context).decode()


def seal_bytes(content: bytes, context: str) -> bytes:
    """The same for what is not text: a picture."""
    version = max(_ciphers())
    nonce = os.urandom(NONCE_BYTES)
    sealed = _ciphers()[version].encrypt(nonce, content, context.encode())
    return bytes([version]) + nonce + sealed


def unseal_bytes(sealed: bytes, context: str) -> bytes:
    """And back."""
    cipher = _ciphers()[sealed[0]]
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    return cipher.decrypt(nonce, body, context.encode())


def blind_index(text: str) -> bytes:
    """Keyed hash of the normalised value; b"" for nothing, so that nothing is never found."""
    plain = normalise(text)
    if not plain:
        return b""
    key = bytes.fromhex(settings.BLIND_INDEX_KEY)
    return hmac.new(key, plain.encode(), hashlib.sha256).digest()[:INDEX_BYTES]


def normalise(text: str) -> str:
    """What two spellings of one number have in common: NFKC, upper case, no blanks or hyphens."""
    if text.isascii() and text.isalnum():
        return text.upper()
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(c for c in folded if not c.isspace() and c != "-" and c.isprintable())
