"""The roster comes in as a list: colleges, majors, classes, counselors and students.

All of a file is written or nothing. An empty cell and a student who is not in the file leave what
is there; for a class with counselors in the file, those are then all it has.
"""

from pathlib import Path
from typing import Any

from django.db import transaction

from yibao.common import audit, sheets
from yibao.common.errors import Refused
from yibao.common.sheet_report import Report, unreadable
from yibao.common.turns import take_turn
from yibao.people import roster_history
from yibao.people.roster_columns import COLUMNS
from yibao.people.roster_compare import Draft, compare
from yibao.people.roster_lines import Line, read_lines
from yibao.people.roster_write import write


def check_roster(path: Path) -> Report:
    """Say what importing the file would do, and name every fault. Writes nothing."""
    try:
        report, lines = _read(path)
    except Refused as refusal:
        return unreadable(str(refusal))
    _compare(report, lines)
    return report.count()


@transaction.atomic
def import_roster(path: Path, *, by: Any) -> Report:
    """Write the file if it has no fault, all of it or nothing."""
    try:
        report, lines = _read(path)
    except Refused as refusal:
        return unreadable(str(refusal))
    if report.errors:
        return report
    # The next one waits, and then compares with what this one wrote.
    take_turn("roster")
    draft = _compare(report, lines)
    if draft and (draft.lines or draft.counselors):
        write(draft)
        if draft.histories:
            roster_history.write(draft.histories, by=by)
        counts = report.count()
        audit.record(
            "import_roster",
            None,
            by=by,
            rows=counts.rows,
            added=counts.added,
            changed=counts.changed,
            colleges=len(draft.colleges),
            classes=len(draft.classes),
        )
    return report.count()


def _read(path: Path) -> tuple[Report, list[Line]]:
    table = sheets.read(path, COLUMNS)
    lines = read_lines(table)
    report = Report(rows=len(lines), table=table)
    found = table.faults + [fault for line in lines for fault in line.faults]
    report.errors = sheets.in_order(found, COLUMNS)
    if table.ignored:
        report.notes.append("不认识、没有读取的列：" + "、".join(table.ignored[:20]))
    if not lines and not report.errors:
        report.errors = unreadable("名单里一行学生都没有").errors
    return report, lines


def _compare(report: Report, lines: list[Line]) -> Draft | None:
    """Compare what can be compared: a line whose own cells are faulty has no place yet."""
    sound = [line for line in lines if not line.faults] if report.errors else lines
    marked = {fault.row for fault in report.errors}
    sound = [line for line in sound if line.row not in marked]
    draft = compare(sound)
    found = [fault for line in sound for fault in line.faults]
    report.errors = sheets.in_order([*report.errors, *found], COLUMNS)
    report.changes = draft.changes
    if report.errors:
        return None
    report.notes += draft.notes()
    return draft
