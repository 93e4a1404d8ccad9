"""Lists that come and go as .xlsx: read with every fault named, write with inert cells."""

import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import IO, Any

import xlsxwriter

from yibao.common import sheet_child, sheet_guard
from yibao.common.errors import Refused

SECONDS = 60
HEADER_SEARCH = 15
MOST_DIGITS = 15
"""Excel keeps 15 digits of a number and turns the rest into zeros."""

SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d{2}")
ERROR_TEXT = re.compile(r"#(N/A|REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!)")
MOST_MERGED = 5000
FAULT_COLUMN = "问题"


@dataclass(frozen=True)
class Column:
    """One column of a list: its name in the code, its header, and other headers that mean it."""

    name: str
    header: str
    also: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class CellFault:
    """What is wrong in one cell: the line number of the sheet, the header, a sentence."""

    row: int
    column: str
    message: str


def in_order(faults: Iterable[CellFault], columns: Sequence[Column]) -> list[CellFault]:
    """Each fault once, line by line, within a line as the columns are listed."""
    places = {column.header: place for place, column in enumerate(columns)}
    return sorted(set(faults), key=lambda f: (f.row, places.get(f.column, -1), f.message))


@dataclass
class Table:
    """A list as read: used cells by column name; `raw` are all lines, to give the file back."""

    header_row: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    lines: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    raw: list[tuple[int, list[Any]]] = field(default_factory=list)
    from_1904: bool = False


def read(path: Path, columns: Sequence[Column]) -> Table:
    """Read the one list in the file that has these columns.

    Hidden sheets are not read; hidden rows and columns and filtered rows are data like others.
    Formulas, error values, merged cells and numbers that lost digits are faults of their cell.
    """
    sheet_guard.check(path)
    book = _read_in_child(path)
    found = [(sheet, *place) for sheet in book["sheets"] if (place := _find_header(sheet, columns))]
    complete = [hit for hit in found if not _missing(hit[2], columns)]
    if len(complete) > 1:
        names = "、".join(f"“{sheet['name']}”" for sheet, *_ in complete)
        raise Refused(f"有 {len(complete)} 张工作表都是名单（{names}），请只保留一张")
    if not found:
        wanted = "、".join(column.header for column in columns if column.required)
        raise Refused(f"没有找到表头，名单至少要有这些列：{wanted}")
    sheet, header_row, header = (complete or found)[0]
    return _table(sheet, header_row, header, columns, from_1904=book["from_1904"])


def _read_in_child(path: Path) -> dict[str, Any]:
    """What the child process prints; its end of any kind is a sentence, never ours."""
    command = [sys.executable, "-I", str(Path(sheet_child.__file__)), str(path.resolve())]
    too_big = "表格的行或列太多，或内容过大；请删去数据下方和右侧的空行空列后再上传"
    try:
        child = subprocess.run(
            command, capture_output=True, timeout=SECONDS, check=False, cwd="/", env={}
        )
    except subprocess.TimeoutExpired:
        raise Refused(too_big) from None
    # An abort, a signal and a memory error mean that the limits were met.
    if child.returncode == sheet_child.TOO_BIG or child.returncode < 0:
        raise Refused(too_big)
    if child.returncode:
        if b"MemoryError" in child.stderr:
            raise Refused(too_big)
        raise Refused("文件内容已损坏，读不出来；请在 Excel 或 WPS 中打开并另存后再上传")
    return json.loads(child.stdout)


def _find_header(sheet: dict[str, Any], columns: Sequence[Column]) -> tuple[int, list[str]] | None:
    """The line that names the most columns, alone or with the line above it (merged groups)."""
    known = {plain_header(text) for column in columns for text in (column.header, *column.also)}
    best: tuple[int, int, list[str]] | None = None
    above: list[Any] = []
    for number, cells in sheet["rows"][:HEADER_SEARCH]:
        for header in (cells, [low or high for low, high in _pairs(cells, above)]):
            texts = [str(cell) for cell in header]
            score = len({plain_header(text) for text in texts} & known)
            if score > 1 and (best is None or score > best[0]):
                best = (score, number, texts)
        above = cells
    return (best[1], best[2]) if best else None


def _pairs(low: list[Any], high: list[Any]) -> Iterator[tuple[Any, Any]]:
    for place, cell in enumerate(low):
        yield cell, high[place] if place < len(high) else ""


def plain_header(text: str) -> str:
    """A header without blanks, marks of duty and remarks in brackets: 学 号*（必填） is 学号."""
    folded = unicodedata.normalize("NFKC", text)
    return re.sub(r"\(.*?\)|\[.*?\]|[\s*:＊\u200b]", "", folded)


def _missing(header: list[str], columns: Sequence[Column]) -> list[str]:
    given = {plain_header(text) for text in header}
    return [
        column.header
        for column in columns
        if column.required and not given & {plain_header(t) for t in (column.header, *column.also)}
    ]


def _table(
    sheet: dict[str, Any],
    header_row: int,
    header: list[str],
    columns: Sequence[Column],
    *,
    from_1904: bool,
) -> Table:
    table = Table(header_row=header_row, from_1904=from_1904, raw=sheet["rows"])
    table.faults += [
        CellFault(header_row, name, f"缺少“{name}”这一列") for name in _missing(header, columns)
    ]
    by_text = {plain_header(t): c for c in columns for t in (c.header, *c.also)}
    headers: dict[str, str] = {}
    for place, text in enumerate(header):
        column = by_text.get(plain_header(text))
        if column is None:
            table.ignored += [text] if text.strip() else []
        elif column.name in table.columns:
            sentence = f"“{column.header}”列出现了不止一次，请只保留一列"
            table.faults.append(CellFault(header_row, column.header, sentence))
        else:
            table.columns[column.name] = place
            headers[column.name] = column.header
    for number, cells in sheet["rows"]:
        if number > header_row:
            line = _line(number, cells, table, headers)
            if any(cell != "" for cell in line.values()):
                table.lines.append((number, line))
    _mark_places(table, sheet, headers)
    return table


def _line(number: int, cells: list[Any], table: Table, headers: dict[str, str]) -> dict[str, Any]:
    line = {}
    for name, place in table.columns.items():
        cell = cells[place]
        if not (cell.__class__ is str and (cell == "" or cell.isalnum())):
            cell = tidy(cell)
            if sentence := _why_not_cell(cell):
                table.faults.append(CellFault(number, headers[name], sentence))
        line[name] = cell
    return line


def tidy(cell: Any) -> Any:
    """A text without control characters and surrounding blanks, a whole number, a date."""
    match cell:
        case str():
            return _INVISIBLE.sub("", cell).strip()
        case float() if cell.is_integer():
            return int(cell)
        case [day]:
            return date.fromisoformat(day)
        case _:
            return cell


# Control characters (PostgreSQL takes no NUL), zero-width ones, and those that turn text about.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


def _mark_places(table: Table, sheet: dict[str, Any], headers: dict[str, str]) -> None:
    """Formulas, error values and cells that a merged one covers."""
    by_place = {place + 1: headers[name] for name, place in table.columns.items()}

    def mark(row: int, place: int, message: str) -> None:
        if row > table.header_row and place in by_place:
            table.faults.append(CellFault(row, by_place[place], message))

    for row, place in sheet["formulas"]:
        mark(row, place, "这一格是公式，请复制后“选择性粘贴”为数值")
    formulas = {tuple(place) for place in sheet["formulas"]}
    for row, place in sheet["errors"]:
        if (row, place) not in formulas:
            mark(row, place, "这一格是公式的错误值，请改成真实内容")
    for row, place in islice(_merged_away(sheet["merged"], by_place), MOST_MERGED):
        mark(row, place, "这一格被合并了，请取消合并单元格后逐行填写")


def _merged_away(merged: list[list[int]], places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Cells that a merged one covers: only its first keeps a value."""
    for top, left, bottom, right in merged:
        for place in (place for place in places if left < place <= right + 1):
            for row in range(top + 1, bottom + 2):
                if (row, place) != (top + 1, left + 1):
                    yield row, place


def _why_not_cell(cell: Any) -> str:
    if isinstance(cell, str):
        if cell and cell[0] == "#" and ERROR_TEXT.fullmatch(cell):
            return "这一格是公式的错误值，请改成真实内容"
        if "E+" in cell and SCIENTIFIC.fullmatch(cell):
            return "这一格变成了科学计数法，数字已不完整；请把这一列设为“文本”后重新填写"
    elif isinstance(cell, (int, float)) and abs(cell) >= 10**MOST_DIGITS:
        return (
            f"Excel 把这一格当成了数字，第 {MOST_DIGITS} 位以后已经丢失；"
            "请把这一列设为“文本”后重新填写"
        )
    return ""


def write(target: IO[bytes] | Path, title: str, lines: Iterable[Sequence[Any]]) -> None:
    """Write one sheet whose cells are texts, whatever they look like; the first line is bold."""
    write_book(target, {title: lines})


def write_book(target: IO[bytes] | Path, sheets: dict[str, Iterable[Sequence[Any]]]) -> None:
    """Write several sheets; `write_string` makes no text a formula, a link or a number."""
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        bold = book.add_format({"bold": True, "bg_color": "#EEF2F7", "num_format": "@"})
        text = book.add_format({"num_format": "@"})
        for title, lines in sheets.items():
            sheet = book.add_worksheet(title)
            sheet.freeze_panes(1, 0)
            for row, line in enumerate(lines):
                if row == 0:
                    sheet.set_column(0, len(line) - 1, 16, text)
                for place, cell in enumerate(line):
                    sheet.write_string(row, place, str(cell), text if row else bold)


def write_with_faults(target: IO[bytes] | Path, table: Table, faults: Iterable[CellFault]) -> None:
    """Give the list back as it came, line by line, with one more column that names the faults."""
    by_row: dict[int, list[str]] = {}
    for fault in faults:
        by_row.setdefault(fault.row, []).append(f"{fault.column}：{fault.message}")
    width = max((len(cells) for _, cells in table.raw), default=0)
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("名单")
        text = book.add_format({"num_format": "@"})
        red = book.add_format({"font_color": "#B42318", "bg_color": "#FEF3F2", "text_wrap": True})
        sheet.set_column(0, max(width - 1, 0), 16, text)
        sheet.set_column(width, width, 60)
        for number, cells in table.raw:
            for place, cell in enumerate(cells):
                if cell != "":
                    sheet.write_string(number - 1, place, as_text(cell), text)
            if number == table.header_row:
                sheet.write_string(number - 1, width, FAULT_COLUMN, red)
            if sentences := by_row.get(number):
                sheet.write_string(number - 1, width, "；\n".join(sentences), red)


def as_text(cell: Any) -> str:
    """A cell as a person would type it."""
    match cell:
        case [day]:
            return str(day)
        case bool():
            return "是" if cell else "否"
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell)
