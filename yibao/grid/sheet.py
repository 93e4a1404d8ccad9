"""A worksheet that takes whole rows: xlsxwriter's cell by cell costs more than all the rest of a file."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

if TYPE_CHECKING:
    from xlsxwriter.format import Format

MOST_ROWS = 1_048_576
LONGEST = 2 * 32_767
"""Bytes of UTF-16 that a cell of Excel holds."""
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet knows no zone
DAY = timedelta(days=1)
REMEMBERED = 2_000
# What xlsxwriter escapes too: markup, characters that XML has not, and what reads like an escape.
AWKWARD = re.compile("[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9a-fA-F]{4}_|^\\s|\\s$")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
ESCAPED = re.compile("(?=_x[0-9a-fA-F]{4}_)")

Cells = Sequence[Any]
Written = Callable[[Any], str]


class RowSheet(Worksheet):  # type: ignore[misc]  # xlsxwriter has no types
    """After the cells of a heading, rows of one shape: each a line of XML, put together at once.

    Only for a workbook in constant memory: there the cells stand in the sheet themselves.
    """

    def begin(self, first: int, kinds: Iterable[tuple[str, "Format"]]) -> None:
        """The rows from `first` on have columns of these kinds and formats."""
        self._write_single_row(first)
        self._next = first
        self._columns = [
            (f'<c r="{xl_col_to_name(place)}', _written(kind, form._get_xf_index()))
            for place, (kind, form) in enumerate(kinds)
        ]

    def append(self, cells: Cells) -> None:
        """The next row; None leaves a cell out."""
        self._next += 1
        line = self._next
        parts = [
            f"{opening}{line}{written(value)}"
            for (opening, written), value in zip(self._columns, cells, strict=True)
            if value is not None
        ]
        self.fh.write(f'<row r="{line}">{"".join(parts)}</row>')

    def end(self) -> None:
        """Say how far the rows reach."""
        self.previous_row = self._next
        if self._columns:
            self._check_dimensions(self._next - 1, len(self._columns) - 1)


def _written(kind: str, form: int) -> Written:
    """From a value to what follows its address, in a cell of this kind and format."""
    match kind:
        case "number" | "money":
            return lambda value: f'" s="{form}"><v>{value:.16G}</v></c>'
        case "day":
            return lambda value: f'" s="{form}"><v>{_serial(value)}</v></c>'
        case "moment":
            return lambda value: f'" s="{form}"><v>{(value - EPOCH) / DAY!r}</v></c>'
    known: dict[str, str] = {}

    def text(value: str) -> str:
        found = known.get(value)
        if found is None:
            found = _inline(value, form)
            # Names of units and states come again and again; what is different in every row does not.
            if len(known) < REMEMBERED:
                known[value] = found
        return found

    return text


def _serial(value: date) -> int:
    return value.toordinal() - EPOCH.toordinal()


def _inline(value: str, form: int) -> str:
    opening = f'" s="{form}" t="inlineStr"><is><t'
    if len(value) <= LONGEST // 4 and not AWKWARD.search(value):
        return f"{opening}>{value}</t></is></c>"
    text = value.encode("utf-16-le")[:LONGEST].decode("utf-16-le", "ignore")
    text = ESCAPED.sub("_x005F", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = CONTROL.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
    return f'{opening} xml:space="preserve">{text}</t></is></c>'
