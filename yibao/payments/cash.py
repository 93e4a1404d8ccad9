"""现金 after it was taken (flow.record_cash): voided within minutes, handed over, and counted by finance.

With flow.py, the only code that writes the status of cash payments; it alone writes HandOver.status.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import Refused, refuse_if
from yibao.common.outcome import Outcome
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment.states import Status
from yibao.notify import flow as notify
from yibao.payments import bill_rules, cash_rules, differences, messages, reconciling
from yibao.payments.models import BillLine, CashBook, HandOver, Order, Payment
from yibao.payments.states import MONEY_IN, HandOverStatus, OrderStatus, PaymentStatus


@transaction.atomic
def void(receipts: QuerySet[Payment], *, by: User, note: str) -> Outcome:
    """作废: the number stays, the money does not count, the student owes again."""
    refuse_if("" if note.strip() else "请填写作废原因")
    orders = Order.objects.filter(payments__in=receipts.order_by().values("pk")).order_by("pk")
    list(orders.select_for_update(of=("self",)).values_list("pk", flat=True))
    rows = list(
        Payment.objects.filter(pk__in=receipts.order_by().values("pk"))
        .select_related("order__enrolment__student")
        .prefetch_related("refunds", "order__enrolment__differences")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    reasons = cash_rules.why_not_void(rows, by)
    allowed = [row for row in rows if row.pk not in reasons]
    for payment in allowed:
        order = payment.order
        payment.status, payment.voided_at = PaymentStatus.VOIDED, now()
        payment.save(update_fields=["status", "voided_at"])
        order.status, order.paid_at = OrderStatus.OPEN, None
        order.save(update_fields=["status", "paid_at"])
        said = {"receipt": payment.reference, "amount": str(payment.amount)}
        audit.record("void_cash", payment, by=by, note=note.strip(), **said)
    further = {row.order.difference_id for row in allowed if row.order.difference_id}
    first = [row.order.enrolment_id for row in allowed if not row.order.difference_id]
    enrolment_flow.unmark_paid(first, Status.AWAITING_PAYMENT, by=by)
    differences.unsettle(further, by=by)
    messages.voided(allowed, by=by)
    return Outcome([row.pk for row in allowed], reasons)


@dataclass(frozen=True)
class Held:
    """What a cashier has to hand over: the sums come from the receipts, every time."""

    receipts: Sequence[Payment]

    @property
    def taken(self) -> list[Payment]:
        """Those that stand."""
        return [payment for payment in self.receipts if payment.status in MONEY_IN]

    @property
    def amount(self) -> Decimal:
        """How much it is."""
        return sum((payment.amount or Decimal(0) for payment in self.taken), Decimal(0))

    @property
    def voided(self) -> int:
        """How many numbers were voided among them."""
        return len(self.receipts) - len(self.taken)


def held_by(cashier: User, *, lock: bool = False) -> Held:
    """Receipts not handed over yet, by number."""
    rows = Payment.objects.held_by(cashier).order_by("receipt_no")
    return Held(list(rows.select_for_update(of=("self",)) if lock else rows))


@transaction.atomic
def hand_over(*, by: User) -> HandOver:
    """现金交接: everything that the cashier holds goes onto one slip. Raises `Refused`."""
    CashBook.objects.select_for_update().filter(cashier=by).first()  # nothing is taken meanwhile
    held = held_by(by, lock=True)  # and nothing is voided
    refuse_if("" if held.taken else "没有待交接的现金")
    slip = HandOver.objects.create(
        cashier=by,
        amount=held.amount,
        count=len(held.taken),
        voided=held.voided,
        first_receipt=held.receipts[0].reference,
        last_receipt=held.receipts[-1].reference,
    )
    Payment.objects.filter(pk__in=[row.pk for row in held.receipts]).update(hand_over=slip)
    audit.record("hand_over", slip, by=by, amount=str(slip.amount), count=slip.count)
    notify.withdraw([by])
    return slip


@transaction.atomic
def call_in(lines: QuerySet[BillLine], *, by: User) -> Outcome:
    """提醒交款: whoever holds the cash of these lines is told once, of all that they hold."""
    holders = lines.order_by().values("payment__cashier")
    list(CashBook.objects.select_for_update().filter(cashier__in=holders).order_by("pk"))
    rows = list(lines.select_related("payment__cashier", "payment__hand_over").order_by("pk"))
    reasons = bill_rules.why_not_call_in(rows, by)
    allowed = [row for row in rows if row.pk not in reasons]
    cashiers = {row.payment.cashier for row in allowed if row.payment and row.payment.cashier}
    held = {one: held_by(one).taken for one in sorted(cashiers, key=lambda user: user.pk)}
    audit.record_many(audit.entry("call_in", one, by=by, count=len(held[one])) for one in held)
    messages.cash_due(held, by=by)
    return Outcome([row.pk for row in allowed], reasons)


@transaction.atomic
def confirm(
    slips: QuerySet[HandOver], *, by: User, counted: Decimal | None = None, note: str = ""
) -> Outcome:
    """确认 by finance, by another person: `counted` is what was in the envelope, if not the sum."""
    rows = list(slips.order_by("pk").select_for_update(of=("self",)))
    if counted is not None and len(rows) > 1:
        raise Refused("实收金额与交接单不同时，请一张一张确认")
    reasons = cash_rules.why_not_confirm(rows, by)
    allowed = [row for row in rows if row.pk not in reasons]
    for slip in allowed:
        slip.counted = slip.amount if counted is None else counted
        refuse_if("" if note.strip() or not slip.missing else "实收金额与交接单不一致，请填写说明")
        slip.status, slip.note = HandOverStatus.CONFIRMED, note.strip()
        slip.confirmed_by, slip.confirmed_at = by, now()
        slip.save()
        said = {"amount": str(slip.amount), "counted": str(slip.counted), "note": slip.note}
        audit.record("hand_over", slip, by=by, now=slip.status, **said)
        reconciling.follow_hand_over(slip, by=by)
    return Outcome([row.pk for row in allowed], reasons)
