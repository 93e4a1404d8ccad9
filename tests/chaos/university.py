"""Students who owe, each with a live attempt, in the database of the system under test.

Run in that system's environment: `manage.py shell -c` imports and calls `main`; says the payment
numbers, one a line.
"""

import sys
from datetime import timedelta
from decimal import Decimal

from django.utils.timezone import now

from tests.cast import make_cast
from tests.factories import make_plan, make_student
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.payments.models import Order, Payment

FEE = Decimal("533.00")


def main(count: int) -> None:
    """Make them."""
    cast = make_cast()
    group = cast.wang.class_group
    mine = [make_student(group, f"学生{n}", f"C{n:09d}").pk for n in range(count)]
    enlist(make_plan(), by=cast.office)
    rows = Enrolment.objects.filter(student__in=mine)
    rows.update(status="awaiting_payment", intent="join", amount_due=FEE, submitted_at=now())
    orders = Order.objects.bulk_create([Order(enrolment=row, amount=FEE) for row in rows])
    until = now() + timedelta(hours=3)
    payments = Payment.objects.bulk_create(
        [Payment(order=order, channel="sandbox", expires_at=until) for order in orders]
    )
    for payment in payments:
        sys.stdout.write(f"{payment.number}\n")
