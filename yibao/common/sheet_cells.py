"""What one cell means: a text, a day, a year. Each says in Chinese why it cannot be read."""

import re
import unicodedata
from datetime import date, timedelta
from typing import Any

from yibao.common.sheets import as_text

EPOCH = date(1899, 12, 30)
EPOCH_1904 = date(1904, 1, 1)
SERIALS = range(10_000, 80_000)
"""Day numbers of Excel that can be meant as dates: 1927 to 2119."""

DAY = re.compile(
    r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?|年(\d{1,2})月(?:(\d{1,2})日?)?)(?:[ T]0?0:00(?::00)?(?:\.0+)?)?"
)


class Unreadable(ValueError):
    """A cell that does not mean what its column is for; the message is a Chinese sentence."""


def text(cell: Any, most: int) -> str:
    """A text of at most so many characters."""
    plain = as_text(cell)
    if len(plain) > most:
        raise Unreadable(f"最多 {most} 个字，现在是 {len(plain)} 个字，请缩短")
    return plain


def folded(cell: Any) -> str:
    """A code or number without blanks, full-width characters made plain."""
    return "".join(unicodedata.normalize("NFKC", as_text(cell)).split())


def day(cell: Any, *, from_1904: bool = False, month_will_do: bool = False) -> date:
    """A day: a date cell, 2026-09-01, 2026/9/1, 2026.9.1, 2026年9月1日, 20260901, a day number.

    Where the month will do, also 2026-09 and 202609: its first day.
    """
    if isinstance(cell, date):
        return cell
    plain = as_text(cell).strip()
    plain = unicodedata.normalize("NFKC", plain)
    if plain.isdecimal():
        return _from_digits(plain, from_1904=from_1904, month_will_do=month_will_do)
    found = DAY.fullmatch(plain)
    # 2026.1 as a number may have been 2026.10.
    if not found or isinstance(cell, float):
        raise Unreadable(f"“{plain}”不是日期，请写成 2026-09-01 的样子")
    year, month, number = found[1], found[2] or found[4], found[3] or found[5]
    return _day(plain, year, month, number, month_will_do=month_will_do)


def _from_digits(plain: str, *, from_1904: bool, month_will_do: bool) -> date:
    if len(plain) == len("20260901"):
        return _day(plain, plain[:4], plain[4:6], plain[6:])
    if len(plain) == len("202609"):
        return _day(plain, plain[:4], plain[4:], None, month_will_do=month_will_do)
    if int(plain) in SERIALS:
        return (EPOCH_1904 if from_1904 else EPOCH) + timedelta(days=int(plain))
    raise Unreadable(f"“{plain}”不是日期，请写成 2026-09-01 的样子")


def _day(
    plain: str, year: str, month: str, number: str | None, *, month_will_do: bool = False
) -> date:
    if number is None and not month_will_do:
        raise Unreadable(f"“{plain}”只有年月，请写出日，如 2026-09-01")
    try:
        return date(int(year), int(month), int(number or 1))
    except ValueError:
        raise Unreadable(f"“{plain}”不是真实的日期，请改正") from None


def year(cell: Any) -> int:
    """A year: 2026, 2026级, 26级, 2026学年, 2026-2027, 2026—2027学年."""
    plain = folded(cell)
    found = re.fullmatch(
        r"(20\d\d|19\d\d|\d\d(?=级))(?:[-~—–/至](\d{4}))?(?:级|学年|学年度|年)?", plain
    )
    if not found:
        raise Unreadable(f"“{plain}”不是年份，请写成 2026 的样子")
    first = int(found[1])
    if found[2] and int(found[2]) != first + 1:
        raise Unreadable(f"“{plain}”不是一个学年，请写成 {first}-{first + 1} 的样子")
    return first if len(found[1]) == len("2026") else 2000 + first
