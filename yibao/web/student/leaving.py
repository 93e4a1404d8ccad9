"""退出参保 as its student reads it: all of the money went back, by whom, when and how.

Pure: reads a row that came with its story, its orders, payments and refunds.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import Status
from yibao.payments.messages import way_back
from yibao.payments.models import Order, Refund
from yibao.payments.states import PaymentStatus, RefundCause, RefundStatus


@dataclass(frozen=True)
class Left:
    """An insurance that ended because all that was paid for it went back."""

    order: Order
    amount: Decimal
    refund: Refund

    @property
    def at(self) -> datetime | None:
        """When the last of it was through."""
        return self.refund.done_at

    @property
    def who(self) -> str:
        """Who has seen to it at the finance office."""
        people = (self.refund.prepared_by, self.refund.confirmed_by)
        return "、".join(person.name for person in people if person)

    @property
    def how(self) -> str:
        """The way that the money took."""
        return way_back(self.refund)


def left_of(row: Enrolment) -> Left | None:
    """What ended the present submission's insurance, if that is why it is to be registered anew."""
    if row.status != Status.RETURNED or row.submitted_at is None:
        return None
    for order in row.orders.all():
        if order.created_at < row.submitted_at:
            continue
        for payment in order.payments.all():
            back = [r for r in payment.refunds.all() if r.status == RefundStatus.DONE]
            last = [r for r in back if r.cause == RefundCause.WITHDRAWN]
            if payment.status == PaymentStatus.CONFIRMED and last:
                return Left(order, sum((r.amount for r in back), Decimal(0)), last[-1])
    return None
