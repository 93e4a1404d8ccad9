"""P5: 参保统计 down to each class, with totals, beside the GROUP BY that it stands on."""

from collections.abc import Iterator
from functools import partial

from django.db import connection

from benchmarks.measure import Figure
from benchmarks.sizes import Sizes
from benchmarks.university import University, university
from yibao.enrolment.models import Enrolment
from yibao.people.levels import REVIEWING
from yibao.reports import funnel

FLOOR = """
    SELECT c.name, m.name, g.grade, g.name, n.standing, s.level, n.count
    FROM (
        SELECT t.class_group_id, e.current_step_id,
            CASE WHEN NOT e.required OR e.off_roster THEN 'not_required'
                 WHEN e.status = 'opted_out' AND r.counts_as = 'leaves' THEN 'not_required'
                 WHEN e.status = 'opted_out' AND r.counts_as = 'elsewhere' THEN 'elsewhere'
                 ELSE e.status END AS standing,
            count(*) AS count
        FROM enrolment_enrolment e JOIN people_student t ON t.id = e.student_id
        LEFT JOIN plans_optoutreason r ON r.id = e.reason_id
        WHERE e.plan_id = %s
        GROUP BY 1, 2, 3
    ) n
    JOIN people_classgroup g ON g.id = n.class_group_id
    JOIN people_major m ON m.id = g.major_id
    JOIN people_college c ON c.id = m.college_id
    LEFT JOIN plans_reviewstep s ON s.id = n.current_step_id
"""


def figures(sizes: Sizes) -> Iterator[Figure]:
    """By college, major, grade and class: every dimension that there is."""
    school = university(sizes.few_enrolments)
    yield Figure(
        name=f"statistics of {school.students:,} by class",
        floor_name="one GROUP BY, its rows fetched",
        goal=1.5,
        floor=partial(_floor, school),
        ours=partial(_ours, school),
    )


def _floor(school: University) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FLOOR, [school.plan.pk])
        cursor.fetchall()


def _ours(school: University) -> None:
    rows = Enrolment.objects.covered_by(school.office, *REVIEWING).filter(plan=school.plan)
    stages = funnel.funnel(rows, list(funnel.DIMENSIONS))
    assert funnel.totals(stages).figures.roster == school.students
