"""Values that no honest browser sends, ready for an address or a form, and how many of them to try."""

import os
import random
from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import quote_from_bytes

Value = TypeVar("Value")

# Everything with YIBAO_FUZZ=all; else a share of it that depends on what is tried, not on the day.
ALL = os.environ.get("YIBAO_FUZZ") == "all"

TEXTS = (
    "", " ", "　", "0", "-1", "1", "2", "00", "1.5", "1e5", "1e400", "-1e400", "NaN", "Infinity", "-0",
    "999999999", "2147483648", "9223372036854775808", "1" * 400, "0x10", "１２３", "٣", "²", "½",
    "true", "null", "None", "undefined", "[]", "{}", "a,b,,c", ",", ".", "..", "../../etc/passwd",
    "2026-02-30", "2026-13-01", "0000-00-00", "9999-12-31", "10000-01-01", "2026-10-25T02:30",
    "1900-01-01 99:99", "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}{% debug %}", "' OR 1=1 --", "%", "_", "\\", "%s%n", "{0.__class__}", "\r\nSet-Cookie: a=b",
    "\x1b[31m", "\u202etxt.exe", "\u200b\u2060", "\ufeff王", "👩‍👩‍👧", "𠮷", "e\u0301", "\ud7ff\ue000",
    "00000000-0000-0000-0000-000000000000", "~00ff", "~zz", "王" * 3000, "a " * 600, "(" * 200,
)  # fmt: skip
BYTES = (
    b"\0",
    b"a\0b",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\xed\xb2\xa9\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
)
VALUES = tuple(quote_from_bytes(text.encode(), safe="") for text in TEXTS) + tuple(
    quote_from_bytes(raw, safe="") for raw in BYTES
)


def some(values: Sequence[Value], number: int, about: str) -> Sequence[Value]:
    """A few of many, always the same for one subject; in the long run all are tried somewhere."""
    if ALL or number >= len(values):
        return values
    return random.Random(about).sample(values, number)
