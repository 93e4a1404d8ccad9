"""What changes while a batch of reviews is under way: each row is judged in the moment it is done."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from tests.cast import make_cast
from tests.factories import make_plan
from yibao.accounts.models import User
from yibao.enrolment import flow
from yibao.enrolment.choice import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.plans.models import ReviewStep


@pytest.fixture
def cast(db):
    """王 and 刘 wait for 李, who has the first of them done."""
    cast = make_cast()
    enlist(make_plan(), by=cast.office)
    for student in (cast.wang, cast.liu):
        flow.submit(of(student), Choice(Intent.JOIN, consent="当面"), by=student.user).or_refuse()
    flow.approve(of(cast.wang), by=cast.li).or_refuse()
    return cast


def of(student):
    return Enrolment.objects.filter(student=student)


def approve(student, by):
    """As the next piece of a batch does: by the person as they are now."""
    outcome = flow.approve(of(student), by=User.objects.get(pk=by.pk))
    return list(outcome.refused.values())


def test_the_window_closes_during_a_batch(cast):
    closed = now() - timedelta(minutes=1)
    ReviewStep.objects.filter(level="counselor").update(closes_at=closed)
    [why] = approve(cast.liu, cast.li)
    assert why.startswith("“辅导员审核”时间已过，已于 ")
    assert why.endswith(" 截止，请联系学校医保办公室")
    assert of(cast.wang).get().current_step.level == "college"  # what was done stays done


def test_somebody_else_decides_first(cast):
    flow.send_back(of(cast.liu), by=cast.he, comment="请核对").or_refuse()
    [why] = approve(cast.liu, cast.li)
    assert why.startswith("何老师已于 ")
    assert why.endswith(" 退回，当前状态为“已退回”，无需审核")


def test_the_counselor_is_moved(cast):
    cast.li.posts.get().class_groups.clear()
    assert approve(cast.liu, cast.li) == ["现在是“辅导员审核”环节，不由您审核"]


def test_the_account_is_switched_off(cast):
    User.objects.filter(pk=cast.li.pk).update(is_active=False)
    assert approve(cast.liu, cast.li) == ["现在是“辅导员审核”环节，不由您审核"]
