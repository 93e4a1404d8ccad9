"""参保进度 and 贫困生参保情况: every number is the length of its list, at every level."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from tests.factories import make_plan
from tests.web.staff_reports.conftest import length, of, rows
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.payments import flow as payments
from yibao.plans.models import HardshipEntry, InsurancePlan
from yibao.reports import hardship, rates

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
DAYS = timedelta(days=1)
JOIN = Choice(Intent.JOIN, consent="当面")


@pytest.fixture
def campaign(cast, way_a):
    """Two years: registered on several days, some paid, some owe nothing; today is the sixth day."""
    HardshipEntry.objects.bulk_create(
        HardshipEntry(student=row.student, academic_year=2026, category="特困", level="困难")
        for row in rows(way_a)[1:8:2]
    )
    with time_machine.travel(NOON - 365 * DAYS):
        last = make_plan("2025年大学生医保", academic_year=2025)
        enlist(last, by=cast.office)
        flow.submit(of(*rows(last)[:8]), JOIN, by=cast.office)
    for number, row in enumerate(rows(way_a)[:6]):
        with time_machine.travel(NOON - (5 - number) * DAYS):
            flow.submit(of(row), JOIN, by=cast.office).or_refuse()
            if number < 4:
                for by in (cast.li, cast.xu, cast.office):
                    flow.approve(of(row), by=by).or_refuse()
            if number == 2:
                payments.record_cash(of(row), by=cast.li).or_refuse()
    for plan, ago in ((last, 371), (way_a, 6)):
        InsurancePlan.objects.filter(pk=plan.pk).update(
            apply_from=NOON - ago * DAYS, apply_until=NOON - (ago - 20) * DAYS
        )
    with time_machine.travel(NOON):
        yield way_a


def test_every_count_of_every_day_is_the_length_of_its_list(cast, campaign, as_):
    address = f"{reverse('staff:enrolment_progress')}?plan={campaign.pk}"
    for user in (cast.office, cast.xu, cast.li, cast.zhang):
        context = as_(user).get(address).context
        cells = [context["base"]]
        for whole in context["wholes"]:
            cells += [whole.now, whole.yesterday, whole.week, whole.before]
        for day in context["days"]:
            cells += [cell for kind in day["kinds"] for cell in (kind["gained"], kind["all"])]
        assert len(cells) == 1 + 8 + 7 * 4
        assert context["units"]
        for unit in context["units"]:
            cells += [unit["base"], *(kind["all"] for kind in unit["kinds"])]
            cells += [kind["before"] for kind in unit["kinds"] if kind["before"]]
        for cell in cells:
            assert length(user, cell.href) == cell.number, (user, cell.href)


def test_todays_line_says_what_the_figures_say(cast, campaign, as_):
    address = f"{reverse('staff:enrolment_progress')}?plan={campaign.pk}"
    answer = as_(cast.office).get(address)
    registered, insured = answer.context["wholes"]
    figures = rates.figures(Enrolment.objects.filter(plan=campaign))
    assert (registered.now.number, insured.now.number) == (6, figures.enrolled)
    assert (registered.yesterday.number, registered.week.number) == (1, 6)
    # Of twelve last year eight, this year six.
    assert (registered.rate, registered.rate_before) == (Decimal("60.00"), Decimal("80.00"))
    assert registered.ahead == Decimal("-20.00")
    assert (registered.forecast.days_left, registered.forecast.by_pace) == (14, 10)
    page = answer.content.decode()
    for words in ("去年同日", "-20.00 个百分点", "约 10 人，100.00%", "2025年大学生医保"):
        assert words in page, words


def test_the_units_sum_to_today_this_year_and_last(cast, campaign, as_):
    address = f"{reverse('staff:enrolment_progress')}?plan={campaign.pk}"
    for by in ("college", "major", "grade", "class_group"):
        context = as_(cast.office).get(f"{address}&by={by}").context
        assert sum(unit["base"].number for unit in context["units"]) == context["base"].number
        for place, whole in enumerate(context["wholes"]):
            kinds = [unit["kinds"][place] for unit in context["units"]]
            assert sum(kind["all"].number for kind in kinds) == whole.now.number
            assert sum(kind["before"].number for kind in kinds) == whole.before.number
    colleges = as_(cast.office).get(f"{address}&by=college").context["units"]
    told = [
        (*unit["names"], kind["rate"], kind["rate_before"], kind["ahead"])
        for unit in colleges
        for kind in unit["kinds"][:1]
    ]
    assert told == [
        ("外国语学院", Decimal("0.00"), Decimal("33.33"), Decimal("-33.33")),
        ("计算机学院", Decimal("85.71"), Decimal("100.00"), Decimal("-14.29")),
    ]


def test_recognised_students_of_each_unit(cast, campaign, as_):
    address = f"{reverse('staff:hardship_statistics')}?plan={campaign.pk}"
    context = as_(cast.office).get(address).context
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT co.name, m.name, count(*),
                 count(*) FILTER (WHERE e.status IN ('awaiting_payment', 'enrolled')),
                 coalesce(sum((SELECT sum(l.reduced) FROM enrolment_quoteline l
                   WHERE l.enrolment_id = e.id AND e.status IN ('awaiting_payment', 'enrolled'))), 0)
               FROM enrolment_enrolment e JOIN people_student s ON s.id = e.student_id
               JOIN people_classgroup g ON g.id = s.class_group_id
               JOIN people_major m ON m.id = g.major_id JOIN people_college co ON co.id = m.college_id
               WHERE e.plan_id = %s AND EXISTS (SELECT 1 FROM plans_hardshipentry h
                 WHERE h.student_id = s.id AND h.academic_year = 2026)
               GROUP BY 1, 2 ORDER BY 1, 2""",
            [campaign.pk],
        )
        expected = cursor.fetchall()
    assert len(expected) == 2
    assert [
        (*line.names, line.figures.roster, line.figures.joined, line.reduced)
        for line in context["lines"]
    ] == expected
    assert context["total"].figures.roster == 4


def test_their_counts_are_lists_too_and_sum_to_the_whole(cast, campaign, as_):
    address = f"{reverse('staff:hardship_statistics')}?plan={campaign.pk}"
    for user in (cast.office, cast.li, cast.sun):
        rows = hardship.recognised(campaign, user, "counselor", "school")
        whole = hardship.total(hardship.by_major(rows))
        for by in ("major", "class_group", "grade"):
            context = as_(user).get(f"{address}&by={by}").context
            assert context["total"].figures == whole.figures
            lines = [[cell.number for cell in line.cells] for line in context["lines"]]
            total = [cell.number for cell in context["total"].cells]
            assert [sum(column) for column in zip(*lines, strict=True)] == total
            for line in [*context["lines"], context["total"]]:
                for cell in line.cells:
                    assert length(user, cell.href) == cell.number, (user, cell.href)


def test_nothing_to_compare_with_is_said(cast, way_a, as_):
    answer = as_(cast.office).get(f"{reverse('staff:enrolment_progress')}?plan={way_a.pk}")
    assert "没有上一学年的数据" in answer.content.decode()
    answer = as_(cast.office).get(f"{reverse('staff:hardship_statistics')}?plan={way_a.pk}")
    assert "没有本学年认定的贫困生" in answer.content.decode()
