"""催办: who may be reminded, how often, and what the clock does by itself."""

import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connections
from django.utils.timezone import localdate, localtime, now

from tests.factories import make_plan
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.jobs import remind_of_deadlines as job
from yibao.enrolment.models import DeadlineRound, Enrolment
from yibao.enrolment.reminding import remind, remind_of_deadlines, why_not_remind
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.notify.kinds import kinds
from yibao.notify.models import Delivery, DeliveryState, Message
from yibao.plans.flow import close_plan

BEIJING = ZoneInfo("Asia/Shanghai")
TODAY = datetime(2026, 11, 21, 10, 0, tzinfo=BEIJING)
JOIN = Choice(Intent.JOIN, consent="当面")


@pytest.fixture
def plan(cast):
    with time_machine.travel(TODAY, tick=False):
        plan = make_plan()
        enlist(plan, by=cast.office)
        yield plan


def of(*students):
    return Enrolment.objects.filter(student__in=students)


def reminders(student):
    mine = Message.objects.visible_to(student.user).filter(kind__startswith="remind")
    return list(mine.order_by("pk"))


def passed(cast, student):
    flow.submit(of(student), JOIN, by=student.user).or_refuse()
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(of(student), by=by).or_refuse()


def why_not(by, student):
    rows = list(of(student).select_related("plan", "student"))
    return next(iter(why_not_remind(rows, by).values()), "")


# By hand ------------------------------------------------------------------------------------
def test_what_is_to_be_done_and_until_when(cast, plan):
    passed(cast, cast.liu)
    assert len(remind(of(cast.wang, cast.liu), by=cast.li, words="有困难请找我").done) == 2
    [register], [pay] = reminders(cast.wang), reminders(cast.liu)
    assert (register.title, register.by) == ("请登记是否参加医保", cast.li)
    assert register.text == (
        "2026年大学生医保：还没有登记，2026-12-21 10:00 截止，还剩 30 天。有困难请找我"
    )
    assert (pay.kind, pay.title) == ("remind_pay", "请缴纳医保费")
    assert "应缴 533.00 元" in pay.text
    assert AuditEntry.objects.filter(action="remind", by=cast.li).count() == 2


def test_who_was_sent_back_is_told_so(cast, plan):
    flow.submit(of(cast.wang), JOIN, by=cast.wang.user).or_refuse()
    flow.send_back(of(cast.wang), by=cast.li, comment="不清晰").or_refuse()
    remind(of(cast.wang), by=cast.li).or_refuse()
    assert reminders(cast.wang)[0].title == "申请被退回，请重新提交"


def test_not_twice_within_a_day(cast, plan):
    remind(of(cast.wang), by=cast.li).or_refuse()
    assert why_not(cast.xu, cast.wang) == "24 小时内已提醒过（李老师 11-21 10:00）"
    assert remind(of(cast.wang), by=cast.xu).done == []
    assert AuditEntry.objects.filter(action="remind_refused", by=cast.xu).count() == 1
    with time_machine.travel(TODAY + timedelta(hours=24, seconds=1), tick=False):
        remind(of(cast.wang), by=cast.xu).or_refuse()
    assert [message.by for message in reminders(cast.wang)] == [cast.li, cast.xu]


@pytest.mark.parametrize("who", ["he", "sun", "qian", "finance", "admin", "auditor", "wang"])
def test_only_by_who_is_in_charge(cast, plan, who):
    by = cast.wang.user if who == "wang" else getattr(cast, who)
    assert why_not(by, cast.wang) == "只能提醒所管的学生"


@pytest.mark.parametrize("who", ["li", "xu", "zhang", "office"])
def test_by_the_class_the_college_and_the_school(cast, plan, who):
    assert why_not(getattr(cast, who), cast.wang) == ""


def test_only_who_has_something_to_do(cast, plan):
    flow.submit(of(cast.wang), JOIN, by=cast.wang.user).or_refuse()
    assert why_not(cast.li, cast.wang) == "正在审核，不用学生做什么"
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(of(cast.wang), by=by).or_refuse()
    assert why_not(cast.li, cast.wang) == ""
    flow.mark_paid(of(cast.wang).values_list("pk", flat=True), by=None)
    assert why_not(cast.li, cast.wang) == "已参保，无需提醒"
    flow.mark_required(of(cast.liu), required=False, by=cast.li, note="休学").or_refuse()
    assert why_not(cast.li, cast.liu) == "不需要参保，无需提醒"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"apply_from": timedelta(hours=1)}, "申请时间未到，2026-11-21 11:00 开始"),
        ({"apply_until": timedelta(hours=-1)}, "申请时间已过，提醒了学生也不能办理"),
    ],
)
def test_only_while_it_can_be_done(cast, plan, changed, said):
    for name, shift in changed.items():
        setattr(plan, name, now() + shift)
    plan.save()
    assert why_not(cast.li, cast.wang) == said


def test_nothing_in_a_plan_that_is_over(cast, plan):
    close_plan(plan, by=cast.office)
    assert "已结束，不能再办理" in why_not(cast.li, cast.wang)


@pytest.mark.parametrize("words", ["打 13905914858", "你的 35010220050302123X 有误"])
def test_no_number_in_the_words(cast, plan, words):
    with pytest.raises(Refused, match="附言里有证件号码或手机号"):
        remind(of(cast.wang), by=cast.li, words=words)
    assert reminders(cast.wang) == []


def test_who_acts_meanwhile_is_not_told_outside(cast, plan):
    remind(of(cast.wang), by=cast.li).or_refuse()
    [message] = reminders(cast.wang)
    still_true = kinds()[message.kind].still_true
    assert still_true([message.subject_id]) == {message.subject_id}
    flow.submit(of(cast.wang), JOIN, by=cast.wang.user).or_refuse()
    assert still_true([message.subject_id]) == set()
    assert reminders(cast.wang)[0].withdrawn_at


def test_the_list_says_who_was_told_when_and_how(cast, plan):
    row = of(cast.wang).with_reminders().get()
    assert (row.reminded_at, row.reminded_by, row.reminded_ways) == (None, None, None)
    remind(of(cast.wang), by=cast.li).or_refuse()
    for channel, state in (("mail", DeliveryState.SENT), ("robot", DeliveryState.WAITING)):
        message = reminders(cast.wang)[0]
        Delivery.objects.create(message=message, channel=channel, state=state, due_at=now())
    row = of(cast.wang).with_reminders().get()
    assert (row.reminded_at, row.reminded_by) == (TODAY, "李老师")
    assert row.reminded_ways == "mail:sent,robot:waiting"
    # A message of another kind about the same row is no reminder.
    flow.submit(of(cast.wang), JOIN, by=cast.li).or_refuse()
    assert of(cast.wang).with_reminders().get().reminded_at == TODAY


# By the clock -------------------------------------------------------------------------------
def days_before(plan, days, hour=10):
    """At an hour, so many days before applying ends."""
    last = localtime(plan.apply_until) - timedelta(days=days)
    return time_machine.travel(last.replace(hour=hour, minute=5), tick=False)


@pytest.mark.parametrize(("days", "told"), [(8, 0), (7, 4), (6, 0), (3, 4), (1, 4), (0, 0)])
def test_on_the_days_that_the_plan_names(cast, plan, days, told):
    with days_before(plan, days, hour=9):
        assert remind_of_deadlines() == told
    assert len(reminders(cast.wang)) == (told > 0)


def test_the_plan_says_which_days(cast, plan):
    plan.reminder_days = [8, 0]
    plan.save()
    with days_before(plan, 8):
        assert remind_of_deadlines() == 4
    with days_before(plan, 0, hour=9):
        assert remind_of_deadlines() == 4
    assert reminders(cast.wang)[-1].text.endswith("今天截止")
    plan.reminder_days = []
    plan.save()
    with days_before(plan, 7):
        assert remind_of_deadlines() == 0


@pytest.mark.parametrize(("hour", "told"), [(8, 0), (9, 4), (20, 4), (21, 0)])
def test_not_at_night(cast, plan, hour, told):
    with days_before(plan, 7, hour=hour):
        assert job(timestamp=0) == told


def test_once_a_day_however_often_it_is_asked(cast, plan):
    with days_before(plan, 7, hour=9):
        assert remind_of_deadlines() == 4
    with days_before(plan, 7, hour=15):
        assert remind_of_deadlines() == 0
        held = DeadlineRound.objects.get(deadline="register")
        assert (held.told, held.on) == (4, localdate())


def test_each_is_told_of_what_is_theirs(cast, plan):
    passed(cast, cast.wang)
    flow.submit(of(cast.liu), JOIN, by=cast.liu.user).or_refuse()
    with days_before(plan, 7):
        assert remind_of_deadlines() == 3
    assert [m.kind for m in reminders(cast.wang)] == ["remind_pay"]
    assert reminders(cast.liu) == []
    assert [m.by for m in reminders(cast.zhao)] == [None]


def test_who_was_reminded_by_hand_a_moment_ago_is_spared(cast, plan):
    with days_before(plan, 7):
        remind(of(cast.wang), by=cast.li).or_refuse()
        assert remind_of_deadlines() == 3
    assert len(reminders(cast.wang)) == 1


def test_counselors_hear_how_many_are_left(cast, plan):
    passed(cast, cast.wang)
    with days_before(plan, 7):
        remind_of_deadlines()
    told = {
        user.name: sorted(Message.objects.visible_to(user).values_list("title", flat=True))
        for user in (cast.li, cast.he, cast.sun, cast.zhang, cast.xu)
    }
    assert told == {
        "李老师": ["还有 1 名学生未登记，还剩 7 天", "还有 1 名学生未缴费，还剩 7 天"],
        "何老师": ["还有 1 名学生未登记，还剩 7 天"],
        "孙老师": ["还有 1 名学生未登记，还剩 7 天"],
        "张两岗": ["还有 1 名学生未登记，还剩 7 天"],
        "徐书记": [],
    }
    links = Message.objects.visible_to(cast.li).values_list("link", flat=True)
    assert sorted(links) == [
        f"/staff/enrolments/?plan={plan.pk}&f=status.awaiting_payment",
        f"/staff/unregistered/?plan={plan.pk}",
    ]


@pytest.mark.django_db(transaction=True)
def test_two_workers_hold_one_round(cast, plan):
    gate, told = threading.Barrier(2), []

    def work():
        gate.wait()
        told.append(remind_of_deadlines())
        connections.close_all()

    with days_before(plan, 7):
        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert sorted(told) == [0, 4]
    assert len(reminders(cast.wang)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_remind_at_once_remind_once(cast, plan):
    gate, done = threading.Barrier(2), []

    def work(by):
        gate.wait()
        done.extend(remind(of(cast.wang), by=by).done)
        connections.close_all()

    workers = [threading.Thread(target=work, args=[by]) for by in (cast.li, cast.office)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(done) == 1
    assert len(reminders(cast.wang)) == 1
