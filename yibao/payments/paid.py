"""What has been paid, as annotations of enrolments and orders: one row stays one row."""

from decimal import Decimal

from django.db.models import (
    Case,
    CharField,
    DecimalField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from yibao.enrolment.models import EnrolmentQuerySet
from yibao.enrolment.states import Status
from yibao.payments.models import Order, OrderQuerySet, Payment, Refund
from yibao.payments.states import (
    HELD,
    OrderStatus,
    Paying,
    PaymentStatus,
    RefundCause,
    RefundStatus,
)

YUAN = DecimalField(max_digits=8, decimal_places=2)
ZERO = Value(Decimal(0), output_field=YUAN)


def with_money(enrolments: EnrolmentQuerySet) -> EnrolmentQuerySet:
    """Annotate `paying` (缴费状态), `paid` (实缴金额), `channel` and `paid_on`."""
    money = Payment.objects.filter(order__enrolment=OuterRef("pk"), status=PaymentStatus.CONFIRMED)
    # A further order adds to what was paid, what went back takes from it.
    received = money.order_by().values("order__enrolment").annotate(sum=Sum("amount")).values("sum")
    whose = "payment__order__enrolment"
    back = Refund.objects.filter(
        **{whose: OuterRef("pk")}, payment__status=PaymentStatus.CONFIRMED, status=RefundStatus.DONE
    ).order_by()
    returned = back.values(whose).annotate(sum=Sum("amount")).values("sum")
    enrolled = Q(status=Status.ENROLLED)
    return enrolments.annotate(
        paying=Case(
            When(enrolled & Q(amount_due=0), then=Value(Paying.FREE.value)),
            When(enrolled, then=Value(Paying.PAID.value)),
            When(status=Status.AWAITING_PAYMENT, then=Value(Paying.DUE.value)),
            output_field=CharField(),
        ),
        paid=Subquery(received, output_field=YUAN) - Coalesce(Subquery(returned), ZERO),
        channel=Subquery(money.values("channel")[:1]),
        paid_on=Subquery(money.values("paid_at")[:1]),
    )


def with_refunding(enrolments: EnrolmentQuerySet) -> EnrolmentQuerySet:
    """Annotate `refunding` (退费中): insured still, but all of the money is on its way back."""
    leaving = Refund.objects.filter(
        payment__order__enrolment=OuterRef("pk"), cause=RefundCause.WITHDRAWN
    )
    return enrolments.annotate(refunding=Exists(leaving.exclude(status=RefundStatus.DONE)))


def with_turns(enrolments: EnrolmentQuerySet) -> EnrolmentQuerySet:
    """Annotate `returns` and `last_return`: who has withdrawn was returned by nobody, and may come back."""
    left = Refund.objects.filter(
        payment__order__enrolment=OuterRef("pk"),
        payment__order__created_at__gte=OuterRef("submitted_at"),
        cause=RefundCause.WITHDRAWN,
        status=RefundStatus.DONE,
    )
    has_left = Q(status=Status.RETURNED) & Q(Exists(left))
    return enrolments.with_returns().annotate(
        last_return=Case(
            When(has_left, then=Value("已退出参保，款项已退回")),
            default=F("last_return"),
            output_field=CharField(),
        )
    )


def with_owing(enrolments: EnrolmentQuerySet) -> EnrolmentQuerySet:
    """Annotate `owing`: what is to be paid now, of a further order its amount; NULL if nothing is."""
    further = Order.objects.filter(
        enrolment=OuterRef("pk"), status=OrderStatus.OPEN, difference__isnull=False
    )
    return enrolments.annotate(
        owing=Case(
            When(status=Status.AWAITING_PAYMENT, then=F("amount_due")),
            When(status=Status.ENROLLED, then=Subquery(further.values("amount")[:1])),
            output_field=YUAN,
        )
    )


class TypeNames(Func):
    """The insurance types of the lines that an order keeps as data, joined."""

    template = (
        "(SELECT string_agg(line->>'type', '、' ORDER BY place)"
        " FROM jsonb_array_elements(%(expressions)s) WITH ORDINALITY AS lines(line, place))"
    )
    output_field = TextField()


def with_order_types(orders: OrderQuerySet) -> OrderQuerySet:
    """Annotate `type_names`: what the order is for, joined."""
    return orders.annotate(type_names=TypeNames("lines"))


def with_payment(orders: OrderQuerySet) -> OrderQuerySet:
    """Annotate the payment that settled each order, what of it went back, and other money."""
    money = Payment.objects.filter(order=OuterRef("pk"))
    back = Refund.objects.filter(
        payment__order=OuterRef("pk"), payment__status=PaymentStatus.CONFIRMED
    ).filter(status=RefundStatus.DONE)
    returned = back.order_by().values("payment__order").annotate(sum=Sum("amount")).values("sum")
    settled = money.filter(status=PaymentStatus.CONFIRMED)
    trouble = money.filter(status__in=HELD)
    return orders.annotate(
        paid=Subquery(settled.values("amount")[:1], output_field=YUAN),
        refunded=Subquery(returned, output_field=YUAN),
        channel=Subquery(settled.values("channel")[:1]),
        payment_number=Subquery(settled.values("number")[:1]),
        reference=Subquery(settled.values("reference")[:1]),
        cashier=Subquery(settled.values("cashier__name")[:1]),
        trouble=Exists(trouble),
    )
