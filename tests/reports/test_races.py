"""Two people with one rate at the same instant; each race has a twin without locks (tests/racing)."""

import contextlib
import threading

import pytest

from tests.cast import make_cast
from tests.factories import make_plan
from tests.racing import MEETING, at_once, meet
from yibao.common.errors import Refused
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.people.codes import TrainingLevel
from yibao.reports import flow, rules
from yibao.reports.models import RateReport
from yibao.reports.states import RateStatus

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db):
    return make_cast(TrainingLevel.MASTER)


@pytest.fixture
def plan(cast):
    """Both students of 计算机 2024 have been reviewed."""
    plan = make_plan(way="B")
    enlist(plan, by=cast.office)
    rows = Enrolment.objects.filter(student__in=[cast.wang, cast.liu])
    enrolment_flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.li)
    enrolment_flow.approve(rows, by=cast.li)
    return plan


def test_two_counselors_hand_in_one_grade(cast, plan, locks, monkeypatch):
    computing = cast.classes.cs1.major.college
    meet(monkeypatch, rules, "why_not_hand_in_grade", 2)
    answers = at_once(
        lambda: flow.hand_in_grade(plan, computing, 2024, by=cast.li),
        lambda: flow.hand_in_grade(plan, computing, 2024, by=cast.he),
    )
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    if locks:
        [why] = map(str, refused)
        assert why == "参保率已上报，不能重复提交"
        assert RateReport.objects.count() == 1
    else:
        assert refused == []  # the constraint catches it, with an error for one of the two


def test_a_grade_is_returned_while_its_college_hands_in(cast, plan, locks, monkeypatch):
    computing = cast.classes.cs1.major.college
    flow.hand_in_grade(plan, computing, 2024, by=cast.li)
    grade = RateReport.objects.filter(grade=2024)
    flow.decide(grade, RateStatus.ACCEPTED, by=cast.xu)
    barrier = threading.Barrier(2)
    for name in ("why_not_hand_in_college", "why_not_decide"):
        inner = getattr(rules, name)

        def slow(*args, inner=inner):
            answer = inner(*args)
            with contextlib.suppress(threading.BrokenBarrierError):
                barrier.wait(MEETING)
            return answer

        monkeypatch.setattr(rules, name, slow)
    at_once(
        lambda: flow.hand_in_college(plan, computing, by=cast.xu),
        lambda: flow.decide(grade, RateStatus.RETURNED, by=cast.xu, opinion="请核对"),
    )
    returned = grade.get().status == RateStatus.RETURNED
    handed_in = RateReport.objects.filter(grade=None).exists()
    assert (returned and handed_in) is not locks
