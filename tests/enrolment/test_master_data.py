"""A change of one student's data, and that student's rows in the open plans."""

import pytest

from tests.factories import make_plan
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.master_data import accept_and_enlist, change_and_enlist
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Status
from yibao.notify.models import Message
from yibao.people.flow import Wish, ask_correction
from yibao.people.models import Correction
from yibao.people.states import Topic
from yibao.plans.flow import close_plan


@pytest.fixture
def plans(cast):
    """One for bachelors, one for postgraduates."""
    plans = make_plan("本科计划"), make_plan("研究生计划", way="B")
    for plan in plans:
        enlist(plan, by=cast.office)
    return plans


def standing(student) -> dict[str, bool]:
    """Plan → whether the student counts in it."""
    rows = Enrolment.objects.filter(student=student).values_list("plan__name", "off_roster")
    return {plan: not off for plan, off in rows}


def change(student, by, **new):
    return change_and_enlist(student, new, by=by, reason="学籍异动通知")


def test_who_leaves_school_leaves_the_plan_and_comes_back(cast, plans):
    change(cast.wang, cast.office, roster_status="withdrawn")
    assert standing(cast.wang) == {"本科计划": False}
    change(cast.wang, cast.office, roster_status="active")
    assert standing(cast.wang) == {"本科计划": True}


def test_another_level_is_another_plan(cast, plans):
    change(cast.wang, cast.office, training_level="master")
    assert standing(cast.wang) == {"本科计划": False, "研究生计划": True}


def test_nobody_elses_rows_are_touched(cast, plans):
    Enrolment.objects.filter(student=cast.liu).delete()
    change(cast.wang, cast.office, roster_status="withdrawn")
    assert standing(cast.liu) == {}
    line = AuditEntry.objects.filter(action="enlist").order_by("-pk").first()
    assert line.data == {"added": 0, "gone": 1, "back": 0}


def test_what_is_under_way_stays(cast, plans):
    rows = Enrolment.objects.filter(student=cast.wang)
    flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.wang.user).or_refuse()
    change(cast.wang, cast.office, roster_status="withdrawn")
    assert standing(cast.wang) == {"本科计划": True}


@pytest.mark.parametrize("ends", ["returned", "withdrawn"])
def test_who_left_in_review_leaves_the_count_with_the_return(cast, plans, ends):
    """Nobody who is gone holds up a rate until the next import."""
    rows = Enrolment.objects.filter(student__in=[cast.wang, cast.liu], plan=plans[0])
    flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.li).or_refuse()
    change(cast.wang, cast.office, roster_status="withdrawn")
    if ends == "returned":
        flow.send_back(rows, by=cast.li, comment="已退学").or_refuse()
    else:
        flow.withdraw(rows, by=cast.li).or_refuse()
    assert standing(cast.wang) == {"本科计划": False}
    assert standing(cast.liu) == {"本科计划": True}
    line = AuditEntry.objects.filter(action="enlist").order_by("-pk").first()
    assert line.data == {"added": 0, "gone": 1, "back": 0}
    told = Message.objects.filter(to=cast.wang.user).latest("pk")
    assert told.text.endswith("你已不在本计划的参保对象内，不需要再提交")
    [mine] = flow.submit(
        rows.filter(student=cast.wang), Choice(Intent.JOIN, consent="当面"), by=cast.li
    ).refused.items()
    assert mine[1] == "该生已不在本计划的参保对象内，如需参保请联系辅导员"


def test_of_a_closed_plan_nobody_leaves(cast, plans):
    """What a closed plan counted stays as it was; money may still go back."""
    rows = Enrolment.objects.filter(student=cast.wang)
    change(cast.wang, cast.office, roster_status="withdrawn")
    rows.update(status=Status.ENROLLED, intent=Intent.JOIN, off_roster=False)
    close_plan(plans[0], by=cast.office)
    flow.unmark_paid(rows.values_list("pk", flat=True), Status.RETURNED, by=None).or_refuse()
    assert standing(cast.wang) == {"本科计划": True}


def test_a_refused_change_changes_no_plan(cast, plans):
    with pytest.raises(Refused):
        change(cast.wang, cast.office, roster_status="withdrawn", name="")
    assert standing(cast.wang) == {"本科计划": True}


def test_an_accepted_correction_lifts_what_stood_in_the_way(cast, plans):
    cast.wang.ethnicity = ""
    cast.wang.save()
    rows = Enrolment.objects.filter(student=cast.wang)
    assert flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.wang.user).refused
    wish = Wish(Topic.ETHNICITY, {"ethnicity": "汉"}, "漏填")
    row = ask_correction(cast.wang, wish, by=cast.wang.user)
    accept_and_enlist(Correction.objects.filter(pk=row.pk), by=cast.li).or_refuse()
    assert flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.wang.user).refused == {}
