"""P9: opening a plan, with a row for every student that it is for, beside a COPY of the same rows."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import connection
from django.utils.timezone import now

from benchmarks import university
from benchmarks.measure import Figure, Undone, check_constraints
from benchmarks.sizes import Sizes
from yibao.accounts.models import User
from yibao.common import public_id
from yibao.enrolment.roster import open_for_enrolment
from yibao.people.levels import Level
from yibao.people.models import Post, Student
from yibao.plans.models import InsurancePlan

Row = tuple[int, int, UUID, datetime]


def figures(sizes: Sizes) -> Iterator[Figure]:
    """A draft for everybody is opened."""
    university.people(sizes.roster)
    plan = university.draft()
    office = User.objects.create_user("T1", "周主任")
    Post.objects.create(user=office, level=Level.SCHOOL)
    university.settle()
    at = now()
    students = Student.objects.order_by("pk").values_list("pk", flat=True)
    rows: list[Row] = [(plan.pk, student, public_id.new(), at) for student in students]
    yield Figure(
        name=f"open a plan for {len(rows):,}",
        floor_name="COPY of the rows",
        goal=4,
        floor=partial(_floor, rows),
        ours=partial(_ours, plan, office, len(rows)),
        around=lambda: Undone("enrolment_enrolment"),
    )


def _floor(rows: list[Row]) -> None:
    columns = "plan_id, student_id, public_id, changed_at"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY enrolment_enrolment ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
    check_constraints()


def _ours(plan: InsurancePlan, by: User, expected: int) -> None:
    assert open_for_enrolment(plan, by=by) == expected
    check_constraints()
