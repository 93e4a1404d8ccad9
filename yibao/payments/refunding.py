"""退费: prepared by one person, confirmed by another, sent back the way the money came.

With flow.py, the only code that writes Refund.status. The gateway is called between two
transactions and under the same number every time, so a crash or a second click never pays twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import Refused, refuse_if
from yibao.common.outcome import Outcome
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment.states import Status
from yibao.payments import differences, flow, messages, refund_rules, rules
from yibao.payments.models import Order, Payment, Refund
from yibao.payments.providers.base import (
    GatewayRefused,
    GatewayUnavailable,
    RefundCharge,
    RefundReceipt,
    RefundState,
    provider,
)
from yibao.payments.states import REFUND_MOVES, PaymentStatus, RefundCause, RefundStatus

MOST_AT_ONCE = 30


@dataclass(frozen=True)
class Back:
    """What is to go back, and why."""

    amount: Decimal
    cause: RefundCause
    note: str = ""

    @classmethod
    def wrong(cls, payment: Payment, note: str = "") -> "Back":
        """All of a payment that fits no order."""
        return cls(payment.amount or Decimal(0), RefundCause.WRONG_AMOUNT, note)


@transaction.atomic
def open_refund(payment: Payment, back: Back, *, by: User) -> Refund:
    """登记并经办: some or all of a payment goes back once another person has confirmed it.

    The order is locked, so that two people together never give back more than came in.
    """
    Order.objects.select_for_update().get(pk=payment.order_id)
    locked = Payment.objects.select_related("order__enrolment__student").get(pk=payment.pk)
    refuse_if(refund_rules.why_not_open_refund(locked, back.amount, back.cause, by))
    refund = Refund.objects.create(payment=locked, amount=back.amount, cause=back.cause)
    audit.record("open_refund", refund, by=by, amount=str(back.amount), cause=back.cause.value)
    return prepare_refund(refund, by=by, note=back.note)


def open_refunds(
    orders: QuerySet[Order], *, by: User, cause: RefundCause, amount: Decimal | None, note: str
) -> Outcome:
    """登记退费 of several orders: the named amount of each, else all that is left of it."""
    outcome = Outcome()
    for order in orders.order_by("pk"):
        try:
            refund_rules.refuse_without_reason(note)
            with transaction.atomic():  # of several payments of one order all or none
                for payment, left in refund_rules.to_give_back(order, cause):
                    open_refund(payment, Back(amount or left, cause, note), by=by)
        except Refused as refused:
            outcome.refused[order.pk] = str(refused)
        else:
            outcome.done.append(order.pk)
    return outcome


@transaction.atomic
def prepare_refund(refund: Refund, *, by: User, note: str = "") -> Refund:
    """经办: say that this money goes back."""
    refund = _lock(refund)
    refuse_if(rules.why_not_prepare_refund(refund, by))
    refund.prepared_by, refund.note = by, note.strip()
    return _move(refund, RefundStatus.PREPARED, by=by)


def confirm_refund(
    refund: Refund, *, by: User, handed_over: str = "", by_bank: bool = False
) -> Refund:
    """复核: by another person; the money goes back through its channel, by hand or by the bank.

    What goes through no channel is done when it is confirmed: `handed_over`, the number of the slip
    or of the transfer, proves it. Raises `Refused`.
    """
    slip = handed_over.strip()
    with transaction.atomic():
        refund = _lock(refund)
        refuse_if(rules.why_not_confirm_refund(refund, by))
        by_hand = by_bank or refund.payment.channel == rules.CASH
        if by_hand and not slip:
            raise Refused("银行转账请填写转账凭证号" if by_bank else "现金退费请填写退款凭证号")
        refuse_if("" if by_hand else refund_rules.why_not_through_channel(refund))
        refund.confirmed_by, refund.by_bank = by, by_bank
        refund = _move(refund, RefundStatus.SENT, by=by)
        if by_hand:
            refund.reference, refund.done_at = slip, now()
            return _move(refund, RefundStatus.DONE, by=by)
    try:
        return settle_refund(provider(refund.payment.channel).refund(_charge(refund)))
    except GatewayUnavailable:
        return refund  # unknown: the job asks again under the same number
    except GatewayRefused as error:
        with transaction.atomic():
            refund = _lock(refund)
            audit.record("refund_refused", refund, by=by, code=error.code)
            return _move(refund, RefundStatus.ABNORMAL, by=by)


def prepare_refunds(refunds: QuerySet[Refund], *, by: User, note: str = "") -> Outcome:
    """经办 of several; each stands for itself."""
    return _each(refunds, partial(prepare_refund, by=by, note=note))


def confirm_refunds(
    refunds: QuerySet[Refund], *, by: User, handed_over: str = "", by_bank: bool = False
) -> Outcome:
    """复核 of several; each is sent to its gateway, so there is a limit."""
    if refunds.count() > MOST_AT_ONCE:
        raise Refused(f"一次最多复核 {MOST_AT_ONCE} 笔退费，请分批复核")
    return _each(refunds, partial(confirm_refund, by=by, handed_over=handed_over, by_bank=by_bank))


def _each(refunds: QuerySet[Refund], verb: Callable[[Refund], Refund]) -> Outcome:
    outcome = Outcome()
    for refund in refunds.order_by("pk"):
        try:
            verb(refund)
        except Refused as refused:
            outcome.refused[refund.pk] = str(refused)
        else:
            outcome.done.append(refund.pk)
    return outcome


def ask_refund(refund: Refund) -> Refund:
    """Ask the gateway how a sent refund stands; one it never heard of is sent again."""
    channel, charge = provider(refund.payment.channel), _charge(refund)
    receipt = channel.query_refund(charge)
    if receipt.state is RefundState.ABSENT:
        receipt = channel.refund(charge)
    return settle_refund(receipt)


@transaction.atomic
def settle_refund(receipt: RefundReceipt) -> Refund:
    """What the gateway says of a refund becomes a fact; safe to call any number of times."""
    refund = _lock(Refund.objects.get(number=receipt.refund_number))
    if refund.status != RefundStatus.SENT or receipt.misfit:
        return refund
    match receipt.state:
        case RefundState.DONE:
            refund.reference, refund.done_at = receipt.reference, receipt.refunded_at or now()
            return _move(refund, RefundStatus.DONE, by=None)
        case RefundState.CLOSED | RefundState.ABNORMAL:
            return _move(refund, RefundStatus.ABNORMAL, by=None)
        case _:
            return refund


def _lock(refund: Refund) -> Refund:
    # The order first, then what is below it: the order of locks everywhere.
    Order.objects.select_for_update().get(payments__refunds=refund.pk)
    locked = Refund.objects.select_for_update(of=("self",))
    return locked.select_related("payment__order").get(pk=refund.pk)


def _let_go(refund: Refund, *, by: User | None) -> None:
    """退出参保: when all of what an order was paid with has gone back, nobody is insured by it."""
    payment, order = refund.payment, refund.payment.order
    left = refund_rules.left_of(payment, only=(RefundStatus.DONE,))
    withdrawn = payment.refunds.filter(cause=RefundCause.WITHDRAWN).exists()
    if payment.status != PaymentStatus.CONFIRMED or left or order.difference_id or not withdrawn:
        return
    flow.close_order(order, by=by)
    enrolment_flow.unmark_paid([order.enrolment_id], Status.RETURNED, by=by)


def _charge(refund: Refund) -> RefundCharge:
    payment = refund.payment
    return RefundCharge(
        number=payment.number,
        refund_number=refund.number,
        total=payment.amount or refund.amount,
        amount=refund.amount,
        reason=refund.get_cause_display(),
    )


def _move(refund: Refund, to: RefundStatus, *, by: User | None) -> Refund:
    if to not in REFUND_MOVES[RefundStatus(refund.status)]:
        message = f"no move of a refund from {refund.status} to {to}"
        raise ValueError(message)
    audit.record("refund", refund, by=by, was=refund.status, now=to.value)
    refund.status = to
    refund.save()
    if to == RefundStatus.DONE:
        _let_go(refund, by=by)
        messages.refunded(refund, by=by)
        if refund.difference_id:
            differences.settle_refunded(refund.difference_id, by=by)
    return refund
