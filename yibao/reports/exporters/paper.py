"""A report as a PDF: what the workbook says, on A4, the head on every page."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from yibao.common import papers
from yibao.common.errors import refuse_if
from yibao.reports.exporters.base import Column, Imprint, Sheet, said

TEMPLATE = Path(__file__).with_name("report.typ")
MOST = 3000
UPRIGHT = 95
WIDE = 170
"""In digits: more than this stands on an upright sheet, more than that only in small letters."""
SIDES = {"text": "left", "moment": "center"}


def write(sheet: Sheet, target: IO[bytes], imprint: Imprint) -> None:
    """Write the PDF. Raises `Refused` for more rows than anybody reads on paper."""
    count = len(sheet.rows)
    refuse_if(
        f"“{sheet.title}”有 {count:,} 行，PDF 最多 {MOST:,} 行，请导出 Excel"
        if count > MOST
        else ""
    )
    width = sum(column.wide for column in sheet.columns)
    told = {
        "title": sheet.title,
        "about": imprint.line(sheet),
        "flipped": width > UPRIGHT,
        "small": width > WIDE,
        "heads": [column.label for column in sheet.columns],
        "widths": [column.wide for column in sheet.columns],
        "sides": [SIDES.get(column.kind, "right") for column in sheet.columns],
        "rows": [_line(sheet.columns, row) for row in sheet.rows],
        "totals": _line(sheet.columns, sheet.totals) if sheet.totals else [],
        "notes": list(sheet.notes),
        "signed": list(sheet.signed),
    }
    target.write(papers.typeset(TEMPLATE, told))


def _line(columns: Sequence[Column], row: Sequence[Any]) -> list[str]:
    return [said(column.kind, value) for column, value in zip(columns, row, strict=True)]
