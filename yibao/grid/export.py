"""The matching or ticked rows as a file, in the shown columns and order."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote

import xlsxwriter
from django.db.models import QuerySet
from django.utils import timezone

from yibao.common.bulk import OneOf
from yibao.grid.column import Column
from yibao.grid.sentence import sentence
from yibao.grid.sheet import RowSheet

if TYPE_CHECKING:
    from yibao.grid.grid import Grid

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
CHUNK = 5000
WIDTHS = {"number": 10, "money": 12, "day": 12, "moment": 17}
FORMATS = {
    "number": "General",
    "money": "#,##0.00",
    "day": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
    "text": "@",
}
UNFIT = re.compile(r'[\\/:*?"<>|\s]+')
"""What a file's name cannot have, on one system or another."""
LONGEST_SUBJECT = 60
RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def chosen(grid: "Grid", picked: QuerySet[Any] | None) -> list[int]:
    """The keys of the rows to export in the order of the list; all that match when none are picked."""
    rows = grid.matching
    if picked is not None:
        rows = rows.filter(OneOf("pk", picked.values_list("pk", flat=True)))
    return list(rows.values_list("pk", flat=True))


def heading(grid: "Grid", count: int, act: str = "导出") -> list[str]:
    """What a file or a sheet of paper says of itself: of what, asked how, by whom and when."""
    now = timezone.localtime().replace(tzinfo=None).isoformat(" ", "minutes")
    return [
        f"{grid.title}（{grid.subject}）" if grid.subject else grid.title,
        f"条件：{sentence(grid)}",
        f"共 {count} 条 · {act}人：{grid.viewer} · {act}时间：{now}",
    ]


def lines(grid: "Grid", pks: Sequence[int]) -> Iterator[list[Any]]:
    """Cell values, a chunk of rows in memory at a time."""
    at = {path: i for i, path in enumerate(grid.paths)}
    plan = [([at[path] for path in c.sources], c.value, c.converter(grid)) for c in grid.shown]
    for start in range(0, len(pks), CHUNK):
        for row in grid.read(pks[start : start + CHUNK]):
            yield [
                convert(value(*(row[i] for i in where)) if value else row[where[0]])
                for where, value, convert in plan
            ]


def write_xlsx(
    grid: "Grid",
    pks: Sequence[int],
    out: BinaryIO,
    said: Callable[[int], None] | None = None,
) -> int:
    """A workbook with typed cells, none of them a formula or a link. Returns the rows written."""
    book = xlsxwriter.Workbook(
        out,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "in_memory": False,
        },
    )
    sheet = book.add_worksheet(worksheet_class=RowSheet)
    title = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True, "bg_color": "#F1F5F9", "bottom": 1})
    kinds = {kind: book.add_format({"num_format": form}) for kind, form in FORMATS.items()}
    for place, column in enumerate(grid.shown):
        sheet.set_column(place, place, WIDTHS.get(column.kind, _width(column)))
    top = heading(grid, len(pks))
    for line, text in enumerate(top):
        sheet.write_string(line, 0, text, title if line == 0 else None)
    for place, column in enumerate(grid.shown):
        sheet.write_string(len(top), place, column.label, head)
    sheet.freeze_panes(len(top) + 1, sum(1 for c in grid.shown if c.frozen))
    sheet.begin(len(top) + 1, [(column.kind, kinds[column.kind]) for column in grid.shown])
    written = 0
    for written, cells in enumerate(lines(grid, pks), 1):
        if said:
            said(written)
        sheet.append(cells)
    sheet.end()
    book.close()
    return written


def csv_lines(grid: "Grid", pks: Sequence[int]) -> Iterator[str]:
    """The same as CSV with a byte order mark, so that spreadsheets read it as UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    yield writer.writerow([column.label for column in grid.shown])
    kinds = [column.kind for column in grid.shown]
    for cells in lines(grid, pks):
        yield writer.writerow([_csv_cell(*pair) for pair in zip(kinds, cells, strict=True)])


def disposition(grid: "Grid", ending: str) -> str:
    """A download under a Chinese name (RFC 5987)."""
    return attachment(grid, file_name(grid, ending))


def attachment(grid: "Grid", name: str) -> str:
    """The header for a file of that name; the plain name is for old browsers."""
    ending = name.rpartition(".")[2]
    named = quote(name, safe="")
    return f"attachment; filename=\"{grid.key}.{ending}\"; filename*=UTF-8''{named}"


def file_name(grid: "Grid", ending: str) -> str:
    """What the file is called: of what, and when."""
    subject = UNFIT.sub(" ", grid.subject).strip()[:LONGEST_SUBJECT]
    of = f"{grid.title}（{subject}）" if subject else grid.title
    return f"{of}-{timezone.localtime():%Y%m%d-%H%M}.{ending}"


class _Echo:
    """Hands back what the csv writer writes."""

    def write(self, line: str) -> str:
        return line


def _width(column: Column) -> int:
    return max(12, 2 * len(column.label) + 4, {"s": 8, "l": 24, "xl": 36}.get(column.width, 0))


def _csv_cell(kind: str, value: Any) -> str:
    if value is None:
        return ""
    if kind == "moment":
        return str(value.isoformat(" ", "minutes"))
    text = str(value)
    if kind in ("number", "money", "day"):
        return text
    return f"'{text}" if text.startswith(RUNS_AS_FORMULA) else text
