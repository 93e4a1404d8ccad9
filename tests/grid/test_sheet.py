"""A row written at once says what xlsxwriter says cell by cell."""

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from yibao.grid.export import FORMATS
from yibao.grid.sheet import RowSheet

KINDS = ("text", "number", "money", "day", "moment")
ROWS = [
    ["2025000001", 17, Decimal("533.00"), date(2026, 11, 21), datetime(2026, 11, 21, 14, 5, 59)],  # noqa: DTZ001
    ["=1+1", 0, Decimal("-0.50"), date(1999, 1, 1), datetime(2000, 2, 29)],  # noqa: DTZ001
    [None, None, None, None, None],
    ["http://x.example", 10**12, Decimal("1234567.89"), None, None],
    [' <b>&amp; "x" _x000D_ _x 😀 \x0b\r\n\ufffe ', -1, None, None, None],
    ["字" * 40_000, None, Decimal(0), None, None],
    ["😀" * 20_000, 1, Decimal("0.1"), date(2026, 3, 1), None],
]


def book(fill, **options):
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_urls": False}) as made:
        forms = [made.add_format({"num_format": FORMATS[kind]}) for kind in KINDS]
        sheet = made.add_worksheet(**options)
        sheet.write_string(0, 0, "名册")
        sheet.write_string(1, 0, "学号", made.add_format({"bold": True}))
        fill(sheet, forms)
    return out


def by_cells(sheet, forms):
    for line, row in enumerate(ROWS, 2):
        writers = [
            sheet.write_string, sheet.write_number, sheet.write_number, sheet.write_datetime,
            sheet.write_datetime,
        ]  # fmt: skip
        for place, (write, value) in enumerate(zip(writers, row, strict=True)):
            if value is not None:
                write(line, place, value, forms[place])


def by_rows(sheet, forms):
    sheet.begin(2, zip(KINDS, forms, strict=True))
    for row in ROWS:
        sheet.append(row)
    sheet.end()


@pytest.fixture(scope="module")
def written():
    return book(by_cells), book(by_rows, worksheet_class=RowSheet)


def test_the_same_cells_of_the_same_kind(written):
    cells, rows = (
        [
            [(cell.value, cell.data_type, cell.number_format) for cell in row]
            for row in openpyxl.load_workbook(out).active
        ]
        for out in written
    )
    assert rows == cells
    assert len(rows) == 2 + len(ROWS)


def test_the_same_to_another_reader(written):
    cells, rows = (
        CalamineWorkbook.from_filelike(BytesIO(out.getvalue())).get_sheet_by_index(0).to_python()
        for out in written
    )
    assert rows == cells


def test_a_text_is_no_number():
    with pytest.raises(ValueError, match="format code"):
        book(lambda sheet, forms: only_text_in(sheet, forms[1]), worksheet_class=RowSheet)


def only_text_in(sheet, form):
    sheet.begin(2, [("number", form)])
    sheet.append(["<v>"])
