"""A difference that is kept, goes away, or follows from a plan that changes."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils.timezone import localdate

from tests.factories import make_student
from tests.payments.fees import (
    FULL,
    LESS,
    amount,
    clear,
    of,
    owe,
    pay,
    recognise,
    refund_through,
    the,
    with_relief,
)
from yibao.common.errors import Refused
from yibao.enrolment.roster import enlist
from yibao.payments import clearing, flow, jobs
from yibao.payments.differences import look
from yibao.payments.models import Difference
from yibao.payments.repricing import (
    amend_plan,
)
from yibao.payments.states import DifferenceCause, DifferenceStatus, OrderStatus
from yibao.plans.editing import Edit
from yibao.plans.models import HardshipEntry
from yibao.plans.sections import SECTIONS

D = DifferenceStatus


@pytest.fixture
def plan(cast):
    return with_relief(cast)


# Kept, gone, asked again -------------------------------------------------------------------------


def test_what_was_kept_with_a_reason_is_asked_again_only_when_the_price_changes(cast, plan):
    owe(cast, cast.wang)
    pay(cast, cast.wang)
    recognise(cast.wang)
    look(plan, DifferenceCause.RECOGNITION, by=None)
    with pytest.raises(Refused, match="原因"):
        clear(clearing.keep, cast.wang, cast.finance, note=" ")
    clear(clearing.keep, cast.wang, cast.finance, note="已过集中缴费期").or_refuse()
    assert (the(cast.wang).status, the(cast.wang).note) == (D.KEPT, "已过集中缴费期")
    assert look(plan, DifferenceCause.DAILY, by=None).opened == 0
    plan.fee_rules.update(value=400)
    assert look(plan, DifferenceCause.PLAN, by=None).opened == 1
    assert amount(cast.wang) == FULL


def test_what_was_to_be_collected_can_be_given_up(cast, plan):
    entry = recognise(cast.wang)
    owe(cast, cast.wang)
    pay(cast, cast.wang)
    HardshipEntry.objects.filter(pk=entry.pk).delete()
    look(plan, DifferenceCause.DAILY, by=None)
    clear(clearing.charge, cast.wang, cast.finance).or_refuse()
    clear(clearing.keep, cast.wang, cast.finance, note="学生已毕业离校").or_refuse()
    assert (the(cast.wang).status, amount(cast.wang)) == (D.KEPT, LESS)
    assert the(cast.wang).orders.get().status == OrderStatus.CLOSED
    assert look(plan, DifferenceCause.DAILY, by=None).opened == 0
    with pytest.raises(Refused, match="已缴费"):
        pay(cast, cast.wang)


def test_a_difference_whose_cause_goes_away_goes_too(cast, plan):
    owe(cast, cast.wang)
    pay(cast, cast.wang)
    entry = recognise(cast.wang)
    look(plan, DifferenceCause.RECOGNITION, by=None)
    HardshipEntry.objects.filter(pk=entry.pk).delete()
    assert look(plan, DifferenceCause.DAILY, by=None).gone == 1
    assert the(cast.wang).status == D.GONE


def test_a_difference_follows_until_somebody_acts_on_it(cast, plan):
    owe(cast, cast.wang)
    pay(cast, cast.wang)
    recognise(cast.wang)
    look(plan, DifferenceCause.RECOGNITION, by=None)
    plan.fee_rules.update(value=100)
    look(plan, DifferenceCause.PLAN, by=None)
    assert the(cast.wang).new_amount == Decimal(433)
    clear(clearing.refund, cast.wang, cast.finance).or_refuse()
    plan.fee_rules.update(value=300)
    look(plan, DifferenceCause.PLAN, by=None)
    assert the(cast.wang).new_amount == Decimal(433)  # this much is on its way
    refund_through(cast)
    assert look(plan, DifferenceCause.DAILY, by=None).opened == 1
    assert Difference.objects.live().get().change == -200


DAYS = [  # valid from, valid until (days from today) → whether the price would be another
    (None, None, True),
    (None, -1, True),  # counted on the day of the quote
    (0, None, True),
    (-30, -10, False),  # over before the quote
    (1, None, False),  # has not begun
]


@pytest.mark.parametrize(("first", "last", "differs"), DAYS)
def test_a_recognition_counts_if_it_did_on_the_day_of_the_quote_or_does_today(
    cast, plan, first, last, differs
):
    owe(cast, cast.wang)
    pay(cast, cast.wang)
    of(cast.wang).update(quoted_on=localdate() - timedelta(days=5))
    day = [None if n is None else localdate() + timedelta(days=n) for n in (first, last)]
    recognise(cast.wang, valid_from=day[0], valid_until=day[1])
    assert (look(plan, DifferenceCause.DAILY, by=None).opened == 1) is differs


def test_what_runs_out_after_payment_is_not_held_against_the_student(cast, plan):
    entry = recognise(cast.wang)
    owe(cast, cast.wang)
    pay(cast, cast.wang)
    of(cast.wang).update(quoted_on=localdate() - timedelta(days=5))
    HardshipEntry.objects.filter(pk=entry.pk).update(valid_until=localdate() - timedelta(days=1))
    assert jobs.look_for_differences(0) == 0
    HardshipEntry.objects.filter(pk=entry.pk).update(valid_until=date(2020, 1, 1))
    assert jobs.look_for_differences(0) == 1


# A plan that changes -----------------------------------------------------------------------------


def test_a_new_price_reaches_everybody_in_the_way_that_fits(cast, plan):
    more = [make_student(cast.classes.cs1, f"学生{n}") for n in "甲乙丙"]
    enlist(plan, by=cast.office)
    owe(cast, cast.wang, cast.liu, *more)
    pay(cast, cast.wang)
    flow.open_order(of(cast.liu).get(), by=cast.liu.user)
    kind = plan.types.get()
    row = {
        "pk": kind.pk, "name": kind.name, "premium": Decimal(400), "choosing": kind.choosing,
        "government_subsidy": kind.government_subsidy, "group": "",
    }  # fmt: skip
    changed = amend_plan(plan, SECTIONS["types"], Edit(rows=[row]), by=cast.office)
    assert changed.version == 2
    assert {amount(student) for student in more} == {Decimal(400)}
    assert {amount(cast.wang), amount(cast.liu)} == {FULL}
    found = Difference.objects.values_list("cause", "plan_version", "new_amount").distinct()
    assert list(found) == [(DifferenceCause.PLAN, 2, Decimal(400))]
    assert Difference.objects.count() == 2
