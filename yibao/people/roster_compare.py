"""What a roster would change: its lines beside what the database holds. Writes nothing."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from yibao.accounts.models import User
from yibao.common.bulk import among
from yibao.common.crypto import blind_index
from yibao.common.sheet_report import Change
from yibao.people import roster_dated
from yibao.people.levels import ALONE, Level
from yibao.people.models import ClassGroup, Post, Student
from yibao.people.roster_columns import HEADERS
from yibao.people.roster_history import in_words
from yibao.people.roster_lines import Line, Place

PLAIN = (
    "name",
    "sex",
    "ethnicity",
    "document_type",
    "birth_date",
    "campus",
    "training_level",
    "roster_status",
    "entered_on",
    "graduates_on",
    "postcode",
)
"""Compared as they are."""
INDEXED = ("id_number", "mobile")
"""Sealed, compared by their blind index."""
SEALED = ("home_phone", "home_address")
"""Sealed without an index: opened to be compared."""
PLACE = ("college", "major", "grade", "class_name")


@dataclass
class Draft:
    """What is to be written, and the changes as a person would read them."""

    changes: list[Change] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    classes: dict[Place, int | None] = field(default_factory=dict)
    colleges: set[str] = field(default_factory=set)
    majors: set[tuple[str, str]] = field(default_factory=set)
    staff: dict[str, str] = field(default_factory=dict)
    counselors: dict[Place, set[str]] = field(default_factory=dict)
    """Classes whose counselors differ from the file, with all their staff numbers there."""
    histories: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    """Of each student who changes: what was and what will be, numbers masked."""

    def notes(self) -> list[str]:
        """What comes into being or changes besides students."""
        classes = sum(key is None for key in self.classes.values())
        names = "、".join(sorted(self.colleges)[:8])
        found = (
            (len(self.colleges), f"新增学院 {len(self.colleges)} 个：{names}"),
            (len(self.majors), f"新增专业 {len(self.majors)} 个"),
            (classes, f"新增班级 {classes} 个"),
            (len(self.staff), f"新增辅导员 {len(self.staff)} 人"),
            (len(self.counselors), f"设置或调整辅导员的班级 {len(self.counselors)} 个"),
        )
        return [sentence for count, sentence in found if count]


def compare(lines: list[Line]) -> Draft:
    """Set the lines beside the database; faults found on the way are noted on their line."""
    draft = Draft()
    _compare_places(lines, draft)
    _compare_staff(lines, draft)
    _check_numbers(lines)
    existing = _existing([line.student_no for line in lines])
    moving: dict[str, Line] = {}
    for line in lines:
        held = existing.get(line.student_no)
        changed = _changed(line, held, draft) if held else ()
        if held is None or changed:
            draft.lines.append(line)
        if not {"class_name", "roster_status"}.isdisjoint(changed):
            moving[line.student_no] = line
        if held and changed:
            draft.histories[line.student_no] = in_words(line, held, changed)
        if held is None or changed or line.place in draft.counselors:
            fields = (*changed, *(("staff_nos",) if line.place in draft.counselors else ()))
            headers = tuple(HEADERS[name] for name in fields) if held else ()
            draft.changes.append(Change(line.row, line.student_no, line.given["name"], headers))
    if moving:
        roster_dated.check(moving, draft.classes)
    _check_documents(lines)
    return draft


def _existing(numbers: list[str]) -> dict[str, dict[str, Any]]:
    """What the database holds of these students."""
    rows = Student.objects.filter(student_no__in=among(numbers, "text")).values(
        "student_no",
        "class_group",
        "class_group__grade",
        "class_group__name",
        "class_group__major__name",
        "class_group__major__college__name",
        *("id_number", "id_number_index", "mobile", "mobile_index"),
        *(*PLAIN, *SEALED),
    )
    return {row["student_no"]: row for row in rows.iterator(chunk_size=5000)}


def _changed(line: Line, held: dict[str, Any], draft: Draft) -> tuple[str, ...]:
    """The columns whose filled cell says something else. An empty cell leaves what is there."""
    given = line.given
    changed = [name for name in (*PLAIN, *SEALED) if name in given and given[name] != held[name]]
    changed += [
        name
        for name in INDEXED
        if name in given and blind_index(given[name]) != bytes(held[f"{name}_index"])
    ]
    if draft.classes[line.place] != held["class_group"]:
        changed.append("class_name")
    return tuple(name for name in HEADERS if name in changed)


def _compare_places(lines: list[Line], draft: Draft) -> None:
    known: dict[Place, int] = {}
    colleges, majors = set(), set()
    for pk, college, major, grade, name in ClassGroup.objects.values_list(
        "pk", "major__college__name", "major__name", "grade", "name"
    ):
        known[college, major, grade, name] = pk
        colleges.add(college)
        majors.add((college, major))
    for line in lines:
        place = line.place
        if place not in draft.classes:
            draft.classes[place] = known.get(place)
            if place[0] not in colleges:
                draft.colleges.add(place[0])
            if place[:2] not in majors:
                draft.majors.add(place[:2])


def _compare_staff(lines: list[Line], draft: Draft) -> None:
    """Several counselors may share a class; those the file names are then all it has."""
    wanted: dict[Place, set[str]] = defaultdict(set)
    names: dict[str, str] = {}
    for line in lines:
        for number, name in line.counselors:
            wanted[line.place].add(number)
            names[number] = names.get(number) or name
    users = {
        username: (name, active, student)
        for username, name, active, student in User.objects.filter(
            username__in=list(names)
        ).values_list("username", "name", "is_active", "student")
    }
    alone = _alone(names)
    seen = set()
    for line in lines:
        for number, _ in line.counselors:
            if number not in seen:
                seen.add(number)
                _check_staff(line, number, names[number], users.get(number))
                if number in alone:
                    why = f"工号 {number} 是{alone[number]}，不能兼任辅导员，请更换辅导员"
                    line.fault("staff_nos", why)
    draft.staff = {number: name for number, name in names.items() if number not in users}
    held = _counselors([pk for pk in draft.classes.values() if pk])
    draft.counselors = {
        place: numbers
        for place, numbers in wanted.items()
        if numbers != held.get(draft.classes[place] or 0, set())
    }


def _check_staff(line: Line, number: str, name: str, user: tuple[str, bool, int] | None) -> None:
    if user is None:
        if not name:
            line.fault("staff_names", f"工号 {number} 还没有账号，请填写辅导员姓名")
        return
    known_name, active, student = user
    if student:
        line.fault("staff_nos", f"工号 {number} 已是学生“{known_name}”的学号，请核对")
    elif not active:
        line.fault("staff_nos", f"工号 {number}（{known_name}）的账号已停用，请先启用或更换辅导员")
    elif name and name != known_name:
        line.fault(
            "staff_names", f"工号 {number} 登记的姓名是“{known_name}”，这里是“{name}”，请核对"
        )


def _alone(numbers: Iterable[str]) -> dict[str, str]:
    """Staff numbers of those who hold a post that goes with no other."""
    posts = Post.objects.filter(level__in=ALONE, is_active=True, user__username__in=list(numbers))
    return {post.user.username: Level(post.level).label for post in posts.select_related("user")}


def _counselors(classes: list[int]) -> dict[int, set[str]]:
    """Staff numbers of the counselors of each class."""
    held: dict[int, set[str]] = defaultdict(set)
    links = Post.class_groups.through.objects.filter(
        classgroup__in=classes, post__level=Level.COUNSELOR, post__is_active=True
    )
    for group, number in links.values_list("classgroup", "post__user__username"):
        held[group].add(number)
    return held


def _check_numbers(lines: list[Line]) -> None:
    """Nobody's student number is a staff number."""
    staff = dict(
        User.objects.filter(
            username__in=among((line.student_no for line in lines), "text"), student__isnull=True
        ).values_list("username", "name")
    )
    for line in lines if staff else ():
        if line.student_no in staff:
            name = staff[line.student_no]
            line.fault("student_no", f"学号 {line.student_no} 已是教职工“{name}”的工号，请核对")


def _check_documents(lines: list[Line]) -> None:
    """No document of two people, also when one of them is not in the file."""
    wanted = {
        blind_index(line.given["id_number"]): line for line in lines if "id_number" in line.given
    }
    changing = {line.student_no for line in lines if "id_number" in line.given}
    owners = Student.objects.filter(id_number_index__in=among(wanted, "bytea"))
    for index, number in owners.values_list("id_number_index", "student_no"):
        line = wanted[bytes(index)]
        if number != line.student_no and number not in changing:
            line.fault("id_number", f"证件号码已属于学号 {number} 的学生，请核对是谁的证件")
