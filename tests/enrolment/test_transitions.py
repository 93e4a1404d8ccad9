"""学籍异动: entered for a day, in effect on it, cancelled before; open plans and rosters beside it."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate

from tests.enrolment.test_master_data import standing
from tests.factories import make_class, make_plan
from yibao.common import audit
from yibao.common.errors import Refused
from yibao.enrolment.jobs import take_effect
from yibao.enrolment.master_data import enter_and_enlist
from yibao.enrolment.roster import enlist
from yibao.notify.models import Message
from yibao.people import transitions
from yibao.people.models import Student
from yibao.people.states import TransitionKind as Kind
from yibao.people.states import TransitionState as State
from yibao.people.transition_models import Transition
from yibao.people.transitions import Change

pytestmark = pytest.mark.django_db
WEEK = 7


def day(later=0):
    """Today, or so many days later."""
    return localdate() + timedelta(days=later)


@pytest.fixture
def plan(cast):
    plan = make_plan("本科计划")
    enlist(plan, by=cast.office)
    return plan


def enter(kind, *students, by, on=0, **more):
    rows = Student.objects.filter(pk__in=[one.pk for one in students])
    return enter_and_enlist(rows, Change(kind, day(on), "学籍异动文件", **more), by=by)


def one(student):
    return Transition.objects.get(student=student)


def day_comes():
    """The day of everything that waits is today."""
    Transition.objects.waiting().update(effective_on=day())
    return take_effect(0)


def status(student):
    return Student.objects.get(pk=student.pk).roster_status


def test_today_takes_effect_at_once_and_the_plan_follows(cast, plan):
    enter(Kind.WITHDRAW, cast.wang, by=cast.li).or_refuse()
    assert (status(cast.wang), standing(cast.wang)) == ("withdrawn", {"本科计划": False})
    row = one(cast.wang)
    assert (row.state, row.was_status, row.was_class) == (State.DONE, "active", None)
    told = Message.objects.get(to=cast.wang.user, kind="master_changed")
    assert told.text == (
        f"自 {day()} 起退学，李老师登记，依据：学籍异动文件。请到“我的”核对，有异议请申请更正"
    )
    assert audit.trail_of(cast.wang).first().data == {
        "name": "退学",
        "from": str(day()),
        "changes": [{"field": "学籍状态", "was": "在读", "now": "退学"}],
        "why": "学籍异动文件",
    }


def test_a_day_to_come_waits_and_is_told_on_its_day(cast, plan):
    enter(Kind.WITHDRAW, cast.wang, by=cast.li, on=WEEK).or_refuse()
    assert take_effect(0) == 0
    assert (status(cast.wang), one(cast.wang).state) == ("active", State.WAITING)
    assert not Message.objects.filter(to=cast.wang.user).exists()
    assert day_comes() == 1
    assert (status(cast.wang), standing(cast.wang)) == ("withdrawn", {"本科计划": False})
    assert take_effect(0) == 0
    assert Message.objects.filter(to=cast.wang.user).count() == 1


def test_a_transfer_moves_the_rows_to_the_other_counselor(cast, plan):
    other = make_class("计算机2403")
    enter(Kind.TRANSFER, cast.wang, by=cast.li, on=WEEK, to_class=other).or_refuse()
    day_comes()
    moved = Student.objects.get(pk=cast.wang.pk)
    assert moved.class_group == other
    assert one(cast.wang).was_class == cast.classes.cs1
    assert standing(cast.wang) == {"本科计划": True}


def test_cancelled_never_takes_effect(cast, plan):
    enter(Kind.SUSPEND, cast.wang, by=cast.li, on=WEEK).or_refuse()
    rows = Transition.objects.all()
    assert set(transitions.cancel(rows, by=cast.sun).refused.values()) == {
        "只能登记所管学生的学籍异动"
    }
    transitions.cancel(rows, by=cast.xu, note="学生撤回").or_refuse()
    assert one(cast.wang).said == "徐书记取消：学生撤回"
    assert day_comes() == 0
    assert status(cast.wang) == "active"
    with pytest.raises(Refused, match="这项异动已取消"):
        transitions.cancel(rows, by=cast.xu).or_refuse()


def test_what_is_in_effect_is_not_cancelled(cast, plan):
    enter(Kind.SUSPEND, cast.wang, by=cast.li).or_refuse()
    with pytest.raises(Refused, match="已经生效，不能取消"):
        transitions.cancel(Transition.objects.all(), by=cast.li).or_refuse()


def test_a_day_that_is_past_asks_why_and_takes_effect_at_once(cast, plan):
    with pytest.raises(Refused, match="生效日期已过，请填写补录原因"):
        enter(Kind.SUSPEND, cast.wang, by=cast.li, on=-WEEK)
    enter(Kind.SUSPEND, cast.wang, by=cast.li, on=-WEEK, late_note="文件晚到").or_refuse()
    assert (status(cast.wang), one(cast.wang).late_note) == ("suspended", "文件晚到")
    # Beyond what has taken effect since nothing is entered afterwards.
    earlier = -2 * WEEK
    with pytest.raises(Refused, match="补录的生效日期不能早于它"):
        enter(Kind.WITHDRAW, cast.wang, by=cast.li, on=earlier, late_note="补").or_refuse()


@pytest.mark.parametrize(
    ("kind", "more", "sentence"),
    [
        (Kind.TRANSFER, {}, "请选择转入的班级"),
        (Kind.RESUME, {}, "现在的学籍状态已是“在读”"),
        (Kind.WITHDRAW, {"on": 400}, "生效日期最晚为"),
        (Kind.WITHDRAW, {"on": -400}, "最早只能补录"),
    ],
)
def test_what_is_not_entered(cast, kind, more, sentence):
    with pytest.raises(Refused, match=sentence):
        enter(kind, cast.wang, by=cast.office, **more).or_refuse()
    assert not Transition.objects.exists()


def test_classes_are_given_where_they_are_meant(cast):
    with pytest.raises(Refused, match="休学不改变班级"):
        enter(Kind.SUSPEND, cast.wang, by=cast.office, to_class=cast.classes.cs2)
    with pytest.raises(Refused, match="已经在这个班级"):
        enter(Kind.TRANSFER, cast.wang, by=cast.office, to_class=cast.classes.cs1).or_refuse()
    with pytest.raises(Refused, match="转到其他学院须由学校医保办公室办理"):
        enter(Kind.TRANSFER, cast.wang, by=cast.xu, to_class=cast.classes.en1).or_refuse()


def test_of_many_each_has_its_answer(cast, plan):
    enter(Kind.GRADUATE, cast.liu, by=cast.office).or_refuse()
    outcome = enter(Kind.GRADUATE, cast.wang, cast.liu, cast.zhao, by=cast.li)
    assert outcome.done == [cast.wang.pk]
    assert outcome.refused == {
        cast.liu.pk: "现在的学籍状态已是“毕业”",
        cast.zhao.pk: "只能登记所管学生的学籍异动",
    }


def test_nobody_enters_their_own(cast):
    cast.wang.user.posts.create(level="school")
    with pytest.raises(Refused, match="不能登记本人的学籍异动"):
        enter(Kind.SUSPEND, cast.wang, by=cast.wang.user).or_refuse()


def test_one_follows_the_other_by_their_days(cast, plan):
    enter(Kind.SUSPEND, cast.wang, by=cast.li, on=WEEK).or_refuse()
    with pytest.raises(Refused, match="当天已登记休学，待生效"):
        enter(Kind.WITHDRAW, cast.wang, by=cast.li, on=WEEK).or_refuse()
    enter(Kind.RESUME, cast.wang, by=cast.li, on=2 * WEEK).or_refuse()
    with pytest.raises(Refused, match=r"到 .* 的学籍状态已是“在读”"):
        enter(Kind.RESUME, cast.wang, by=cast.li, on=3 * WEEK).or_refuse()
    assert day_comes() == 1
    assert status(cast.wang) == "active"
    assert [row.state for row in Transition.objects.all()] == [State.DONE, State.DONE]


def test_what_the_roster_has_made_impossible_is_kept_back_and_told(cast, plan):
    enter(Kind.SUSPEND, cast.wang, by=cast.li, on=WEEK).or_refuse()
    Student.objects.filter(pk=cast.wang.pk).update(roster_status="graduated")
    assert day_comes() == 0
    row = one(cast.wang)
    assert (row.state, row.said) == (State.FAILED, "现在的学籍状态为“毕业”，不能办理休学")
    told = Message.objects.get(to=cast.li)
    assert told.title == "王小明的休学未能生效"
    assert told.text.endswith("现在的学籍状态为“毕业”，不能办理休学。请核对后重新登记")


def test_what_the_roster_has_said_already_is_done_without_a_change(cast, plan):
    enter(Kind.SUSPEND, cast.wang, by=cast.li, on=WEEK).or_refuse()
    Student.objects.filter(pk=cast.wang.pk).update(roster_status="suspended")
    assert day_comes() == 0
    assert (one(cast.wang).state, one(cast.wang).said) == (State.DONE, "名册中已是这样，没有改动")
    assert not Message.objects.filter(to=cast.wang.user).exists()


def test_queries_do_not_grow_with_the_students(cast, plan, django_assert_max_num_queries):
    everybody = Student.objects.filter(class_group__major__college__name="计算机学院")
    change = Change(Kind.SUSPEND, day(), "文件")
    with django_assert_max_num_queries(30) as few:
        enter_and_enlist(everybody.filter(pk=cast.wang.pk), change, by=cast.office).or_refuse()
    with django_assert_max_num_queries(len(few)):
        enter_and_enlist(Student.objects.all(), change, by=cast.office)
