"""P1: batch approval, with record, audit line and message for every row, beside one SQL statement."""

from collections.abc import Iterator
from functools import partial

from django.db import connection

from benchmarks.measure import Figure, Undone, check_constraints
from benchmarks.sizes import Sizes
from benchmarks.university import University, university
from yibao.common.bulk import OneOf
from yibao.enrolment import flow
from yibao.enrolment.models import Enrolment
from yibao.people.levels import Level

TABLES = ("enrolment_enrolment", "enrolment_reviewrecord", "common_auditentry", "notify_message")
FLOOR = """
    WITH chosen AS (
        SELECT id FROM enrolment_enrolment WHERE id = ANY(%(pks)s) ORDER BY id FOR UPDATE
    ), moved AS (
        UPDATE enrolment_enrolment e SET current_step_id = %(step)s, status = %(status)s,
            changed_at = now()
        FROM chosen WHERE e.id = chosen.id RETURNING e.id, e.round, e.public_id, e.student_id
    ), recorded AS (
        INSERT INTO enrolment_reviewrecord
            (enrolment_id, step_id, round, decision, comment, places, by_id, at)
        SELECT id, %(was)s, round, 'approved', '同意', '{}', %(by)s, now() FROM moved
    ), told AS (
        INSERT INTO notify_message (public_id, to_id, kind, title, text, link, subject_type,
            subject_id, by_id, created_at)
        SELECT gen_random_uuid(), s.user_id, 'step_passed', '学院审核已通过',
            '2026年大学生医保：正在等待学校审核，不用做什么', '/progress/' || moved.public_id || '/',
            'enrolment', moved.id, %(by)s, now()
        FROM moved JOIN people_student s ON s.id = moved.student_id
    )
    INSERT INTO common_auditentry (action, subject_type, subject_id, by_id, at, data)
    SELECT 'approve', 'enrolment', id, %(by)s, now(),
        jsonb_build_object('was', 'in_review', 'now', 'in_review', 'round', round)
    FROM moved
"""


def figures(sizes: Sizes) -> Iterator[Figure]:
    """At the college's step, and at the last one, where what is owed is worked out again."""
    school = university(sizes.few_enrolments)
    for level, onward in ((Level.COLLEGE, Level.SCHOOL), (Level.SCHOOL, None)):
        yield _figure(school, level, onward, sizes.batch)


def _figure(school: University, level: Level, onward: Level | None, size: int) -> Figure:
    by = school.office if level == Level.SCHOOL else school.college_officer
    waiting = Enrolment.objects.awaiting(by).order_by("pk")
    pks = list(waiting.values_list("pk", flat=True)[:size])
    steps = {step.level: step.pk for step in school.plan.steps.all()}
    values = {
        "pks": pks,
        "was": steps[level],
        "step": steps[onward] if onward else None,
        "status": "in_review" if onward else "awaiting_payment",
        "by": by.pk,
    }
    return Figure(
        name=f"approve {len(pks):,} at the {level} step",
        floor_name="one statement: lock, UPDATE, three INSERTs",
        goal=5,
        floor=partial(_floor, values),
        ours=partial(_ours, by, pks),
        around=lambda: Undone(*TABLES),
    )


def _floor(values: dict[str, object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FLOOR, values)
    check_constraints()


def _ours(by, pks: list[int]) -> None:
    outcome = flow.approve(Enrolment.objects.filter(OneOf("pk", pks)), by=by, comment="同意")
    check_constraints()
    assert outcome.done == pks, outcome.refused
