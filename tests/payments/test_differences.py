"""差额: a fee that is no longer what was ordered never changes by itself, and is never forgotten."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import make_student
from tests.payments.fees import (
    FULL,
    LESS,
    amount,
    applied,
    clear,
    listed,
    of,
    owe,
    pay,
    recognise,
    refund_through,
    the,
    with_relief,
)
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Status
from yibao.notify.models import Message
from yibao.payments import cash, clearing, flow, refunding
from yibao.payments.differences import look
from yibao.payments.models import Difference, Order, Payment, Refund
from yibao.payments.paid import with_money
from yibao.payments.repricing import (
    restore_recognitions,
    withdraw_recognitions,
)
from yibao.payments.states import DifferenceCause, DifferenceStatus, OrderStatus
from yibao.plans.models import HardshipEntry
from yibao.plans.states import Reduction
from yibao.reports.funnel import money_in_all, paid_by_channel

D = DifferenceStatus


@pytest.fixture
def plan(cast):
    return with_relief(cast)


# What was not ordered yet ------------------------------------------------------------------------


def test_what_was_not_ordered_is_quoted_anew_at_once_and_the_student_is_told(cast, plan, tmp_path):
    owe(cast, cast.wang)
    Message.objects.all().delete()
    listed(cast, tmp_path, cast.wang)
    assert amount(cast.wang) == LESS
    assert (
        of(cast.wang).get().lines.get().explanation.startswith("标准 533.00 元，已认定为低保对象")
    )
    assert not Difference.objects.exists()
    message = Message.objects.get(to=cast.wang.user)
    assert "应缴金额由 533.00 元变为 233.00 元" in message.text
    trail = AuditEntry.objects.get(action="requote")
    assert (trail.data["was"], trail.data["now"], trail.by) == ("533.00", "233.00", cast.office)


def test_what_costs_nothing_any_more_is_not_waited_for(cast, plan):
    plan.fee_rules.update(reduction=Reduction.FULL)
    owe(cast, cast.wang)
    recognise(cast.wang)
    found = look(plan, DifferenceCause.RECOGNITION, by=None)
    assert (found.requoted, found.opened) == (1, 0)
    assert of(cast.wang).get().status == Status.ENROLLED


def test_who_is_still_in_review_sees_the_new_price_too(cast, plan):
    enrolment_flow.submit(
        of(cast.wang), Choice(Intent.JOIN, consent="当面"), by=cast.wang.user
    ).or_refuse()
    recognise(cast.wang)
    look(plan, DifferenceCause.RECOGNITION, by=None)
    assert (amount(cast.wang), of(cast.wang).get().status) == (LESS, Status.IN_REVIEW)


# What was paid -----------------------------------------------------------------------------------


def test_a_recognition_after_payment_opens_a_difference_and_changes_nothing(cast, plan, tmp_path):
    owe(cast, cast.wang)
    pay(cast, cast.wang)
    order = list(Order.objects.values())
    listed(cast, tmp_path, cast.wang)
    assert (amount(cast.wang), applied(cast.wang)) == (FULL, FULL)
    assert list(Order.objects.values()) == order
    found = the(cast.wang)
    assert (found.old_amount, found.new_amount, found.change) == (FULL, LESS, LESS - FULL)
    assert (found.status, found.cause) == (D.OPEN, DifferenceCause.RECOGNITION)
    assert [line["amount"] for line in found.new_lines] == ["233.00"]
    look(plan, DifferenceCause.DAILY, by=None)
    assert Difference.objects.count() == 1


def test_the_difference_goes_back_by_two_people_and_then_the_price_is_the_new_one(
    cast, plan, tmp_path
):
    owe(cast, cast.wang, cast.liu)
    pay(cast, cast.wang)
    pay(cast, cast.liu)
    listed(cast, tmp_path, cast.wang)
    clear(clearing.refund, cast.wang, cast.finance).or_refuse()
    refund = Refund.objects.get()
    assert (refund.amount, refund.status, refund.prepared_by) == (300, "prepared", cast.finance)
    assert (the(cast.wang).status, amount(cast.wang)) == (D.SETTLING, FULL)
    with pytest.raises(Refused, match="经办人不能复核"):
        refunding.confirm_refunds(Refund.objects.all(), by=cast.finance).or_refuse()
    refund_through(cast)
    assert (the(cast.wang).status, amount(cast.wang), applied(cast.wang)) == (D.SETTLED, LESS, LESS)
    paid = with_money(Enrolment.objects.all()).values_list("student__name", "paid", "amount_due")
    assert set(paid.filter(status=Status.ENROLLED)) == {
        ("王小明", LESS, LESS), ("刘思雨", FULL, FULL)
    }  # fmt: skip
    # The sums of the statistics go with it.
    money = money_in_all(Enrolment.objects.all())
    assert (money.due, money.paid) == (LESS + FULL, LESS + FULL)
    assert paid_by_channel(Enrolment.objects.all()) == [("cash", 2, LESS + FULL)]
    assert look(plan, DifferenceCause.DAILY, by=None).opened == 0


def test_a_withdrawn_recognition_is_collected_by_a_further_order(cast, plan, client):
    entry = recognise(cast.wang)
    owe(cast, cast.wang)
    pay(cast, cast.wang)
    entries = HardshipEntry.objects.filter(pk=entry.pk)
    withdraw_recognitions(entries, by=cast.office, note="核查后不符合条件").or_refuse()
    assert the(cast.wang).change == 300
    clear(clearing.charge, cast.wang, cast.finance).or_refuse()
    order = Order.objects.get(difference=the(cast.wang))
    assert (order.amount, order.status) == (300, OrderStatus.OPEN)
    assert (amount(cast.wang), of(cast.wang).get().status) == (LESS, Status.ENROLLED)
    client.force_login(cast.wang.user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("student:pay", args=[of(cast.wang).get().public_id])).content.decode()
    assert "补缴 300.00 元" in page
    assert "确认支付 ¥300.00" in page
    pay(cast, cast.wang)
    assert (the(cast.wang).status, amount(cast.wang), applied(cast.wang)) == (D.SETTLED, FULL, FULL)
    assert paid_by_channel(Enrolment.objects.all()) == [("cash", 1, FULL)]
    with pytest.raises(Refused, match="已缴费"):
        pay(cast, cast.wang)


def test_cash_for_a_further_order_can_be_voided_and_the_old_price_counts_again(cast, plan):
    entry = recognise(cast.wang)
    owe(cast, cast.wang)
    pay(cast, cast.wang)
    entries = HardshipEntry.objects.filter(pk=entry.pk)
    withdraw_recognitions(entries, by=cast.office, note="核查后不符合条件").or_refuse()
    first, mine = Payment.objects.get(), Payment.objects.filter(order__difference=the(cast.wang))

    def void(receipts):
        return cash.void(receipts, by=cast.li, note="金额点错")

    alone = Payment.objects.filter(pk=first.pk)
    assert list(void(alone).refused.values()) == [
        "这名学生还有差额待财务处理，不能作废，请联系财务"
    ]
    clear(clearing.charge, cast.wang, cast.finance).or_refuse()
    pay(cast, cast.wang)
    assert list(void(alone).refused.values()) == [
        "这名学生的差额已经结清，请先作废补缴的收据，或联系财务"
    ]
    void(mine).or_refuse()
    difference = the(cast.wang)
    assert (difference.status, difference.closed_at) == (D.SETTLING, None)
    assert Order.objects.get(difference=difference).status == OrderStatus.OPEN
    assert (amount(cast.wang), applied(cast.wang)) == (LESS, LESS)
    assert of(cast.wang).get().status == Status.ENROLLED
    told = Message.objects.get(to=cast.wang.user, title="现金收据已作废")
    assert told.text.endswith("补缴的差额恢复为待缴费")
    pay(cast, cast.wang)
    assert (the(cast.wang).status, amount(cast.wang), applied(cast.wang)) == (D.SETTLED, FULL, FULL)


def test_who_was_free_and_is_not_any_more_pays_a_first_order(cast, plan):
    plan.fee_rules.update(reduction=Reduction.FULL)
    entry = recognise(cast.wang)
    owe(cast, cast.wang)
    assert (amount(cast.wang), of(cast.wang).get().status) == (0, Status.ENROLLED)
    withdraw_recognitions(
        HardshipEntry.objects.filter(pk=entry.pk), by=cast.office, note="重复"
    ).or_refuse()
    assert clear(clearing.refund, cast.wang, cast.finance).refused
    clear(clearing.charge, cast.wang, cast.finance).or_refuse()
    pay(cast, cast.wang)
    assert (amount(cast.wang), applied(cast.wang)) == (FULL, FULL)


def test_back_and_forth_the_money_is_always_the_price(cast, plan):
    """Recognised, withdrawn, restored: refunds come from whichever payments are there."""
    owe(cast, cast.wang)
    pay(cast, cast.wang)
    entry = recognise(cast.wang)
    entries = HardshipEntry.objects.filter(pk=entry.pk)
    look(plan, DifferenceCause.RECOGNITION, by=None)
    clear(clearing.refund, cast.wang, cast.finance).or_refuse()
    refund_through(cast)
    withdraw_recognitions(entries, by=cast.office, note="核查").or_refuse()
    live = Difference.objects.live()
    clearing.charge(live, by=cast.finance).or_refuse()
    pay(cast, cast.wang)
    plan.fee_rules.update(reduction=Reduction.FULL)
    restore_recognitions(entries, by=cast.office).or_refuse()
    clearing.refund(live.all(), by=cast.finance).or_refuse()
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [233, 300, 300]
    # Only when both parts have gone back is it done.
    first, second = Refund.objects.filter(status="prepared").order_by("pk")
    refunding.confirm_refund(first, by=cast.second_finance, handed_over="1")
    assert amount(cast.wang) == FULL
    refunding.confirm_refund(second, by=cast.second_finance, handed_over="2")
    assert (amount(cast.wang), applied(cast.wang)) == (0, 0)
    assert set(Difference.objects.values_list("status", flat=True)) == {D.SETTLED}


# What was ordered and not paid -------------------------------------------------------------------


def test_an_unpaid_order_is_closed_and_ordered_anew(cast, plan):
    owe(cast, cast.wang)
    old = flow.open_order(of(cast.wang).get(), by=cast.wang.user)
    recognise(cast.wang)
    found = look(plan, DifferenceCause.RECOGNITION, by=None)
    assert (found.requoted, found.opened, amount(cast.wang)) == (0, 1, FULL)
    assert "还没有缴费" in next(
        iter(clear(clearing.refund, cast.wang, cast.finance).refused.values())
    )
    clear(clearing.reorder, cast.wang, cast.finance).or_refuse()
    old.refresh_from_db()
    assert (old.status, amount(cast.wang), the(cast.wang).status) == ("closed", LESS, D.SETTLED)
    assert flow.open_order(of(cast.wang).get(), by=cast.wang.user).amount == LESS
    pay(cast, cast.wang)
    assert applied(cast.wang) == LESS


def test_who_pays_the_old_order_meanwhile_gets_the_difference_back(cast, plan):
    owe(cast, cast.wang)
    flow.open_order(of(cast.wang).get(), by=cast.wang.user)
    recognise(cast.wang)
    look(plan, DifferenceCause.RECOGNITION, by=None)
    pay(cast, cast.wang)
    assert "已经缴费" in next(
        iter(clear(clearing.reorder, cast.wang, cast.finance).refused.values())
    )
    clear(clearing.refund, cast.wang, cast.finance).or_refuse()
    refund_through(cast)
    assert (amount(cast.wang), applied(cast.wang)) == (LESS, LESS)


# Who may, and what it costs ----------------------------------------------------------------------

VERBS = [clearing.refund, clearing.charge, clearing.reorder, clearing.keep]


@pytest.mark.parametrize("verb", VERBS)
def test_only_finance_clears_and_only_once(cast, plan, verb):
    owe(cast, cast.wang)
    pay(cast, cast.wang)
    recognise(cast.wang)
    look(plan, DifferenceCause.RECOGNITION, by=None)
    for by in (cast.office, cast.li, cast.admin):
        [why] = clear(verb, cast.wang, by).refused.values()
        assert why == "只有财务人员可以处理差额"
    clear(clearing.keep, cast.wang, cast.finance).or_refuse()
    [why] = clear(verb, cast.wang, cast.finance).refused.values()
    assert why == "差额状态为“维持原额”，不能再处理"


def test_a_look_costs_as_much_for_many_as_for_few(cast, plan):
    def cost(count):
        students = [make_student(cast.classes.cs1, "多") for _ in range(count)]
        enlist(plan, by=cast.office)
        owe(cast, *students)
        for student in students[: count // 2]:
            pay(cast, student)
        for student in students:
            recognise(student)
        with CaptureQueriesContext(connection) as asked:
            look(plan, DifferenceCause.DAILY, by=None)
        return len(asked)

    assert cost(2) == cost(20)
