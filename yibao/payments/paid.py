"""What has been paid, as annotations of enrolments and orders: one row stays one row."""

from django.db.models import (
    Case,
    CharField,
    DecimalField,
    Exists,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)

from yibao.enrolment.models import EnrolmentQuerySet
from yibao.enrolment.states import Status
from yibao.payments.models import OrderQuerySet, Payment
from yibao.payments.states import HELD, Paying, PaymentStatus

YUAN = DecimalField(max_digits=8, decimal_places=2)


def with_money(enrolments: EnrolmentQuerySet) -> EnrolmentQuerySet:
    """Annotate `paying` (缴费状态), `paid` (实缴金额), `channel` and `paid_on`."""
    money = Payment.objects.filter(order__enrolment=OuterRef("pk"), status=PaymentStatus.CONFIRMED)
    enrolled = Q(status=Status.ENROLLED)
    return enrolments.annotate(
        paying=Case(
            When(enrolled & Q(amount_due=0), then=Value(Paying.FREE.value)),
            When(enrolled, then=Value(Paying.PAID.value)),
            When(status=Status.AWAITING_PAYMENT, then=Value(Paying.DUE.value)),
            output_field=CharField(),
        ),
        paid=Subquery(money.values("amount")[:1], output_field=YUAN),
        channel=Subquery(money.values("channel")[:1]),
        paid_on=Subquery(money.values("paid_at")[:1]),
    )


def with_payment(orders: OrderQuerySet) -> OrderQuerySet:
    """Annotate the payment that settled each order, and whether other money came in for it."""
    money = Payment.objects.filter(order=OuterRef("pk"))
    settled = money.filter(status=PaymentStatus.CONFIRMED)
    trouble = money.filter(status__in=HELD)
    return orders.annotate(
        paid=Subquery(settled.values("amount")[:1], output_field=YUAN),
        channel=Subquery(settled.values("channel")[:1]),
        payment_number=Subquery(settled.values("number")[:1]),
        reference=Subquery(settled.values("reference")[:1]),
        cashier=Subquery(settled.values("cashier__name")[:1]),
        trouble=Exists(trouble),
    )
