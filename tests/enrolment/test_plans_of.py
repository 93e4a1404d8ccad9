"""The strip of plans shows each person those in which their own posts have students."""

import pytest

from tests.factories import make_plan
from yibao.enrolment.models import Enrolment
from yibao.enrolment.plans_of import plans_of
from yibao.enrolment.roster import enlist
from yibao.people.levels import REVIEWING, Level
from yibao.plans.states import PlanStatus
from yibao.web.staff.enrolments import ReviewGrid

SEEN = {  # by whom: of everybody's plan and that of 外国语 2401; short lists are counselors' alone
    "li": (["全校"], True),
    "he": (["全校"], True),
    "sun": (["全校", "外国语"], True),
    "zhang": (["全校"], False),  # 外国语 2402 and the college of the others
    "xu": (["全校"], False),
    "qian": (["全校", "外国语"], False),
    "office": (["全校", "外国语"], False),
    "admin": ([], False),
}


@pytest.fixture
def plans(cast):
    enlist(make_plan("全校"), by=cast.office)
    Enrolment.objects.create(plan=make_plan("外国语"), student=cast.zhao)
    make_plan("没有人")
    Enrolment.objects.create(plan=make_plan("草稿", status=PlanStatus.DRAFT), student=cast.zhao)


@pytest.mark.parametrize("name", SEEN)
def test_only_plans_with_own_students(cast, plans, name):
    viewer = getattr(cast, name)
    seen = sorted(str(plan) for plan in plans_of(viewer, *REVIEWING))
    assert (seen, ReviewGrid(viewer).is_short) == SEEN[name]


def test_a_post_counts_only_where_its_level_is_asked_for(cast, plans):
    assert [str(plan) for plan in plans_of(cast.zhang, Level.COLLEGE)] == ["全校"]
    assert list(plans_of(cast.sun, Level.COLLEGE)) == []
