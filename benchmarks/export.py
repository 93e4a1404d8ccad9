"""P6: a list as a workbook, beside xlsxwriter writing the same cells."""

from collections.abc import Iterator
from functools import partial
from io import BytesIO
from typing import Any

import xlsxwriter

from benchmarks.measure import Figure
from benchmarks.sizes import Sizes
from benchmarks.university import university
from yibao.grid import export
from yibao.grid.query import GridQuery
from yibao.web.staff.enrolments import EnrolmentGrid

COLUMNS = (
    "student_no", "name", "sex", "college", "major", "grade", "class_group", "id_number", "mobile",
    "intent", "types", "reason", "amount_due", "status", "step", "paying", "is_hardship", "standing",
    "submitted_at", "submitted_by",
)  # fmt: skip


def figures(sizes: Sizes) -> Iterator[Figure]:
    """参保名单详情 of everybody, in twenty columns."""
    school = university(sizes.few_enrolments)

    def grid() -> EnrolmentGrid:
        return EnrolmentGrid(school.office, GridQuery(columns=COLUMNS))

    cells = list(export.lines(grid(), export.chosen(grid(), None)))
    yield Figure(
        name=f"export {len(cells):,} × {len(COLUMNS)} to xlsx",
        floor_name="xlsxwriter in constant memory, the same cells at hand",
        goal=1.4,
        floor=partial(_floor, cells),
        ours=lambda: _ours(grid(), len(cells)),
    )


def _floor(cells: list[list[Any]]) -> None:
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}
    with xlsxwriter.Workbook(BytesIO(), options) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate(cells):
            for place, cell in enumerate(row):
                if cell.__class__ is str:
                    sheet.write_string(line, place, cell)
                elif cell is not None:
                    sheet.write(line, place, cell)


def _ours(grid: EnrolmentGrid, count: int) -> None:
    assert export.write_xlsx(grid, export.chosen(grid, None), BytesIO()) == count
