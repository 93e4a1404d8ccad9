"""历年记录: what became of each year, what was paid, and the papers that are kept."""

from dataclasses import dataclass

from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from yibao.enrolment.models import Enrolment
from yibao.enrolment.paper_models import Statement
from yibao.enrolment.papers import statement_of, whole
from yibao.enrolment.states import Intent
from yibao.payments.models import Order
from yibao.payments.states import OrderStatus, PaymentStatus
from yibao.web.student.cards import Card, card_of
from yibao.web.student.leaving import left_of
from yibao.web.student.mine import my_enrolments
from yibao.web.student.words import minute, yuan

Facts = list[tuple[str, str]]


@dataclass(frozen=True)
class Year:
    """One plan as it is remembered: how it stands, what was chosen and paid, what there is to keep."""

    card: Card
    facts: Facts
    orders: list[Order]
    statement: Statement | None


@require_safe
def history(request):
    """The newest first, archived ones too."""
    at = now()
    rows = my_enrolments(request.user).prefetch_related(*whole())
    return render(request, "student/history.html", {"years": [year_of(row, at) for row in rows]})


def year_of(row: Enrolment, at) -> Year:
    """Of a row read whole; asks the database nothing."""
    paid = [order for order in row.orders.all() if order.status == OrderStatus.PAID]
    return Year(card_of(row, at), facts_of(row, paid), paid, statement_of(row))


def facts_of(row: Enrolment, paid: list[Order]) -> Facts:
    """What was chosen, when, what it cost, and when that was paid."""
    if not row.submitted_at:
        return []
    facts = [("提交时间", minute(row.submitted_at))]
    if row.intent == Intent.STAY_OUT:
        return [("意愿", "不参保"), ("原因", str(row.reason)), *facts]
    types = [line.insurance_type.name for line in row.lines.all()]
    facts = [("意愿", "参保"), *(("参保类型", name) for name in types), *facts]
    facts.append(("应缴", yuan(row.amount_due)))
    facts += [("已缴", _paid(order)) for order in paid]
    if left := left_of(row):
        when = f"（{minute(left.at)}）" if left.at else ""
        facts += [("已缴", _paid(left.order)), ("已退", f"{yuan(left.amount)}{when}")]
    return facts


def _paid(order: Order) -> str:
    days = [
        payment.paid_at
        for payment in order.payments.all()
        if payment.status == PaymentStatus.CONFIRMED and payment.paid_at
    ]
    when = f"（{minute(max(days))}）" if days else ""
    return f"{yuan(order.amount)}{when}"
