"""What the lists of one plan share: the plan chosen in the address, and the strip of plans."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.timezone import localdate, localtime

from yibao.common.errors import Refused
from yibao.enrolment.plans_of import plans_of
from yibao.grid.query import GridQuery
from yibao.grid.views import GridView
from yibao.people.levels import REVIEWING, Level
from yibao.plans.models import InsurancePlan
from yibao.plans.states import PlanStatus
from yibao.web.staff.lists import StaffGrid

BESIDE = 3
"""So many plans stand side by side; the others are in a menu."""
LAST_DAYS = 3


@dataclass(frozen=True)
class Tab:
    """A plan of the strip: where it leads, and how many rows of this list it has."""

    plan: InsurancePlan
    href: str
    is_here: bool
    count: int | None

    @property
    def status(self) -> PlanStatus:
        """The plan's state with its label and tone."""
        return PlanStatus(self.plan.status)

    @property
    def days_left(self) -> int | None:
        """Whole days until the application window closes; None when it is not open."""
        today = localdate()
        begins = localtime(self.plan.apply_from).date()
        ends = localtime(self.plan.apply_until).date()
        running = self.plan.status == PlanStatus.OPEN and begins <= today <= ends
        return (ends - today).days if running else None

    @property
    def is_urgent(self) -> bool:
        """Whether these are the last days."""
        return self.days_left is not None and self.days_left <= LAST_DAYS


@dataclass(frozen=True)
class Part:
    """A part of a list that is one tap away, with how many rows it has."""

    label: str
    number: int
    href: str
    is_here: bool


class PlanGrid(StaffGrid):
    """A list of one plan. Subclasses say `every_row`: their rows in all plans, within scope."""

    params: ClassVar[tuple[str, ...]] = ("plan",)
    plan_path: ClassVar[str] = "plan"
    levels: ClassVar[tuple[Level, ...]] = REVIEWING
    counted: ClassVar[str] = "人"
    archived_too: ClassVar[bool] = True

    def __init__(self, viewer: Any, query: GridQuery | None = None, **context: Any) -> None:
        super().__init__(viewer, query, **context)
        self.asked = self.param("plan")
        if self.plan:
            # From here on every address names the plan: acting never slips to another one.
            self.query = replace(self.query, extra=(("plan", str(self.plan.pk)),))

    def every_row(self) -> QuerySet[Any]:
        """The rows of this list in all plans."""
        raise NotImplementedError

    def rows(self) -> QuerySet[Any]:
        """Those of the chosen plan."""
        return self.in_all_plans.filter(**{self.plan_path: self.plan.pk if self.plan else None})

    @property
    def subject(self) -> str:
        """The plan's name."""
        return str(self.plan or "")

    @cached_property
    def in_all_plans(self) -> QuerySet[Any]:
        """`every_row()`, made once."""
        return self.every_row()

    # The plans -----------------------------------------------------------------------------

    @cached_property
    def plans(self) -> Sequence[InsurancePlan]:
        """Plans in which the viewer's posts have students: the open ones first."""
        if "plans" not in self.context:
            found = plans_of(self.viewer, *self.levels)
            if not self.archived_too:
                found = [plan for plan in found if plan.status != PlanStatus.ARCHIVED]
            self.context["plans"] = sorted(found, key=_by_state)
        return self.context["plans"]

    @cached_property
    def plan(self) -> InsurancePlan | None:
        """The plan of the address; else of the open ones that with the most rows."""
        chosen = next((plan for plan in self.plans if str(plan.pk) == self.asked), None)
        if chosen or not self.plans:
            return chosen
        is_open = [plan for plan in self.plans if plan.status == PlanStatus.OPEN]
        return max(is_open or self.plans[:1], key=lambda plan: self.counts.get(plan.pk, 0))

    @cached_property
    def counts(self) -> dict[int, int]:
        """How many rows of this list each of the plans side by side has."""
        return dict(self.per_plan())

    def per_plan(self, **also: Count) -> QuerySet[Any]:
        """The plans side by side, how many rows of this list each has, and what else to count."""
        beside = [plan.pk for plan in self.plans if plan.status != PlanStatus.ARCHIVED]
        rows = self.in_all_plans.filter(**{f"{self.plan_path}__in": beside}).order_by()
        return rows.values_list(self.plan_path).annotate(n=Count("pk"), **also)

    @cached_property
    def tabs(self) -> list[Tab]:
        """The plans that stand side by side, always with the chosen one."""
        beside = list(self.plans[:BESIDE])
        if self.plan and self.plan not in beside:
            beside[-1:] = [self.plan]
        return [self._tab(plan) for plan in beside]

    @cached_property
    def other_tabs(self) -> list[Tab]:
        """The plans behind the menu."""
        beside = {tab.plan.pk for tab in self.tabs}
        return [self._tab(plan) for plan in self.plans if plan.pk not in beside]

    def _tab(self, plan: InsurancePlan) -> Tab:
        archived = plan.status == PlanStatus.ARCHIVED
        count = None if archived else self.counts.get(plan.pk, 0)
        return Tab(plan, f"?{asking(plan)}", plan == self.plan, count)


def _by_state(plan: InsurancePlan) -> tuple[bool, int, int]:
    """The open ones first, then year by year backwards."""
    return plan.status != PlanStatus.OPEN, -plan.academic_year, plan.pk


def asking(plan: InsurancePlan, **query: Any) -> str:
    """The query string of a list of this plan: what every number of a plan links to."""
    return GridQuery(extra=(("plan", str(plan.pk)),), **query).to_query_string()


def list_of(grid_class: type[PlanGrid], viewer: Any, plan: InsurancePlan, **query: Any) -> PlanGrid:
    """The list behind such a link; its `narrowed` rows are what a number counts."""
    return grid_class(viewer, GridQuery(extra=(("plan", str(plan.pk)),), **query))


def counted_in(
    grid_class: type[PlanGrid], viewer: Any, plan: InsurancePlan, **query: Any
) -> PlanGrid:
    """The same for its rows alone: a workbench counts a hundred, and none looks up all plans for it."""
    return grid_class(viewer, GridQuery(extra=(("plan", str(plan.pk)),), **query), plans=[plan])


class PlanListView(GridView):
    """The page of such a list: the strip of plans above it, counted anew after every action."""

    template_name = "staff/plan_list.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The list, one of its dialogs, or the strip."""
        if request.GET.get("part") == "plans":
            return render(request, "staff/_plans.html", {"grid": self.grid})
        if self._is_astray():
            self.grid.faults += ("链接里的计划没有您管理的学生，改为显示下面选中的计划",)
        return super().get(request)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Something done with the list, but never with another plan than the address says."""
        if self._is_astray():
            raise Refused("这个计划没有您管理的学生，请重新选择计划")
        return super().post(request)

    def _is_astray(self) -> bool:
        grid = self.grid
        return bool(grid.asked) and (not grid.plan or str(grid.plan.pk) != grid.asked)
