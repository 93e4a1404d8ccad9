"""What a person typed, read the way a person means it; a `Refused` says how to mend it."""

import re
import unicodedata
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from django.utils import timezone

from yibao.common.errors import Refused

LONGEST = 200
EARLIEST, LATEST = 1900, 2999
LARGEST = Decimal(10) ** 15
DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
ITEM = re.compile(r"(?:\\.|[^,\\])+", re.DOTALL)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
WIDE = str.maketrans("(),:;!?", "（），：；！？")
DOTS = "·•・‧∙⋅"
DOT = re.compile(rf"(?<=[^\W\d])[{DOTS}.](?=[^\W\d])")
BETWEEN = ".."
CLOCK = re.compile(r"[T ](\d{1,2}):(\d{2})(?::\d{2})?")


def plain(text: str) -> str:
    """Full-width letters, digits and blanks become ordinary ones; control characters go."""
    folded = unicodedata.normalize("NFKC", text)
    kept = "".join(c if c.isprintable() else " " for c in folded)
    return " ".join(kept.split())[:LONGEST]


def spellings(text: str) -> list[str]:
    """A text as it is folded, with Chinese punctuation, and with every dot that stands in names."""
    dotted = [DOT.sub(dot, text) for dot in DOTS] if DOT.search(text) else []
    return list(dict.fromkeys((text, text.translate(WIDE), *dotted)))


def listed(text: str) -> list[str]:
    r"""The items of a list in an address: between commas, where `\,` is a comma of the item's own."""
    items = (ESCAPED.sub(r"\1", item) for item in ITEM.findall(text.replace("\0", "")))
    return [item for item in items if item]


def number(text: str) -> Decimal:
    """A number, with or without currency sign and thousands separators."""
    bare = plain(text).replace(",", "").replace("¥", "").removesuffix("元").strip()
    try:
        value = Decimal(bare)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) >= LARGEST:
        raise Refused(f"“{plain(text)}”不是数字，请写成 280 或 280.50")
    return value


def day(text: str) -> date:
    """A day: 2026-11-21, 2026/11/21, 20261121 or 2026年11月21日."""
    match = DAY.fullmatch(plain(text).replace(" ", ""))
    year, month, dom = map(int, match.groups()) if match else (0, 0, 0)
    # Beyond these years arithmetic on days overflows.
    if EARLIEST <= year <= LATEST and 1 <= month <= 12 and 1 <= dom <= monthrange(year, month)[1]:  # noqa: PLR2004
        return date(year, month, dom)
    raise Refused(f"“{plain(text)}”不是日期，请写成 2026-11-21")


def day_in(word: str) -> date | None:
    """The day that a word says; None if it says none."""
    try:
        return day(word)
    except Refused:
        return None


def span(text: str) -> tuple[datetime, datetime]:
    """From when until before when: a whole day, or one minute if a time is given."""
    bare = plain(text)
    clock = CLOCK.search(bare)
    if clock is None:
        start, length = datetime.combine(day(bare), time()), timedelta(days=1)
    else:
        hour, minute = int(clock[1]), int(clock[2])
        if hour > 23 or minute > 59:  # noqa: PLR2004 - a clock
            raise Refused(f"“{bare}”不是时间，请写成 2026-11-21 14:05")
        start = datetime.combine(day(bare[: clock.start()]), time(hour, minute))
        length = timedelta(minutes=1)
    aware = timezone.make_aware(start)
    return aware, aware + length


def ends(text: str) -> tuple[str, str]:
    """From where to where, as it stands in an address: 280..350; either may be left open."""
    low, _, high = text.partition(BETWEEN)
    return plain(low), plain(high)


def whole(text: str, otherwise: int) -> int:
    """A positive whole number from an address; anything else is what is said otherwise."""
    bare = plain(text)
    if bare.isascii() and bare.isdigit() and len(bare) <= 9:  # noqa: PLR2004
        return int(bare) or otherwise
    return otherwise


def keys(texts: list[str]) -> list[int]:
    """Primary keys as a page sends them; whatever is none is passed over."""
    return [int(t) for t in texts if t.isascii() and t.isdigit() and len(t) <= 18]  # noqa: PLR2004
