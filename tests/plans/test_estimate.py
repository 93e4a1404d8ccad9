"""试算: what opening a plan would mean."""

from decimal import Decimal

import pytest

from tests.cast import make_cast
from tests.factories import make_class, make_plan, make_student
from yibao.plans.estimate import estimate
from yibao.plans.models import HardshipEntry
from yibao.plans.states import Choosing, PlanStatus


@pytest.fixture
def cast(db):
    return make_cast()


def test_people_money_and_who_has_no_counselor(cast, django_assert_num_queries):
    plan = make_plan(status=PlanStatus.DRAFT, premium="100.00")
    plan.types.create(name="默认", premium=Decimal("10.50"), choosing=Choosing.DEFAULT)
    plan.types.create(name="可选", premium=Decimal(999), choosing=Choosing.OPTIONAL)
    make_student(make_class("无人带班"), "孤单")
    for student in (cast.wang, cast.zhao):
        HardshipEntry.objects.create(
            academic_year=2026, student=student, category="低保对象", level="一般困难"
        )
    HardshipEntry.objects.create(
        academic_year=2025, student=cast.liu, category="低保对象", level="去年"
    )
    plan.fee_rules.update(insurance_type=plan.types.first())
    with django_assert_num_queries(5):
        found = estimate(plan)
    assert (found.people, found.by_level) == (5, (("本科", 5),))
    assert (found.price, found.standard, found.due) == (
        Decimal("110.50"),
        Decimal("552.50"),
        Decimal("352.50"),
    )
    assert (found.recognised, found.zero_fee, found.reduced) == (2, 0, Decimal(200))
    assert found.without_counselor == 1


def test_a_full_reduction_of_everything_is_zero_fee(cast):
    plan = make_plan(status=PlanStatus.DRAFT)
    HardshipEntry.objects.create(
        academic_year=2026, student=cast.wang, category="特困", level="特别困难"
    )
    assert (estimate(plan).zero_fee, estimate(plan).due) == (1, Decimal("1599.00"))
