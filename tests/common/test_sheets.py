"""Reading a list: where it stands in the file, what each cell says, what is wrong with a cell."""

import contextlib
from datetime import date
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.common.books import book
from yibao.common import sheet_cells, sheets
from yibao.common.errors import Refused
from yibao.common.sheet_cells import Unreadable
from yibao.common.sheets import CellFault, Column

COLUMNS = (
    Column("number", "学号", ("学生学号",), required=True),
    Column("name", "姓名", required=True),
    Column("born", "出生日期"),
)
LOST = "Excel 把这一格当成了数字，第 15 位以后已经丢失；请把这一列设为“文本”后重新填写"


def read(path):
    return sheets.read(path, COLUMNS)


def lines(path):
    return [(row, tuple(line.values())) for row, line in read(path).lines]


def test_columns_in_any_order_under_a_title_with_other_columns_between(tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        ["2026 级新生名单"],
        [],
        ["姓名", "序号", "学 生学号*（必填）", "备注"],
        ["张三", 1, "001", "x"],
        ["", "", "", ""],
        [" 李\u200b四\n", 2, 1002, ""],
    )
    table = read(path)
    assert table.header_row == 3
    assert table.lines == [
        (4, {"name": "张三", "number": "001"}),
        (6, {"name": "李四", "number": 1002}),
    ]
    assert table.ignored == ["序号", "备注"]
    assert table.faults == []


def test_a_header_of_two_lines_with_merged_groups(tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        ["学号", "基本信息", ""],
        ["", "姓名", "出生日期"],
        ["001", "张三", "2005-03-02"],
    )
    assert lines(path) == [(3, ("001", "张三", "2005-03-02"))]


def test_hidden_sheets_and_sheets_without_the_header_are_not_read(tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        ["学号", "姓名"],
        ["001", "张三"],
        sheets={"说明": [["学号要写成文本"]], "旧": [["学号", "姓名"], ["9", "旧"]]},
    )
    with pytest.raises(Refused, match="有 2 张工作表都是名单（“名单”、“旧”），请只保留一张"):
        read(path)
    workbook = openpyxl.load_workbook(path)
    workbook["旧"].sheet_state = "hidden"
    workbook.save(path)
    assert lines(path) == [(2, ("001", "张三"))]


def test_without_any_header_the_wanted_columns_are_named(tmp_path):
    with pytest.raises(Refused, match="没有找到表头，名单至少要有这些列：学号、姓名"):
        read(book(tmp_path / "a.xlsx", ["a", "b"], ["1", "2"]))


def test_missing_and_doubled_columns_are_faults_of_the_header(tmp_path):
    path = book(tmp_path / "a.xlsx", ["学号", "学生学号", "出生日期"], ["001", "001", ""])
    assert read(path).faults == [
        CellFault(1, "姓名", "缺少“姓名”这一列"),
        CellFault(1, "学号", "“学号”列出现了不止一次，请只保留一列"),
    ]


def test_numbers_that_lost_digits_are_named(tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        ["学号", "姓名"],
        [350102200503020011, "张三"],
        ["3.50102E+17", "李四"],
        [202400000000001, "王五"],
    )
    table = read(path)
    assert table.faults == [
        CellFault(2, "学号", LOST),
        CellFault(
            3, "学号", "这一格变成了科学计数法，数字已不完整；请把这一列设为“文本”后重新填写"
        ),
    ]
    assert table.lines[2][1]["number"] == 202400000000001


def test_formulas_error_values_and_merged_cells_are_faults_of_used_columns(tmp_path):
    def special(_, sheet):
        sheet.write_formula("A2", '="00"&1', None, "001")
        sheet.write_formula("D2", "=1+1", None, 2)
        sheet.write_formula("B3", "=NA()", None, "#N/A")
        sheet.write_string("B4", "#REF!")
        sheet.merge_range("A5:A6", "005")

    path = book(
        tmp_path / "a.xlsx",
        ["学号", "姓名", "出生日期", "备注"],
        ["", "张三"],
        ["002", ""],
        ["003", ""],
        ["", "赵六"],
        ["", "孙七"],
        before=special,
    )
    assert sheets.in_order(read(path).faults, COLUMNS) == [
        CellFault(2, "学号", "这一格是公式，请复制后“选择性粘贴”为数值"),
        CellFault(3, "姓名", "这一格是公式，请复制后“选择性粘贴”为数值"),
        CellFault(4, "姓名", "这一格是公式的错误值，请改成真实内容"),
        CellFault(6, "学号", "这一格被合并了，请取消合并单元格后逐行填写"),
    ]


def test_an_error_value_without_its_formula(tmp_path):
    path = book(tmp_path / "a.xlsx", ["学号", "姓名"], ["001", "x"])
    workbook = openpyxl.load_workbook(path)
    cell = workbook["名单"]["B2"]
    cell.value, cell.data_type = "#VALUE!", "e"
    workbook.save(path)
    assert read(path).faults == [CellFault(2, "姓名", "这一格是公式的错误值，请改成真实内容")]


def test_date_cells_of_both_calendars(tmp_path):
    path = book(
        tmp_path / "a.xlsx", ["学号", "姓名", "出生日期"], ["1", "张三", date(2005, 3, 2)]
    )  # fmt: skip
    assert lines(path) == [(2, ("1", "张三", date(2005, 3, 2)))]
    assert not read(path).from_1904
    workbook = openpyxl.load_workbook(path)
    workbook.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    workbook.save(path)
    assert read(path).from_1904


@pytest.mark.parametrize(
    "cell",
    [
        date(2026, 9, 1), "2026-09-01", "2026-9-1", "2026/9/1", "2026/09/01", "2026.9.1",
        "2026年9月1日", "２０２６－０９－０１", "20260901", 20260901, 46266, "46266",
        "2026-09-01 00:00:00", " 2026-09-01 ",
    ],
)  # fmt: skip
def test_spellings_of_a_day(cell):
    assert sheet_cells.day(cell) == date(2026, 9, 1)


def test_a_day_number_of_the_1904_calendar():
    assert sheet_cells.day(44804, from_1904=True) == date(2026, 9, 1)


@pytest.mark.parametrize("cell", ["202609", 202609, "2026-09", "2026/9", "2026年9月", "2026.9"])
def test_a_month_stands_for_its_first_day_only_where_it_will_do(cell):
    assert sheet_cells.day(cell, month_will_do=True) == date(2026, 9, 1)
    with pytest.raises(Unreadable, match="只有年月，请写出日"):
        sheet_cells.day(cell)


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("2026-02-29", "“2026-02-29”不是真实的日期，请改正"),
        ("20261301", "“20261301”不是真实的日期，请改正"),
        (2026, "“2026”不是日期，请写成 2026-09-01 的样子"),
        (2026.1, "“2026.1”不是日期，请写成 2026-09-01 的样子"),
        ("去年九月", "“去年九月”不是日期，请写成 2026-09-01 的样子"),
        ("26-09-01", "“26-09-01”不是日期，请写成 2026-09-01 的样子"),
        (True, "“是”不是日期，请写成 2026-09-01 的样子"),
        (-5, "“-5”不是日期，请写成 2026-09-01 的样子"),
    ],
)
def test_what_is_no_day_is_shown_with_the_right_form(cell, sentence):
    with pytest.raises(Unreadable) as caught:
        sheet_cells.day(cell, month_will_do=True)
    assert str(caught.value) == sentence


@given(st.one_of(st.text(max_size=30), st.integers(), st.floats(), st.booleans()))
def test_no_cell_brings_the_readers_down(cell):
    for reader in (sheet_cells.day, sheet_cells.year):
        with contextlib.suppress(Unreadable):
            reader(sheets.tidy(cell))


@pytest.mark.parametrize(
    ("cell", "year"),
    [("2026", 2026), (2026, 2026), ("2026级", 2026), ("26级", 2026), ("2026-2027学年", 2026),
     ("2026—2027", 2026), ("２０２６", 2026), ("98级", 2098)],
)  # fmt: skip
def test_spellings_of_a_year(cell, year):
    assert sheet_cells.year(cell) == year


@pytest.mark.parametrize("cell", ["26", "大二", "2026-2028", "20260", "", 2026.5])
def test_what_is_no_year(cell):
    with pytest.raises(Unreadable):
        sheet_cells.year(cell)


NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "＝1+1", "=cmd|' /C calc'!A0", "http://a.b", "007"]


def test_what_is_written_is_text_whatever_it_looks_like(tmp_path):
    path = tmp_path / "a.xlsx"
    sheets.write(path, "名单", [["内容"], *[[text] for text in NASTY]])
    cells = [cell for (cell,) in openpyxl.load_workbook(path).active.iter_rows(min_row=2)]
    assert [cell.data_type for cell in cells] == ["s"] * len(NASTY)
    assert [cell.value for cell in cells] == NASTY
    assert [cell.hyperlink for cell in cells] == [None] * len(NASTY)


def test_the_file_comes_back_line_by_line_with_its_faults(tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        ["名单"],
        ["学号", "备注", "姓名"],
        ["001", "=1+1", "张三"],
        [],
        [1002, True, date(2005, 3, 2)],
    )
    table = read(path)
    file = BytesIO()
    faults = [CellFault(5, "姓名", "不对"), CellFault(5, "学号", "也不对")]
    sheets.write_with_faults(file, table, faults)
    sheet = openpyxl.load_workbook(file).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["名单", None, None, None],
        ["学号", "备注", "姓名", "问题"],
        ["001", "=1+1", "张三", None],
        [None, None, None, None],
        ["1002", "是", "2005-03-02", "姓名：不对；\n学号：也不对"],
    ]
    assert sheet["B3"].data_type == "s"
