"""P3: a counselor's page of 审核, filtered, sorted, counted, beside a bare page of the same rows."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from benchmarks import pages
from benchmarks.measure import Figure
from benchmarks.sizes import Sizes
from benchmarks.university import University, university
from yibao.common import crypto
from yibao.people.identity import mask_id_number, mask_mobile

SCOPE = """
    FROM enrolment_enrolment e
    JOIN people_student s ON s.id = e.student_id
    JOIN plans_reviewstep r ON r.id = e.current_step_id
    WHERE e.plan_id = %(plan)s AND e.status = 'in_review' AND r.level = 'counselor'
        AND e.intent = 'join' AND s.class_group_id IN (
            SELECT p.classgroup_id FROM people_post_class_groups p WHERE p.post_id = %(post)s)
"""
COUNT = f"SELECT count(*) {SCOPE}"
PAGE = f"""
    SELECT x.student_no, x.name, c.name, g.name, x.id_number, x.mobile, x.intent,
        (SELECT string_agg(t.name, '、' ORDER BY q.id) FROM enrolment_quoteline q
            JOIN plans_insurancetype t ON t.id = q.insurance_type_id WHERE q.enrolment_id = x.id),
        x.reason_id, x.amount_due,
        EXISTS (SELECT FROM plans_hardshipentry h
            WHERE h.student_id = x.student_id AND h.academic_year = 2026),
        x.submitted_at, u.name, x.step
    FROM (
        SELECT e.id, e.student_id, e.intent, e.reason_id, e.amount_due, e.submitted_at,
            e.submitted_by_id, r.name AS step, s.student_no, s.name, s.id_number, s.mobile,
            s.class_group_id
        {SCOPE} ORDER BY e.submitted_at DESC, e.id LIMIT 50
    ) x
    JOIN people_classgroup g ON g.id = x.class_group_id
    JOIN people_major m ON m.id = g.major_id
    JOIN people_college c ON c.id = m.college_id
    JOIN accounts_user u ON u.id = x.submitted_by_id
    ORDER BY x.submitted_at DESC, x.id
"""
LIST = {"HX-Request": "true", "HX-Target": "list"}
COLUMNS = (
    "student_no,name,college,class_group,id_number,mobile,intent,types,reason,amount_due,"
    "is_hardship,submitted_at,submitted_by,step"
)


def figures(sizes: Sizes) -> Iterator[Figure]:
    """As large as a list gets."""
    school = university(sizes.enrolments)
    get = pages.visitor(school.counselor)
    asked = f"plan={school.plan.pk}&f=intent.join&sort=-submitted_at&size=50&cols={COLUMNS}"
    with pages.served():
        # What a click in the list exchanges; and the whole page with all that stands around it.
        for name, headers in (("list", LIST), ("page", {})):
            yield Figure(
                name=f"a counselor's review {name} of {school.students:,}",
                floor_name="a bare page: count and rows by hand, a table in a plain template",
                goal=2,
                floor=partial(_floor, school, get),
                ours=partial(get, f"/staff/reviews/?{asked}", **headers),
            )


def _floor(school: University, get: Any) -> None:
    values = {"plan": school.plan.pk, "post": school.counselor.posts.get().pk}

    def bare() -> tuple[int, pages.Rows]:
        [[total]] = pages.ask(COUNT, values)
        return total, [_shown(row) for row in pages.ask(PAGE, values)]

    pages.bare[:] = [bare]
    get(pages.BARE)


def _shown(row: tuple[Any, ...]) -> list[Any]:
    cells = list(row)
    cells[4] = mask_id_number(crypto.unseal(bytes(cells[4]), "people_student.id_number"))
    cells[5] = mask_mobile(crypto.unseal(bytes(cells[5]), "people_student.mobile"))
    return cells
