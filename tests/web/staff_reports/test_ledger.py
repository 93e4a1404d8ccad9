"""The money of lists, statistics, exports and the ledger is one sum, whatever went back and why."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.utils.timezone import now
from openpyxl import load_workbook

from tests.web.staff_reports.conftest import of, rows
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import Intent
from yibao.payments import cash, refunding
from yibao.payments import flow as payments
from yibao.payments.models import Order, Payment, Refund
from yibao.payments.providers.base import PaidState, Receipt
from yibao.payments.states import RefundCause
from yibao.reports import funnel
from yibao.reports.exporters.catalogue import Asked, export
from yibao.web.staff.enrolments import EnrolmentGrid
from yibao.web.staff.orders import OrderGrid
from yibao.web.staff.plan_lists import list_of

FEE = Decimal("533.00")
PART = Decimal("100.00")
LEDGER = """
    SELECT coalesce(sum(p.amount), 0), coalesce(sum(back.amount), 0)
    FROM payments_payment p
    JOIN payments_order o ON o.id = p.order_id AND o.status = 'paid'
    LEFT JOIN (
        SELECT payment_id, sum(amount) AS amount FROM payments_refund WHERE status = 'done' GROUP BY 1
    ) back ON back.payment_id = p.id
    WHERE p.status = 'confirmed'
"""


def online(enrolment, reference):
    """Paid at the gateway, once more under another number if it was paid already."""
    order = Order.objects.filter(enrolment=enrolment).first()
    order = order or payments.open_order(enrolment, by=enrolment.student.user)
    payment = Payment.objects.create(order=order, channel="sandbox", expires_at=now())
    receipt = Receipt(
        number=payment.number,
        reference=reference,
        amount=order.amount,
        state=PaidState.PAID,
        paid_at=now() - timedelta(minutes=1),
        raw={},
    )
    payments.settle(receipt, channel="sandbox")


def give_back(cast, enrolment, cause, amount=None):
    orders = Order.objects.filter(enrolment=enrolment)
    refunding.open_refunds(
        orders, by=cast.finance, cause=cause, amount=amount, note="核实后退还"
    ).or_refuse()
    prepared = Refund.objects.filter(payment__order__in=orders, status="prepared")
    refunding.confirm_refunds(prepared, by=cast.second_finance, handed_over="凭证1").or_refuse()


@pytest.fixture
def year(cast, way_a):
    """Paid; paid and some of it given back; voided and paid again; all given back; paid twice; owing."""
    paid, partly, again, left, twice, _owing = everybody = rows(way_a)[:6]
    flow.submit(of(*everybody), Choice(Intent.JOIN, consent="当面"), by=cast.office).or_refuse()
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(of(*everybody), by=by)
    for each in (paid, partly, again, left):
        payments.record_cash(of(each), by=cast.li).or_refuse()
    cash.void(Payment.objects.filter(order__enrolment=again), by=cast.li, note="点错").or_refuse()
    payments.record_cash(of(again), by=cast.li).or_refuse()
    give_back(cast, partly, RefundCause.OTHER, PART)
    give_back(cast, left, RefundCause.WITHDRAWN)
    online(twice, "W1")
    online(twice, "W2")
    assert set(Order.objects.values_list("status", flat=True)) == {"paid", "closed"}
    return way_a


def ledger():
    with connection.cursor() as cursor:
        cursor.execute(LEDGER)
        return cursor.fetchone()


def exported(client, page):
    """The columns of the whole list as its file has them."""
    answer = client.post(page, {"do": "export"})
    lines = list(load_workbook(BytesIO(b"".join(answer))).active.values)
    head = next(place for place, line in enumerate(lines) if "实缴金额" in line)
    body = [line for line in lines[head + 1 :] if line[0]]
    return {name: [line[place] for line in body] for place, name in enumerate(lines[head]) if name}


def total(values):
    return sum((Decimal(str(value)) for value in values if value), Decimal(0))


def test_statistics_lists_exports_and_ledger_have_one_sum(cast, year, as_):
    received, back = ledger()
    assert (received, back) == (4 * FEE, PART)
    enrolments = Enrolment.objects.filter(plan=year)
    whole = funnel.money_in_all(enrolments)
    assert (whole.people, whole.due, whole.paid, whole.back, whole.owed) == (
        5,
        5 * FEE,
        4 * FEE - PART,
        PART,
        FEE,
    )
    for dimensions in (["college"], list(funnel.DIMENSIONS)):
        assert sum(funnel.money_by_unit(enrolments, dimensions), funnel.NOTHING) == whole
    types = funnel.money_by_type(enrolments)
    assert [(money.key, money.people, money.paid, money.owed) for money in types[1:]] == [
        ((funnel.NO_TYPE,), 1, -PART, 0)
    ]
    summed = sum(types, funnel.NOTHING)
    assert (summed.due, summed.paid, summed.owed) == (whole.due, whole.paid, whole.owed)
    channels = funnel.paid_by_channel(enrolments)
    assert channels == [("cash", 3, 3 * FEE - PART), ("sandbox", 1, FEE)]

    sums = list_of(EnrolmentGrid, cast.office, year, columns=("student_no", "paid")).page.sums
    assert sums["paid"] == whole.paid
    orders = list_of(OrderGrid, cast.finance, year).page.sums
    closed = FEE  # of who has left: paid and gone back wholly
    assert (orders["paid"], orders["refunded"]) == (received + closed, back + closed)


def test_the_files_say_the_same(cast, year, as_):
    whole = funnel.money_in_all(Enrolment.objects.filter(plan=year))
    file = exported(as_(cast.finance), f"/staff/orders/?plan={year.pk}")
    assert total(file["实缴金额"]) - total(file["已退金额"]) == whole.paid
    assert len(file["订单号"]) == 5
    out = BytesIO()
    export("payments", year, out, by=cast.finance, asked=Asked(dimensions=("college",)))
    lines = list(load_workbook(out).active.values)
    head = next(line for line in lines if "实缴金额" in line)
    last = next(line for line in lines if line[0] == "合计")
    found = dict(zip(head, last, strict=True))
    assert [Decimal(str(found[name])) for name in ("实缴金额", "已退金额", "待缴金额")] == [
        whole.paid,
        whole.back,
        whole.owed,
    ]


@pytest.mark.parametrize("who", ["finance", "office", "li"])
def test_the_page_says_what_went_back(cast, year, as_, who):
    page = as_(getattr(cast, who)).get(f"/staff/statistics/payments/?plan={year.pk}")
    text = page.content.decode()
    assert "另已退还 ¥100.00" in text
    assert text.count(funnel.NO_TYPE) == 1
