"""The desk of finance: refunds that wait, and the money that came in today."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.timezone import localdate

from yibao.grid.query import Condition, GridQuery
from yibao.payments.states import RefundStatus
from yibao.people.levels import Level
from yibao.people.scope import holds
from yibao.plans.states import PlanStatus
from yibao.web.staff.orders import OrderGrid
from yibao.web.staff.plan_lists import asking, list_of
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
    return Money(refunds, _today(user))


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
        rows = list_of(OrderGrid, user, plan, conditions=paid).narrowed
        found = rows.aggregate(n=Count("pk"), amount=Sum("amount"))
        href = f"{reverse('staff:orders')}?{asking(plan, conditions=paid)}"
        piles.append(Pile(plan.name, found["n"], found["amount"] or Decimal(0), href))
    return piles
