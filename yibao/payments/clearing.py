"""What finance does about a difference: give back, collect, order anew, or leave it as it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import Refused, refuse_if
from yibao.common.outcome import Outcome
from yibao.payments import differences, flow, messages, refunding, rules
from yibao.payments.models import Difference, Order, Payment, Refund
from yibao.payments.states import (
    Clearing,
    DifferenceStatus,
    OrderStatus,
    PaymentStatus,
    RefundCause,
)

Rows = QuerySet[Difference]


@dataclass(frozen=True)
class Way:
    """What is done about a difference, and which may not."""

    act: Callable[[Difference, User], None]
    why_not: Callable[[Sequence[Difference], User], dict[int, str]]


def refund(rows: Rows, *, by: User, note: str = "") -> Outcome:
    """退还差额: the refunds are prepared by this person and confirmed by another, as any."""
    return _clear(rows, Way(_refund, rules.why_not_refund_difference), by=by, note=note)


def charge(rows: Rows, *, by: User, note: str = "") -> Outcome:
    """补收差额: a further order, paid like the first one."""
    return _clear(rows, Way(_charge, rules.why_not_charge_difference), by=by, note=note)


def keep(rows: Rows, *, by: User, note: str) -> Outcome:
    """维持原额 with a reason; asked again only when the price changes once more.

    Also of what was to be collected and has not been paid: the further order is closed.
    """
    refuse_if("" if note.strip() else "请填写维持原额的原因")
    further = Payment.objects.filter(order__difference__in=rows)
    way = Way(_keep, rules.why_not_keep_difference)
    return _after_closing(further, rows, way, by=by, note=note)


def reorder(rows: Rows, *, by: User, note: str = "") -> Outcome:
    """按新金额重开订单 of who has not paid yet."""
    first = Payment.objects.filter(order__enrolment__differences__in=rows)
    return _after_closing(first, rows, Way(_reorder, rules.why_not_reorder), by=by, note=note)


def _after_closing(
    payments: QuerySet[Payment], rows: Rows, way: Way, *, by: User, note: str
) -> Outcome:
    """Attempts are closed at their gateways first; where that fails nothing is done."""
    busy: dict[int, str] = {}
    started = payments.filter(status=PaymentStatus.STARTED)
    for attempt in started.select_related("order"):
        try:
            flow.close_attempt(attempt)
        except Refused as refused:
            busy[attempt.order.enrolment_id] = str(refused)
    free = rows.exclude(enrolment__in=list(busy))
    outcome = _clear(free, way, by=by, note=note)
    for pk, enrolment in rows.filter(enrolment__in=list(busy)).values_list("pk", "enrolment"):
        outcome.refused[pk] = busy[enrolment]
    return outcome


@transaction.atomic
def _clear(rows: Rows, way: Way, *, by: User, note: str) -> Outcome:
    orders = Order.objects.filter(enrolment__differences__in=rows).order_by("pk")
    list(orders.select_for_update(of=("self",)).values_list("pk", flat=True))
    locked = differences.lock(rows)
    reasons = way.why_not(locked, by)
    allowed = [row for row in locked if row.pk not in reasons]
    for row in allowed:
        row.note, row.decided_by, row.decided_at = note.strip(), by, now()
        way.act(row, by)
    return Outcome([row.pk for row in allowed], reasons)


def _refund(row: Difference, by: User) -> None:
    row.clearing = Clearing.REFUND
    left = -row.change
    for payment, there in rules.refundable([row])[row.enrolment_id]:
        part = min(left, there)
        if part <= 0:
            break
        made = Refund.objects.create(
            payment=payment, amount=part, cause=RefundCause.FEE_CHANGED, difference=row
        )
        refunding.prepare_refund(made, by=by, note=row.note)
        left -= part
    differences.move(row, DifferenceStatus.SETTLING, by=by)


def _charge(row: Difference, by: User) -> None:
    row.clearing = Clearing.CHARGE
    differences.move(row, DifferenceStatus.SETTLING, by=by)
    order = Order.objects.create(
        enrolment=row.enrolment,
        difference=row,
        amount=row.change,
        lines=[_more(row)],
    )
    audit.record("open_order", order, by=by, amount=str(order.amount))
    messages.charged([row], by=by)


def _more(row: Difference) -> dict[str, str]:
    """What a further order is for, as a line of its own."""
    why = "；".join(line["explanation"] for line in row.new_lines)
    return {
        "type": "补缴差额",
        "premium": str(row.change),
        "reduced": str(Decimal(0)),
        "amount": str(row.change),
        "payer": "",
        "explanation": f"原应缴 {row.old_amount} 元，现应缴 {row.new_amount} 元（{why}），"
        f"补缴 {row.change} 元",
    }


def _keep(row: Difference, by: User) -> None:
    row.clearing = Clearing.KEEP
    for order in row.orders.filter(status=OrderStatus.OPEN):
        flow.close_order(order, by=by)
    differences.move(row, DifferenceStatus.KEPT, by=by)


def _reorder(row: Difference, by: User) -> None:
    row.clearing = Clearing.REORDER
    order = Order.objects.get(enrolment=row.enrolment_id, status=OrderStatus.OPEN)
    flow.close_order(order, by=by)
    differences.move(row, DifferenceStatus.SETTLING, by=by)
    differences.settle([row.pk], by=by)
