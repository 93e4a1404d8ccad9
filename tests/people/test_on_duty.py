"""代理: who stands in is told what the holder is told, and is whom to call."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate

from tests.factories import make_plan
from tests.reports.test_messages import inbox, rates
from tests.reports.test_rates import registered
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment import objecting
from yibao.enrolment.choice import Choice
from yibao.enrolment.models import DeadlineRound, Enrolment
from yibao.enrolment.reminding import _hold
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Deadline, Intent
from yibao.people.models import Deputy, Post
from yibao.people.on_duty import people_at, whom_to_call
from yibao.reports import flow, rules, units
from yibao.reports.states import RateStatus

pytestmark = pytest.mark.django_db


def away(holder, deputy, *, start=0, days=3):
    """The holder is away and the deputy stands in; both offices have a number."""
    post = holder.posts.get()
    Post.objects.filter(user=holder).update(phone="8001")
    Post.objects.filter(user=deputy).update(phone="8002")
    first = localdate() + timedelta(days=start)
    return Deputy.objects.create(
        post=post, user=deputy, from_on=first, until=first + timedelta(days=days)
    )


@pytest.fixture
def plan(cast):
    plan = make_plan("研究生计划", way="B", training_levels=["bachelor"])
    enlist(plan, by=cast.office)
    return plan


def test_who_stands_in_is_whom_to_call_while_the_days_last(cast, plan):
    stands_in = away(cast.li, cast.sun)
    words = f"李老师（8001；至 {stands_in.until:%m-%d} 由孙老师 8002代理）"
    assert whom_to_call(cast.li.posts.all()) == {cast.li.posts.get().pk: words}
    college = cast.classes.cs1.major.college
    [mine, _] = units.class_rates(plan, college, 2024)
    assert mine.counselors == words
    assert [blocker.counselors for blocker in rules.blockers(plan, college, 2024)] == [
        words,
        f"何老师、{words}",
    ]
    grades = units.grade_rates([plan], units.within(cast.office))
    assert {grade.college: grade.people for grade in grades}[college] == f"何老师、{words}"
    Deputy.objects.update(from_on=localdate() - timedelta(days=9), until=localdate() - timedelta(1))
    assert whom_to_call(cast.li.posts.all()) == {cast.li.posts.get().pk: "李老师（8001）"}


def test_a_college_officer_who_is_away(cast, plan):
    stands_in = away(cast.qian, cast.xu)
    people = {unit.college: unit.people for unit in units.college_rates(plan)}
    assert (
        people[cast.classes.en1.major.college]
        == f"钱书记（8001；至 {stands_in.until:%m-%d} 由徐书记 8002代理）"
    )


def test_who_cannot_sign_in_any_more_is_neither_told_nor_called(cast):
    away(cast.li, cast.sun)
    type(cast.sun).objects.filter(pk=cast.sun.pk).update(is_active=False)
    assert people_at(cast.li.posts.all()) == [cast.li.pk]
    type(cast.li).objects.filter(pk=cast.li.pk).update(is_active=False)
    assert people_at(cast.li.posts.all()) == []
    assert whom_to_call(cast.li.posts.all()) == {}


def test_rates_and_what_became_of_them_reach_the_deputy(cast, plan):
    away(cast.xu, cast.qian)
    away(cast.li, cast.sun)
    for student in (cast.wang, cast.liu):
        registered(plan, student, cast.li)
    report = flow.hand_in_grade(plan, cast.classes.cs1.major.college, 2024, by=cast.li)
    assert inbox(cast.qian) == inbox(cast.xu) == ["计算机学院 2024 级参保率待审核"]
    flow.decide(rates(report), RateStatus.RETURNED, by=cast.xu, opinion="请核对").or_refuse()
    assert inbox(cast.sun) == inbox(cast.li)
    assert "被退回" in inbox(cast.sun)[-1]


def test_the_day_before_the_end_the_deputy_is_told_how_many_are_left(cast, plan):
    away(cast.li, cast.sun)
    _hold(plan, Deadline.REGISTER)
    assert DeadlineRound.objects.get().plan == plan
    assert inbox(cast.li)[-1].startswith("还有 2 名学生未登记")
    # 孙 has a class with one student as well.
    assert inbox(cast.sun)[-1].startswith("还有 3 名学生未登记")


def test_an_objection_reaches_the_deputy(cast, plan):
    away(cast.li, cast.sun)
    rows = Enrolment.objects.filter(student=cast.wang)
    enrolment_flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.li).or_refuse()
    row = rows.get()
    objecting.object_to(row, "我没有同意", by=cast.wang.user)
    assert inbox(cast.sun)[-1].startswith("王小明")
