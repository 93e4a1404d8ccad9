"""Fields of a merchant's question, each as its protocol promises or refused by name."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from yibao_sandbox.ledger import LARGEST_AMOUNT, Declined

Said = dict[str, Any]
NUMBER = r"[0-9A-Za-z_-]{6,64}"


def text(asked: Said, name: str, pattern: str = r".{1,128}") -> str:
    """A text that matches a pattern."""
    value = asked.get(name)
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise wrong(name)
    return value


def inner(asked: Said, name: str) -> Said:
    """An object."""
    value = asked.get(name)
    if not isinstance(value, dict):
        raise wrong(name)
    return value


def fen(asked: Said, name: str) -> int:
    """An amount in whole fen."""
    value = asked.get(name)
    if type(value) is not int or not 1 <= value <= LARGEST_AMOUNT:
        raise wrong(name)
    return value


def address(asked: Said, name: str) -> str:
    """An address of the merchant's."""
    value = text(asked, name, r"https?://\S{1,500}")
    if not urlsplit(value).hostname:
        raise wrong(name)
    return value


def moment(asked: Said, name: str) -> int:
    """A moment with its offset, in seconds since 1970."""
    try:
        at = datetime.fromisoformat(text(asked, name, r".{1,40}"))
    except ValueError:
        raise wrong(name) from None
    if at.tzinfo is None:
        raise wrong(name)
    return int(at.timestamp())


def wrong(name: str) -> Declined:
    """What is said of a field that is not as promised."""
    return Declined("PARAM_ERROR", f"参数 {name} 缺失或不正确", 400)
