"""Invent a university and load it: its lists come in by the same import as a school's own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import connection, transaction
from django.utils.timezone import localdate

from yibao.common import sheets
from yibao.common.errors import Refused
from yibao.common.sheet_report import Report
from yibao.demo import cash, changes, corrections, office, past, plans, staff, story
from yibao.demo.progress import School
from yibao.demo.students import HARDSHIP_HEADERS, HEADERS, Lists, invent
from yibao.enrolment.roster import enlist_all
from yibao.people.models import Student
from yibao.people.roster import import_roster
from yibao.plans.hardship import import_hardship

FIRST_MONTH = 8
STUDENTS, SEED = 2000, 2026

Say = Callable[[str], None]


@dataclass(frozen=True)
class Files:
    """The lists as a school would send them."""

    last_roster: Path
    roster: Path
    hardship: Path


def school_year() -> int:
    """The year in which the current school year began."""
    today = localdate()
    return today.year if today.month >= FIRST_MONTH else today.year - 1


def write_files(lists: Lists, year: int, folder: Path) -> Files:
    """This year's roster, last year's without the newcomers, and the hardship list."""
    folder.mkdir(parents=True, exist_ok=True)
    files = Files(
        folder / f"学生名册-{year - 1}.xlsx",
        folder / f"学生名册-{year}.xlsx",
        folder / f"困难认定名单-{year}.xlsx",
    )
    sheets.write(files.last_roster, "学生名册", [HEADERS, *_last_year(lists, year)])
    sheets.write(files.roster, "学生名册", [HEADERS, *lists.roster])
    sheets.write(files.hardship, "困难认定名单", [HARDSHIP_HEADERS, *lists.hardship])
    return files


def _last_year(lists: Lists, year: int) -> list[list[str]]:
    """Who was there a year ago; of a very large university some classes are enough."""
    grade, college, name = (HEADERS.index(header) for header in ("年级", "学院", "班级"))
    before = [line for line in lists.roster if int(line[grade]) < year]
    kept = story.first_classes((line[college], (line[college], line[name])) for line in before)
    return [line for line in before if (line[college], line[name]) in kept]


def make_demo(
    students: int = STUDENTS,
    *,
    seed: int = SEED,
    folder: Path | None = None,
    say: Say = lambda _: None,
) -> None:
    """Fill an empty database with a university in the midst of this year's enrolment."""
    if settings.PRODUCTION:
        raise Refused("演示数据只能装入演示环境，不能装入正式环境")
    if Student.objects.exists():
        raise Refused("数据库中已有学生，演示数据只能装入空的数据库")
    if folder:
        _make(students, seed, folder, say)
        return
    with TemporaryDirectory() as temporary:
        _make(students, seed, Path(temporary), say)


def _make(students: int, seed: int, folder: Path, say: Say) -> None:
    year = school_year()
    say(f"正在生成 {students} 名学生的名册……")
    lists = invent(students, year, seed)
    files = write_files(lists, year, folder)
    with transaction.atomic():
        say("正在导入名册……")
        _check(import_roster(files.last_roster, by=None))
        staff.make_staff(lists.colleges, seed)
        say("正在办理上一学年的参保……")
        school = School.known()
        last = plans.open_last(year - 1, by=school.office)
        _analyze()
        story.live_last_year(last, school, Random(seed))
        _check(import_roster(files.roster, by=None))
        staff.make_staff(lists.colleges, seed)
        _check(import_hardship(files.hardship, by=None))
        say("正在办理本学年的参保……")
        school = School.known()
        undergraduate, postgraduate = plans.open_plans(year, by=school.office)
        _analyze()
        story.live_three_steps(undergraduate, school, Random(seed + 1))
        story.live_rates(postgraduate, school, Random(seed + 2))
        corrections.ask_for_corrections(school, Random(seed + 3))
        past.date_back(last.pk, a_year=True)
        for plan in (undergraduate, postgraduate):
            past.date_back(plan.pk)
        cash.reconcile()
        changes.extend(undergraduate, school)
        changes.recognise_late(undergraduate, school)
        office.keep(school)
        staff.give_passwords()
        enlist_all(by=None)


def _analyze() -> None:
    """What was loaded within this transaction is news to the planner."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _check(report: Report) -> None:
    """The invented lists must pass the import like any other."""
    if report.errors:
        first = report.errors[0]
        message = f"row {first.row} {first.column}: {first.message}"
        raise ValueError(message)
