"""Students who owe, each with a live attempt, in the database of the system under test.

Run in that system's environment: `manage.py shell -c` imports and calls `main` or `links`, which say the
numbers of the attempts or the tokens of payment links, one a line.
"""

import sys
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from django.utils.timezone import now

from tests.cast import make_cast
from tests.factories import make_plan, make_student
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.payments.models import Order, Payment, PaymentLink

FEE = Decimal("533.00")


def main(count: int) -> None:
    """Make them, each with an attempt under way."""
    until = now() + timedelta(hours=3)
    payments = Payment.objects.bulk_create(
        [Payment(order=order, channel="sandbox", expires_at=until) for order in _orders(count)]
    )
    _say(payment.number for payment in payments)


def links(count: int) -> None:
    """Make them, each with a link by which somebody else pays."""
    until = now() + timedelta(hours=3)
    made = PaymentLink.objects.bulk_create(
        PaymentLink(order=order, created_by=order.enrolment.student.user, expires_at=until)
        for order in _orders(count)
    )
    _say(link.token for link in made)


def _orders(count: int) -> list[Order]:
    cast = make_cast()
    group = cast.wang.class_group
    mine = [make_student(group, f"学生{n}", f"C{n:09d}").pk for n in range(count)]
    enlist(make_plan(), by=cast.office)
    rows = Enrolment.objects.filter(student__in=mine).select_related("student__user")
    rows.update(status="awaiting_payment", intent="join", amount_due=FEE, submitted_at=now())
    return Order.objects.bulk_create([Order(enrolment=row, amount=FEE) for row in rows])


def _say(words: Iterable[str]) -> None:
    sys.stdout.writelines(f"{word}\n" for word in words)
