"""P2: a roster comes in, for the first time and again, beside reading the sheet and a COPY of it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection
from django.db.models import Model
from django.utils.timezone import now
from python_calamine import CalamineWorkbook

from benchmarks import university
from benchmarks.database import empty, settle
from benchmarks.measure import Figure, Undone, check_constraints
from benchmarks.sizes import Sizes
from yibao.accounts.models import User
from yibao.common import public_id, sheets
from yibao.demo.students import HEADERS, invent
from yibao.people.models import ClassGroup, College, Major, Student
from yibao.people.roster import import_roster

YEAR = 2026
FAR = 10**9
"""Keys that nobody else has."""
TIMES = {User: ("created_at",), Student: ("updated_at",)}
TABLES = ("accounts_user", "people_student", "people_classgroup", "people_post_class_groups")


def figures(sizes: Sizes) -> Iterator[Figure]:
    """Into an empty database, and the same file once more, which rewrites nothing."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "roster.xlsx"
        sheets.write(path, "学生名册", [HEADERS, *invent(sizes.roster, YEAR, 1).roster])
        yield from _figures(path, sizes.roster)


def _figures(path: Path, count: int) -> Iterator[Figure]:
    floor_name = "the same sheet read by calamine, its rows into the same tables by COPY"
    common = {"floor_name": floor_name, "floor": partial(_floor, path)}
    empty()
    major = Major.objects.create(college=College.objects.create(name="学院"), name="专业")
    ClassGroup.objects.create(pk=FAR, major=major, grade=YEAR, name="班级")
    settle()
    yield Figure(
        name=f"import a roster of {count:,}",
        goal=2.5,
        ours=partial(_first, path, count),
        around=lambda: Undone(*TABLES),
        **common,
    )
    import_roster(path, by=None)
    settle()
    yield Figure(
        name=f"import the same {count:,} again",
        goal=2,
        ours=partial(_again, path, count),
        around=lambda: Undone(*TABLES),
        **common,
    )


def _floor(path: Path) -> None:
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    header, *rows = sheet.to_python()
    at = {name: place for place, name in enumerate(header)}
    students = [_student(key, row, at) for key, row in enumerate(rows, FAR)]
    _copy(
        User,
        [
            {"id": row["user_id"], "username": row["student_no"], "name": row["name"]}
            for row in students
        ],
    )
    _copy(Student, students)
    check_constraints()


def _student(key: int, row: list[str], at: dict[str, int]) -> dict[str, object]:
    """The cells by column, unchecked and unsealed; a number that nobody else has."""
    number, mobile = row[at["证件号码"]].encode(), row[at["手机号"]].encode()
    return {
        "user_id": key,
        "public_id": public_id.new(),
        "student_no": f"+{row[at['学号']]}",
        "name": row[at["姓名"]],
        "name_pinyin": row[at["姓名"]],
        "sex": row[at["性别"]][:1],
        "ethnicity": row[at["民族"]],
        "document_type": "1",
        "id_number": number,
        "id_number_index": number[:16],
        "birth_date": row[at["出生日期"]],
        "entered_on": row[at["入学时间"]],
        "graduates_on": row[at["拟毕业时间"]] or None,
        "mobile": mobile,
        "mobile_index": mobile,
        "home_phone": row[at["家庭电话"]].encode(),
        "home_address": row[at["家庭地址"]].encode(),
        "postcode": row[at["邮编"]],
        "class_group_id": FAR,
    }


def _copy(model: type[Model], rows: list[dict[str, object]]) -> None:
    others = {**university.defaults(model, rows[0]), **dict.fromkeys(TIMES[model], now())}
    table, columns = model._meta.db_table, ", ".join([*rows[0], *others])
    rest = tuple(others.values())
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row((*row.values(), *rest))


def _first(path: Path, count: int) -> None:
    report = import_roster(path, by=None).count()
    check_constraints()
    assert (report.added, report.errors) == (count, []), report.errors[:3]


def _again(path: Path, count: int) -> None:
    report = import_roster(path, by=None).count()
    check_constraints()
    assert (report.unchanged, report.changed, report.added) == (count, 0, 0)
