"""What students are told of their money: that it has come in, gone back, or is another sum now."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from django.urls import reverse

from yibao.accounts.models import User
from yibao.common.bulk import OneOf
from yibao.common.statements import Given, Kept
from yibao.enrolment.models import Enrolment
from yibao.notify import flow as notify
from yibao.notify.flow import Note
from yibao.notify.kinds import Kind
from yibao.payments.models import Difference, Order, Payment, Refund
from yibao.payments.providers.base import label
from yibao.payments.rules import CASH


def _still_holding(cashiers: Collection[int]) -> set[int]:
    held = Payment.objects.filter(
        cashier__in=cashiers, receipt_no__isnull=False, hand_over__isnull=True
    )
    return {pk for pk in held.values_list("cashier", flat=True) if pk}


PAID = Kind("paid", "缴费成功", "receipt")
REFUNDED = Kind("refunded", "退费完成", "receipt-refund")
CHANGED = Kind("fee_changed", "应缴金额变化", "receipt")
VOIDED = Kind("cash_voided", "现金收据作废", "receipt")
SHORT = Kind("paid_short", "缴费金额不足", "receipt")
CASH_DUE = Kind("cash_due", "现金待交接", "cash", still_true=_still_holding, for_staff=True)
KINDS = (PAID, REFUNDED, CHANGED, VOIDED, SHORT, CASH_DUE)
_WHOSE = Kept(
    lambda: Order.objects.filter(OneOf("pk", Given("orders"))).values_list(
        "pk", "enrolment__student__user", "enrolment__plan__name"
    )
)


def paid(orders: Sequence[Order], *, by: User | None) -> None:
    """到账: these orders were settled just now; `by` is None for a gateway."""
    found = _WHOSE.tuples(orders=[order.pk for order in orders])
    whose = {pk: (user, plan) for pk, user, plan in found}
    notes = []
    for order in orders:
        user, plan = whose[order.pk]
        text = f"{plan}：已收到 {order.amount:.2f} 元，你已参保，可以查看收据"
        page = reverse("student:receipt", args=[order.public_id])
        notes.append(Note(user, PAID, "缴费成功，你已参保", text, page, order))
    notify.tell(notes, by=by)


def refunded(refund: Refund, *, by: User | None) -> None:
    """退费 is through."""
    enrolment = refund.payment.order.enrolment
    how, why = way_back(refund), refund.get_cause_display()
    text = f"{enrolment.plan}：{refund.amount:.2f} 元{how}（{why}）"
    page = reverse("student:progress", args=[enrolment.public_id])
    to = enrolment.student.user_id
    notify.tell([Note(to, REFUNDED, "退费已完成", text, page, refund)], by=by)


def way_back(refund: Refund) -> str:
    """How money that has gone back went, and what proves it."""
    if refund.by_bank:
        return f"已由银行转账退回，转账凭证号 {refund.reference}"
    if refund.payment.channel == CASH:
        return f"已退还现金，退款凭证号 {refund.reference}"
    return f"已由{label(refund.payment.channel)}原路退回，到账时间以渠道为准"


def voided(receipts: Sequence[Payment], *, by: User | None) -> None:
    """作废: what was told as paid is not any more."""
    rows = Enrolment.objects.select_related("plan", "student").in_bulk(
        [payment.order.enrolment_id for payment in receipts]
    )
    notes = []
    for payment in receipts:
        row = rows[payment.order.enrolment_id]
        owed = "补缴的差额" if payment.order.difference_id else "你的参保"
        text = f"{row.plan}：现金收据 {payment.reference} 已作废，{owed}恢复为待缴费"
        page = reverse("student:progress", args=[row.public_id])
        notes.append(Note(row.student.user_id, VOIDED, "现金收据已作废", text, page, row))
    notify.tell(notes, by=by)


def short(payment: Payment, *, by: User | None) -> None:
    """The bill says that less came in than was owed: what was told as paid is not."""
    row = payment.order.enrolment
    text = f"{row.plan}：经与支付渠道核对，实际到账 {payment.amount:.2f} 元，少于应缴金额，"
    text += "款项将原路退回，请重新缴费"
    page = reverse("student:progress", args=[row.public_id])
    notify.tell(
        [Note(row.student.user_id, SHORT, "缴费金额不足，请重新缴费", text, page, row)], by=by
    )


def cash_due(held: Mapping[User, Sequence[Payment]], *, by: User) -> None:
    """提醒交款: everything that each of these cashiers holds."""
    page = reverse("staff:hand_over")
    notes = []
    for cashier, receipts in held.items():
        total = sum((payment.amount or Decimal(0) for payment in receipts), Decimal(0))
        text = f"{len(receipts)} 笔共 {total:.2f} 元还没有交到财务，请生成交接单，连同现金当面交接"
        notes.append(Note(cashier.pk, CASH_DUE, "手中有现金待交接", text, page, cashier))
    notify.tell(notes, by=by)


def requoted(rows: Iterable[Enrolment], was: Mapping[int, Decimal], *, by: User | None) -> None:
    """What is not ordered yet has another price now; who owes the same as before is not told."""
    told = [row for row in rows if was[row.pk] != row.amount_due]
    notes = (
        f"应缴金额由 {was[row.pk]:.2f} 元变为 {row.amount_due:.2f} 元，原因和计算见进度页"
        for row in told
    )
    _tell(told, "应缴金额有变化", notes, by=by)


def differing(found: Sequence[Difference], *, by: User | None) -> None:
    """差额: nothing has changed yet; finance will say what becomes of it."""
    _tell_of(
        found,
        "应缴金额有变化，财务正在处理",
        (
            f"原应缴 {d.old_amount:.2f} 元，按现在的认定和规定应缴 {d.new_amount:.2f} 元；"
            "在财务处理之前仍按原金额"
            for d in found
        ),
        by=by,
    )


def charged(found: Sequence[Difference], *, by: User | None) -> None:
    """补收差额: there is a further order to be paid."""
    notes = (f"应缴金额调整为 {d.new_amount:.2f} 元，请补缴 {d.change:.2f} 元" for d in found)
    _tell_of(found, "请补缴差额", notes, by=by)


def _tell_of(
    found: Sequence[Difference], title: str, texts: Iterable[str], *, by: User | None
) -> None:
    pks = [difference.enrolment_id for difference in found]
    rows = Enrolment.objects.filter(pk__in=pks).select_related("plan", "student").in_bulk()
    _tell([rows[pk] for pk in pks], title, texts, by=by)


def _tell(rows: Sequence[Enrolment], title: str, texts: Iterable[str], *, by: User | None) -> None:
    notes = [
        Note(
            row.student.user_id,
            CHANGED,
            title,
            f"{row.plan}：{text}",
            reverse("student:progress", args=[row.public_id]),
            row,
        )
        for row, text in zip(rows, texts, strict=True)
    ]
    notify.tell(notes, by=by)
