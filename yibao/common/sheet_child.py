"""Reads one workbook in a process of its own, under limits, and prints it as JSON.

A crafted file of 5 KB can end a parser by abort; here it ends only this process. Run by
`common.sheets` as a script: it imports nothing of ours and gets no environment.
"""

import datetime as dt
import json
import re
import resource
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

MOST_MEMORY = 1536 << 20
MOST_CPU_SECONDS = 40
MOST_TEXT = 120 << 20
MOST_SHEETS = 20
MOST_MARKS = 2000
TOO_BIG = 3
"""Exit status: more rows or columns than any list of a school has."""

# Rows from 100,000 on and columns from DA on.
FAR_CELL = re.compile(rb"""[\s]r=["'](?:[A-Z]*\d{6,}|[A-Z]{3,}\d|[D-Z][A-Z]\d)""")
# The short patterns say fast that there is nothing to place.
SOME_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
SOME_ERROR = re.compile(rb"""\st=["']e["']""")
FORMULA = re.compile(rb"<(?:\w+:)?c\s([^<>]*)>\s*<(?:\w+:)?f[\s/>]")
ERROR = re.compile(rb"""<(?:\w+:)?c\s([^<>]*\bt=["']e["'][^<>]*)>""")
PLACE = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def main(path: str) -> None:
    """Print the visible worksheets of the file."""
    for limit, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    with Path(path).open("rb") as file:
        marks, from_1904 = _scan(file)
        file.seek(0)
        workbook = CalamineWorkbook.from_filelike(file)
        names = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        ][:MOST_SHEETS]
        room = MOST_TEXT
        sheets = []
        for name in names:
            sheet = workbook.get_sheet_by_name(name)
            rows = []
            for number, cells in enumerate(sheet.iter_rows(), start=1):
                plain = [c if c.__class__ in (str, float) else _plain(c) for c in cells]
                if any(cell != "" for cell in plain):
                    room -= sum(len(cell) for cell in plain if isinstance(cell, str))
                    if room < 0:
                        sys.exit(TOO_BIG)
                    rows.append([number, plain])
            merged = [[*start, *end] for start, end in sheet.merged_cell_ranges or ()]
            sheets.append(
                {
                    "name": name,
                    "rows": rows,
                    "merged": merged[:MOST_MARKS],
                    "formulas": marks.get(name, ([], []))[0],
                    "errors": marks.get(name, ([], []))[1],
                }
            )
    sys.stdout.write(json.dumps({"sheets": sheets, "from_1904": from_1904}, ensure_ascii=False))


def _plain(cell: Any) -> Any:
    """What JSON has no word for; a date becomes a list of one ISO text."""
    if isinstance(cell, dt.datetime):
        return [cell.date().isoformat()]
    if isinstance(cell, dt.date):
        return [cell.isoformat()]
    if isinstance(cell, (dt.time, dt.timedelta)):
        return str(cell)
    return cell


def _scan(file: Any) -> tuple[dict[str, tuple[list[list[int]], list[list[int]]]], bool]:
    """Size, and the formula and error cells by sheet: calamine gives old values, or none."""
    marks = {}
    with zipfile.ZipFile(file) as archive:
        book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - under limits
        links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
        targets = {link.get("Id"): link.get("Target", "") for link in links}
        names = {
            targets.get(sheet.get(RELATION), "").lstrip("/").removeprefix("xl/"): sheet.get(
                "name", ""
            )
            for sheet in book.iterfind("{*}sheets/{*}sheet")
        }
        for member in archive.namelist():
            if member.startswith("xl/worksheets/") and member.endswith(".xml"):
                content = archive.read(member)
                if FAR_CELL.search(content):
                    sys.exit(TOO_BIG)
                found = (
                    _places(FORMULA, content) if SOME_FORMULA.search(content) else [],
                    _places(ERROR, content) if SOME_ERROR.search(content) else [],
                )
                marks[names.get(member.removeprefix("xl/"), "")] = found
        properties = book.find("{*}workbookPr")
    is_1904 = properties is not None and properties.get("date1904") in ("1", "true")
    return marks, is_1904


def _places(pattern: re.Pattern[bytes], content: bytes) -> list[list[int]]:
    """Row and column, from 1, of the cells a pattern finds."""
    found = []
    for match in pattern.finditer(content):
        if place := PLACE.search(match[1]):
            column = 0
            for letter in place[1]:
                column = column * 26 + letter - 64
            found.append([int(place[2]), column])
            if len(found) == MOST_MARKS:
                break
    return found


if __name__ == "__main__":
    main(sys.argv[1])
