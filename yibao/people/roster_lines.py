"""The lines of a roster file, each read and checked by itself and against the other lines."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from yibao.common.sheet_cells import Unreadable
from yibao.common.sheets import CellFault, Table
from yibao.people import identity
from yibao.people.codes import DocumentType
from yibao.people.names import why_not_name
from yibao.people.roster_columns import HEADERS, READERS, REQUIRED, day_reader

DAYS = {"birth_date": False, "entered_on": True, "graduates_on": True}
"""Columns with a date, and whether its month will do."""

Place = tuple[str, str, int, str]
"""College, major, grade and class: what a class is known by."""


@dataclass(slots=True)
class Line:
    """One student of the file; `given` holds the filled cells that were readable."""

    row: int
    given: dict[str, Any]
    faults: list[CellFault] = field(default_factory=list)

    @property
    def student_no(self) -> str:
        """The number the student is known by."""
        return self.given["student_no"]

    @property
    def place(self) -> Place:
        """The class the student is in."""
        given = self.given
        return given["college"], given["major"], given["grade"], given["class_name"]

    @property
    def counselors(self) -> Iterator[tuple[str, str]]:
        """Staff number and, if the file has it, name."""
        names = self.given.get("staff_names", ())
        for place, number in enumerate(self.given.get("staff_nos", ())):
            yield number, names[place] if place < len(names) else ""

    def fault(self, column: str, message: str) -> None:
        """Note what is wrong in a column."""
        self.faults.append(CellFault(self.row, HEADERS[column], message))


def read_lines(table: Table) -> list[Line]:
    """Every line with its own faults and those it has beside the others."""
    days = {
        name: day_reader(from_1904=table.from_1904, month_will_do=month_will_do)
        for name, month_will_do in DAYS.items()
    }
    # Most columns repeat a few values ten thousand times.
    readers = {name: lru_cache(maxsize=4096)(read) for name, read in (READERS | days).items()}
    marked = {(fault.row, fault.column) for fault in table.faults}
    marked_rows = {row for row, _ in marked}
    lines = []
    for row, cells in table.lines:
        line = Line(row, {})
        for name, cell in cells.items():
            if cell == "" or (row in marked_rows and (row, HEADERS[name]) in marked):
                continue
            try:
                line.given[name] = readers[name](cell)
            except Unreadable as reason:
                line.fault(name, str(reason))
        _check_line(line, marked)
        lines.append(line)
    _check_together(lines)
    return lines


def _check_line(line: Line, marked: set[tuple[int, str]]) -> None:
    given = line.given
    faulty = {fault.column for fault in line.faults}
    for name in REQUIRED:
        header = HEADERS[name]
        if name not in given and header not in faulty and (line.row, header) not in marked:
            line.fault(name, f"缺少{header}")
    _check_document(line)
    if "name" in given and (why := why_not_name(given.get("document_type", ""), given["name"])):
        line.fault("name", why)
    _check_days(line)
    numbers, names = given.get("staff_nos", ()), given.get("staff_names", ())
    if names and not numbers and "辅导员工号" not in faulty:
        line.fault("staff_nos", "填了辅导员姓名，但缺少工号")
    elif names and numbers and len(numbers) != len(names):
        line.fault(
            "staff_names",
            f"有 {len(numbers)} 个工号、{len(names)} 个姓名，请用“、”隔开并一一对应",
        )


def _check_document(line: Line) -> None:
    given = line.given
    number = given.get("id_number", "")
    if not number:
        return
    kind = given.get("document_type", "")
    if not kind:
        if any(fault.column == HEADERS["document_type"] for fault in line.faults):
            return
        # 18 digits speak for themselves; every other number needs its type.
        if identity.why_not_id_number(DocumentType.ID_CARD, number) and len(number) not in (15, 18):
            line.fault("document_type", "缺少证件类型，无法核对证件号码")
            return
        kind = given["document_type"] = DocumentType.ID_CARD
    if reason := identity.why_not_id_number(kind, number):
        line.fault("id_number", reason)
        return
    born, sex = identity.told_by(kind, number)
    if not born:
        return
    if given.setdefault("birth_date", born) != born:
        line.fault("birth_date", identity.why_not_birth_date(kind, number, given["birth_date"]))
    if given.setdefault("sex", sex) != sex:
        line.fault("sex", identity.why_not_sex(kind, number, given["sex"]))


def _check_days(line: Line) -> None:
    born = line.given.get("birth_date")
    entered, graduates = line.given.get("entered_on"), line.given.get("graduates_on")
    if born and entered and entered <= born:
        line.fault("entered_on", f"入学时间 {entered} 不晚于出生日期 {born}")
    if born and identity.is_future(born):
        line.fault("birth_date", f"出生日期 {born} 晚于今天，请改正")
    if entered and graduates and graduates <= entered:
        line.fault("graduates_on", f"拟毕业时间 {graduates} 不晚于入学时间 {entered}")


def _check_together(lines: list[Line]) -> None:
    """Nobody twice, no document of two people, no staff number with two names."""
    students: dict[str, int] = {}
    documents: dict[str, int] = {}
    for line in lines:
        number, document = line.given.get("student_no", ""), line.given.get("id_number", "")
        if number and (first := students.setdefault(number, line.row)) != line.row:
            line.fault("student_no", f"学号 {number} 与第 {first} 行重复，每名学生只占一行")
        if document and (first := documents.setdefault(document, line.row)) != line.row:
            line.fault("id_number", f"证件号码与第 {first} 行的学生相同，请对照证件改正")
    _check_staff(lines, students)


def _check_staff(lines: list[Line], students: dict[str, int]) -> None:
    staff: dict[str, tuple[str, int]] = {}
    for line in lines:
        for number, name in line.counselors:
            if number in students:
                line.fault("staff_nos", f"工号 {number} 是第 {students[number]} 行学生的学号")
            known, first = staff.get(number, ("", line.row))
            if not known:
                staff[number] = (name, line.row)
            elif name and name != known:
                line.fault(
                    "staff_names",
                    f"工号 {number} 在第 {first} 行是“{known}”，这里是“{name}”，请改成一致",
                )
