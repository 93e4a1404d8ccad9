"""Why a receipt of cash may not be voided, or a hand-over not be confirmed."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.payments.models import Difference, HandOver, Payment
from yibao.payments.rules import CASH
from yibao.payments.states import DifferenceStatus, HandOverStatus, PaymentStatus
from yibao.people.levels import Level
from yibao.people.scope import holds

LIVE = (DifferenceStatus.OPEN, DifferenceStatus.SETTLING)
SECOND_THOUGHTS = timedelta(minutes=10)


def why_not_void(rows: Sequence[Payment], by: User) -> dict[int, str]:
    """作废: by who took it, within ten minutes, before it was handed over."""

    def reason(row: Payment) -> str:
        if row.channel != CASH or row.receipt_no is None or row.cashier_id != by.pk:
            return "只能作废本人开出的现金收据"
        if row.status == PaymentStatus.VOIDED:
            return "这张收据已经作废"
        if row.status != PaymentStatus.CONFIRMED:
            return f"收据状态为“{row.get_status_display()}”，不能作废"
        if row.hand_over_id:
            return "已经交接，不能作废；需要退钱请联系财务办理退费"
        if row.paid_at is None or now() - row.paid_at > SECOND_THOUGHTS:
            return "收款已超过 10 分钟，不能作废；需要退钱请联系财务办理退费"
        if row.refunds.all():
            return "这笔钱正在退费，不能作废"
        return _why_not_for_differences(row)

    return {row.pk: why for row in rows if (why := reason(row))}


def _why_not_for_differences(row: Payment) -> str:
    """What came after this money stands on it: the last goes first."""
    mine = row.order.difference_id
    for difference in row.order.enrolment.differences.all():
        if difference.pk == mine:
            continue
        if difference.status in LIVE:
            return "这名学生还有差额待财务处理，不能作废，请联系财务"
        if difference.status == DifferenceStatus.SETTLED and _later(difference, row):
            return "这名学生的差额已经结清，请先作废补缴的收据，或联系财务"
    return ""


def _later(difference: Difference, row: Payment) -> bool:
    return not (difference.closed_at and row.paid_at and difference.closed_at < row.paid_at)


def why_not_confirm(rows: Sequence[HandOver], by: User) -> dict[int, str]:
    """确认交接: finance, and never one's own."""

    def reason(row: HandOver) -> str:
        if not holds(by, Level.FINANCE):
            return "只有财务人员可以确认现金交接"
        if row.cashier_id == by.pk:
            return "不能确认本人的现金交接，请由另一位财务人员确认"
        return "" if row.status == HandOverStatus.HANDED else "这张交接单已经确认"

    return {row.pk: why for row in rows if (why := reason(row))}
