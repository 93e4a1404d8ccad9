"""Files that are not what they seem: each is refused by its content, with what to do about it."""

import subprocess
import sys
import time
import zipfile

import pytest

from tests.common.books import book, by_hand, lie_about_size, zipped
from yibao.common import sheets
from yibao.common.errors import Refused
from yibao.common.sheets import Column

COLUMNS = (Column("number", "学号", required=True), Column("name", "姓名", required=True))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEADER = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>学号</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>姓名</t></is></c></row>'
)
SAVE_AS = "请在 Excel 或 WPS 中另存为“Excel 工作簿（*.xlsx）”后再上传"
TOO_BIG = "表格的行或列太多，或内容过大；请删去数据下方和右侧的空行空列后再上传"
BROKEN = "文件不完整或已损坏，可能没有传完，请重新保存后再上传"
UNREADABLE = "文件内容已损坏，读不出来；请在 Excel 或 WPS 中打开并另存后再上传"


def refusal(path) -> str:
    with pytest.raises(Refused) as caught:
        sheets.read(path, COLUMNS)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "文件是空的（0 字节），请重新选择文件"),
        (OLE + b"\0" * 600, f"这是旧版 Excel 文件（.xls），{SAVE_AS}"),
        (
            OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            f"文件设了打开密码，请去掉密码后再上传；{SAVE_AS}",
        ),
        (b"%PDF-1.7\n", f"这是 PDF 文件，不是 Excel 表格，{SAVE_AS}"),
        (
            "<html><table><tr><td>学号</td></tr></table></html>".encode(),
            f"这是改了扩展名的网页或 XML 文件，不是 Excel 表格，{SAVE_AS}",
        ),
        (
            '\ufeff<?xml version="1.0"?><Workbook/>'.encode(),
            f"这是改了扩展名的网页或 XML 文件，不是 Excel 表格，{SAVE_AS}",
        ),
        (
            "学号,姓名\n1,张三\n".encode("gbk"),
            f"这是改了扩展名的文本（CSV）文件，不是 Excel 表格，{SAVE_AS}",
        ),
        (b"\x89PNG\r\n\x1a\n", f"这不是 Excel 表格，{SAVE_AS}"),
        (
            zipped(**{"xl__workbook.xml": b"", "xl__vbaProject.bin": b""}),
            f"文件带有宏（.xlsm），{SAVE_AS}",
        ),
        (zipped(**{"xl__workbook.bin": b""}), f"这是二进制工作簿（.xlsb），{SAVE_AS}"),
        (
            zipped(mimetype=b"", **{"content.xml": b""}),
            f"这是 OpenDocument 表格（.ods），{SAVE_AS}",
        ),
        (
            zipped(**{"word__document.xml": b""}),
            f"这是 Word 文档，不是 Excel 表格，{SAVE_AS}",
        ),
        (zipped(readme=b""), f"这是压缩文件，不是 Excel 表格，{SAVE_AS}"),
        (b"PK\x03\x04 cut off", BROKEN),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else None,
)
def test_what_is_no_workbook_is_told_apart_by_content(tmp_path, content, sentence):
    path = tmp_path / "名单.xlsx"
    path.write_bytes(content)
    assert refusal(path) == sentence


def test_a_file_cut_off_in_the_middle(tmp_path):
    path = book(tmp_path / "a.xlsx", ["学号", "姓名"], ["1", "张三"])
    path.write_bytes(path.read_bytes()[:-200])
    assert refusal(path) == BROKEN


def test_a_workbook_with_encrypted_members(tmp_path):
    path = book(tmp_path / "a.xlsx", ["学号", "姓名"])
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(content)
    assert refusal(path) == f"文件加了密，请去掉密码后再上传；{SAVE_AS}"


@pytest.mark.parametrize(
    ("filler", "megabytes", "sentence"),
    [
        ("0", 220, "文件解开后过大，请删去图片、空行空列等无关内容后再上传"),
        (
            " ",
            100,
            "文件压缩得异常紧密，解开后过大；请把数据复制到一个新表格中再上传",
        ),
    ],
    ids=["bomb", "white space"],
)
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, filler, megabytes, sentence):
    path = by_hand(tmp_path / "bomb.xlsx", HEADER + filler * (megabytes << 20))
    assert path.stat().st_size < 1 << 20
    started = time.process_time()
    assert refusal(path) == sentence
    assert time.process_time() - started < 0.1


def test_thousands_of_members_are_refused(tmp_path):
    path = by_hand(tmp_path / "many.xlsx", HEADER)
    with zipfile.ZipFile(path, "a") as archive:
        for n in range(1100):
            archive.writestr(f"xl/x/{n}.xml", "")
    assert refusal(path) == "文件解开后过大，请删去图片、空行空列等无关内容后再上传"


@pytest.mark.parametrize("place", ["XFD1048576", "A100000", "DA2"])
def test_one_cell_far_away(tmp_path, place):
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    cell = f'<row r="{row}"><c r="{place}"><v>1</v></c></row>'
    assert refusal(by_hand(tmp_path / "far.xlsx", HEADER + cell)) == TOO_BIG


def test_a_parser_that_aborts_takes_only_its_own_process_along(tmp_path):
    """The scan overlooks unusual spacing; then the parser meets the limits of its process."""
    cell = '<row r = "1048576"><c r = "XFD1048576"><v>1</v></c></row>'
    path = by_hand(tmp_path / "far.xlsx", HEADER.replace("r=", "r = ") + cell)
    assert refusal(path) == TOO_BIG


def test_a_lie_about_a_size_is_found_out(tmp_path):
    path = by_hand(tmp_path / "lie.xlsx", HEADER + "<!--" + "x" * (2 << 20) + "-->")
    assert refusal(lie_about_size(path)) == UNREADABLE


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE l [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
    ],
    ids=["laughs", "external"],
)
def test_entities_are_not_followed(tmp_path, head):
    cell = '<row r="2"><c r="A2" t="inlineStr"><is><t>&b;</t></is></c></row>'
    assert refusal(by_hand(tmp_path / "lol.xlsx", HEADER + cell, head)) == UNREADABLE


LIMITS = """
import resource, sys
from yibao.common import sheet_child
names = ("AS", "CPU", "CORE", "FSIZE")
def scan(_):
    sys.exit(str([resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in names]))
sheet_child._scan = scan
sheet_child.main(sys.argv[1])
"""


def test_the_child_limits_itself_before_it_reads(tmp_path):
    path = book(tmp_path / "a.xlsx", ["学号", "姓名"])
    command = [sys.executable, "-c", LIMITS, str(path)]
    child = subprocess.run(command, capture_output=True, check=False, text=True)
    assert child.stderr == f"{[(1536 << 20,) * 2, (40, 40), (0, 0), (0, 0)]}\n"


def test_the_child_gets_neither_environment_nor_time_without_end(tmp_path, monkeypatch):
    seen = {}

    def run(command, **options):
        seen.update(options, command=command)
        raise sheets.subprocess.TimeoutExpired(command, options["timeout"])

    monkeypatch.setattr(sheets.subprocess, "run", run)
    path = book(tmp_path / "a.xlsx", ["学号", "姓名"])
    assert refusal(path) == TOO_BIG
    assert (seen["env"], seen["cwd"], seen["timeout"]) == ({}, "/", 60)
