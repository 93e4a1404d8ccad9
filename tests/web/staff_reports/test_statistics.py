"""参保统计 and 缴费统计: every number is the length of its list, and the sums agree."""

from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse

from tests.factories import make_student
from tests.web.staff_reports.conftest import length, listed, of, rows
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.payments import flow as payments
from yibao.plans.models import HardshipEntry
from yibao.reports import funnel
from yibao.reports.rates import total
from yibao.web.staff.statistics import short_names
from yibao.web.staff.statistics_cells import columns_of


@pytest.fixture
def spread(cast, way_a):
    """Ten students, nearly one in each place of the story."""
    everybody = rows(way_a)
    join = Choice(Intent.JOIN, consent="当面")
    outcome = flow.submit(of(*everybody[:7]), join, by=cast.office)
    assert outcome.refused == {}
    flow.approve(of(*everybody[1:7]), by=cast.li)
    flow.approve(of(*everybody[2:7]), by=cast.xu)
    flow.approve(of(*everybody[3:7]), by=cast.office)
    payments.record_cash(of(*everybody[4:6]), by=cast.li)
    stay = Choice(
        Intent.STAY_OUT, consent="当面", reason=way_a.reasons.get(name="已在户籍地参加居民医保")
    )
    flow.submit(of(everybody[7]), stay, by=cast.office)
    for by in (cast.sun, cast.qian, cast.office):
        flow.approve(of(everybody[7]), by=by)
    flow.mark_required(of(everybody[8]), required=False, by=cast.sun, note="参军")
    return way_a


EXPECTED = {
    "roster": 10,
    "not_required": 1,
    "applied": 7,
    "counselor": 1,
    "college": 1,
    "school": 1,
    "awaiting_payment": 2,
    "enrolled": 2,
    "elsewhere": 1,
    "opted_out": 0,
    "returned": 0,
    "unregistered": 1,
}
DIMENSIONS = ["by=college&by=grade", "by=class_group"]


def test_the_totals_row(cast, spread, as_):
    page = as_(cast.office).get(f"{reverse('staff:enrolment_statistics')}?plan={spread.pk}")
    assert {cell.name: cell.number for cell in page.context["total"].cells} == EXPECTED
    table = [[cell.number for cell in line.cells] for line in page.context["lines"]]
    assert [sum(column) for column in zip(*table, strict=True)] == list(EXPECTED.values())


def test_what_all_units_share_is_said_once(cast, spread, as_):
    """A college of one does not read its own name in every line."""
    asked = f"?plan={spread.pk}&by=college&by=grade"
    for name in ("staff:enrolment_statistics", "staff:payment_statistics"):
        address = f"{reverse(name)}{asked}"
        college = as_(cast.xu).get(address)
        assert (college.context["names"], college.context["above"]) == (["年级"], "计算机学院")
        assert '<th scope="row">计算机学院</th>' not in college.content.decode()
    office = as_(cast.office).get(f"{reverse('staff:enrolment_statistics')}{asked}")
    assert office.context["names"] == ["学院", "年级"]


def test_units_are_told_apart_beside_their_bars():
    one = [("甲", "软件", 2024), ("甲", "软件", 2025)]
    by_major = ["college", "major", "grade"]
    assert columns_of(by_major, one) == {"names": ["年级"], "above": "甲 软件", "own": "2:"}
    assert short_names(by_major, one) == ["2024 级", "2025 级"]
    assert short_names(by_major, [*one, ("乙", "化学", 2024)])[1:] == [
        "软件 2025 级",
        "化学 2024 级",
    ]
    assert short_names(["college", "grade"], [("甲", 2024), ("乙", 2024)]) == [
        "甲 2024 级",
        "乙 2024 级",
    ]
    assert columns_of(["college"], [("甲",)]) == {"names": ["学院"], "above": "", "own": "0:"}
    assert columns_of(["college", "grade"], []) == {
        "names": ["学院", "年级"],
        "above": "",
        "own": "0:",
    }


@pytest.mark.parametrize("by", DIMENSIONS)
@pytest.mark.parametrize("who", ["office", "xu", "li", "sun", "zhang"])
def test_every_cell_is_the_length_of_its_list(cast, spread, as_, who, by):
    client = as_(getattr(cast, who))
    address = f"{reverse('staff:enrolment_statistics')}?plan={spread.pk}&{by}"
    context = client.get(address).context
    lines = [*context["lines"], context["total"]]
    assert lines
    user = getattr(cast, who)
    for cell in [cell for line in lines for cell in line.cells]:
        assert length(user, cell.href) == cell.number, (cell.name, cell.href)


def test_the_parts_sum_to_the_roster_in_every_unit(cast, spread):
    enrolments = Enrolment.objects.filter(plan=spread)
    whole = funnel.totals(funnel.funnel(enrolments, ["college"]))
    for dimensions in (["college"], ["grade"], ["college", "major"], list(funnel.DIMENSIONS)):
        stages = funnel.funnel(enrolments, dimensions)
        assert total(s.figures for s in stages) == whole.figures
        for stage in stages:
            figures = stage.figures
            parts = figures.not_required + stage.applied + figures.stayed_out
            assert parts + figures.returned + figures.unregistered == figures.roster
            in_review = sum(stage.at_level.values())
            assert in_review + figures.awaiting_payment + figures.enrolled == stage.applied


def test_the_funnel_agrees_with_plain_sql(cast, spread, django_assert_num_queries):
    sql = """
        SELECT co.name, count(*),
          count(*) FILTER (WHERE NOT e.required OR e.off_roster OR
            (e.status = 'opted_out' AND r.counts_as = 'leaves')),
          count(*) FILTER (WHERE e.status = 'in_review' AND e.required AND NOT e.off_roster),
          count(*) FILTER (WHERE e.status = 'enrolled'),
          count(*) FILTER (WHERE e.status = 'opted_out' AND r.counts_as = 'elsewhere')
        FROM enrolment_enrolment e JOIN people_student s ON s.id = e.student_id
        JOIN people_classgroup g ON g.id = s.class_group_id
        JOIN people_major m ON m.id = g.major_id JOIN people_college co ON co.id = m.college_id
        LEFT JOIN plans_optoutreason r ON r.id = e.reason_id
        WHERE e.plan_id = %s GROUP BY co.name ORDER BY co.name"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [spread.pk])
        expected = cursor.fetchall()
    with django_assert_num_queries(1):
        stages = funnel.funnel(Enrolment.objects.filter(plan=spread), ["college"])
    assert [
        (
            *stage.key,
            stage.figures.roster,
            stage.figures.not_required,
            stage.figures.in_review,
            stage.figures.enrolled,
            stage.figures.elsewhere,
        )
        for stage in stages
    ] == expected


def test_classes_of_one_name_in_two_majors_stay_apart(cast, way_a):
    from tests.factories import make_class  # noqa: PLC0415 - used here only

    twin = make_class("计算机2401", major="网络工程")
    make_student(twin, "同名", "2024400001")
    enlist(way_a, by=cast.office)
    stages = funnel.funnel(Enrolment.objects.filter(plan=way_a), funnel.complete(["class_group"]))
    found = {stage.key: stage.figures.roster for stage in stages}
    assert found["计算机学院", "网络工程", 2024, "计算机2401"] == 1
    assert found["计算机学院", "软件工程", 2024, "计算机2401"] == 4


# 缴费统计 ---------------------------------------------------------------------------------------


@pytest.fixture
def money(cast, way_a):
    """Two types, a recognised student, one half paid for."""
    extra = way_a.types.create(name="意外险", premium=Decimal("60.00"), choosing="optional")
    everybody = rows(way_a)
    HardshipEntry.objects.create(
        academic_year=2026, student=everybody[0].student, category="低保对象", level="特别困难"
    )
    flow.submit(of(*everybody[:2]), Choice(Intent.JOIN, consent="当面"), by=cast.office)
    flow.submit(
        of(*everybody[2:5]), Choice(Intent.JOIN, (extra.pk,), consent="当面"), by=cast.office
    )
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(of(*everybody[:5]), by=by)
    payments.record_cash(of(*everybody[1:4]), by=cast.li)
    return way_a


def test_money_by_type_by_unit_and_by_channel_agree(cast, money):
    enrolments = Enrolment.objects.filter(plan=money)
    whole = funnel.money_in_all(enrolments)
    assert (whole.people, whole.premium, whole.reduced, whole.due, whole.paid, whole.owed) == (
        5,
        Decimal("2845.00"),
        Decimal("533.00"),
        Decimal("2312.00"),
        Decimal("1719.00"),
        Decimal("593.00"),
    )
    types = {m.key[0]: (m.people, m.due, m.paid) for m in funnel.money_by_type(enrolments)}
    assert types == {
        "城乡居民基本医疗保险": (5, Decimal("2132.00"), Decimal("1599.00")),
        "意外险": (3, Decimal("180.00"), Decimal("120.00")),
    }
    assert funnel.paid_by_channel(enrolments) == [("cash", 3, Decimal("1719.00"))]
    for dimensions in (["college"], ["college", "major"], list(funnel.DIMENSIONS)):
        units = funnel.money_by_unit(enrolments, dimensions)
        assert sum(units, funnel.NOTHING) == whole


def test_the_money_agrees_with_plain_sql(cast, money):
    sql = """SELECT sum(o.amount), sum(p.amount) FROM payments_order o
        LEFT JOIN payments_payment p ON p.order_id = o.id AND p.status = 'confirmed'"""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        _, paid = cursor.fetchone()
        cursor.execute(
            "SELECT sum(amount_due) FROM enrolment_enrolment WHERE plan_id = %s"
            " AND status IN ('awaiting_payment', 'enrolled')",
            [money.pk],
        )
        [due] = cursor.fetchone()
    whole = funnel.money_in_all(Enrolment.objects.filter(plan=money))
    assert (whole.due, whole.paid) == (due, paid)


@pytest.mark.parametrize("who", ["office", "xu", "li", "finance"])
def test_every_count_of_the_payment_page_is_the_length_of_its_list(cast, money, as_, who):
    client = as_(getattr(cast, who))
    address = f"{reverse('staff:payment_statistics')}?plan={money.pk}&by=college&by=grade"
    context = client.get(address).context
    units = [*context["by_type"], *context["by_unit"], context["whole"]]
    linked = [(m.people, links.people) for m, links in units if links]
    linked += [(people, href) for _, people, _, href in context["by_channel"]]
    # Finance sees orders, not enrolments.
    assert len(linked) == (1 if who == "finance" else 5)
    for people, href in linked:
        assert length(getattr(cast, who), href) == people, href


@pytest.mark.parametrize("who", ["office", "xu", "li"])
def test_every_amount_is_the_sum_of_its_list(cast, money, as_, who):
    address = f"{reverse('staff:payment_statistics')}?plan={money.pk}&by=college&by=grade"
    user = getattr(cast, who)
    context = as_(user).get(address).context
    followed = 0
    for unit, links in [context["whole"], *context["by_unit"]]:
        for amount, href, column in (
            (unit.due, links.due, "amount_due"),
            (unit.paid, links.paid, "paid"),
            (unit.owed, links.owed, "amount_due"),
        ):
            if amount:
                followed += 1
                assert listed(user, href).page.sums[column] == amount, (column, href)
    assert followed >= 4
    page = as_(user).get(address).content.decode()
    assert page.count('">¥') >= 6


def test_a_plan_without_anybody_in_it_is_no_fault(cast, as_):
    for name in ("enrolment_statistics", "payment_statistics", "report_exports", "school_rate"):
        answer = as_(cast.office).get(reverse(f"staff:{name}"))
        assert answer.status_code == 200, name
