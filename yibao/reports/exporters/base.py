"""What stands on the paper of a report, whatever it is written as: workbook.py or paper.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.timezone import localtime

WIDTHS = {"text": 16, "count": 10, "money": 14, "rate": 12, "moment": 17}
SIGNED = ("制表人", "审核人", "单位（盖章）", "日期")


@dataclass(frozen=True)
class Column:
    """A column of a report."""

    label: str
    kind: str = "text"
    width: int = 0

    @property
    def wide(self) -> int:
        """How wide, in digits."""
        return self.width or max(WIDTHS[self.kind], 2 * len(self.label) + 2)


@dataclass(frozen=True)
class Sheet:
    """A report: what stands on the paper."""

    title: str
    about: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    totals: Sequence[Any] = ()
    notes: Sequence[str] = ()
    signed: Sequence[str] = SIGNED


@dataclass(frozen=True)
class Imprint:
    """Whose figures they are, who made the report, and as of when."""

    unit: str
    by: str
    at: datetime

    def line(self, sheet: Sheet) -> str:
        """The line below the title."""
        as_of = f"数据截至 {localtime(self.at):%Y-%m-%d %H:%M}"
        return "    ".join((f"单位：{self.unit}", sheet.about, as_of, f"制表：{self.by}"))


def said(kind: str, value: Any) -> str:
    """A value as it is read on paper; the same as a spreadsheet shows it."""
    match value:
        case None | "":
            return ""
        case datetime():
            return f"{localtime(value):%Y-%m-%d %H:%M}"
        case Decimal() if kind == "rate":
            return f"{value:.2f}%"
        case int() | Decimal() if kind == "money":
            return f"{value:,.2f}"
        case _:
            return str(value)
