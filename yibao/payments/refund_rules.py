"""Why money may not go back, and how much of it is left to."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from decimal import Decimal

from django.db.models import Case, Q, Value, When
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common.errors import Refused, refuse_if
from yibao.payments.models import Order, Payment, Refund, RefundQuerySet
from yibao.payments.providers.base import provider_names
from yibao.payments.rules import CASH
from yibao.payments.states import MONEY_IN, PaymentStatus, RefundCause, RefundStatus, Route
from yibao.people.levels import Level
from yibao.people.scope import holds

LONGEST = timedelta(days=365)
MOST = 50  # partial refunds that a gateway takes of one payment
ANY = tuple(RefundStatus)


def left_of(payment: Payment, *, only: Collection[RefundStatus] = ANY) -> Decimal:
    """What of a payment has not gone back, nor is about to."""
    gone = (r.amount for r in Refund.objects.filter(payment=payment, status__in=only))
    return (payment.amount or Decimal(0)) - sum(gone, Decimal(0))


def why_not_open_refund(payment: Payment, amount: Decimal, cause: RefundCause, by: User) -> str:
    """登记退费 of a payment; the order is locked."""
    if not holds(by, Level.FINANCE):
        return "只有财务人员可以登记退费"
    if payment.order.enrolment.student.user_id == by.pk:
        return "不能处理本人的退费"
    if payment.status not in MONEY_IN:
        return f"这笔缴费{payment.get_status_display()}，没有可退的钱"
    left = left_of(payment)
    if amount <= 0 or amount != round(amount, 2):
        return "退费金额必须大于 0，最多两位小数"
    if amount > left:
        return f"退费金额超过可退金额，最多可退 {left:,.2f} 元"
    if payment.refunds.count() >= MOST:
        return f"一笔缴费最多退 {MOST} 次"
    if payment.status == PaymentStatus.CONFIRMED and not payment.order.difference_id:
        if cause == RefundCause.WITHDRAWN and amount != left:
            return f"退出参保须退回全部剩余金额 {left:,.2f} 元"
        if cause != RefundCause.WITHDRAWN and amount == left:
            return "全额退费后学生不再参保，退费原因请选择“退出参保”"
    return ""


def why_not_open_refunds(rows: Sequence[Order], by: User) -> dict[int, str]:
    """登记退费 of orders, as far as it can be told before cause and amount are."""
    finance = holds(by, Level.FINANCE)
    there = {
        payment.order_id
        for payment in Payment.objects.filter(
            order__in=[row.pk for row in rows], status__in=MONEY_IN
        ).prefetch_related("refunds")
        if payment.amount and payment.amount > sum(r.amount for r in payment.refunds.all())
    }

    def reason(row: Order) -> str:
        if not finance:
            return "只有财务人员可以登记退费"
        if row.enrolment.student.user_id == by.pk:
            return "不能处理本人的退费"
        return "" if row.pk in there else "没有可退的款项，或已全部在退费中"

    return {row.pk: why for row in rows if (why := reason(row))}


def why_not_through_channel(refund: Refund) -> str:
    """原路退回: only through a channel that is there, and within its year."""
    payment = refund.payment
    if payment.channel not in provider_names():
        return "支付渠道已停用，不能原路退回，请选择银行转账"
    if payment.channel != CASH and payment.paid_at and now() - payment.paid_at > LONGEST:
        return "缴费已超过一年，渠道不能原路退回，请选择银行转账"
    return ""


def with_route(refunds: RefundQuerySet) -> RefundQuerySet:
    """Annotate `route`: how each went back, or will have to; the same as `why_not_through_channel`."""
    gone = Q(status__in=[RefundStatus.SENT, RefundStatus.DONE])
    carried = Q(payment__channel__in=provider_names(), payment__paid_at__gte=now() - LONGEST)
    return refunds.annotate(
        route=Case(
            When(by_bank=True, then=Value(Route.BANK.value)),
            When(payment__channel=CASH, then=Value(Route.CASH.value)),
            When(gone | carried, then=Value(Route.CHANNEL.value)),
            default=Value(Route.BANK.value),
        )
    )


def to_give_back(order: Order, cause: RefundCause) -> list[tuple[Payment, Decimal]]:
    """The payments of an order that a refund of this cause is about, with what is left of each."""
    states = [PaymentStatus.CONFIRMED]
    if cause == RefundCause.WRONG_AMOUNT:
        states = [PaymentStatus.MISMATCH]
    found = [(p, left_of(p)) for p in order.payments.filter(status__in=states).order_by("pk")]
    there = [(payment, left) for payment, left in found if left > 0]
    if not there:
        raise Refused("没有符合这个原因的款项可退，或已在退费中")
    return there


def refuse_without_reason(note: str) -> None:
    """Who gives money back says why."""
    refuse_if("" if note.strip() else "请填写退费说明")
