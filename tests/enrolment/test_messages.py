"""What students are told at each turn, and that whoever did it is told nothing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now

from tests.factories import make_plan, make_student
from yibao.accounts.models import User
from yibao.enrolment import flow, messages
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.notify.kinds import kinds
from yibao.notify.models import Message
from yibao.plans.flow import close_plan

JOIN = Choice(Intent.JOIN, consent="当面")


@pytest.fixture
def plan(cast):
    plan = make_plan()
    enlist(plan, by=cast.office)
    return plan


def of(*students):
    return Enrolment.objects.filter(student__in=students)


def inbox(student):
    """Kind and title of what a student was told, newest first; in brackets what no longer holds."""
    mine = Message.objects.visible_to(student.user).order_by("-pk")
    return [m.kind if m.withdrawn_at is None else f"({m.kind})" for m in mine]


def last(student) -> Message:
    return Message.objects.visible_to(student.user).order_by("-pk")[0]


def through(plan, cast, student, choice=JOIN, until=3):
    flow.submit(of(student), choice, by=student.user).or_refuse()
    for by in (cast.li, cast.xu, cast.office)[:until]:
        flow.approve(of(student), by=by).or_refuse()


def test_the_way_to_the_cashier(cast, plan):
    through(plan, cast, cast.wang)
    assert inbox(cast.wang) == ["passed", "(step_passed)", "(step_passed)"]
    told = last(cast.wang)
    assert told.title == "审核已通过，请缴费"
    assert told.text.startswith("2026年大学生医保：应缴 533.00 元，")
    assert told.text.endswith(" 截止")
    assert told.by == cast.office
    assert told.link == reverse("student:progress", args=[of(cast.wang).get().public_id])
    first = Message.objects.visible_to(cast.wang.user).order_by("pk")[0]
    assert (first.title, first.by) == ("辅导员审核已通过", cast.li)
    assert "正在等待学院审核" in first.text
    flow.mark_paid(of(cast.wang).values_list("pk", flat=True), by=None)
    assert inbox(cast.wang) == ["(passed)", "(step_passed)", "(step_passed)"]


def test_what_is_free_and_staying_out(cast, plan):
    cast.wang.hardships.create(academic_year=2026, category="特困人员", level="特别困难")
    through(plan, cast, cast.wang)
    assert inbox(cast.wang)[0] == "insured"
    assert "无需缴费" in last(cast.wang).text
    reason = plan.reasons.get(name="自愿放弃")
    through(plan, cast, cast.liu, Choice(Intent.STAY_OUT, consent="当面", reason=reason))
    assert inbox(cast.liu)[0] == "stays_out"
    assert last(cast.liu).text == "2026年大学生医保：原因：自愿放弃"


def test_returned_with_the_reason_until_it_is_mended(cast, plan):
    through(plan, cast, cast.wang, until=0)
    assert inbox(cast.wang) == []  # he did it himself
    flow.send_back(of(cast.wang), by=cast.li, comment="照片不清晰").or_refuse()
    assert inbox(cast.wang) == ["returned"]
    text = last(cast.wang).text
    assert "李老师（辅导员审核）退回，原因：照片不清晰。请在 " in text
    assert text.endswith(" 前提交")
    flow.submit(of(cast.wang), JOIN, by=cast.wang.user).or_refuse()
    assert inbox(cast.wang) == ["(returned)"]


def test_after_the_window_somebody_has_to_help(cast, plan):
    through(plan, cast, cast.wang, until=0)
    plan.apply_until = now() - timedelta(minutes=1)
    plan.save()
    flow.refuse(of(cast.wang), by=cast.li, comment="不属于参保对象！").or_refuse()
    assert inbox(cast.wang) == ["refused"]
    assert last(cast.wang).text.endswith(
        "辅导员审核未通过，原因：不属于参保对象！如需参保，申请时间已过，请联系辅导员办理"
    )


def test_taken_back_after_review(cast, plan):
    through(plan, cast, cast.wang)
    flow.take_back(of(cast.wang), by=cast.li, comment="请补充材料。").or_refuse()
    assert inbox(cast.wang)[:2] == ["returned", "(passed)"]
    assert "李老师退回，原因：请补充材料。请在" in last(cast.wang).text


def test_registered_and_withdrawn_by_somebody_else(cast, plan):
    flow.submit(of(cast.wang), JOIN, by=cast.li).or_refuse()
    assert inbox(cast.wang) == ["registered"]
    told = last(cast.wang)
    assert told.title == "李老师已为你代登记"
    assert "登记了参保，应缴 533.00 元。" in told.text
    assert "可以在进度页提出异议" in told.text
    flow.withdraw(of(cast.wang), by=cast.li).or_refuse()
    assert inbox(cast.wang) == ["withdrawn", "registered"]  # that it was done stays a fact
    reason = plan.reasons.get(name="自愿放弃")
    flow.submit(
        of(cast.wang), Choice(Intent.STAY_OUT, consent="当面", reason=reason), by=cast.li
    ).or_refuse()
    assert inbox(cast.wang) == ["registered", "(withdrawn)", "registered"]
    assert "登记了不参保，原因：自愿放弃。" in last(cast.wang).text


def test_registered_where_nobody_reviews_is_to_be_paid(cast, plan):
    plan.steps.all().delete()
    flow.submit(of(cast.wang), JOIN, by=cast.li).or_refuse()
    assert " 前缴费。如果这不是" in last(cast.wang).text


def test_own_withdrawal_is_no_news(cast, plan):
    through(plan, cast, cast.wang, until=0)
    flow.withdraw(of(cast.wang), by=cast.wang.user).or_refuse()
    assert inbox(cast.wang) == []


def test_whether_insurance_is_needed(cast, plan):
    flow.mark_required(of(cast.wang), required=True, by=cast.li).or_refuse()
    assert inbox(cast.wang) == []  # nothing has changed
    flow.mark_required(of(cast.wang), required=False, by=cast.li, note="休学").or_refuse()
    assert "李老师登记，原因：休学。如需参保" in last(cast.wang).text
    flow.mark_required(of(cast.wang), required=True, by=cast.li).or_refuse()
    assert inbox(cast.wang) == ["required", "not_required"]


def test_a_decision_undone_is_taken_back(cast, plan):
    through(plan, cast, cast.wang)
    at = now()
    flow.undo(of(cast.wang), by=cast.office, until=at, asked=at).or_refuse()
    assert inbox(cast.wang)[0] == "(passed)"


def test_refused_rows_are_told_nothing(cast, plan):
    flow.approve(of(cast.wang, cast.liu), by=cast.li)
    assert not Message.objects.exists()


def test_the_number_of_queries_does_not_grow(cast, plan):
    more = [make_student(cast.classes.cs1, "林同学") for _ in range(20)]
    enlist(plan, by=cast.office)
    for some in ([cast.wang], more):
        flow.submit(of(*some), JOIN, by=cast.li).or_refuse()
    counts = []
    for some in ([cast.wang], more):
        by = User.objects.get(pk=cast.li.pk)
        with CaptureQueriesContext(connection) as queries:
            flow.approve(of(*some), by=by)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert Message.objects.filter(kind="step_passed").count() == 21


# What still holds ---------------------------------------------------------------------------
def holds(kind, *students) -> bool:
    pks = list(of(*students).values_list("pk", flat=True))
    return kinds()[kind].still_true(pks) == set(pks)


def test_what_is_to_be_done_holds_as_long_as_it_can_be_done(cast, plan):
    assert holds("required", cast.wang)
    through(plan, cast, cast.wang)
    assert (holds("passed", cast.wang), holds("required", cast.wang)) == (True, False)
    assert holds("step_passed", cast.wang) is False
    plan.pay_until = now() - timedelta(seconds=1)
    plan.save()
    assert not holds("passed", cast.wang)


def test_nothing_holds_in_a_plan_that_is_over(cast, plan):
    through(plan, cast, cast.wang, until=0)
    flow.send_back(of(cast.wang), by=cast.li, comment="不清晰").or_refuse()
    assert holds("returned", cast.wang)
    assert holds("withdrawn", cast.liu)
    close_plan(plan, by=cast.office)
    assert not holds("returned", cast.wang)
    assert not holds("withdrawn", cast.liu)


def test_every_kind_is_known_to_the_settings():
    assert set(messages.KINDS) <= set(kinds().values())


def test_nor_for_those_who_stay_out(cast, plan):
    plan.steps.exclude(position=1).delete()
    more = [make_student(cast.classes.cs1, "林同学") for _ in range(8)]
    enlist(plan, by=cast.office)
    out = Choice(Intent.STAY_OUT, consent="当面", reason=plan.reasons.get(name="自愿放弃"))
    for student in (cast.wang, *more):
        flow.submit(of(student), out, by=student.user).or_refuse()
    counts = []
    for some in ([cast.wang], more):
        by = User.objects.get(pk=cast.li.pk)
        with CaptureQueriesContext(connection) as queries:
            flow.approve(of(*some), by=by).or_refuse()
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert Message.objects.filter(kind="stays_out").count() == 9
