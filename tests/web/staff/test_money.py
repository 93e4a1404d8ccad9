"""现金缴费, 支付订单明细 and 退费 over HTTP."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils.timezone import now

from tests.factories import make_student
from tests.web.staff.conftest import apply, approve, of
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Status
from yibao.grid.query import GridQuery
from yibao.payments import refund_rules
from yibao.payments.models import Order, Payment, Refund
from yibao.payments.states import PaymentStatus, RefundCause, RefundStatus
from yibao.web.staff.cash import CashBookGrid, CashGrid
from yibao.web.staff.orders import OrderGrid
from yibao.web.staff.plan_lists import list_of
from yibao.web.staff.refunds import RefundGrid

HX = {"HX-Request": "true"}


def at(name, plan):
    return f"{reverse(f'staff:{name}')}?plan={plan.pk}"


def pks(*students):
    return [row.pk for row in of(*students)]


def owing(viewer, plan):
    rows = list_of(CashGrid, viewer, plan).narrowed
    return sorted(rows.values_list("student__name", flat=True))


@pytest.fixture
def due(cast, plan):
    """王 and 刘 (计算机) and 赵 (外国语) have to pay."""
    apply(cast.wang, cast.liu, cast.zhao)
    approve(cast, cast.wang, cast.liu, cast.zhao)
    return plan


def test_only_a_counselor_s_own_classes_are_collected_from(cast, due):
    """张 is college officer of 计算机, but counsels 英语2402 only: nobody there owes."""
    who = {name: owing(getattr(cast, name), due) for name in ("li", "he", "sun", "zhang", "xu")}
    assert who == {
        "li": ["刘思雨", "王小明"],
        "he": ["刘思雨"],
        "sun": ["赵外语"],
        "zhang": [],
        "xu": [],
    }


def test_one_student_as_in_the_manual(cast, due, as_):
    data = {"action": "take", "pk": pks(cast.wang)}
    preview = as_(cast.li).post(at("cash", due), data | {"do": "preview"}, headers=HX)
    text = preview.content.decode()
    assert "王小明（2024010001，计算机2401）" in text
    assert text.count("¥533.00") == 2  # 应缴 and 实缴
    answer = as_(cast.li).post(at("cash", due), data | {"do": "run"}, follow=True)
    assert [str(m) for m in answer.context["messages"]] == [
        "已收 1 人现金共 533.00 元，收据号 T001-000001"
    ]
    row = of(cast.wang).get()
    assert row.status == Status.ENROLLED
    assert owing(cast.li, due) == ["刘思雨"]


def test_batch_says_people_and_sum_and_receipts_have_no_gap(cast, due, as_):
    client = as_(cast.li)
    more = [make_student(cast.classes.cs1, "现金", f"2024800{n:03d}") for n in range(33)]
    enlist(due, by=cast.office)
    flow.submit(of(*more), Choice(Intent.JOIN, consent="当面"), by=cast.office)
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(of(*more), by=by)
    preview = client.post(
        at("cash", due), {"do": "preview", "action": "take", "all": "1"}, headers=HX
    )
    about = preview.context["preview"].about[1]
    assert (about["count"], about["total"]) == (35, Decimal("18655.00"))
    assert "¥18,655.00" in preview.content.decode()
    data = {"do": "run", "action": "take", "all": "1", "seen": "35"}
    answer = client.post(at("cash", due), data, headers=HX)
    assert "已收 35 人现金共 18,655.00 元，收据号 T001-000001 至 T001-000035" in str(
        answer.headers.get("HX-Trigger").encode().decode("unicode_escape")
    )
    receipts = sorted(Payment.objects.values_list("reference", flat=True))
    assert receipts == [f"T001-{n:06d}" for n in range(1, 36)]
    as_(cast.sun).post(at("cash", due), {"do": "run", "action": "take", "all": "1"})
    book = CashBookGrid(cast.li)
    assert (book.page.total, book.page.sums["amount"]) == (35, Decimal("18655.00"))
    assert CashBookGrid(cast.sun).page.total == 1


def test_a_forged_row_is_not_collected(cast, due, as_):
    as_(cast.li).post(at("cash", due), {"do": "run", "action": "take", "pk": pks(cast.zhao)})
    assert of(cast.zhao).get().status == Status.AWAITING_PAYMENT
    assert not Payment.objects.exists()


ORDERS = {
    "li": ["刘思雨", "王小明"],
    "he": ["刘思雨"],
    "zhang": ["刘思雨", "王小明"],
    "qian": ["赵外语"],
    "office": ["刘思雨", "王小明", "赵外语"],
    "finance": ["刘思雨", "王小明", "赵外语"],
    "admin": [],
}


@pytest.fixture
def paid(cast, due, as_):
    as_(cast.li).post(at("cash", due), {"do": "run", "action": "take", "all": "1"})
    as_(cast.sun).post(at("cash", due), {"do": "run", "action": "take", "all": "1"})
    return due


@pytest.mark.parametrize("who", ORDERS)
def test_orders_within_scope_with_their_sum(cast, paid, who):
    grid = list_of(OrderGrid, getattr(cast, who), paid)
    found = grid.narrowed.values_list("enrolment__student__name", flat=True)
    assert sorted(found) == ORDERS[who]
    assert (grid.page.sums.get("paid") or 0) == 533 * len(ORDERS[who])


def surplus(order):
    """The same student paid once more."""
    payment = Payment.objects.create(
        order=order,
        channel="cash",
        status=PaymentStatus.SURPLUS,
        amount=order.amount,
        reference="T001-000999",
        paid_at=now(),
    )
    return Refund.objects.create(payment=payment, amount=order.amount, cause=RefundCause.PAID_TWICE)


def test_money_that_does_not_fit_is_seen_beside_the_order(cast, paid, as_):
    order = Order.objects.get(enrolment__student=cast.wang)
    surplus(order)
    grid = list_of(OrderGrid, cast.finance, paid, filters=(("trouble", "1"),))
    assert list(grid.narrowed.values_list("pk", "paid")) == [(order.pk, Decimal("533.00"))]
    page = as_(cast.finance).get(f"{at('orders', paid)}&part=detail&pk={order.pk}", headers=HX)
    text = page.content.decode()
    for part in ("已到账", "多收待退", "重复缴费", "待退费", "T001-000999"):
        assert part in text


def test_a_refund_needs_two_people_and_for_cash_a_slip(cast, paid, as_):
    refund = surplus(Order.objects.get(enrolment__student=cast.wang))
    url = reverse("staff:refunds")
    first, second = as_(cast.finance), as_(cast.second_finance)

    def run(client, action, **fields):
        client.post(url, {"do": "run", "action": action, "pk": refund.pk, **fields})
        refund.refresh_from_db()
        return refund.status

    assert run(first, "confirm", handed_over="凭证1") == RefundStatus.DUE
    assert run(first, "prepare", note="核对无误") == RefundStatus.PREPARED
    assert run(first, "confirm", handed_over="凭证1") == RefundStatus.PREPARED
    ask = {"do": "preview", "action": "confirm", "pk": refund.pk}
    asked = second.post(url, ask).content.decode()
    assert '退还 <b class="cash-sum">¥533.00</b>' in asked
    assert "当面退还，填退款凭证号" in asked
    assert run(second, "confirm", handed_over="") == RefundStatus.PREPARED
    assert run(second, "confirm", handed_over="凭证1") == RefundStatus.DONE
    assert (refund.prepared_by, refund.confirmed_by) == (cast.finance, cast.second_finance)
    assert RefundGrid(cast.finance).narrowed.count() == 1
    assert RefundGrid(cast.office).narrowed.count() == 0


def test_what_no_channel_carries_any_more_is_a_list_for_the_bank(cast, paid):
    cash = surplus(Order.objects.get(enrolment__student=cast.wang))
    routes = {}
    for channel, days in (("sandbox", 364), ("sandbox", 366), ("closed", 1)):
        payment = Payment.objects.create(
            order=cash.payment.order,
            channel=channel,
            status=PaymentStatus.SURPLUS,
            amount=1,
            reference=f"{channel} {days}",
            paid_at=now() - timedelta(days=days),
        )
        refund = Refund.objects.create(payment=payment, amount=1, cause=RefundCause.PAID_TWICE)
        routes[refund.pk] = "bank" if refund_rules.why_not_through_channel(refund) else "channel"
    assert sorted(routes.values()) == ["bank", "bank", "channel"]
    found = dict(RefundGrid(cast.finance).rows().values_list("pk", "route"))
    assert found == routes | {cash.pk: "cash"}
    for_bank = RefundGrid(cast.finance, GridQuery(filters=(("route", "bank"),))).narrowed
    assert for_bank.count() == 2
    Refund.objects.update(status=RefundStatus.SENT)  # what is under way goes by its channel
    assert not RefundGrid(cast.finance).rows().filter(route="bank").exists()


def test_finance_finds_today_s_money_and_waiting_refunds_on_the_desk(cast, paid, as_):
    surplus(Order.objects.get(enrolment__student=cast.wang))
    money = as_(cast.finance).get(reverse("staff:home")).context["money"]
    assert money.received == Decimal("1599.00")
    assert [(p.label, p.number, p.amount) for p in money.refunds] == [
        ("待退费", 1, Decimal("533.00")),
        ("待复核", 0, 0),
        ("退费异常", 0, 0),
    ]
    page = as_(cast.finance).get(money.today[0].href)
    assert page.context["grid"].page.total == money.today[0].number == 3
