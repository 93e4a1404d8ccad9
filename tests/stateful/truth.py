"""What the database says after a step, in raw SQL and by the product's own counting, beside the model."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db import connection

from tests.stateful.model import CLASSES, TABLE, Row
from tests.stateful.model_rates import Reporting
from tests.stateful.world import World
from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import MOVES, Standing
from yibao.people.models import Student
from yibao.reports import funnel, rates, units

ROWS = """
    SELECT e.status, e.current_step_id, e.resume_step_id, e.required, e.off_roster, e.intent,
           e.reason_id, e.round, e.amount_due::int, e.submitted_by_id, s.class_group_id
    FROM enrolment_enrolment e JOIN people_student s ON s.id = e.student_id
    WHERE e.plan_id = %s ORDER BY s.student_no
"""
BILLS = """
    SELECT enrolment_id, status, amount::int FROM payments_order ORDER BY id
"""
MONEY = """
    SELECT p.id, p.number, o.enrolment_id, p.status, p.amount::int, p.cashier_id, p.hand_over_id IS NOT NULL slip
    FROM payments_payment p JOIN payments_order o ON o.id = p.order_id ORDER BY p.id
"""
BACKS = """
    SELECT id, payment_id, amount::int, status, cause, prepared_by_id FROM payments_refund ORDER BY id
"""
POSTS = """
    SELECT p.user_id, p.level, p.college_id, p.is_active,
           ARRAY(SELECT c.classgroup_id FROM people_post_class_groups c
                 WHERE c.post_id = p.id ORDER BY 1) classes,
           ARRAY(SELECT d.user_id FROM people_deputy d WHERE d.post_id = p.id ORDER BY 1) deputies
    FROM people_post p ORDER BY p.id
"""
ROLLS = """
    SELECT s.roster_status FROM people_student s WHERE s.student_no < 'S99' ORDER BY s.student_no
"""
DATED = """
    SELECT student_id, kind, to_class_id, state FROM people_transition ORDER BY id
"""
REPORTS = """
    SELECT r.college_id, r.grade, r.status, r.figures,
           (SELECT json_object_agg(l.enrolment_id, l.standing) FROM reports_ratereportline l
            WHERE l.report_id = r.id) lines
    FROM reports_ratereport r ORDER BY r.id
"""
STANDINGS = [standing.value for standing in Standing]

PARTS = (ROWS, POSTS, ROLLS, DATED, BILLS, MONEY, BACKS, REPORTS)
EVERYTHING = ", ".join(
    f"(SELECT coalesce(json_agg(told), '[]') FROM ({part}) told)"  # noqa: S608 (constants)
    for part in PARTS
)
Lines = list[tuple[Any, ...]]


def ask(plan: int) -> list[Lines]:
    """Everything, in one question: it is asked after each of 5,000 steps."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {EVERYTHING}", [plan])
        return [[tuple(line.values()) for line in part] for part in cursor.fetchone()]


class Truth:
    """What was so after the last step, so that a change can be told."""

    def __init__(self, world: World, model: Reporting) -> None:
        self.world, self.model = world, model
        self.last: Lines = []

    def check(self, who: str) -> None:
        """Everything that must be so, whoever has just done whatever."""
        now_is, posts, rolls, dated, *money, reports = ask(self.world.plan.pk)
        assert now_is == self.rows()
        for was, now in zip(self.last, now_is, strict=False):
            if was[0] != now[0]:
                assert (was[0], now[0]) in TABLE
                assert now[0] in MOVES[was[0]]
        assert posts == self.held()
        assert rolls == [(row.roll,) for row in self.model.rows]
        assert dated == [
            (
                self.world.students[move.row.i], move.kind,
                self.world.classes[move.to].pk if move.to else None, move.state,
            )
            for move in self.model.moves
        ]  # fmt: skip
        self.check_money(*money)
        self.check_rates(reports)
        # Pages that count and choose read nothing else; what was so before, in whichever example, holds.
        self.once(self.check_sums, repr(now_is))
        if who:
            places = [(row[1], row[-1]) for row in now_is]
            self.once(lambda: self.check_scope(who), repr((who, posts, places)))
        self.last = now_is

    def once(self, check: Callable[[], None], state: str) -> None:
        if state not in self.world.known:
            check()
            self.world.known.add(state)

    def held(self) -> list[tuple[Any, ...]]:
        here = self.world
        return [
            (
                here.users[p.who].pk, p.level, (p.college and here.colleges[p.college].pk) or None,
                p.active, sorted(here.classes[name].pk for name in p.classes),
                sorted(here.users[name].pk for name in p.deputies),
            )
            for p in self.model.posts
        ]  # fmt: skip

    def rows(self) -> list[tuple[Any, ...]]:
        here = self.world
        keys = {place: key for key, place in here.steps.items()}
        return [
            (
                row.status, keys[row.step], keys[row.resume], row.required, row.off, row.intent,
                None if row.reason is None else here.reasons[row.reason].pk,
                row.round, row.fee, here.users[row.by].pk if row.by else None,
                here.classes[row.group].pk,
            )
            for row in self.model.rows
        ]  # fmt: skip

    def check_sums(self) -> None:
        """The parts sum to the roster, and children to their parents."""
        every = Enrolment.objects.filter(plan=self.world.plan)
        whole = rates.figures(every)
        assert whole.as_dict() == self.figures(self.model.rows)
        assert whole.roster == len(self.model.rows)
        classes = rates.by(every, "student__class_group")
        grades = rates.by(every, units.COLLEGE, units.GRADE)
        colleges = rates.by(every, units.COLLEGE)
        for found in (classes, grades, colleges):
            assert rates.total(found.values()) == whole
        by_class = {name: self.model.these(name) for name in CLASSES}
        assert {key: figures.as_dict() for (key,), figures in classes.items()} == {
            self.world.classes[name].pk: self.figures(rows)
            for name, rows in by_class.items()
            if rows
        }
        for (college, grade), figures in grades.items():
            mine = [
                classes[group.pk,]
                for group in self.world.classes.values()
                if (group.major.college_id, group.grade) == (college, grade)
                and (group.pk,) in classes
            ]
            assert rates.total(mine) == figures
        for (college,), figures in colleges.items():
            mine = [part for (key, _), part in grades.items() if key == college]
            assert rates.total(mine) == figures

    def figures(self, rows: list[Row]) -> dict[str, int]:
        counts = self.model.counts(rows)
        return {standing: counts[standing] for standing in STANDINGS}

    def check_scope(self, who: str) -> None:
        """Whoever acted sees the students of their posts, and nobody else."""
        user, here = self.world.users[who], self.world
        seen = Student.objects.visible_to(user).filter(pk__in=here.students)
        expected = {here.students[r.i] for r in self.model.rows if self.model.sees(who, r)}
        assert set(seen.values_list("pk", flat=True)) == expected
        waits = Enrolment.objects.awaiting(user).filter(plan=here.plan)
        expected = {here.rows[r.i] for r in self.model.rows if self.model.awaits(who, r)}
        assert set(waits.values_list("pk", flat=True)) == expected

    def check_money(self, bills: Lines, paid: Lines, given: Lines) -> None:
        """What came in and what went back, to the yuan; keys are learnt on the way."""
        here, books = self.world, self.model.books
        assert bills == [(here.rows[b.row.i], b.status, 533) for b in books.bills]
        for money, (key, number, *_) in zip(books.money, paid, strict=True):
            money.key, money.number = key, number
        assert paid == [
            (
                m.key, m.number, here.rows[m.row.i], m.status, m.amount,
                here.users[m.cashier].pk if m.cashier else None, m.slip,
            )
            for m in books.money
        ]  # fmt: skip
        for back, (key, *_) in zip(books.backs, given, strict=True):
            back.key = key
        assert given == [
            (
                b.key, b.money.key, b.amount, b.status, b.cause,
                here.users[b.prepared].pk if b.prepared else None,
            )
            for b in books.backs
        ]  # fmt: skip
        for row in self.model.rows:
            owed = row.fee if row.status == "enrolled" else 0
            parts = [b for b in books.backs if b.money.row is row and b.status == "done"]
            back = sum(b.amount for b in parts if b.money.status == "confirmed")
            assert self.model.paid_in(row) <= owed
            assert self.model.paid_in(row) == owed or back

    def check_rates(self, reports: Lines) -> None:
        """What was handed in stays as it was handed in, and a college is the sum of its grades."""
        here, handed = self.world, self.model.handed
        keys = {college.pk: name for name, college in here.colleges.items()}
        found = {
            (keys[college], grade): (
                status,
                +Counter(figures),
                {int(key): at for key, at in lines.items()},
            )
            for college, grade, status, figures, lines in reports
        }
        assert found == {
            unit: (one.status, one.counts, {here.rows[i]: s for i, s in one.lines.items()})
            for unit, one in handed.items()
        }
        for college, grade in handed:
            if grade is None and self.model.college_is_in(college):
                parts = [one.counts for one in self.model.accepted(college)]
                assert handed[college, None].counts == sum(parts, Counter())

    def check_statistics(self) -> None:
        """What the pages of statistics say, once a campaign has gone somewhere."""
        every = Enrolment.objects.filter(plan=self.world.plan)
        whole, owed = rates.figures(every), self.model.owed()
        for dimensions in (["college", "grade"], funnel.complete(["class_group"])):
            assert funnel.totals(funnel.funnel(every, dimensions)).figures == whole
            assert sum(part.due for part in funnel.money_by_unit(every, dimensions)) == owed
