"""What every gateway protocol needs: bounded JSON, RSA signatures, the time window, key files.

Everything that comes from outside is hostile until its signature over the raw bytes holds, and
still only data afterwards.
"""

import base64
import binascii
import json
import re
import time
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from yibao.payments.providers.base import SignatureInvalid

LARGEST_BODY = 64 * 1024
WINDOW_SECONDS = 300
LONGEST_SIGNATURE = 1024
YEARS = range(2000, 2100)  # so that no arithmetic with it overflows
CHINA = ZoneInfo("Asia/Shanghai")
CLOCK = "%Y-%m-%d %H:%M:%S"
NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,5})?", re.ASCII)
TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)


class Unreadable(ValueError):
    """Text that is not what the protocol promises."""


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body, storable as it is; raises `Unreadable` for anything else.

    Refused are duplicate keys, NaN and infinities, and characters that PostgreSQL cannot keep.
    Numbers with a point stay text, so that no amount ever becomes a binary fraction.
    """
    try:
        said = json.loads(
            body, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=str
        )
        if not isinstance(said, dict):
            message = "not an object"
            raise Unreadable(message)
        _refuse_unstorable(said)
    except RecursionError:
        message = "nested too deeply"
        raise Unreadable(message) from None
    except ValueError as error:  # also bad UTF-8 and numbers of thousands of digits
        raise Unreadable(str(error)) from None
    return said


def text_of(said: dict[str, Any], name: str, pattern: str = r".{1,128}") -> str:
    """A text field that matches a pattern; raises `Unreadable`."""
    value = said.get(name)
    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
        message = f"{name} is missing or malformed"
        raise Unreadable(message)
    return value


def moment_of(said: dict[str, Any], name: str) -> datetime | None:
    """An aware moment in ISO 8601; None for ""; raises `Unreadable`."""
    value = text_of(said, name, r".{0,40}")
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise Unreadable(str(error)) from None
    if moment.tzinfo is None or moment.year not in YEARS:
        message = f"{name} has no offset, or is of another age"
        raise Unreadable(message)
    return moment


def clock_of(text: str) -> datetime:
    """A moment as bills write it, in China's time; raises `Unreadable`."""
    try:
        return datetime.strptime(text, CLOCK).replace(tzinfo=CHINA)
    except ValueError as error:
        raise Unreadable(str(error)) from None


def decimal_of(text: str) -> Decimal:
    """A number as bills write it; raises `Unreadable`."""
    if not NUMBER.fullmatch(text):
        message = f"not a number: {text[:40]}"
        raise Unreadable(message)
    return Decimal(text)


def yuan_of(text: str) -> Decimal:
    """Yuan with two decimals, perhaps negative; raises `Unreadable`, also for parts of a fen."""
    amount = decimal_of(text)
    if amount != round(amount, 2):
        message = f"{text} has fractions of a fen"
        raise Unreadable(message)
    return round(amount, 2)


def is_fresh(timestamp: str) -> bool:
    """Whether whole seconds since 1970 lie within five minutes of now."""
    if not TIMESTAMP.fullmatch(timestamp):
        return False
    return abs(time.time() - int(timestamp)) <= WINDOW_SECONDS


def sign(key: RSAPrivateKey, content: bytes) -> str:
    """RSA with SHA-256, in base64."""
    return base64.b64encode(key.sign(content, padding.PKCS1v15(), hashes.SHA256())).decode()


def verify(key: RSAPublicKey, signature: str, content: bytes) -> None:
    """Raise `SignatureInvalid` unless the key's owner signed exactly these bytes."""
    try:
        raw = base64.b64decode(signature[: LONGEST_SIGNATURE + 1], validate=True)
        key.verify(raw, content, padding.PKCS1v15(), hashes.SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        message = "the signature does not match"
        raise SignatureInvalid(message) from None


@cache
def private_key(file: Path) -> RSAPrivateKey:
    """The RSA private key in a PEM file; OSError or ValueError when there is none."""
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, RSAPrivateKey):
        message = f"{file} holds no RSA private key"
        raise ValueError(message)  # noqa: TRY004 the content is wrong, not a type
    return key


@cache
def public_key(file: Path) -> RSAPublicKey:
    """The RSA public key in a PEM file; OSError or ValueError when there is none."""
    key = serialization.load_pem_public_key(file.read_bytes())
    if not isinstance(key, RSAPublicKey):
        message = f"{file} holds no RSA public key"
        raise ValueError(message)  # noqa: TRY004 the content is wrong, not a type
    return key


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        message = "a key twice"
        raise Unreadable(message)
    return made


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise Unreadable(message)


def _refuse_unstorable(value: object) -> None:
    """Refuse NUL and lone surrogates, wherever they hide."""
    match value:
        case str():
            if "\0" in value or (not value.isascii() and _is_broken(value)):
                message = "characters that cannot be stored"
                raise Unreadable(message)
        case dict():
            for key, inner in value.items():
                _refuse_unstorable(key)
                _refuse_unstorable(inner)
        case list():
            for inner in value:
                _refuse_unstorable(inner)


def _is_broken(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
