"""What an import changes of a student, for the history that stands in 学生管理 and is never deleted."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from yibao.common import audit, bulk
from yibao.common.models import AuditEntry
from yibao.people import identity, master
from yibao.people.models import Student
from yibao.people.roster_columns import HEADERS
from yibao.people.roster_lines import Line

PRIVATE = ("home_phone", "home_address", "postcode")
"""Of these the history says that they changed, and not to what."""
ACTION = "roster_change"
Words = list[dict[str, str]]


def in_words(line: Line, held: Mapping[str, Any], changed: Iterable[str]) -> Words:
    """项目, 原值 and 新值 of each changed column, numbers masked."""
    return [
        {"field": HEADERS[name], "was": was, "now": now}
        for name in changed
        for was, now in [_from_to(name, line, held)]
    ]


def _from_to(name: str, line: Line, held: Mapping[str, Any]) -> tuple[str, str]:
    if name in PRIVATE:
        return "", "已修改"
    if name == "mobile":
        return identity.mask_mobile(held[name]), identity.mask_mobile(line.given[name])
    if name == "class_name":
        was = ("__major__college__name", "__major__name", "__grade", "__name")
        return _place(*(held[f"class_group{path}"] for path in was)), _place(*line.place)
    return master.shown(name, held[name]), master.shown(name, line.given[name])


def _place(college: str, major: str, grade: int, group: str) -> str:
    return f"{college} · {major} · {grade} 级 {group}"


def write(histories: Mapping[str, Words], *, by: Any) -> None:
    """A line of the trail for each student who changed."""
    audit.record_many(_entries(histories, by))


def _entries(histories: Mapping[str, Words], by: Any) -> Iterator[AuditEntry]:
    found = Student.objects.filter(student_no__in=bulk.among(histories, "text"))
    for pk, number in found.order_by("pk").values_list("pk", "student_no"):
        yield audit.entry(ACTION, Student(pk=pk), by=by, changes=histories[number])
