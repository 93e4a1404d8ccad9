"""What students are told of their money: that it has come in, and that it has gone back."""

from collections.abc import Sequence

from django.urls import reverse

from yibao.accounts.models import User
from yibao.notify import flow as notify
from yibao.notify.flow import Note
from yibao.notify.kinds import Kind
from yibao.payments.models import Order, Refund
from yibao.payments.providers.base import label
from yibao.payments.rules import CASH

PAID = Kind("paid", "缴费成功", "receipt")
REFUNDED = Kind("refunded", "退费完成", "receipt-refund")
KINDS = (PAID, REFUNDED)


def paid(orders: Sequence[Order], *, by: User | None) -> None:
    """到账: these orders were settled just now; `by` is None for a gateway."""
    owners = Order.objects.filter(pk__in=[order.pk for order in orders])
    whose = {
        pk: (user, plan)
        for pk, user, plan in owners.values_list(
            "pk", "enrolment__student__user", "enrolment__plan__name"
        )
    }
    notes = []
    for order in orders:
        user, plan = whose[order.pk]
        text = f"{plan}：已收到 {order.amount:.2f} 元，你已参保，可以查看收据"
        page = reverse("student:receipt", args=[order.public_id])
        notes.append(Note(user, PAID, "缴费成功，你已参保", text, page, order))
    notify.tell(notes, by=by)


def refunded(refund: Refund, *, by: User | None) -> None:
    """退费 is through."""
    payment = refund.payment
    enrolment = payment.order.enrolment
    if payment.channel == CASH:
        how = f"已退还现金，退款凭证号 {refund.reference}"
    else:
        how = f"已由{label(payment.channel)}原路退回，到账时间以渠道为准"
    text = f"{enrolment.plan}：{refund.amount:.2f} 元{how}（{refund.get_cause_display()}）"
    page = reverse("student:progress", args=[enrolment.public_id])
    to = enrolment.student.user_id
    notify.tell([Note(to, REFUNDED, "退费已完成", text, page, refund)], by=by)
