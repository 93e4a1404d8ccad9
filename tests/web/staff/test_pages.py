"""Every list opens for those whose it is, and costs the same for 1 row and for 30."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now

from tests.factories import make_student
from tests.web.staff.conftest import of
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.payments import flow as payments
from yibao.payments.models import Order, Payment, Refund
from yibao.payments.states import PaymentStatus, RefundCause
from yibao.plans.models import HardshipEntry
from yibao.web import idle

LISTS = {
    "reviews": "li xu office",
    "enrolments": "li xu office",
    "unregistered": "li xu office",
    "requirements": "li",
    "cash": "li",
    "cash_book": "li",
    "orders": "li xu office finance",
    "refunds": "finance",
    "hardship": "li xu office",
    "students": "li xu office",
}
# What waits there waits for the counselor.
EMPTY = {("reviews", "xu"), ("reviews", "office")}
PAGES = [(name, who) for name, everybody in LISTS.items() for who in everybody.split()]


@pytest.mark.parametrize(("name", "who"), PAGES)
def test_the_page_opens(cast, plan, as_, name, who):
    assert as_(getattr(cast, who)).get(reverse(f"staff:{name}")).status_code == 200


class Crowd:
    """As many students as wanted at each point of the story, in 李's first class."""

    def __init__(self, cast, plan):
        self.cast, self.plan, self.number = cast, plan, 800_000

    def students(self, count):
        self.number += count
        numbers = range(self.number - count, self.number)
        return [make_student(self.cast.classes.cs1, "学生", f"2024{n:06d}") for n in numbers]

    def add(self, count):
        waiting, owing, paid = (self.students(count) for _ in range(3))
        self.students(count)  # who have not registered
        enlist(self.plan, by=self.cast.office)
        flow.submit(
            of(*waiting, *owing, *paid), Choice(Intent.JOIN, consent="当面"), by=self.cast.office
        )
        for by in (self.cast.li, self.cast.xu, self.cast.office):
            flow.approve(of(*owing, *paid), by=by)
        payments.record_cash(of(*paid), by=self.cast.li)
        for order in Order.objects.filter(enrolment__student__in=paid):
            self.pay_twice(order)
            HardshipEntry.objects.create(
                academic_year=2026,
                student=order.enrolment.student,
                category="低保家庭",
                level="特别困难",
            )

    def pay_twice(self, order):
        more = Payment.objects.create(
            order=order,
            channel="cash",
            status=PaymentStatus.SURPLUS,
            amount=order.amount,
            reference=f"again-{order.pk}",
            paid_at=now(),
            cashier=self.cast.li,
        )
        Refund.objects.create(payment=more, amount=more.amount, cause=RefundCause.PAID_TWICE)


def test_every_list_asks_as_much_for_30_rows_as_for_1(cast, plan, as_, monkeypatch):
    # On a slow machine a minute goes by, and a page notes that somebody is there.
    monkeypatch.setattr(idle, "WRITTEN_EVERY", 10**9)
    crowd, clients = Crowd(cast, plan), {who: as_(getattr(cast, who)) for _, who in PAGES}

    def cost(name, who):
        with CaptureQueriesContext(connection) as asked:
            page = clients[who].get(f"{reverse(f'staff:{name}')}?plan={plan.pk}&size=50")
        assert page.context["grid"].page.rows, name
        return len(asked)

    shown = [(name, who) for name, who in PAGES if (name, who) not in EMPTY]
    crowd.add(1)
    for page in shown:
        cost(*page)
    few = {page: cost(*page) for page in shown}
    crowd.add(30)
    assert {page: cost(*page) for page in shown} == few
