"""The hardship list (贫困生名单) comes in as a list; the same rules as for the roster.

All of a file is written or nothing. An entry is known by school year, student and category; an
empty cell and an entry that is not in the file leave what is there.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from yibao.common import audit, sheet_cells, sheets
from yibao.common.errors import Refused
from yibao.common.sheet_cells import Unreadable
from yibao.common.sheet_report import Change, Report, unreadable
from yibao.common.sheets import CellFault, Column, Table
from yibao.common.turns import take_turn
from yibao.people.models import Student
from yibao.people.roster_columns import number, person_name
from yibao.plans.models import HardshipEntry
from yibao.plans.recognition import said_of

COLUMNS = (
    Column("academic_year", "学年", ("认定学年",), required=True),
    Column("student_no", "学号", ("学生学号",), required=True),
    Column("name", "姓名", ("学生姓名",), required=True),
    Column("level", "困难等级", ("认定等级", "困难程度", "等级"), required=True),
    Column("category", "认定类别", ("困难类别", "困难类型", "类别", "认定类型"), required=True),
    Column("valid_from", "有效期起", ("有效期开始", "生效日期", "有效起始日期")),
    Column("valid_until", "有效期止", ("有效期结束", "失效日期", "有效截止日期")),
)
HEADERS = {column.name: column.header for column in COLUMNS}
REQUIRED = tuple(column.name for column in COLUMNS if column.required)
COMPARED = {
    "level": "困难等级",
    "valid_from": "有效期起",
    "valid_until": "有效期止",
    "listed_name": "姓名",
}
"""What of an entry a list may change. The name is kept, since the roster's may change later."""
CHANGEABLE = tuple(COMPARED)
FIRST_YEAR = 2000
SOURCE = "名单导入"

Key = tuple[int, str, str]
"""School year, student number and category."""


class Line:
    """One recognition as the file has it."""

    def __init__(self, row: int):
        self.row = row
        self.given: dict[str, Any] = {}
        self.faults: list[CellFault] = []

    @property
    def key(self) -> Key:
        """What an entry is known by."""
        return self.given["academic_year"], self.given["student_no"], self.given["category"]

    def fault(self, column: str, message: str) -> None:
        """Note what is wrong in a column."""
        self.faults.append(CellFault(self.row, HEADERS[column], message))


def check_hardship(path: Path) -> Report:
    """Say what importing the file would do, and name every fault. Writes nothing."""
    try:
        report, lines = _read(path)
    except Refused as refusal:
        return unreadable(str(refusal))
    _compare(report, lines)
    return report.count()


@transaction.atomic
def import_hardship(path: Path, *, by: Any) -> Report:
    """Write the file if it has no fault, all of it or nothing."""
    try:
        report, lines = _read(path)
    except Refused as refusal:
        return unreadable(str(refusal))
    take_turn("hardship")
    entries = _compare(report, lines)
    report.count()
    if entries and not report.errors:
        HardshipEntry.objects.bulk_create(
            entries,
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["academic_year", "student", "category"],
            update_fields=list(CHANGEABLE),
        )
        audit.record(
            "import_hardship",
            None,
            by=by,
            rows=report.rows,
            added=report.added,
            changed=report.changed,
        )
    return report


def _read(path: Path) -> tuple[Report, list[Line]]:
    table = sheets.read(path, COLUMNS)
    lines = _lines(table)
    report = Report(rows=len(lines), table=table)
    found = table.faults + [fault for line in lines for fault in line.faults]
    report.errors = sheets.in_order(found, COLUMNS)
    if table.ignored:
        report.notes.append("不认识、没有读取的列：" + "、".join(table.ignored[:20]))
    if not lines and not report.errors:
        report.errors = unreadable("名单里一行都没有").errors
    return report, lines


def _lines(table: Table) -> list[Line]:
    readers = _readers(table)
    marked = {(fault.row, fault.column) for fault in table.faults}
    lines: list[Line] = []
    seen: dict[Key, int] = {}
    for row, cells in table.lines:
        line = Line(row)
        for name, cell in cells.items():
            header = HEADERS[name]
            if (row, header) in marked:
                continue
            if cell == "":
                if name in REQUIRED:
                    line.fault(name, f"缺少{header}")
                continue
            try:
                line.given[name] = readers[name](cell)
            except Unreadable as reason:
                line.fault(name, str(reason))
        _check_days(line)
        if not line.faults and all(name in line.given for name in REQUIRED):
            first = seen.setdefault(line.key, row)
            if first != row:
                line.fault("student_no", f"与第 {first} 行重复：同一学年、学号、认定类别只占一行")
        lines.append(line)
    return lines


def _readers(table: Table) -> dict[str, Callable[[Any], Any]]:
    day = partial(sheet_cells.day, from_1904=table.from_1904)
    return {
        "academic_year": _academic_year,
        "student_no": number,
        "name": person_name,
        "level": partial(sheet_cells.text, most=20),
        "category": partial(sheet_cells.text, most=40),
        "valid_from": day,
        "valid_until": day,
    }


def _academic_year(cell: Any) -> int:
    year = sheet_cells.year(cell)
    latest = timezone.localdate().year + 1
    if not FIRST_YEAR <= year <= latest:
        raise Unreadable(f"学年应在 {FIRST_YEAR} 至 {latest} 之间，现在是 {year}")
    return year


def _check_days(line: Line) -> None:
    first, last = line.given.get("valid_from"), line.given.get("valid_until")
    if first and last and last < first:
        line.fault("valid_until", f"有效期止 {last} 早于有效期起 {first}")


def _compare(report: Report, lines: list[Line]) -> list[HardshipEntry]:
    """The entries to write; also finds students that are not on the roster or called otherwise."""
    faulty = {fault.row for fault in report.errors}
    sound = [line for line in lines if line.row not in faulty]
    numbers = {line.given["student_no"] for line in sound}
    students = {
        student_no: (pk, name)
        for pk, student_no, name in Student.objects.filter(student_no__in=numbers).values_list(
            "pk", "student_no", "name"
        )
    }
    held = {
        (entry.academic_year, entry.student_id, entry.category): entry
        for entry in HardshipEntry.objects.filter(student__student_no__in=numbers)
    }
    entries = []
    for line in sound:
        given, student_no = line.given, line.given["student_no"]
        if student_no not in students:
            line.fault("student_no", f"学生名册中没有学号 {student_no}，请核对或先导入名册")
            continue
        pk, name = students[student_no]
        if name != given["name"]:
            line.fault(
                "name", f"学号 {student_no} 的学生是“{name}”，这里是“{given['name']}”，请核对"
            )
            continue
        entry = held.get((given["academic_year"], pk, given["category"]))
        if entry and (withdrawn := said_of(entry)):
            line.fault(
                "category", f"该生的这项认定{withdrawn}，请从名单中删去，或先在“贫困生名单”里恢复"
            )
            continue
        given["listed_name"] = name
        changed = [f for f in CHANGEABLE if f in given and getattr(entry, f, None) != given[f]]
        if entry and not changed:
            continue
        if entry is None:
            entry = HardshipEntry(
                academic_year=given["academic_year"],
                student_id=pk,
                category=given["category"],
                source=SOURCE,
            )
            changed = []
        for field in CHANGEABLE:
            setattr(entry, field, given.get(field, getattr(entry, field)))
        if entry.valid_from and entry.valid_until and entry.valid_until < entry.valid_from:
            line.fault(
                "valid_until", f"有效期止 {entry.valid_until} 早于有效期起 {entry.valid_from}"
            )
            continue
        fields = tuple(COMPARED[field] for field in changed) if entry.pk else ()
        entry.pk = None
        entries.append(entry)
        report.changes.append(Change(line.row, student_no, given["name"], fields))
    found = [fault for line in sound for fault in line.faults]
    report.errors = sheets.in_order([*report.errors, *found], COLUMNS)
    return entries
