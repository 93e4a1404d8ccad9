"""The desk of finance: refunds that wait, and the money that came in today."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.timezone import localdate

from yibao.grid.grid import Grid
from yibao.grid.query import Condition, GridQuery
from yibao.payments.models import Payment
from yibao.payments.states import HELD, IN_HAND, RefundStatus
from yibao.people.levels import Level
from yibao.people.scope import holds
from yibao.plans.states import PlanStatus
from yibao.web.staff.bills import BillGrid, BillLineGrid
from yibao.web.staff.hand_overs import HandOverGrid
from yibao.web.staff.orders import OrderGrid
from yibao.web.staff.plan_lists import asking, counted_in
from yibao.web.staff.refunds import RefundGrid


@dataclass(frozen=True)
class Pile:
    """Refunds in one state, or one plan's money of the day."""

    label: str
    number: int
    amount: Decimal
    href: str
    note: str = ""


@dataclass(frozen=True)
class Money:
    """What finance sees first."""

    refunds: list[Pile]
    today: list[Pile]
    books: list[Pile]

    @property
    def received(self) -> Decimal:
        """Of all plans together."""
        return sum((pile.amount for pile in self.today), Decimal(0))


WAITING = {
    RefundStatus.DUE: "等待经办",
    RefundStatus.PREPARED: "等待另一人复核",
    RefundStatus.ABNORMAL: "渠道未退成，须核实",
}


def money_of(user: Any) -> Money | None:
    """None for who has no post in finance."""
    if not holds(user, Level.FINANCE):
        return None
    refunds = [_refunds(user, status, note) for status, note in WAITING.items()]
    return Money(refunds, _today(user), _books(user))


def _books(user: Any) -> list[Pile]:
    """What is unexplained, in yuan; cash that is not there yet; days and slips that wait."""
    return [
        _pile(
            "未说明的差异",
            BillLineGrid(user, GridQuery(filters=(("waits", "1"),))),
            "gap",
            "staff:bill_lines",
            "笔",
        ),
        _pile(
            "现金待交接",
            BillLineGrid(user, GridQuery(filters=(("result", IN_HAND),))),
            "our_amount",
            "staff:bill_lines",
            "笔",
        ),
        _pile(
            "未关闭的对账日",
            BillGrid(
                user, GridQuery(conditions=(Condition("and", "status", "in", "waiting,open"),))
            ),
            "ours",
            "staff:reconciliation",
            "个对账日",
        ),
        _pile(
            "待确认的现金交接",
            HandOverGrid(user, GridQuery(filters=(("status", "handed"),))),
            "amount",
            "staff:hand_overs",
            "张",
        ),
        *_held(user),
    ]


def _pile(label: str, grid: Grid, amount: str, name: str, note: str) -> Pile:
    found = grid.narrowed.aggregate(n=Count("pk"), amount=Sum(amount))
    href = f"{reverse(name)}?{grid.query.to_query_string()}"
    return Pile(label, found["n"], found["amount"] or Decimal(0), href, f"共 {found['n']} {note}")


def _held(user: Any) -> list[Pile]:
    """Orders with money that fits none, by plan; plans without any are left out."""
    piles = []
    for plan in OrderGrid(user).plans:
        rows = counted_in(OrderGrid, user, plan, filters=(("trouble", "1"),)).narrowed
        orders = list(rows.values_list("pk", flat=True))
        held = Payment.objects.visible_to(user).filter(order__in=orders, status__in=HELD)
        amount = held.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
        href = f"{reverse('staff:orders')}?{asking(plan, filters=(('trouble', '1'),))}"
        note = f"{plan.name}，共 {len(orders)} 笔"
        piles.append(Pile("订单有待处理款项", len(orders), amount, href, note))
    return [pile for pile in piles if pile.number]


def _refunds(user: Any, status: RefundStatus, note: str) -> Pile:
    query = GridQuery(filters=(("status", status.value),))
    rows = RefundGrid(user, query).narrowed
    found = rows.aggregate(n=Count("pk"), amount=Sum("amount"))
    href = f"{reverse('staff:refunds')}?{query.to_query_string()}"
    return Pile(status.label, found["n"], found["amount"] or Decimal(0), href, note)


def _today(user: Any) -> list[Pile]:
    """Orders that were paid today, by plan."""
    paid = (Condition("and", "paid_at", "eq", localdate().isoformat()),)
    plans = [p for p in OrderGrid(user).plans if p.status != PlanStatus.ARCHIVED]
    piles = []
    for plan in plans:
        rows = counted_in(OrderGrid, user, plan, conditions=paid).narrowed
        found = rows.aggregate(n=Count("pk"), amount=Sum("amount"))
        href = f"{reverse('staff:orders')}?{asking(plan, conditions=paid)}"
        piles.append(Pile(plan.name, found["n"], found["amount"] or Decimal(0), href))
    return piles
