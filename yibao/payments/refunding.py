"""退费: prepared by one person, confirmed by another, sent back the way the money came.

With flow.py, the only code that writes Refund.status. The gateway is called between two
transactions and under the same number every time, so a crash or a second click never pays twice.
"""

from collections.abc import Callable
from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import Refused, refuse_if
from yibao.common.outcome import Outcome
from yibao.payments import differences, messages, rules
from yibao.payments.models import Refund
from yibao.payments.providers.base import (
    GatewayRefused,
    GatewayUnavailable,
    RefundCharge,
    RefundReceipt,
    RefundState,
    provider,
)
from yibao.payments.states import REFUND_MOVES, RefundStatus

MOST_AT_ONCE = 30


@transaction.atomic
def prepare_refund(refund: Refund, *, by: User, note: str = "") -> Refund:
    """经办: say that this money goes back."""
    refund = _lock(refund)
    refuse_if(rules.why_not_prepare_refund(refund, by))
    refund.prepared_by, refund.note = by, note.strip()
    return _move(refund, RefundStatus.PREPARED, by=by)


def confirm_refund(refund: Refund, *, by: User, handed_over: str = "") -> Refund:
    """复核: by another person; the money goes back through its channel.

    Cash goes back by hand: `handed_over` names the slip. Raises `Refused`.
    """
    with transaction.atomic():
        refund = _lock(refund)
        refuse_if(rules.why_not_confirm_refund(refund, by))
        if refund.payment.channel == rules.CASH and not handed_over.strip():
            raise Refused("现金退费请填写退款凭证号")
        refund.confirmed_by = by
        refund = _move(refund, RefundStatus.SENT, by=by)
        if refund.payment.channel == rules.CASH:
            refund.reference, refund.done_at = handed_over.strip(), now()
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


def confirm_refunds(refunds: QuerySet[Refund], *, by: User, handed_over: str = "") -> Outcome:
    """复核 of several; each is sent to its gateway, so there is a limit."""
    if refunds.count() > MOST_AT_ONCE:
        raise Refused(f"一次最多复核 {MOST_AT_ONCE} 笔退费，请分批复核")
    return _each(refunds, partial(confirm_refund, by=by, handed_over=handed_over))


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
    locked = Refund.objects.select_for_update(of=("self",))
    return locked.select_related("payment").get(pk=refund.pk)


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
        messages.refunded(refund, by=by)
        if refund.difference_id:
            differences.settle_refunded(refund.difference_id, by=by)
    return refund
