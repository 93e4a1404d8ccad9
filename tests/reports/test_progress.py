"""参保进度: the last day is what all pages say, the day before is what stood then, the rest is said in words."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
import time_machine
from django.db import connection
from django.utils.timezone import localdate, now

from tests.cast import make_cast
from tests.factories import make_plan, make_student
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.payments import flow as payments
from yibao.plans.models import InsurancePlan
from yibao.reports import progress, rates
from yibao.reports.progress import Course, Day, forecast

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
DAYS = timedelta(days=1)


@pytest.fixture
def cast(db):
    """Of twelve, one registers a day for six days, two of them pay; it is the seventh day."""
    cast = make_cast()
    with time_machine.travel(NOON - 6 * DAYS):
        some = [make_student(cast.classes.cs1, f"学生{n}") for n in "甲乙丙丁戊己庚辛"]
        cast.plan = make_plan()
        InsurancePlan.objects.update(
            apply_from=now() - DAYS,
            apply_until=now() + 13 * DAYS,
            pay_from=now() - DAYS,
            pay_until=now() + 20 * DAYS,
        )
        cast.plan.refresh_from_db()
        enlist(cast.plan, by=cast.office)
    cast.rows = Enrolment.objects.filter(plan=cast.plan)
    for number, student in enumerate(some[:6]):
        with time_machine.travel(NOON - (6 - number) * DAYS):
            flow.submit(
                of(student), Choice(Intent.JOIN, consent="当面"), by=cast.office
            ).or_refuse()
    with time_machine.travel(NOON - DAYS):
        flow.send_back(of(some[5]), by=cast.li, comment="请核对").or_refuse()
        for by in (cast.li, cast.xu, cast.office):
            flow.approve(of(*some[:3]), by=by).or_refuse()
        payments.record_cash(of(*some[:2]), by=cast.li).or_refuse()
    with time_machine.travel(NOON):
        yield cast


def of(*students):
    return Enrolment.objects.filter(student__in=students)


def test_by_day_and_as_all_pages_say_it(cast, django_assert_num_queries):
    with django_assert_num_queries(3):
        course = progress.course(cast.plan, cast.rows)
    told = [(f"{day.on:%m-%d}", day.registered, day.enrolled) for day in course.days]
    assert told == [
        ("11-13", 0, 0),
        ("11-14", 1, 0),
        ("11-15", 2, 0),
        ("11-16", 3, 0),
        ("11-17", 4, 0),
        # Who was returned is missing on the day of the submission too.
        ("11-18", 5, 0),
        ("11-19", 5, 2),
        ("11-20", 5, 2),
    ]
    figures = rates.figures(cast.rows)
    assert course.days[-1].registered == figures.in_review + figures.joined + figures.stayed_out
    assert course.days[-1].enrolled == figures.enrolled
    assert (course.base, course.rate(5)) == (figures.base, Decimal("41.67"))


def test_the_days_agree_with_plain_sql(cast):
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (submitted_at AT TIME ZONE 'Asia/Shanghai')::date, count(*)
               FROM enrolment_enrolment
               WHERE plan_id = %s AND status NOT IN ('unregistered', 'returned')
               GROUP BY 1 ORDER BY 1""",
            [cast.plan.pk],
        )
        expected = cursor.fetchall()
        cursor.execute(
            """SELECT (paid_at AT TIME ZONE 'Asia/Shanghai')::date, count(*)
               FROM payments_payment WHERE status = 'confirmed' GROUP BY 1"""
        )
        paid = cursor.fetchall()
    days = progress.course(cast.plan, cast.rows).days
    steps = [
        (b.on, b.registered - a.registered, b.enrolled - a.enrolled) for a, b in pairwise(days)
    ]
    assert [(on, more) for on, more, _ in steps if more] == expected
    assert [(on, more) for on, _, more in steps if more] == paid


def test_who_owes_nothing_is_insured_since_the_last_decision(cast):
    cast.plan.types.update(premium=0)
    row = of(cast.wang)
    flow.submit(row, Choice(Intent.JOIN, consent="当面"), by=cast.office).or_refuse()
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(row, by=by).or_refuse()
    assert progress.course(cast.plan, cast.rows).days[-1] == Day(localdate(), 6, 3)


def test_a_plan_that_has_not_begun_and_one_that_has_ended(cast):
    InsurancePlan.objects.update(apply_from=now() + 5 * DAYS)
    plan = InsurancePlan.objects.get()
    course = progress.course(plan, cast.rows)
    assert course.days == ()
    assert course.at(localdate()) == Day(localdate())
    assert forecast(course, None, "registered") is None
    with time_machine.travel(NOON + 300 * DAYS):
        InsurancePlan.objects.update(apply_from=NOON - 9 * DAYS)
        course = progress.course(InsurancePlan.objects.get(), cast.rows)
        assert course.days[-1] == Day(date(2026, 12, 4), 5, 2)
        assert course.at(localdate()) == course.days[-1]
        assert forecast(course, None, "enrolled") is None


def test_the_forecast_by_both_ways(cast):
    now_ = progress.course(cast.plan, cast.rows)
    told = forecast(now_, None, "registered")
    # 5 of the last seven days and seven days to go.
    assert (told.until, told.days_left) == (date(2026, 11, 27), 7)
    assert (told.by_pace, told.by_last_year) == (10, None)
    last = tuple(Day(date(2025, 11, 13) + n * DAYS, min(40 + n * 4, 90)) for n in range(20))
    before = Course(cast.plan, 100, last)
    # On 2025-11-20 it was 68, on 2025-11-27 it was 90: 22 percent of twelve more.
    assert forecast(now_, before, "registered").by_last_year == 8
    full = Course(cast.plan, 6, now_.days)
    assert forecast(full, before, "registered").by_pace == 6


@pytest.mark.parametrize(
    ("on", "before"),
    [(date(2028, 2, 29), date(2027, 2, 28)), (date(2026, 11, 20), date(2025, 11, 20))],
)
def test_the_same_day_of_last_year(on, before):
    assert progress.same_day(on) == before


def test_last_years_plan_is_the_one_for_the_same_students(cast):
    assert progress.year_before(cast.plan, [cast.plan]) is None
    levels = {
        "甲": ["master"],
        "乙": ["bachelor", "college", "master"],
        "丙": ["bachelor", "college"],
    }
    old = [
        InsurancePlan(name=name, academic_year=2025, training_levels=found, pk=number + 50)
        for number, (name, found) in enumerate(levels.items())
    ]
    cast.plan.training_levels = ["bachelor", "college"]
    assert progress.year_before(cast.plan, old).name == "丙"
    assert progress.year_before(cast.plan, old[:2]).name == "乙"
    assert progress.year_before(cast.plan, old[:1]) is None
