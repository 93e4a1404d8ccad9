"""The cards of the desk: one an open plan, with its windows, what waits, and how far it is."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.timezone import localdate, localtime, now

from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import Standing
from yibao.people.levels import REVIEWING, Level
from yibao.people.scope import holds
from yibao.plans.models import InsurancePlan
from yibao.plans.states import PlanStatus
from yibao.reports import rates
from yibao.web.staff.desk_work import WORK, Item
from yibao.web.staff.enrolments import EnrolmentGrid
from yibao.web.staff.plan_lists import LAST_DAYS, asking


@dataclass(frozen=True)
class Window:
    """A time span of the plan as people ask for it: how many days are left."""

    label: str
    opens: datetime
    closes: datetime

    @property
    def said(self) -> str:
        """In one phrase."""
        at = now()
        if at < self.opens:
            return f"{localtime(self.opens):%m-%d} 开始"
        days = (localtime(self.closes).date() - localdate()).days
        if at > self.closes:
            return "已截止"
        return f"剩 {days} 天" if days else f"今天 {localtime(self.closes):%H:%M} 截止"

    @property
    def tone(self) -> str:
        """Quiet, but for the last days."""
        at, last = now(), (localtime(self.closes).date() - localdate()).days
        return "orange" if self.opens <= at <= self.closes and last <= LAST_DAYS else "neutral"


@dataclass(frozen=True)
class Share:
    """A part of the students, as a piece of the bar and a link."""

    standing: Standing
    number: int
    start: float
    width: float
    href: str


@dataclass
class Card:
    """One open plan."""

    plan: InsurancePlan
    windows: list[Window]
    shares: list[Share]
    roster: int
    items: list[Item] = field(default_factory=list)


def cards_of(user: Any) -> list[Card]:
    """One card for each open plan in which somebody's posts have students."""
    if not holds(user, *REVIEWING):
        return []
    plans = [plan for plan in EnrolmentGrid(user).plans if plan.status == PlanStatus.OPEN]
    return [_card(user, plan) for plan in plans]


def _card(user: Any, plan: InsurancePlan) -> Card:
    mine = Enrolment.objects.covered_by(user, *REVIEWING).filter(plan=plan)
    figures = rates.figures(mine)
    windows = [Window("申请", plan.apply_from, plan.apply_until)]
    windows.append(Window("缴费", plan.pay_from, plan.pay_until))
    if plan.rate_from and plan.rate_until:
        windows.append(Window("参保率上报", plan.rate_from, plan.rate_until))
    windows += _own_steps(user, plan)
    card = Card(plan, windows, _shares(plan, figures), figures.roster)
    for work in WORK:
        card.items += work(user, plan)
    return card


def _own_steps(user: Any, plan: InsurancePlan) -> list[Window]:
    """The review windows of the viewer's own steps, where the plan sets them."""
    return [
        Window(step.name, step.opens_at or plan.apply_from, step.closes_at)
        for step in plan.steps.all()
        if step.closes_at and holds(user, Level(step.level))
    ]


def _shares(plan: InsurancePlan, figures: rates.Figures) -> list[Share]:
    page = reverse("staff:enrolments")
    shares, start = [], 0.0
    for standing in Standing:
        number = getattr(figures, standing.value)
        if number:
            width = 100 * number / figures.roster
            query = asking(plan, filters=(("standing", standing.value),))
            shares.append(Share(standing, number, start, width, f"{page}?{query}"))
            start += width
    return shares
