"""Workbooks for tests: ordinary ones by XlsxWriter, broken and hostile ones by hand."""

import io
import struct
import zipfile
from pathlib import Path

import xlsxwriter

CONTENT_TYPES = (
    '<?xml version="1.0"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/{kind}" Target="{target}"/></Relationships>'
)
WORKBOOK = (
    '<?xml version="1.0"?>'
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
SHEET = (
    '<?xml version="1.0"?>{head}'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<sheetData>{rows}</sheetData></worksheet>"
)


def by_hand(path: Path, rows: str, head: str = "", **members: bytes) -> Path:
    """A workbook whose one sheet holds exactly this XML."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        relation = RELATIONS.format(kind="officeDocument", target="xl/workbook.xml")
        archive.writestr("_rels/.rels", relation)
        archive.writestr("xl/workbook.xml", WORKBOOK)
        relation = RELATIONS.format(kind="worksheet", target="worksheets/sheet1.xml")
        archive.writestr("xl/_rels/workbook.xml.rels", relation)
        archive.writestr("xl/worksheets/sheet1.xml", SHEET.format(rows=rows, head=head))
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def lie_about_size(path: Path, member: str = "xl/worksheets/sheet1.xml", size: int = 1000) -> Path:
    """Declare in the ZIP directory that a member is small."""
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    while at != -1:
        length = struct.unpack("<H", content[at + 28 : at + 30])[0]
        if bytes(content[at + 46 : at + 46 + length]) == member.encode():
            content[at + 24 : at + 28] = struct.pack("<I", size)
        at = content.find(b"PK\x01\x02", at + 4)
    path.write_bytes(content)
    return path


def book(path: Path, *lines, sheets=None, before=None) -> Path:
    """A workbook as somebody would save it; `before(book, sheet)` adds what is special."""
    with xlsxwriter.Workbook(path) as made:
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        for title, rows in {"名单": lines, **(sheets or {})}.items():
            sheet = made.add_worksheet(title)
            for row, line in enumerate(rows):
                for column, cell in enumerate(line):
                    if hasattr(cell, "year"):
                        sheet.write_datetime(row, column, cell, day)
                    elif isinstance(cell, str):
                        sheet.write_string(row, column, cell)
                    else:
                        sheet.write(row, column, cell)
            if before and title == "名单":
                before(made, sheet)
    return path


def zipped(**members: bytes) -> bytes:
    """A ZIP file with these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return file.getvalue()
