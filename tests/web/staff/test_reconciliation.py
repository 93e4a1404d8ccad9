"""对账, 收款台 and 现金交接 over HTTP, and what finance sees of them first."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.timezone import localdate, now

from tests.web.staff.conftest import apply, approve, of
from yibao.common.errors import Refused
from yibao.enrolment.states import Status
from yibao.grid.query import Condition
from yibao.payments import cash, flow, refunding
from yibao.payments.models import BillDay, BillLine, HandOver, Order, Payment, Refund
from yibao.payments.providers.base import label
from yibao.payments.refunding import Back
from yibao.payments.states import BillStatus, OrderStatus, RefundCause, RefundStatus
from yibao.web.staff.desk_money import money_of
from yibao.web.staff.enrolments import EnrolmentGrid
from yibao.web.staff.orders import OrderGrid
from yibao.web.staff.plan_lists import list_of

FEE = Decimal("533.00")
HX = {"HX-Request": "true"}


@pytest.fixture
def due(cast, plan):
    apply(cast.wang, cast.liu)
    approve(cast, cast.wang, cast.liu)
    return plan


def test_scan_enter_enter(cast, due, as_):
    """The second Enter falls on the button that has the focus; sent twice it books once."""
    at = reverse("staff:cash_counter")
    for number in (cast.wang.student_no, cast.wang.id_number.lower()):
        page = as_(cast.li).post(at, {"q": number}).content.decode()
        assert "王小明" in page
        assert page.count("autofocus") == 1
    key = page.split('name="key" value="')[1].split('"')[0]
    data = {"do": "take", "pk": of(cast.wang).get().pk, "key": key}
    for _ in range(2):
        said = as_(cast.li).post(at, data, follow=True).content.decode()
        assert "收据号 T001-000001" in said
    assert Payment.objects.count() == 1
    stranger = as_(cast.he).post(at, {"q": cast.wang.student_no}).content.decode()
    assert "所带班级中没有" in stranger
    assert "王小明" not in stranger
    paid = as_(cast.li).post(at, {"q": cast.wang.student_no}).content.decode()
    assert "已缴费，无需重复缴费" in paid


def test_void_then_hand_over_then_confirm(cast, due, as_):
    flow.record_cash(of(cast.wang, cast.liu), by=cast.li).or_refuse()
    first = Payment.objects.earliest("receipt_no")
    at = reverse("staff:cash_counter")
    as_(cast.li).post(at, {"do": "void", "receipt": first.pk, "note": "点错人"})
    assert (
        first.order.enrolment.__class__.objects.get(pk=first.order.enrolment_id).status
        == Status.AWAITING_PAYMENT
    )
    as_(cast.li).post(reverse("staff:hand_over"))
    slip = HandOver.objects.get()
    page = as_(cast.li).get(reverse("staff:hand_over_slip", args=[slip.number])).content.decode()
    assert "伍佰叁拾叁元整" in page
    assert page.count("作废") == 2
    assert money_of(cast.finance).books[3].amount == FEE
    ask = {"do": "preview", "action": "confirm", "pk": slip.pk}
    asked = as_(cast.finance).post(reverse("staff:hand_overs"), ask).content.decode()
    assert '应收 <b class="cash-sum">¥533.00</b>' in asked
    run = {"do": "run", "action": "confirm", "pk": slip.pk, "counted": "500.00"}
    as_(cast.finance).post(reverse("staff:hand_overs"), run)
    slip.refresh_from_db()
    assert slip.confirmed_by is None  # less than the slip says, and no word why
    as_(cast.finance).post(reverse("staff:hand_overs"), run | {"note": "少 33 元，次日补交"})
    slip.refresh_from_db()
    assert (slip.counted, slip.confirmed_by) == (Decimal("500.00"), cast.finance)


def test_a_day_from_the_bill_to_its_end(cast, due, as_):
    yesterday = localdate() - timedelta(days=1)
    order = flow.open_order(of(cast.wang).get(), by=cast.wang.user)
    attempt = order.payments.create(channel="sandbox")
    bill = BillDay.objects.create(
        channel="sandbox", day=yesterday, status=BillStatus.OPEN, read_at=now(), source="渠道接口"
    )
    line = bill.lines.create(
        key="payment G1", kind="payment", result="status", number=attempt.number, reference="G1",
        their_amount=FEE, happened_at=now() - timedelta(days=1), payment=attempt,
    )  # fmt: skip
    first = money_of(cast.finance).books[0]
    assert (first.number, first.amount) == (1, FEE)
    finance = as_(cast.finance)
    assert "状态不一致" in finance.get(first.href).content.decode()
    days = finance.get(reverse("staff:reconciliation")).content.decode()
    assert f'aria-label="选择 {yesterday} {label("sandbox")}"' in days
    close = {"do": "run", "action": "close", "pk": bill.pk}
    told = finance.post(reverse("staff:reconciliation"), close, headers=HX).content.decode()
    assert f"{yesterday} {label('sandbox')}" in told
    assert f"{yesterday} sandbox" not in told
    bill.refresh_from_db()
    assert bill.status == BillStatus.OPEN
    page = finance.get(reverse("staff:bill", args=[bill.pk])).content.decode()
    assert "还有 1 笔差异没有处理，不能关闭" in page
    detail = finance.get(f"{reverse('staff:bill_lines')}?part=detail&pk={line.pk}")
    assert "王小明 G1" in detail.content.decode()
    assert "payment G1" not in detail.content.decode()
    settle = {"do": "run", "action": "settle", "pk": line.pk}
    finance.post(reverse("staff:bill_lines"), settle)
    assert of(cast.wang).get().status == Status.ENROLLED
    finance.post(reverse("staff:reconciliation"), close)
    bill.refresh_from_db()
    assert (bill.status, bill.closed_by) == (BillStatus.CLOSED, cast.finance)
    assert money_of(cast.finance).books[0].number == 0
    assert BillLine.objects.get().clearing == "settled"


def test_cash_on_its_way_reads_as_that_and_says_who_can_clear_it(cast, due, as_):
    flow.record_cash(of(cast.wang), by=cast.li).or_refuse()
    Payment.objects.update(paid_at=now() - timedelta(days=1))
    finance = as_(cast.finance)
    yesterday = localdate() - timedelta(days=1)
    day = finance.post(
        reverse("staff:bill_take"), {"channel": "cash", "day": yesterday}, follow=True
    ).content.decode()
    pile = money_of(cast.finance).books[1]
    assert (pile.label, pile.number, pile.amount) == ("现金待交接", 1, FEE)
    for page in (day, finance.get(pile.href).content.decode()):
        assert '<span class="tone tone-orange">现金待交接</span>' in page
        assert "tone-red" not in page
    assert BillLine.objects.with_gap().get().gap == 0
    of_line = f"{reverse('staff:bill_lines')}?part=detail&pk={BillLine.objects.get().pk}"
    assert "现金还在李老师手中" in finance.get(of_line).content.decode()
    slip = cash.hand_over(by=cast.li)
    detail = finance.get(of_line).content.decode()
    assert '<span class="tone tone-blue">现金待点收</span>' in detail
    assert money_of(cast.finance).books[1].number == 0  # it waits as a slip now
    assert reverse("staff:hand_over_slip", args=[slip.number]) in detail


def test_taking_a_bill_by_the_form(cast, due, as_):
    yesterday = localdate() - timedelta(days=1)
    at = reverse("staff:bill_take")
    page = as_(cast.finance).post(at, {"channel": "cash", "day": yesterday}, follow=True)
    assert "这一天双方都没有款项" in page.content.decode()
    page = as_(cast.finance).post(at, {"channel": "sandbox", "day": localdate()})
    assert "当天还没有结束" in page.content.decode()
    assert '<option value="sandbox" selected>' in page.content.decode()
    for day, why in (
        (yesterday, "没有采用“账单 &amp;.csv”：这不是"),
        (localdate(), "改好后请重新选择“账单 &amp;.csv”"),
    ):
        file = SimpleUploadedFile("账单 &.csv", b"\x00")
        page = as_(cast.finance).post(at, {"channel": "sandbox", "day": day, "file": file})
        page = page.content.decode()
        assert why in page
        assert '<option value="sandbox" selected>' in page
        assert f'value="{day}"' in page
    BillDay.objects.update(status=BillStatus.CLOSED)
    page = as_(cast.finance).post(at, {"channel": "cash", "day": yesterday}).content.decode()
    assert "这一天已经关闭" in page
    assert '<option value="cash" selected>' in page


def test_leaving_gives_all_back_and_the_student_may_come_again(cast, due, as_):
    flow.record_cash(of(cast.wang), by=cast.li).or_refuse()
    order = Order.objects.get()
    at = f"{reverse('staff:orders')}?plan={due.pk}"
    run = {"do": "run", "action": "refund", "pk": order.pk, "cause": "withdrawn", "note": "退学"}
    as_(cast.finance).post(at, run | {"amount": "100.00"})
    assert Refund.objects.count() == 0  # whoever leaves gets all of it
    as_(cast.finance).post(at, run)
    refund = Refund.objects.get()
    assert (refund.amount, refund.status) == (FEE, RefundStatus.PREPARED)
    assert of(cast.wang).get().status == Status.ENROLLED  # as long as the money is here
    leaving = list_of(EnrolmentGrid, cast.office, due, filters=(("refunding", "1"),))
    assert [row.student for row in leaving.narrowed] == [cast.wang]
    confirm = {
        "do": "run",
        "action": "confirm",
        "pk": refund.pk,
        "handed_over": "B-1",
        "way": "bank",
    }
    as_(cast.finance).post(reverse("staff:refunds"), confirm)
    refund.refresh_from_db()
    assert refund.status == RefundStatus.PREPARED  # never by who prepared it
    as_(cast.second_finance).post(reverse("staff:refunds"), confirm)
    refund.refresh_from_db()
    order.refresh_from_db()
    assert (refund.status, refund.by_bank, refund.reference) == (RefundStatus.DONE, True, "B-1")
    assert (order.status, of(cast.wang).get().status) == (OrderStatus.CLOSED, Status.RETURNED)


def test_parts_never_come_to_more_than_was_paid(cast, due):
    flow.record_cash(of(cast.wang), by=cast.li).or_refuse()
    payment = Payment.objects.get()

    def back(amount, cause=RefundCause.OTHER):
        return refunding.open_refund(payment, Back(Decimal(amount), cause, "核对"), by=cast.finance)

    back("500.00")
    for amount, cause, said in (
        ("33.01", RefundCause.OTHER, "最多可退 33.00 元"),
        ("0.00", RefundCause.OTHER, "必须大于 0"),
        ("1.001", RefundCause.OTHER, "最多两位小数"),
        ("20.00", RefundCause.WITHDRAWN, "全部剩余金额 33.00 元"),
        # In parts, too, all of it goes back to those only who are no longer insured.
        ("33.00", RefundCause.OTHER, "退费原因请选择“退出参保”"),
    ):
        with pytest.raises(Refused, match=said):
            back(amount, cause)
    back("33.00", RefundCause.WITHDRAWN)
    with pytest.raises(Refused, match=r"最多可退 0\.00 元"):
        back("0.01")


def test_the_list_of_orders_sums_to_the_ledger(cast, due):
    """支付订单明细: paid less refunded is what the school has, also after voids and parts."""
    flow.record_cash(of(cast.wang, cast.liu), by=cast.li).or_refuse()
    payment = Payment.objects.get(order__enrolment__student=cast.wang)
    refund = refunding.open_refund(
        payment, Back(Decimal("33.00"), RefundCause.OTHER, "核对"), by=cast.finance
    )
    refunding.confirm_refund(refund, by=cast.second_finance, handed_over="凭证1")
    other = Payment.objects.filter(order__enrolment__student=cast.liu)
    cash.void(other, by=cast.li, note="点错").or_refuse()
    types = Condition(
        "and", "types", "eq", "、".join(x["type"] for x in refund.payment.order.lines)
    )
    asked = (types, Condition("and", "kind", "in", "0"))
    assert list_of(OrderGrid, cast.finance, due, conditions=asked).narrowed.count() == 2
    asked = (types, Condition("and", "kind", "in", "1"))
    assert not list_of(OrderGrid, cast.finance, due, conditions=asked).narrowed
    sums = list_of(OrderGrid, cast.finance, due).page.sums
    assert (sums["paid"], sums["refunded"]) == (FEE, Decimal("33.00"))
    assert cash.held_by(cast.li).amount == FEE
