"""A report as an .xlsx laid out for printing: A4, the head on every sheet, page numbers."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.utils.timezone import localtime

from yibao.reports.exporters.base import Column, Imprint, Sheet

A4 = 9
MARGIN = 0.5
TALL, HIGH, LINE = 22, 30, 15
LATIN = 0xFF
GAP = " " * 24
UPRIGHT = 95
"""So many digits fit on an upright sheet at a size that can be read."""
FORMATS: dict[str, dict[str, object]] = {
    "text": {"align": "left", "num_format": "@", "text_wrap": True},
    "count": {"align": "right", "num_format": "0"},
    "money": {"align": "right", "num_format": "#,##0.00"},
    "rate": {"align": "right", "num_format": '0.00"%"'},
    "moment": {"align": "center", "num_format": "yyyy-mm-dd hh:mm"},
}


def write(sheet: Sheet, target: IO[bytes], imprint: Imprint) -> None:
    """Write the workbook. No text ever becomes a formula or a link."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, {**options, "in_memory": True}) as book:
        page = book.add_worksheet("报表")
        last = len(sheet.columns) - 1
        _lay_out(page, sheet.columns)
        title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
        small = book.add_format({"font_size": 10, "font_color": "#4A5867"})
        wrapped = book.add_format({"font_size": 10, "text_wrap": True, "valign": "top"})
        signed = book.add_format({"font_size": 11, "valign": "bottom"})
        _across(page, 0, last, sheet.title, title)
        page.set_row(0, HIGH)
        _across(page, 1, last, imprint.line(sheet), small)
        line = _table(book, page, sheet)
        for note in sheet.notes:
            _across(page, line, last, note, wrapped)
            page.set_row(line, HIGH)
            line += 1
        if sheet.signed:
            _across(page, line, last, GAP.join(f"{who}：" for who in sheet.signed), signed)
            page.set_row(line, 2 * TALL)
            line += 1
        page.print_area(0, 0, line - 1, last)


def _lay_out(page: Any, columns: Sequence[Column]) -> None:
    """A4, one page wide, the head of the table on every sheet."""
    for place, column in enumerate(columns):
        page.set_column(place, place, column.wide)
    if sum(column.wide for column in columns) > UPRIGHT:
        page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.set_margins(left=MARGIN, right=MARGIN, top=MARGIN, bottom=0.75)
    page.center_horizontally()
    page.repeat_rows(0, 2)
    page.freeze_panes(3, 0)
    page.set_footer("&C第 &P 页，共 &N 页")


def _across(page: Any, line: int, last: int, text: str, form: Any) -> None:
    if last:
        page.merge_range(line, 0, line, last, "", form)
    page.write_string(line, 0, text, form)


def _table(book: Any, page: Any, sheet: Sheet) -> int:
    """Head, rows and totals; returns the next free line."""
    framed: dict[str, object] = {"border": 1, "border_color": "#9AA5B1", "valign": "vcenter"}
    head = book.add_format(
        {**framed, "bold": True, "align": "center", "bg_color": "#EEF2F7", "text_wrap": True}
    )
    plain = {kind: book.add_format({**framed, **form}) for kind, form in FORMATS.items()}
    strong = {
        kind: book.add_format({**framed, **form, "bold": True, "bg_color": "#F7F9FB"})
        for kind, form in FORMATS.items()
    }
    for place, column in enumerate(sheet.columns):
        page.write_string(2, place, column.label, head)
    page.set_row(2, HIGH)
    line = 3
    for row in sheet.rows:
        _line(page, line, sheet.columns, row, plain)
        line += 1
    if sheet.totals:
        _line(page, line, sheet.columns, sheet.totals, strong)
        line += 1
    return line


def _line(
    page: Any, line: int, columns: Sequence[Column], row: Sequence[Any], formats: dict[str, Any]
) -> None:
    page.set_row(line, _height(columns, row))
    for place, (column, value) in enumerate(zip(columns, row, strict=True)):
        form = formats[column.kind]
        match value:
            case None | "":
                page.write_blank(line, place, None, form)
            case int() | Decimal():
                page.write_number(line, place, value, form)
            case datetime():
                naive = localtime(value).replace(tzinfo=None, microsecond=0)
                page.write_datetime(line, place, naive, form)
            case _:
                page.write_string(line, place, str(value), form)


def _height(columns: Sequence[Column], row: Sequence[Any]) -> int:
    """As many lines as the longest text needs: a fixed height would cut it off on paper."""
    lines = 1
    for column, value in zip(columns, row, strict=True):
        if isinstance(value, str) and column.kind == "text":
            digits = sum(2 if ord(char) > LATIN else 1 for char in value)
            lines = max(lines, -(-digits // max(column.wide - 1, 1)))
    return TALL + (lines - 1) * LINE
