"""Files are the list: same rows, columns and order; typed, and nothing in them runs."""

import csv
from datetime import datetime
from io import BytesIO, StringIO

import openpyxl
import pytest

from tests.grid.conftest import ID_NUMBER
from tests.grid.lists import StudentGrid
from yibao.grid import export
from yibao.people.models import Student


@pytest.fixture
def book(listed):
    def make(params, picked=None):
        grid = listed(params)
        out = BytesIO()
        export.write_xlsx(grid, export.chosen(grid, picked), out)
        return openpyxl.load_workbook(BytesIO(out.getvalue())).active

    return make


def values(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]


def test_same_rows_columns_and_order(book, listed):
    address = "where=and.student_no.starts.2025000&sort=-student_no&cols=student_no,called"
    assert values(book(address)) == [
        ["学号", "称呼"],
        *[[f"2025000{i}", f"生{i}{'先生' if i % 2 else '女士'}"] for i in range(9, -1, -1)],
    ]


def test_the_head_says_what_it_is(book):
    sheet = book("f=status.suspended&cols=name")
    assert sheet["A1"].value == "学生名册"
    assert sheet["A2"].value == "条件：学籍状态：休学"
    assert sheet["A3"].value.startswith("共 3 条 · 导出人：school · 导出时间：20")
    assert sheet.freeze_panes == "B5"


def test_cells_have_their_kind(book):
    sheet = book("q=20250001&cols=student_no,fee,birth_date,updated_at,grade,status,active")
    row = sheet[5]
    assert [cell.data_type for cell in row] == ["s", "n", "d", "d", "n", "s", "s"]
    assert row[0].value == "20250001"
    assert row[1].value == 2025
    assert row[1].number_format == "#,##0.00"
    assert row[2].value == datetime(2007, 1, 2)  # noqa: DTZ001 - a sheet knows no zone
    assert (row[5].value, row[6].value) == ("休学", "是")


def test_nothing_is_a_formula_or_a_link(book, campus):
    Student.objects.filter(pk=campus.outside.pk).update(name="=HYPERLINK(1)", postcode="1")
    Student.objects.filter(student_no="20250000").update(name="http://x.example")
    sheet = book("cols=name&sort=student_no")
    assert {cell.data_type for row in sheet.iter_rows(min_row=4) for cell in row} == {"s"}
    assert sheet["A5"].value == "http://x.example"
    assert sheet["A5"].hyperlink is None
    assert sheet["A65"].value == "=HYPERLINK(1)"


def test_secrets_are_masked(book):
    row = values(book(f"q={ID_NUMBER}&cols=id_number,mobile"))[1]
    assert row == ["110***********002X", "138****8000"]


def test_only_the_ticked_rows_in_the_order_of_the_list(book, listed):
    picked = Student.objects.filter(student_no__in=["20250007", "20250003"])
    assert values(book("sort=-student_no&cols=student_no", picked)) == [
        ["学号"],
        ["20250007"],
        ["20250003"],
    ]


def test_csv_reads_in_a_spreadsheet(listed, campus):
    Student.objects.filter(pk=campus.outside.pk).update(name='@SUM("1")')
    grid = listed("cols=student_no,name,fee,updated_at&where=and.grade.eq.2026")
    text = "".join(export.csv_lines(grid, export.chosen(grid, None)))
    assert text.startswith("\ufeff学号,姓名,")
    rows = list(csv.reader(StringIO(text.removeprefix("\ufeff"))))
    assert rows[1][:3] == ["20260001", '\'@SUM("1")', "2026"]
    assert len(rows[1][3]) == 16


def test_a_chinese_name_for_the_file(listed, monkeypatch):
    said = export.disposition(listed(), "xlsx")
    assert said.startswith('attachment; filename="test_students.xlsx"')
    assert "filename*=UTF-8''%E5%AD%A6%E7%94%9F%E5%90%8D%E5%86%8C-" in said
    monkeypatch.setattr(StudentGrid, "subject", '2026/2027 "大学生":医保')
    assert export.file_name(listed(), "csv").startswith("学生名册（2026 2027 大学生 医保）-20")
