"""Rates go up: grade → college → school, and parts sum to the roster everywhere."""

from decimal import Decimal

import pytest
from django.db.models import Q

from tests.cast import Cast
from tests.factories import make_class, make_plan
from yibao.common.errors import Refused
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.reports import flow, rates, rules, units
from yibao.reports.models import RateReport
from yibao.reports.rates import Figures
from yibao.reports.states import RateStatus


@pytest.fixture
def cast(masters, db) -> Cast:
    return masters()


@pytest.fixture
def plan(cast):
    plan = make_plan(way="B")
    enlist(plan, by=cast.office)
    return plan


def of(*students):
    return Enrolment.objects.filter(student__in=students)


def registered(plan, student, by, *, reason=""):
    choice = Choice(Intent.JOIN, consent="当面")
    if reason:
        choice = Choice(Intent.STAY_OUT, consent="当面", reason=plan.reasons.get(name=reason))
    enrolment_flow.submit(of(student), choice, by=student.user).or_refuse()
    enrolment_flow.approve(of(student), by=by).or_refuse()


def test_way_b_from_grade_to_school(cast, plan):
    computing, languages = cast.classes.cs1.major.college, cast.classes.en1.major.college
    with pytest.raises(Refused, match="还有 2 名学生未登记"):
        flow.hand_in_grade(plan, computing, 2024, by=cast.li)
    blockers = rules.blockers(plan, computing, 2024)
    assert [(b.class_group.name, b.counselors, b.sentence) for b in blockers] == [
        ("计算机2401", "李老师", "1 人未登记"),
        ("计算机2402", "何老师、李老师", "1 人未登记"),
    ]
    registered(plan, cast.wang, cast.li)
    enrolment_flow.submit(
        of(cast.liu), Choice(Intent.JOIN, consent="当面"), by=cast.liu.user
    ).or_refuse()
    with pytest.raises(Refused, match="还有 1 名学生待审核"):
        flow.hand_in_grade(plan, computing, 2024, by=cast.li)
    enrolment_flow.refuse(of(cast.liu), by=cast.he, comment="证明不符").or_refuse()
    with pytest.raises(Refused, match="还有 1 名学生未登记"):
        flow.hand_in_grade(plan, computing, 2024, by=cast.li)
    registered(plan, cast.liu, cast.he, reason="已在户籍地参加居民医保")

    with pytest.raises(Refused, match="只有该年级的辅导员"):
        flow.hand_in_grade(plan, computing, 2024, by=cast.sun)
    report = flow.hand_in_grade(plan, computing, 2024, by=cast.li)
    assert report.frozen() == Figures(awaiting_payment=1, elsewhere=1)
    assert (report.frozen().campus_rate, report.frozen().coverage_rate) == (
        Decimal(50),
        Decimal(100),
    )
    assert sorted(report.lines.values_list("enrolment__student__name", "standing")) == [
        ("刘思雨", "elsewhere"),
        ("王小明", "awaiting_payment"),
    ]
    with pytest.raises(Refused, match="不能重复提交"):
        flow.hand_in_grade(plan, computing, 2024, by=cast.he)

    reports = RateReport.objects.filter(pk=report.pk)
    assert list(flow.decide(reports, RateStatus.ACCEPTED, by=cast.qian).refused.values()) == [
        "该参保率不由您审核"
    ]
    with pytest.raises(Refused, match="审核意见"):
        flow.decide(reports, RateStatus.RETURNED, by=cast.xu)
    flow.decide(reports, RateStatus.RETURNED, by=cast.xu, opinion="请核对").or_refuse()
    with pytest.raises(Refused, match="2024 级的年级参保率尚未审核通过"):
        flow.hand_in_college(plan, computing, by=cast.xu)
    flow.hand_in_grade(plan, computing, 2024, by=cast.he)
    flow.decide(reports, RateStatus.ACCEPTED, by=cast.xu, opinion="同意").or_refuse()

    college = flow.hand_in_college(plan, computing, by=cast.xu)
    assert college.frozen() == Figures(awaiting_payment=1, elsewhere=1)
    assert list(
        flow.decide(reports, RateStatus.RETURNED, by=cast.xu, opinion="再看").refused.values()
    ) == ["学院参保率已上报，须先由学校退回学院参保率"]
    colleges = RateReport.objects.filter(pk=college.pk)
    flow.decide(colleges, RateStatus.ACCEPTED, by=cast.office).or_refuse()

    grades = units.grade_rates([plan], Q())
    assert [(g.college, g.grade, g.is_accepted) for g in grades] == [
        (languages, 2024, False),
        (computing, 2024, True),
    ]
    school = rates.figures(plan.enrolments.all())
    assert school == Figures(awaiting_payment=1, elsewhere=1, unregistered=2)
    by_college = rates.by(plan.enrolments.all(), "student__class_group__major__college__name")
    assert rates.total(by_college.values()) == school


def test_each_standing_is_counted_once_and_leaves_the_right_denominator(cast, plan):
    registered(plan, cast.wang, cast.li)
    registered(plan, cast.liu, cast.he, reason="学籍不在本校")
    enrolment_flow.mark_required(
        of(cast.zhao), required=False, by=cast.sun, note="休学"
    ).or_refuse()
    registered(plan, cast.zhou_en, cast.zhang, reason="自愿放弃")
    school = rates.figures(plan.enrolments.all())
    assert school == Figures(not_required=2, awaiting_payment=1, opted_out=1)
    assert (school.roster, school.base, school.campus_rate) == (4, 2, Decimal(50))


def test_an_empty_unit_has_no_rate():
    assert (Figures().campus_rate, Figures().roster) == (None, 0)


def test_a_student_in_the_lists_of_two_grades_is_named_before_the_college_hands_in(cast, plan):
    """转专业 between two hand-ins: nobody is counted twice, and nothing breaks."""
    registered(plan, cast.wang, cast.li)
    registered(plan, cast.liu, cast.he)
    computing = cast.classes.cs1.major.college
    flow.hand_in_grade(plan, computing, 2024, by=cast.li)
    younger = make_class("计算机2501", grade=2025)
    cast.li.posts.get().class_groups.add(younger)
    cast.wang.class_group = younger
    cast.wang.save()
    flow.hand_in_grade(plan, computing, 2025, by=cast.li)
    flow.decide(RateReport.objects.all(), RateStatus.ACCEPTED, by=cast.xu)
    with pytest.raises(Refused, match="有 1 名学生同时在两个年级的上报名单里"):
        flow.hand_in_college(plan, computing, by=cast.xu)
    older = RateReport.objects.filter(grade=2024)
    flow.decide(older, RateStatus.RETURNED, by=cast.xu, opinion="王小明已转年级")
    flow.hand_in_grade(plan, computing, 2024, by=cast.li)
    flow.decide(older, RateStatus.ACCEPTED, by=cast.xu)
    assert flow.hand_in_college(plan, computing, by=cast.xu).frozen().roster == 2


def test_a_grade_that_was_returned_is_no_part_of_its_college(cast, plan):
    """All of its students have left since: it is missing nowhere, and is summed nowhere."""
    registered(plan, cast.wang, cast.li)
    registered(plan, cast.liu, cast.he)
    computing = cast.classes.cs1.major.college
    flow.hand_in_grade(plan, computing, 2024, by=cast.li)
    grade = RateReport.objects.filter(grade=2024)
    flow.decide(grade, RateStatus.RETURNED, by=cast.xu, opinion="请核对")
    younger = make_class("计算机2501", grade=2025)
    cast.li.posts.get().class_groups.add(younger)
    type(cast.wang).objects.filter(pk__in=[cast.wang.pk, cast.liu.pk]).update(class_group=younger)
    flow.hand_in_grade(plan, computing, 2025, by=cast.li)
    flow.decide(RateReport.objects.filter(grade=2025), RateStatus.ACCEPTED, by=cast.xu)
    assert flow.hand_in_college(plan, computing, by=cast.xu).frozen().roster == 2


def test_the_list_that_is_kept_is_what_the_figures_count(cast, plan):
    registered(plan, cast.wang, cast.li)
    registered(plan, cast.liu, cast.he, reason="自愿放弃")
    computing = cast.classes.cs1.major.college
    report = flow.hand_in_grade(plan, computing, 2024, by=cast.li)
    assert rates.count(report.lines.values_list("standing", flat=True)) == report.frozen()
    [annotated] = RateReport.objects.with_figures()
    frozen = report.frozen()
    assert (annotated.roster, annotated.base, annotated.joined) == (
        frozen.roster,
        frozen.base,
        frozen.joined,
    )
    assert (annotated.campus_rate, annotated.coverage_rate) == (
        frozen.campus_rate,
        frozen.coverage_rate,
    )
