"""现金: a form sent twice, receipts without gaps, voided within minutes, handed over, and counted."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils.timezone import localdate, now

from tests.cast import make_cast
from tests.factories import make_plan
from tests.payments.fees import of, owe
from yibao.common.errors import Refused
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Status
from yibao.notify.models import Message
from yibao.payments import cash, flow, reconciling
from yibao.payments.messages import CASH_DUE
from yibao.payments.models import BillLine, CashBook, HandOver, Order, Payment, Refund
from yibao.payments.states import (
    BillResult,
    HandOverStatus,
    LineClearing,
    OrderStatus,
    PaymentStatus,
)

FEE = Decimal("533.00")


@pytest.fixture
def cast(db):
    cast = make_cast()
    enlist(make_plan(), by=cast.office)
    owe(cast, cast.wang, cast.liu)
    return cast


def take(cast, *students, key=""):
    return flow.record_cash(of(*students), by=cast.li, key=key)


def receipts():
    return list(Payment.objects.order_by("pk").values_list("receipt_no", "status"))


def void(cast, *students, by=None, note="金额点错"):
    rows = Payment.objects.filter(order__enrolment__student__in=students)
    return cash.void(rows, by=by or cast.li, note=note)


def confirm(slip, by, **more):
    return cash.confirm(HandOver.objects.filter(pk=slip.pk), by=by, **more)


def test_the_same_form_again_is_answered_as_before(cast):
    first = take(cast, cast.wang, key="f1")
    assert take(cast, cast.wang, key="f1") == first
    assert first.said.endswith("T001-000001")
    assert receipts() == [(1, PaymentStatus.CONFIRMED)]
    with pytest.raises(Refused, match="内容不同"):
        take(cast, cast.liu, key="f1")
    assert take(cast, cast.wang, key="f2").refused  # another form: already paid


def test_a_batch_with_every_kind_of_row_twice(cast):
    """P39: paid already, withdrawn, of another class; what can be booked is, once."""
    take(cast, cast.wang)
    rows = of(cast.wang, cast.liu, cast.zhao)
    first = flow.record_cash(rows, by=cast.li, key="batch")
    assert flow.record_cash(rows, by=cast.li, key="batch") == first
    names = {of(student).get().pk: student.name for student in (cast.wang, cast.liu, cast.zhao)}
    assert {names[pk]: why for pk, why in first.refused.items()} == {
        "王小明": "已缴费，无需重复缴费",
        "赵外语": "只能收取所带班级学生的现金",
    }
    assert [names[pk] for pk in first.done] == ["刘思雨"]
    assert receipts() == [(1, PaymentStatus.CONFIRMED), (2, PaymentStatus.CONFIRMED)]


def test_the_database_itself_keeps_the_numbers_without_gaps(cast):
    take(cast, cast.wang, cast.liu)
    first, second = Payment.objects.order_by("receipt_no")
    for broken in (
        lambda: Payment.objects.filter(pk=second.pk).update(receipt_no=3),
        lambda: Payment.objects.filter(pk=first.pk).delete(),
        lambda: Payment.objects.filter(pk=second.pk).update(receipt_no=1),
        lambda: Payment.objects.filter(pk=second.pk).update(cashier=None),
        lambda: _skip(cast),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            _settled(broken)


def _settled(act):
    act()
    connection.check_constraints()


def _skip(cast):
    order = Order.objects.create(enrolment=of(cast.zhao).get(), amount=FEE)
    Payment.objects.create(order=order, channel="cash", cashier=cast.li, receipt_no=5)


def test_voided_within_ten_minutes_the_number_stays(cast):
    take(cast, cast.wang, cast.liu)
    with pytest.raises(Refused, match="作废原因"):
        void(cast, cast.wang, note=" ")
    assert void(cast, cast.wang).done
    assert of(cast.wang).get().status == Status.AWAITING_PAYMENT
    order = Order.objects.get(enrolment__student=cast.wang)
    assert (order.status, order.paid_at) == (OrderStatus.OPEN, None)
    assert Message.objects.filter(to=cast.wang.user, title="现金收据已作废").count() == 1
    take(cast, cast.wang)
    assert receipts() == [
        (1, PaymentStatus.VOIDED),
        (2, PaymentStatus.CONFIRMED),
        (3, PaymentStatus.CONFIRMED),
    ]
    assert cash.held_by(cast.li).amount == 2 * FEE


@pytest.mark.parametrize("case", ["late", "stranger", "handed_over", "twice"])
def test_what_cannot_be_voided(cast, case):
    take(cast, cast.wang)
    by, at = cast.li, now()
    if case == "late":
        at += timedelta(minutes=10, seconds=1)
    elif case == "stranger":
        by = cast.he
    elif case == "handed_over":
        cash.hand_over(by=cast.li)
    else:
        void(cast, cast.wang)
    with time_machine.travel(at, tick=False):
        [why] = void(cast, cast.wang, by=by).refused.values()
    assert (
        why
        == {
            "late": "收款已超过 10 分钟，不能作废；需要退钱请联系财务办理退费",
            "stranger": "只能作废本人开出的现金收据",
            "handed_over": "已经交接，不能作废；需要退钱请联系财务办理退费",
            "twice": "这张收据已经作废",
        }[case]
    )


def test_a_slip_for_everything_that_is_held(cast):
    take(cast, cast.wang, cast.liu)
    void(cast, cast.wang)
    slip = cash.hand_over(by=cast.li)
    said = (slip.amount, slip.count, slip.voided, slip.first_receipt, slip.last_receipt)
    assert said == (FEE, 1, 1, "T001-000001", "T001-000002")
    assert slip.payments.count() == 2
    with pytest.raises(Refused, match="没有待交接的现金"):
        cash.hand_over(by=cast.li)


def test_finance_confirms_and_never_one_s_own(cast):
    take(cast, cast.wang)
    slip = cash.hand_over(by=cast.li)
    assert confirm(slip, cast.li).refused == {slip.pk: "只有财务人员可以确认现金交接"}
    HandOver.objects.filter(pk=slip.pk).update(cashier=cast.finance)
    [why] = confirm(slip, cast.finance).refused.values()
    assert why == "不能确认本人的现金交接，请由另一位财务人员确认"
    assert confirm(slip, cast.second_finance).done == [slip.pk]
    assert confirm(slip, cast.second_finance).refused == {slip.pk: "这张交接单已经确认"}


def test_cash_is_reconciled_with_what_finance_has_counted(cast):
    then = now() - timedelta(days=1)
    with time_machine.travel(then, tick=False):
        take(cast, cast.wang, cast.liu)
        slip = cash.hand_over(by=cast.li)
    day = reconciling.fetch("cash", localdate(then), by=cast.finance)

    def results():
        return sorted(BillLine.objects.values_list("result", flat=True))

    assert results() == [BillResult.OURS_ONLY, BillResult.OURS_ONLY]
    days = type(day).objects.with_sums()
    assert days.values_list("waiting", "gap", "handing").get() == (0, Decimal(0), 2)
    assert not BillLine.objects.with_gap().filter(waits=True).exists()
    [why] = reconciling.close(days, by=cast.finance).refused.values()
    assert why == "还有 2 笔现金待交接，财务确认交接后再关闭"
    with pytest.raises(Refused, match="请填写说明"):
        confirm(slip, cast.finance, counted=Decimal("1065.00"))
    confirm(slip, cast.finance, counted=Decimal("1065.00"), note="少一元，本人次日补交").or_refuse()
    assert results() == [BillResult.MATCHED, BillResult.MATCHED, BillResult.THEIRS_ONLY]
    short = BillLine.objects.unexplained().with_gap().get()
    assert days.values_list("waiting", "gap", "handing").get() == (1, Decimal(1), 0)
    assert (short.gap, short.raw["说明"]) == (Decimal("1.00"), "少一元，本人次日补交")
    bill = type(day).objects.filter(pk=day.pk)
    assert reconciling.close(bill, by=cast.finance).refused
    lines = BillLine.objects.filter(pk=short.pk)
    reconciling.note_lines(lines, by=cast.finance, note="已补交").or_refuse()
    assert reconciling.close(bill, by=cast.finance).done == [day.pk]
    assert BillLine.objects.get(pk=short.pk).clearing == LineClearing.NOTED
    slip.refresh_from_db()
    assert (slip.status, slip.missing) == (HandOverStatus.CONFIRMED, Decimal("1.00"))


def test_who_holds_cash_is_called_in_once(cast):
    then = now() - timedelta(days=1)
    with time_machine.travel(then, tick=False):
        take(cast, cast.wang, cast.liu)
    reconciling.fetch("cash", localdate(then), by=cast.finance)
    lines = BillLine.objects.all()
    assert set(lines.with_gap().values_list("shown", flat=True)) == {"in_hand"}
    for refused in (
        reconciling.settle_lines(lines, by=cast.finance),
        reconciling.ask_lines(lines, by=cast.finance),
    ):
        assert set(refused.refused.values()) == {"现金待交接，财务点收后自动核对，不用处理"}
    assert set(cash.call_in(lines, by=cast.li).refused.values()) == {"只有财务人员可以对账"}
    assert len(cash.call_in(lines, by=cast.finance).done) == 2
    told = Message.objects.get(kind="cash_due")
    assert (told.to, told.by, told.withdrawn_at) == (cast.li, cast.finance, None)
    assert told.text == "2 笔共 1066.00 元还没有交到财务，请生成交接单，连同现金当面交接"
    [why] = set(cash.call_in(lines, by=cast.second_finance).refused.values())
    assert why == "24 小时内已提醒过李老师"
    assert CASH_DUE.still_true([cast.li.pk, cast.he.pk]) == {cast.li.pk}
    slip = cash.hand_over(by=cast.li)
    assert set(lines.with_gap().values_list("shown", flat=True)) == {"handed"}
    told.refresh_from_db()
    assert told.withdrawn_at
    [why] = set(cash.call_in(lines, by=cast.finance).refused.values())
    assert why == f"交接单 {slip.number} 已生成，请在“现金交接确认”点收"
    confirm(slip, cast.finance).or_refuse()
    [why] = set(cash.call_in(lines, by=cast.finance).refused.values())
    assert why == "这一笔不是待交接的现金"


def test_books_and_receipts_agree(cast):
    take(cast, cast.wang, cast.liu)
    assert CashBook.objects.get(cashier=cast.li).last_number == 2
    assert Refund.objects.count() == 0
