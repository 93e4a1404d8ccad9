"""对账: every fact of either side falls into one class, has an act that clears it, and the day closes."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.timezone import localdate, now

from tests.cast import make_cast
from tests.factories import make_plan
from tests.payments.fees import of, owe
from tests.payments.stub_channel import Stub
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Status
from yibao.notify.models import Message
from yibao.payments import bill_files, flow, jobs, reconciling, refunding
from yibao.payments.models import BillDay, BillLine, Payment, Refund
from yibao.payments.providers import base
from yibao.payments.providers.base import (
    LineKind,
    PaidState,
    Receipt,
    RefundState,
    StatementLine,
)
from yibao.payments.states import (
    BillResult,
    BillStatus,
    LineClearing,
    PaymentStatus,
    RefundCause,
    RefundStatus,
)

FEE = Decimal("533.00")
YESTERDAY = localdate() - timedelta(days=1)
THEN = now() - timedelta(days=1)
R = BillResult


@pytest.fixture
def cast(db, settings):
    settings.PAYMENT_PROVIDERS = {
        **settings.PAYMENT_PROVIDERS,
        "stub": "tests.payments.stub_channel.Stub",
    }
    base.provider.cache_clear()
    Stub.bill, Stub.answers, Stub.back = [], {}, RefundState.DONE
    cast = make_cast()
    enlist(make_plan(), by=cast.office)
    owe(cast, cast.wang, cast.liu)
    yield cast
    base.provider.cache_clear()


def attempt(student) -> Payment:
    order = flow.open_order(of(student).get(), by=student.user)
    return order.payments.create(channel="stub", expires_at=now() + timedelta(minutes=30))


def paid(payment, reference="G1", amount=FEE) -> Payment:
    receipt = Receipt(payment.number, reference, amount, PaidState.PAID, THEN)
    return flow.settle(receipt, channel="stub")


def line(payment, reference="G1", amount=FEE, at=THEN) -> StatementLine:
    number = payment.number if isinstance(payment, Payment) else payment
    return StatementLine(LineKind.PAYMENT, number, reference, amount, at)


def back(refund, amount=None, number=None) -> StatementLine:
    money = line(refund.payment, refund.payment.reference)
    return replace(
        money,
        kind=LineKind.REFUND,
        amount=amount or refund.amount,
        refund_number=number or refund.number,
        refund_reference="R1",
    )


def take(*lines) -> BillDay:
    Stub.bill = list(lines)
    return reconciling.fetch("stub", YESTERDAY, by=None)


def results(bill) -> dict[str, str]:
    return dict(bill.lines.order_by("key").values_list("key", "result"))


def these(**about):
    return BillLine.objects.filter(**about)


def close(bill, by):
    return reconciling.close(BillDay.objects.filter(pk=bill.pk), by=by)


def refunded(cast, payment, status=RefundStatus.DONE) -> Refund:
    """A part of it went back through the channel yesterday."""
    Stub.back = RefundState.DONE if status == RefundStatus.DONE else RefundState.PROCESSING
    part = refunding.Back(Decimal("33.00"), RefundCause.OTHER, "多收")
    refund = refunding.open_refund(payment, part, by=cast.finance)
    refunding.confirm_refund(refund, by=cast.second_finance)
    Refund.objects.filter(pk=refund.pk, done_at__isnull=False).update(done_at=THEN)
    return Refund.objects.select_related("payment").get(pk=refund.pk)


def test_what_agrees_closes(cast):
    first = paid(attempt(cast.wang))
    refund = refunded(cast, first)
    bill = take(line(first), back(refund))
    assert results(bill) == {"payment G1": R.MATCHED, f"refund {refund.number}": R.REFUND}
    assert close(bill, cast.li).refused == {bill.pk: "只有财务人员可以对账"}
    assert close(bill, cast.finance).done == [bill.pk]
    bill.refresh_from_db()
    assert (bill.status, bill.closed_by) == (BillStatus.CLOSED, cast.finance)


def test_each_fact_falls_into_one_class(cast):
    first, second = paid(attempt(cast.wang)), attempt(cast.liu)
    refund = refunded(cast, first)
    sent = refunded(cast, first, RefundStatus.SENT)
    bill = take(
        line(first, amount=FEE + 1),
        line(second, "G2"),
        line("x" * 32, "G3"),
        line("x" * 32, "G3"),
        back(refund, amount=Decimal("3.00")),
        back(sent),
        back(refund, number="unknown1"),
    )
    assert results(bill) == {
        "payment G1": R.AMOUNT,
        "payment G2": R.STATUS,
        "payment G3": R.THEIRS_ONLY,
        "payment G3 #2": R.THEIRS_ONLY,
        f"refund {refund.number}": R.AMOUNT,
        f"refund {sent.number}": R.STATUS,
        "refund unknown1": R.THEIRS_ONLY,
    }
    gaps = dict(these().with_gap().values_list("key", "gap"))
    assert (gaps["payment G1"], gaps["payment G2"]) == (Decimal("1.00"), FEE)
    assert results(take()) == {"payment G1": R.OURS_ONLY, f"refund {refund.number}": R.OURS_ONLY}
    refused = close(bill, cast.finance).refused
    assert refused == {bill.pk: "还有 2 笔差异没有处理，不能关闭"}


def test_what_no_notice_told_is_settled_from_the_bill(cast):
    payment = attempt(cast.wang)
    bill = take(line(payment))
    assert reconciling.settle_lines(these(), by=cast.li).refused == {
        these().get().pk: "只有财务人员可以对账"
    }
    assert reconciling.settle_lines(these(), by=cast.finance).or_refuse()
    found = these().get()
    assert (found.result, found.clearing) == (R.MATCHED, LineClearing.SETTLED)
    assert of(cast.wang).get().status == Status.ENROLLED
    payment.refresh_from_db()
    assert (payment.paid_at, payment.status) == (THEN, PaymentStatus.CONFIRMED)
    assert close(bill, cast.finance).done == [bill.pk]


def test_a_second_transaction_becomes_a_refund_to_be_made(cast):
    first = paid(attempt(cast.wang))
    bill = take(line(first), line(first, "G2"))
    assert results(bill)["payment G2"] == R.THEIRS_ONLY
    reconciling.return_lines(these(reference="G2"), by=cast.finance, note="重复支付").or_refuse()
    assert Refund.objects.get().payment.reference == "G2"
    assert results(bill) == {"payment G1": R.MATCHED, "payment G2": R.MATCHED}


def test_a_wrong_amount_is_taken_in_and_prepared_to_go_back(cast):
    bill = take(line(attempt(cast.wang), amount=FEE + 1))
    [wrong] = these()
    assert reconciling.return_lines(these(), by=cast.finance, note="金额不符").done == [wrong.pk]
    refund = Refund.objects.get()
    assert (refund.amount, refund.status) == (FEE + 1, RefundStatus.PREPARED)
    assert refund.prepared_by == cast.finance
    assert close(bill, cast.finance).done == [bill.pk]
    assert of(cast.wang).get().status == Status.AWAITING_PAYMENT


def test_money_that_an_open_order_waits_for_is_not_sent_back(cast):
    take(line(attempt(cast.wang)))
    [why] = reconciling.return_lines(these(), by=cast.finance, note="退").refused.values()
    assert why == "金额与待缴订单相符，请“按账单入账”"
    assert Refund.objects.count() == 0


def test_asking_again(cast):
    payment = attempt(cast.wang)
    take(line(payment))
    Stub.answers = {payment.number: "silent"}
    [why] = reconciling.ask_lines(these(), by=cast.finance).refused.values()
    assert why == "渠道没有回应，请稍后再试"
    Stub.answers = {}
    [why] = reconciling.ask_lines(these(), by=cast.finance).refused.values()
    assert why == "处理后仍不一致，请核实后“说明原因”"
    answer = Receipt(payment.number, "G1", FEE, PaidState.PAID, THEN)
    Stub.answers = {payment.number: answer}
    assert reconciling.ask_lines(these(), by=cast.finance).done == [these().get().pk]
    assert of(cast.wang).get().status == Status.ENROLLED


def test_a_refund_that_the_bill_says_is_done(cast):
    sent = refunded(cast, paid(attempt(cast.wang)), RefundStatus.SENT)
    take(line(sent.payment), back(sent))
    reconciling.settle_lines(these(result=R.STATUS), by=cast.finance).or_refuse()
    sent.refresh_from_db()
    assert (sent.status, sent.done_at) == (RefundStatus.DONE, THEN)


def correct(cast, note="与渠道核实"):
    return reconciling.correct_lines(these(result=R.AMOUNT), by=cast.finance, note=note)


def test_more_on_the_bill_than_booked_is_corrected_and_the_surplus_goes_back(cast):
    payment = paid(attempt(cast.wang))
    bill = take(line(payment, amount=FEE + 7))
    with pytest.raises(Refused, match="更正依据"):
        correct(cast, " ")
    assert correct(cast).done == [these().get().pk]
    payment.refresh_from_db()
    assert (payment.amount, payment.status) == (FEE + 7, PaymentStatus.CONFIRMED)
    refund = Refund.objects.get()
    assert (refund.amount, refund.status) == (Decimal(7), RefundStatus.PREPARED)
    assert (refund.prepared_by, of(cast.wang).get().status) == (cast.finance, Status.ENROLLED)
    assert (these().get().clearing, results(bill)) == ("corrected", {"payment G1": R.MATCHED})
    assert close(bill, cast.finance).done == [bill.pk]


def test_less_on_the_bill_than_booked_settles_nothing_and_goes_back_whole(cast):
    payment = paid(attempt(cast.wang))
    bill = take(line(payment, amount=FEE - 7))
    assert correct(cast).done == [these().get().pk]
    payment.refresh_from_db()
    assert (payment.amount, payment.status) == (FEE - 7, PaymentStatus.MISMATCH)
    row, order = of(cast.wang).get(), payment.order
    order.refresh_from_db()
    assert (row.status, order.status, order.paid_at) == (Status.AWAITING_PAYMENT, "open", None)
    assert Refund.objects.get().amount == FEE - 7
    told = Message.objects.filter(to=cast.wang.user, kind="paid_short").get()
    assert "实际到账 526.00 元" in told.text
    said = AuditEntry.objects.get(action="correct_amount")
    assert said.data == {"was": "533.00", "now": "526.00", "note": "与渠道核实"}
    again = order.payments.create(channel="stub", expires_at=THEN + timedelta(days=2))
    assert paid(again, "G2").status == PaymentStatus.CONFIRMED
    assert results(bill) == {"payment G1": R.MATCHED}


def test_a_wrong_amount_that_was_wrong_itself_settles_after_all(cast):
    payment = paid(attempt(cast.wang), amount=FEE + 1)
    take(line(payment))
    assert correct(cast).done
    assert of(cast.wang).get().status == Status.ENROLLED


def test_a_surplus_is_corrected_while_its_refund_waits(cast):
    payment = paid(attempt(cast.wang))
    second = paid(payment, "G2")
    take(line(payment), line(payment, "G2", amount=FEE - 3))
    assert correct(cast).done
    assert Refund.objects.get(payment=second).amount == FEE - 3
    refunding.prepare_refund(Refund.objects.get(), by=cast.finance)
    take(line(payment), line(payment, "G2", amount=FEE - 9))
    [why] = correct(cast).refused.values()
    assert why == "这笔缴费已在退费，请核实后“说明原因”"


def test_nobody_loses_insurance_who_could_not_pay_again(cast):
    payment = paid(attempt(cast.wang))
    plan = payment.order.enrolment.plan
    plan.pay_until = now() - timedelta(minutes=1)
    plan.save()
    take(line(payment, amount=FEE - 7))
    [why] = correct(cast).refused.values()
    assert why.startswith("缴费时间已过")
    assert of(cast.wang).get().status == Status.ENROLLED
    [why] = reconciling.correct_lines(these(), by=cast.li, note="x").refused.values()
    assert why == "只有财务人员可以对账"


def test_a_note_says_why_and_lasts_while_the_difference_does(cast):
    bill = take(line("x" * 32, "G3"))
    with pytest.raises(Refused, match="请填写原因"):
        reconciling.note_lines(these(), by=cast.finance, note=" ")
    [why] = reconciling.settle_lines(these(), by=cast.finance).refused.values()
    assert why == "支付单号不是本系统的，请核实后“说明原因”"
    reconciling.note_lines(these(), by=cast.finance, note="校园卡充值，不是医保").or_refuse()
    take(line("x" * 32, "G3"))
    assert these().get().note == "校园卡充值，不是医保"
    take(line("x" * 32, "G3", amount=FEE * 2))
    assert these().get().note == ""
    reconciling.note_lines(these(), by=cast.finance, note="校园卡充值，不是医保").or_refuse()
    assert close(bill, cast.finance).done == [bill.pk]
    with pytest.raises(Refused, match="已经关闭"):
        take()


def test_what_stands_under_the_next_day_is_ours_no_longer_alone(cast):
    first = paid(attempt(cast.wang))
    Payment.objects.filter(pk=first.pk).update(paid_at=THEN - timedelta(days=1))
    Stub.bill = []
    before = reconciling.fetch("stub", YESTERDAY - timedelta(days=1), by=None)
    assert results(before) == {"payment G1": R.OURS_ONLY}
    assert results(take(line(first))) == {"payment G1": R.MATCHED}
    assert results(before) == {}


def test_a_bill_that_is_not_there_says_so(cast):
    Stub.bill = None
    bill = reconciling.fetch("stub", YESTERDAY, by=cast.finance)
    assert (bill.status, bill.problem) == (BillStatus.WAITING, reconciling.NOT_READY)
    assert close(bill, cast.finance).refused == {bill.pk: "还没有取得账单，不能关闭"}
    with pytest.raises(Refused, match="还没有结束"):
        reconciling.fetch("stub", localdate(), by=cast.finance)
    with pytest.raises(Refused, match="没有启用"):
        reconciling.fetch("nowhere", YESTERDAY, by=cast.finance)


def test_money_that_comes_to_a_closed_day_opens_it_again(cast):
    bill = take()
    close(bill, cast.finance).or_refuse()
    paid(attempt(cast.wang))
    jobs.take_bills(0)
    bill.refresh_from_db()
    assert (bill.status, results(bill)) == (BillStatus.OPEN, {"payment G1": R.OURS_ONLY})
    said = AuditEntry.objects.filter(action="bill", data__note=jobs.LATE).get()
    assert (said.by, said.data["was"]) == (None, BillStatus.CLOSED)


def test_finance_opens_a_day_again_with_a_reason(cast):
    bill = take()
    close(bill, cast.finance).or_refuse()
    day = BillDay.objects.filter(pk=bill.pk)
    with pytest.raises(Refused, match="原因"):
        reconciling.reopen(day, by=cast.finance, note="")
    assert reconciling.reopen(day, by=cast.li, note="x").refused
    assert reconciling.reopen(day, by=cast.finance, note="补传账单").done == [bill.pk]
    assert reconciling.reopen(day, by=cast.finance, note="补传账单").refused


def test_an_uploaded_bill(cast, monkeypatch):
    payment = attempt(cast.wang)
    monkeypatch.setattr(Stub, "read_statement", lambda _, _content: [line(payment)], raising=False)

    def read(channel, day, content=b"file"):
        return bill_files.read(channel, day, content, name="账单.csv")

    bill = reconciling.upload("stub", YESTERDAY, read("stub", YESTERDAY), by=cast.finance)
    assert (bill.source, bill.digest) == ("上传：账单.csv", hashlib.sha256(b"file").hexdigest())
    with pytest.raises(Refused, match="账单是 "):
        read("stub", YESTERDAY - timedelta(days=3))
    with pytest.raises(Refused, match=f"这是{Stub.label}的账单，请改选支付方式"):
        read("sandbox", YESTERDAY)
    monkeypatch.undo()
    with pytest.raises(Refused, match="的账单文件，请上传从商户平台"):
        read("sandbox", YESTERDAY, b"\x00")
    with pytest.raises(Refused, match="现金没有渠道账单"):
        read("cash", YESTERDAY)
