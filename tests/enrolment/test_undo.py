"""撤销: one's own decisions, within ten minutes, while nothing has come after them."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from tests.factories import make_plan, make_student
from yibao.common.models import AuditEntry
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment, ReviewRecord
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Decision, Intent, Status
from yibao.payments import flow as payments
from yibao.payments.undoing import undo_review
from yibao.plans.models import HardshipEntry

JOIN = Choice(Intent.JOIN, consent="当面")
MINUTES = timedelta(minutes=1)


@pytest.fixture
def plan(cast):
    plan = make_plan()
    enlist(plan, by=cast.office)
    return plan


@pytest.fixture
def waiting(cast, plan):
    """王 and 刘 wait for 李."""
    flow.submit(of(cast.wang, cast.liu), JOIN, by=cast.office)
    return cast


def of(*students):
    return Enrolment.objects.filter(student__in=students)


def where(student):
    row = of(student).select_related("current_step").get()
    return row.status, row.current_step.name if row.current_step else None


def undo(rows, by, *, until=None, asked=None):
    at = now()
    return undo_review(rows, by=by, until=until or at, asked=asked or at)


def why(outcome):
    assert outcome.done == []
    [sentence] = outcome.refused.values()
    return sentence


def due(cast):
    """王 is approved by all and has to pay."""
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(of(cast.wang), by=by).or_refuse()


@pytest.mark.parametrize(
    "act",
    [
        lambda rows, by: flow.approve(rows, by=by),
        lambda rows, by: flow.send_back(rows, by=by, comment="请核对"),
        lambda rows, by: flow.refuse(rows, by=by, comment="不属于"),
    ],
    ids=["approve", "send_back", "refuse"],
)
def test_a_decision_is_undone_and_can_be_made_again(waiting, act):
    act(of(waiting.wang, waiting.liu), waiting.li).or_refuse()
    outcome = undo(of(waiting.wang, waiting.liu), waiting.li)
    assert (len(outcome.done), outcome.refused) == (2, {})
    assert where(waiting.wang) == where(waiting.liu) == (Status.IN_REVIEW, "辅导员审核")
    [record] = of(waiting.wang).get().reviews.all()
    assert (record.stands, record.undone_by) == (False, waiting.li)
    assert of(waiting.wang).get().decisions == []
    flow.approve(of(waiting.wang), by=waiting.li).or_refuse()
    assert where(waiting.wang) == (Status.IN_REVIEW, "学院审核")
    assert of(waiting.wang).with_returns().get().returns == 0


def test_it_stands_in_the_trail(waiting):
    flow.approve(of(waiting.wang), by=waiting.li).or_refuse()
    undo(of(waiting.wang), waiting.li).or_refuse()
    undo(of(waiting.wang), waiting.li)
    entry, refused = AuditEntry.objects.filter(action__startswith="undo").order_by("pk")
    assert (entry.action, entry.by, entry.subject_id) == (
        "undo",
        waiting.li,
        of(waiting.wang).get().pk,
    )
    assert (entry.data["was"], entry.data["step"]) == ("in_review", "辅导员审核")
    assert (refused.action, refused.data["why"]) == ("undo_refused", "这次审核已经撤销")


def test_the_last_step_is_undone_before_anybody_pays(waiting):
    due(waiting)
    assert where(waiting.wang) == (Status.AWAITING_PAYMENT, None)
    undo(of(waiting.wang), waiting.office).or_refuse()
    assert where(waiting.wang) == (Status.IN_REVIEW, "学校审核")
    flow.send_back(of(waiting.wang), by=waiting.office, comment="请核对").or_refuse()


def test_free_and_staying_out_too(waiting, plan):
    HardshipEntry.objects.create(
        student=waiting.wang, academic_year=2026, category="特困", level="特别困难"
    )
    reason = plan.reasons.get(name="自愿放弃")
    flow.withdraw(of(waiting.liu), by=waiting.li).or_refuse()
    flow.submit(
        of(waiting.liu), Choice(Intent.STAY_OUT, consent="当面", reason=reason), by=waiting.li
    ).or_refuse()
    both = of(waiting.wang, waiting.liu)
    for by in (waiting.li, waiting.xu, waiting.office):
        flow.approve(both, by=by).or_refuse()
    assert where(waiting.wang)[0] == Status.ENROLLED
    assert where(waiting.liu)[0] == Status.OPTED_OUT
    assert len(undo(both, waiting.office).done) == 2
    assert where(waiting.wang) == where(waiting.liu) == (Status.IN_REVIEW, "学校审核")


def test_a_return_after_review_is_undone(waiting):
    due(waiting)
    payments.take_back(of(waiting.wang), by=waiting.xu, comment="请补充材料").or_refuse()
    undo(of(waiting.wang), waiting.xu).or_refuse()
    assert where(waiting.wang) == (Status.AWAITING_PAYMENT, None)


# Who may not, and when not ---------------------------------------------------------------------


def test_another_person_undoes_nothing(waiting):
    flow.approve(of(waiting.liu), by=waiting.li).or_refuse()
    for by in (waiting.he, waiting.xu, waiting.office, waiting.liu.user):
        assert why(undo(of(waiting.liu), by)) == "没有您的审核可以撤销"
    assert where(waiting.liu) == (Status.IN_REVIEW, "学院审核")


def test_somebody_acted_in_between(waiting):
    flow.approve(of(waiting.wang, waiting.liu), by=waiting.li).or_refuse()
    flow.approve(of(waiting.wang), by=waiting.xu).or_refuse()
    outcome = undo(of(waiting.wang, waiting.liu), waiting.li)
    assert outcome.done == [of(waiting.liu).get().pk]
    [sentence] = outcome.refused.values()
    assert sentence.startswith("徐书记已于 ")
    assert sentence.endswith(" 审核通过，不能再撤销之前的审核")
    assert where(waiting.wang) == (Status.IN_REVIEW, "学校审核")


@pytest.mark.parametrize(("minutes", "done"), [(9.9, 1), (10.1, 0), (11, 0)])
def test_ten_minutes(waiting, minutes, done):
    flow.approve(of(waiting.wang), by=waiting.li).or_refuse()
    with time_machine.travel(now() + minutes * MINUTES):
        outcome = undo(of(waiting.wang), waiting.li)
    assert len(outcome.done) == done
    if not done:
        assert why(outcome) == "审核已超过 10 分钟，不能撤销；需要更改请用“退回”"


def test_it_is_the_asking_that_counts(waiting):
    """A long undo is done by a job; what was asked in time is done."""
    flow.approve(of(waiting.wang), by=waiting.li).or_refuse()
    asked = now() + 9 * MINUTES
    with time_machine.travel(now() + 12 * MINUTES):
        undo(of(waiting.wang), waiting.li, asked=asked).or_refuse()


def test_the_student_has_submitted_again(waiting):
    flow.send_back(of(waiting.wang), by=waiting.li, comment="请核对").or_refuse()
    flow.submit(of(waiting.wang), JOIN, by=waiting.wang.user).or_refuse()
    assert why(undo(of(waiting.wang), waiting.li)).startswith("学生已重新提交，不能撤销")


def test_what_was_decided_later_is_not_undone_by_an_earlier_batch(waiting):
    flow.send_back(of(waiting.wang), by=waiting.li, comment="请核对").or_refuse()
    until = now()
    undo(of(waiting.wang), waiting.li).or_refuse()
    flow.approve(of(waiting.wang), by=waiting.li).or_refuse()
    assert why(undo(of(waiting.wang), waiting.li, until=until)) == "这次审核已经撤销"
    assert where(waiting.wang) == (Status.IN_REVIEW, "学院审核")


def test_marked_as_not_required_in_between(waiting):
    flow.send_back(of(waiting.wang), by=waiting.li, comment="请核对").or_refuse()
    flow.mark_required(of(waiting.wang), required=False, by=waiting.li, note="休学").or_refuse()
    assert why(undo(of(waiting.wang), waiting.li)) == "该生已标记为不需要参保，不能撤销"


def test_the_post_has_ended(waiting):
    flow.approve(of(waiting.wang), by=waiting.li).or_refuse()
    waiting.li.posts.get().class_groups.clear()
    waiting.li.refresh_from_db()  # as the next request does
    assert why(undo(of(waiting.wang), waiting.li)) == "该生已不在您的管理范围，不能撤销"


def test_the_student_has_gone_on_to_pay(waiting):
    due(waiting)
    order = payments.open_order(of(waiting.wang).get(), by=waiting.wang.user)
    assert why(undo(of(waiting.wang), waiting.office)).startswith("学生已进入缴费，不能撤销")
    assert AuditEntry.objects.get(action="undo_refused").by == waiting.office
    payments.record_cash(of(waiting.wang), by=waiting.li).or_refuse()
    order.refresh_from_db()
    assert order.status == "paid"
    assert why(undo(of(waiting.wang), waiting.office)) == "学生已缴费，不能撤销"
    assert where(waiting.wang) == (Status.ENROLLED, None)


def test_money_is_seen_without_an_order_too(waiting):
    due(waiting)
    flow.mark_paid(of(waiting.wang).values_list("pk", flat=True), by=None).or_refuse()
    assert why(undo(of(waiting.wang), waiting.office)) == (
        "审核之后已有变动，当前状态为“已参保”，不能撤销"
    )


def test_a_closed_plan_is_closed(waiting, plan):
    flow.approve(of(waiting.wang), by=waiting.li).or_refuse()
    type(plan).objects.update(status="closed")
    assert "不能再办理" in why(undo(of(waiting.wang), waiting.li))


# What the database holds -------------------------------------------------------------------------


def test_a_record_is_undone_once_and_never_changed(waiting):
    flow.approve(of(waiting.wang), by=waiting.li).or_refuse()
    records = ReviewRecord.objects.all()
    for change in ({"comment": "改"}, {"decision": Decision.REFUSED}, {"by": waiting.xu}):
        with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
            records.update(**change)
    with pytest.raises(IntegrityError, match="undone_by_somebody"), transaction.atomic():
        records.update(undone_at=now())
    undo(of(waiting.wang), waiting.li).or_refuse()
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        records.update(undone_at=None, undone_by=None)
    with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
        records.all()._raw_delete("default")


def test_after_an_undo_the_student_may_withdraw_and_the_same_person_act_elsewhere(waiting):
    flow.approve(of(waiting.wang), by=waiting.li).or_refuse()
    undo(of(waiting.wang), waiting.li).or_refuse()
    flow.withdraw(of(waiting.wang), by=waiting.wang.user).or_refuse()
    assert where(waiting.wang) == (Status.UNREGISTERED, None)


def test_many_cost_as_many_queries_as_few(waiting):
    def cost(rows):
        flow.approve(rows, by=waiting.li)
        with CaptureQueriesContext(connection) as asked:
            outcome = undo(rows, waiting.li)
        assert len(outcome.done) == rows.count()
        return len(asked)

    few = cost(of(waiting.wang))
    students = [make_student(waiting.classes.cs1, "孙多多") for _ in range(20)]
    enlist(Enrolment.objects.first().plan, by=waiting.office)
    flow.submit(of(*students), JOIN, by=waiting.office)
    assert cost(of(waiting.wang, *students)) == few
