"""撤销 of a review beside a rate that has been handed in meanwhile."""

import threading

import pytest
from django.utils.timezone import now

from tests.cast import Cast, make_cast
from tests.factories import make_plan
from tests.racing import at_once
from yibao.common.models import AuditEntry
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Status
from yibao.notify.models import Message
from yibao.people.codes import TrainingLevel
from yibao.reports import flow, rules
from yibao.reports.models import RateReport
from yibao.reports.states import RateStatus
from yibao.reports.undoing import undo_review
from yibao.web.staff.enrolments_actions import APPROVE, REFUSE, SEND_BACK, TAKE_BACK

SENTENCE = "{}的参保率{}，该生在上报名单里，不能撤销；需要更改请先退回参保率"


def reviewed() -> Cast:
    """Both students of 计算机 2024 have just been approved by 李."""
    cast = make_cast(TrainingLevel.MASTER)
    plan = make_plan(way="B")
    enlist(plan, by=cast.office)
    cast.plan, cast.computing = plan, cast.classes.cs1.major.college
    rows = Enrolment.objects.filter(student__in=[cast.wang, cast.liu])
    enrolment_flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.office)
    enrolment_flow.approve(rows, by=cast.li)
    cast.rows = rows
    return cast


@pytest.fixture
def cast(db):
    return reviewed()


def undo(rows, by):
    at = now()
    return undo_review(rows, by=by, until=at, asked=at)


def test_what_was_handed_in_is_not_undone_until_it_comes_back(cast):
    report = flow.hand_in_grade(cast.plan, cast.computing, 2024, by=cast.li)
    reports = RateReport.objects.filter(pk=report.pk)
    outcome = undo(cast.rows, cast.li)
    assert outcome.done == []
    assert set(outcome.refused.values()) == {SENTENCE.format(report, "已上报")}
    assert AuditEntry.objects.filter(action="undo_refused", by=cast.li).count() == 2
    flow.decide(reports, RateStatus.ACCEPTED, by=cast.xu, opinion="同意").or_refuse()
    assert set(undo(cast.rows, cast.li).refused.values()) == {SENTENCE.format(report, "已通过")}
    assert not Message.objects.filter(kind="passed", withdrawn_at__isnull=False).exists()
    flow.decide(reports, RateStatus.RETURNED, by=cast.xu, opinion="请核对").or_refuse()
    undo(cast.rows, cast.li).or_refuse()
    assert set(cast.rows.values_list("status", flat=True)) == {Status.IN_REVIEW}
    # What the students had been told no longer waits for them.
    assert Message.objects.filter(kind="passed", withdrawn_at__isnull=True).count() == 0
    assert Message.objects.filter(kind="passed").count() == 2


def test_a_student_who_is_in_no_list_is_undone_beside_one_who_is(cast):
    """Moved into the grade after it was handed in: the frozen figures do not count him."""
    report = flow.hand_in_grade(cast.plan, cast.computing, 2024, by=cast.li)
    report.lines.filter(enrolment__student=cast.liu).delete()
    outcome = undo(cast.rows, cast.li)
    assert outcome.done == [cast.rows.get(student=cast.liu).pk]
    assert list(outcome.refused) == [cast.rows.get(student=cast.wang).pk]


def test_every_decision_of_the_list_is_undone_this_way():
    assert [action.undo for action in (APPROVE, SEND_BACK, REFUSE, TAKE_BACK)] == [undo_review] * 4


@pytest.mark.django_db(transaction=True)
def test_undo_and_handing_in_at_the_same_instant(locks, monkeypatch):
    """The undo has looked for rates and found none; the grade is handed in before it acts."""
    cast = reviewed()
    looked, go_on = threading.Event(), threading.Event()
    ask = rules.why_not_undo

    def slowly(rows):
        found = ask(rows)
        looked.set()
        go_on.wait(0.5)
        return found

    def hand_in():
        looked.wait(5)
        try:
            return flow.hand_in_grade(cast.plan, cast.computing, 2024, by=cast.li)
        finally:
            go_on.set()

    monkeypatch.setattr(rules, "why_not_undo", slowly)
    undone, handed_in = at_once(lambda: undo(cast.rows, cast.li), hand_in)
    assert len(undone.done) == 2
    assert ("还有 2 名学生待审核" in str(handed_in)) is locks
    assert RateReport.objects.exists() is not locks
