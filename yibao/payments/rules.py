"""Why something may not be paid or paid back. "" (or no entry) means it may."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.timezone import localtime, now

from yibao.accounts.models import User
from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import Status
from yibao.payments.models import Difference, Order, Payment, Refund
from yibao.payments.providers.base import online_names
from yibao.payments.states import (
    Clearing,
    DifferenceStatus,
    OrderStatus,
    PaymentStatus,
    RefundStatus,
)
from yibao.people.levels import Level
from yibao.people.scope import NOTHING, holds, posts_of, reach
from yibao.plans.models import InsurancePlan
from yibao.plans.states import PlanStatus

CASH = "cash"


def why_not_order(enrolment: Enrolment) -> str:
    """订单: only what is approved and owes something has one."""
    if enrolment.status == Status.ENROLLED:
        further = enrolment.orders.filter(status=OrderStatus.OPEN, difference__isnull=False)
        return _why_not_now(enrolment.plan, now()) if further else "已缴费，无需重复缴费"
    if enrolment.status != Status.AWAITING_PAYMENT:
        return f"当前状态为“{enrolment.get_status_display()}”，还不能缴费"
    return _why_not_now(enrolment.plan, now())


def why_not_pay_online(order: Order, channel: str) -> str:
    """在线缴费 of an open order through a channel the plan offers."""
    if order.status != OrderStatus.OPEN:
        return f"订单{order.get_status_display()}，无需再支付"
    if channel not in online_channels(order.enrolment.plan):
        return "本计划不支持这种支付方式，请重新选择"
    return _why_not_now(order.enrolment.plan, now())


def why_not_cash(rows: Sequence[Enrolment], by: User) -> dict[int, str]:
    """现金缴费: a counselor's, for students of the counselor's own classes who still owe."""
    posts = [post for post in posts_of(by) if post.level == Level.COUNSELOR]
    covered = NOTHING
    for post in posts:
        covered |= reach(post, "student")
    mine = set(
        Enrolment.objects.filter(covered, pk__in=[row.pk for row in rows]).values_list(
            "pk", flat=True
        )
    )

    def reason(row: Enrolment) -> str:
        if row.pk not in mine:
            return "只能收取所带班级学生的现金"
        if CASH not in row.plan.channels:
            return "本计划不收现金，请学生在线缴费"
        if row.student.user_id == by.pk:
            return "不能为本人登记现金缴费"
        return why_not_order(row)

    answers = ((row.pk, reason(row)) for row in rows)
    return {pk: why for pk, why in answers if why}


def why_not_undo(rows: Sequence[Enrolment]) -> dict[int, str]:
    """撤销 of what review decided: not once the student has gone on to pay."""
    said = {
        OrderStatus.OPEN: "学生已进入缴费，不能撤销；需要更改请在“参保名单详情”中退回",
        OrderStatus.PAID: "学生已缴费，不能撤销",
    }
    orders = Order.objects.filter(enrolment__in=[row.pk for row in rows], status__in=said)
    return {o.enrolment_id: said[OrderStatus(o.status)] for o in orders}


def why_not_prepare_refund(refund: Refund, by: User) -> str:
    """退费经办."""
    if not holds(by, Level.FINANCE):
        return "只有财务人员可以办理退费"
    if refund.status != RefundStatus.DUE:
        return f"退费状态为“{refund.get_status_display()}”，不能再次经办"
    return ""


def why_not_prepare_refunds(rows: Sequence[Refund], by: User) -> dict[int, str]:
    """退费经办 of a set."""
    answers = ((row.pk, why_not_prepare_refund(row, by)) for row in rows)
    return {pk: why for pk, why in answers if why}


def why_not_confirm_refunds(rows: Sequence[Refund], by: User) -> dict[int, str]:
    """退费复核 of a set."""
    answers = ((row.pk, why_not_confirm_refund(row, by)) for row in rows)
    return {pk: why for pk, why in answers if why}


def why_not_confirm_refund(refund: Refund, by: User) -> str:
    """退费复核: by another person than the one who prepared it."""
    if not holds(by, Level.FINANCE):
        return "只有财务人员可以复核退费"
    if refund.status not in (RefundStatus.PREPARED, RefundStatus.ABNORMAL):
        return f"退费状态为“{refund.get_status_display()}”，不能复核"
    if refund.prepared_by_id == by.pk:
        return "经办人不能复核自己经办的退费，请由另一位财务人员复核"
    return ""


# 差额 ---------------------------------------------------------------------------------------


def why_not_refund_difference(rows: Sequence[Difference], by: User) -> dict[int, str]:
    """退还差额: of money that is there, and not already on its way back."""
    applied = refundable(rows)

    def reason(row: Difference) -> str:
        if row.change >= 0:
            return "现应缴不低于原应缴，没有可退的差额"
        there = sum((amount for _, amount in applied.get(row.enrolment_id, ())), Decimal(0))
        if there < -row.change:
            return "还没有缴费或款项正在退回，没有足够的钱可退"
        return ""

    return _each_difference(rows, by, reason)


def why_not_charge_difference(rows: Sequence[Difference], by: User) -> dict[int, str]:
    """补收差额: of somebody who is insured already and would pay more."""

    def reason(row: Difference) -> str:
        if row.change <= 0:
            return "现应缴不高于原应缴，不需要补收"
        if row.enrolment.status != Status.ENROLLED:
            return "还没有缴费，请用“按新金额重开订单”"
        if row.enrolment.plan.status != PlanStatus.OPEN:
            return f"计划{row.enrolment.plan.get_status_display()}，不能再收费"
        return ""

    return _each_difference(rows, by, reason)


def why_not_reorder(rows: Sequence[Difference], by: User) -> dict[int, str]:
    """按新金额重开订单: as long as the order of the old price has not been paid."""
    orders = Order.objects.filter(
        enrolment__in=[row.enrolment_id for row in rows], status=OrderStatus.OPEN
    )
    has_order = set(orders.values_list("enrolment_id", flat=True))
    paying = orders.filter(payments__status=PaymentStatus.STARTED)
    is_paying = set(paying.values_list("enrolment_id", flat=True))

    def reason(row: Difference) -> str:
        if row.enrolment.status != Status.AWAITING_PAYMENT:
            return "已经缴费，请退还或补收差额"
        if row.enrolment_id in is_paying:
            return "学生正在支付，请稍后再试"
        return "" if row.enrolment_id in has_order else "没有待支付的订单，请刷新后再试"

    return _each_difference(rows, by, reason)


def why_not_keep_difference(rows: Sequence[Difference], by: User) -> dict[int, str]:
    """维持原额; also of what was to be collected and has not been paid."""

    def reason(row: Difference) -> str:
        is_collected = row.status == DifferenceStatus.SETTLING and row.clearing == Clearing.CHARGE
        return "" if row.status == DifferenceStatus.OPEN or is_collected else _cleared(row)

    return _each_difference(rows, by, reason, only_open=False)


def _cleared(row: Difference) -> str:
    return f"差额状态为“{row.get_status_display()}”，不能再处理"


def refundable(rows: Sequence[Difference]) -> dict[int, list[tuple[Payment, Decimal]]]:
    """By enrolment: its applied payments, the latest first, and what of each has not gone back."""
    payments = Payment.objects.filter(
        order__enrolment__in=[row.enrolment_id for row in rows], status=PaymentStatus.CONFIRMED
    )
    found: dict[int, list[tuple[Payment, Decimal]]] = defaultdict(list)
    for payment in (
        payments.select_related("order").prefetch_related("refunds").order_by("-paid_at", "-pk")
    ):
        gone = sum((refund.amount for refund in payment.refunds.all()), Decimal(0))
        found[payment.order.enrolment_id].append((payment, (payment.amount or Decimal(0)) - gone))
    return found


def _each_difference(
    rows: Sequence[Difference],
    by: User,
    reason: Callable[[Difference], str],
    *,
    only_open: bool = True,
) -> dict[int, str]:
    finance = holds(by, Level.FINANCE)

    def why_not(row: Difference) -> str:
        if not finance:
            return "只有财务人员可以处理差额"
        if row.enrolment.student.user_id == by.pk:
            return "不能处理本人的差额"
        if only_open and row.status != DifferenceStatus.OPEN:
            return _cleared(row)
        return reason(row)

    answers = ((row.pk, why_not(row)) for row in rows)
    return {pk: why for pk, why in answers if why}


def why_not_pay_now(plan: InsurancePlan) -> str:
    """Whether a student of a plan could pay today at all."""
    return _why_not_now(plan, now())


def online_channels(plan: InsurancePlan) -> list[str]:
    """The channels of a plan that a student can use, as far as they are switched on."""
    return [name for name in online_names() if name in plan.channels]


def _why_not_now(plan: InsurancePlan, at: datetime) -> str:
    if plan.status != PlanStatus.OPEN:
        return f"计划“{plan}”{plan.get_status_display()}，不能再缴费"
    if at < plan.pay_from:
        return f"缴费时间未到，{localtime(plan.pay_from):%Y-%m-%d %H:%M} 开始"
    if at > plan.pay_until:
        return f"缴费时间已过，已于 {localtime(plan.pay_until):%Y-%m-%d %H:%M} 截止，请联系学校医保办公室"
    return ""
