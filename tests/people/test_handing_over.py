"""移交 and 代理: what a post covers goes to somebody else, for good or for some days."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate

from tests.cast import make_cast
from tests.factories import make_plan
from yibao.accounts.models import User
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.enrolment import flow
from yibao.enrolment.choice import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.notify.models import Message
from yibao.people import handing_over, posts
from yibao.people.levels import Level
from yibao.people.models import Deputy
from yibao.reports import units


@pytest.fixture
def cast(db):
    """王 waits for 李."""
    cast = make_cast()
    plan = make_plan()
    enlist(plan, by=cast.office)
    flow.submit(of(cast.wang), Choice(Intent.JOIN, consent="当面"), by=cast.wang.user).or_refuse()
    return cast


def of(student):
    return Enrolment.objects.filter(student=student)


def waits(user):
    return Enrolment.objects.awaiting(User.objects.get(pk=user.pk)).count()


def deputize(cast, user, start=0, days=3, **post):
    span = (localdate() + timedelta(days=start), localdate() + timedelta(days=start + days))
    return handing_over.deputize(cast.li.posts.get(), user, span, by=cast.admin, reason="产假")


@pytest.mark.parametrize(("start", "days", "seen"), [(0, 0, 1), (-3, 3, 1), (1, 3, 0)])
def test_a_deputy_does_the_work_on_these_days_and_on_no_other(cast, start, days, seen):
    deputize(cast, cast.sun, start, days)
    assert (waits(cast.sun), waits(cast.li)) == (seen, 1)


def test_what_is_over_is_over_by_itself(cast):
    deputy = deputize(cast, cast.sun)
    Deputy.objects.filter(pk=deputy.pk).update(
        from_on=localdate() - timedelta(days=9), until=localdate() - timedelta(days=1)
    )
    assert waits(cast.sun) == 0
    sun = User.objects.get(pk=cast.sun.pk)
    assert list(flow.approve(of(cast.wang), by=sun).refused.values()) == [
        "现在是“辅导员审核”环节，不由您审核"
    ]


def test_a_deputy_signs_with_the_own_name_and_is_nobody_twice(cast):
    deputize(cast, cast.xu)
    xu = User.objects.get(pk=cast.xu.pk)
    flow.approve(of(cast.wang), by=xu).or_refuse()
    assert of(cast.wang).get().reviews.get().by == cast.xu
    assert list(flow.approve(of(cast.wang), by=xu).refused.values()) == [
        "您已在前一环节审核过，本环节须由他人审核"
    ]
    told = Message.objects.filter(kind="duties").values_list("to__name", "title")
    assert sorted(told) == [("徐书记", "代理李老师的岗位"), ("李老师", "徐书记代理您的岗位")]


def test_who_may_stand_in(cast):
    def why(user, post=None, start=0, days=3, by=None):
        span = (localdate() + timedelta(days=start), localdate() + timedelta(days=start + days))
        with pytest.raises(Refused) as refused:
            handing_over.deputize(post or cast.li.posts.get(), user, span, by=by or cast.admin)
        return str(refused.value)

    assert why(cast.li) == "代理人不能是本人"
    assert why(cast.admin) == "不能给自己安排代理，请由另一名系统管理员办理"
    assert why(cast.sun, by=cast.office) == "只有系统管理员可以维护人员与岗位"
    assert why(cast.sun, days=-1) == "结束日期不能早于开始日期"
    assert why(cast.sun, start=-9, days=3) == "结束日期已过，请重新填写"
    assert why(cast.sun, days=400) == "代理最长一年；更久请移交班级或另行任命"
    assert why(cast.sun, cast.auditor.posts.get()) == "审计岗位不能由他人代理，请另行任命"
    assert why(cast.auditor).startswith("审计不能兼任其他岗位")
    deputize(cast, cast.sun)
    assert why(cast.sun, start=2) == "孙老师在这段时间已经代理辅导员岗位"
    assert AuditEntry.objects.filter(action="deputize_refused").count() == 9


def test_it_can_be_ended_at_once(cast):
    handing_over.end_deputy(deputize(cast, cast.sun), by=cast.admin)
    assert waits(cast.sun) == 0


def test_classes_are_handed_over_with_what_waits_in_them(cast):
    post, cs1 = cast.li.posts.get(), cast.classes.cs1
    handing_over.hand_over(post, cast.sun, [cs1], by=cast.admin)
    assert (waits(cast.li), waits(cast.sun)) == (0, 1)
    li = User.objects.get(pk=cast.li.pk)
    # The batch that 李 had opened: each row says why, and nothing is done.
    assert list(flow.approve(of(cast.wang), by=li).refused.values()) == [
        "现在是“辅导员审核”环节，不由您审核"
    ]
    flow.approve(of(cast.wang), by=User.objects.get(pk=cast.sun.pk)).or_refuse()
    with pytest.raises(Refused, match="所选班级已不在其名下"):
        handing_over.hand_over(post, cast.he, [cs1], by=cast.admin)
    with pytest.raises(Refused, match="审计不能兼任其他岗位"):
        handing_over.hand_over(post, cast.auditor, [cast.classes.cs2], by=cast.admin)
    lines = AuditEntry.objects.filter(action="hand_over_classes")
    assert {line.data["to"] for line in lines} == {"孙老师"}


def test_whom_to_call_stands_with_the_number(cast):
    handing_over.set_phone(cast.he.posts.get(), " 0591-83376001 ", by=cast.admin)
    grades = units.grade_rates([of(cast.wang).get().plan], units.within(cast.office))
    assert [unit.people for unit in grades if unit.college == cast.classes.cs1.major.college] == [
        "何老师（0591-83376001）、李老师"
    ]
    posts.switch_off(User.objects.filter(pk__in=[cast.li.pk, cast.he.pk]), by=cast.admin)
    [left] = [
        u
        for u in units.grade_rates([of(cast.wang).get().plan], units.within(cast.office))
        if u.people == units.NOBODY
    ]
    assert left.college == cast.classes.cs1.major.college


def test_a_class_without_a_counselor_is_named_and_the_school_can_act(cast):
    """Nobody reviews at the counselor's step: the grade says so, and the school may register."""
    cast.li.posts.get().class_groups.clear()
    cast.he.posts.get().class_groups.clear()
    plan = of(cast.wang).get().plan
    rows = units.class_rates(plan, cast.classes.cs1.major.college, 2024)
    assert {row.counselors for row in rows} == {"未配置辅导员"}
    flow.withdraw(of(cast.wang), by=cast.wang.user).or_refuse()
    flow.submit(of(cast.wang), Choice(Intent.JOIN, consent="当面"), by=cast.office).or_refuse()
    posts.give_post(
        cast.he, Level.COUNSELOR, by=cast.admin, classes=[cast.classes.cs1, cast.classes.cs2]
    )
    assert waits(cast.he) == 1
