"""参保率: live figures of grades and colleges, handing in, and what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from yibao.enrolment.models import Enrolment
from yibao.grid.query import GridQuery
from yibao.people.levels import REVIEWING, Level
from yibao.people.models import College
from yibao.people.scope import holds
from yibao.plans.models import InsurancePlan
from yibao.reports import drift, flow, rates, rules, units
from yibao.reports.models import RateReport
from yibao.reports.rates import Figures
from yibao.reports.states import Cause
from yibao.reports.units import UnitRate
from yibao.web.staff.plan_lists import PlanListView, asking
from yibao.web.staff.rates_grids import (
    CollegeRateGrid,
    CollegeRosterGrid,
    GradeRateGrid,
    GradeRosterGrid,
)
from yibao.web.staff.statistics_cells import (
    COUNTING,
    RATE_HEADS,
    Cell,
    cells,
    drift_words,
    list_href,
    percent,
)


@dataclass(frozen=True)
class Row:
    """A unit on a page of rates."""

    unit: UnitRate
    cells: list[Cell]
    hands_in: bool = False
    why_not: str = ""
    blockers: Sequence[Any] = ()
    missing: Sequence[UnitRate] = ()
    accepted: str = ""
    causes: Sequence[tuple[str, int, str]] = ()
    summed: Figures | None = None

    @property
    def to_hand_in(self) -> Figures:
        """What handing in now would freeze: of a college the sum of its accepted grades."""
        return self.unit.live if self.summed is None else self.summed

    @property
    def hand_in_rates(self) -> tuple[str, str]:
        """Both rates of that."""
        figures = self.to_hand_in
        return percent(figures.campus_rate), percent(figures.coverage_rate)

    @property
    def campus_rate(self) -> str:
        """在校参保率."""
        return percent(self.unit.live.campus_rate)

    @property
    def coverage_rate(self) -> str:
        """综合参保率."""
        return percent(self.unit.live.coverage_rate)

    @property
    def frozen_rate(self) -> str:
        """在校参保率 as handed in."""
        return percent(self.unit.frozen.campus_rate) if self.unit.frozen else ""

    @property
    def frozen_coverage(self) -> str:
        """综合参保率 as handed in."""
        return percent(self.unit.frozen.coverage_rate) if self.unit.frozen else ""

    @property
    def drift(self) -> str:
        """What has changed since it was handed in."""
        return drift_words(self.unit.drift)

    @property
    def anchor(self) -> str:
        """A name for the unit's dialog."""
        return f"unit-{self.unit.college.pk}-{self.unit.grade or 0}"


def causes_of(found: Sequence[UnitRate]) -> dict[int, list[tuple[str, int, str]]]:
    """Why lists that were handed in differ from now, each cause with its students, by report."""
    reports = [unit.report for unit in found if unit.report]
    return {
        pk: [(cause.label, number, _cause_href(pk, cause)) for cause, number in causes.items()]
        for pk, causes in drift.causes(reports).items()
    }


def _cause_href(report: int, cause: Cause) -> str:
    """Who is new stands in no list that was handed in."""
    query = GridQuery(filters=(("change", cause.value),)).to_query_string()
    page = reverse("staff:grade_roster", args=[report])
    return "" if cause == Cause.NEW else f"{page}?{query}"


def unit_filters(unit: UnitRate) -> list[tuple[str, Any]]:
    """What narrows a list of enrolments to a unit."""
    found: list[tuple[str, Any]] = [("college", unit.college.name)]
    return found if unit.grade is None else [*found, ("grade", unit.grade)]


class LivePage(PlanListView):
    """A list of handed-in rates with the live ones above it, counted anew after every decision."""

    live_template = ""

    def get(self, request):
        """The page, or the live part alone."""
        if request.GET.get("part") == "live":
            return render(request, self.live_template, self.page_context(self.grid))
        return super().get(request)

    def page_context(self, grid):
        """The live part."""
        live = self.live(grid) if grid.plan else []
        return super().page_context(grid) | {
            "grid": grid,
            "plan": grid.plan,
            "several_colleges": len({row.unit.college for row in live}) > 1,
            "rate_heads": RATE_HEADS,
            "counting": COUNTING,
            "live": live,
            "live_template": self.live_template,
            "live_address": grid.plan and f"?{asking(grid.plan)}&part=live",
        }

    def live(self, grid) -> list[Row]:
        """The units of the plan that the viewer sees."""
        raise NotImplementedError


class GradeRates(LivePage):
    """年级参保率."""

    grid_class = GradeRateGrid
    template_name = "staff/rates/grades.html"
    live_template = "staff/rates/_grades.html"

    def live(self, grid) -> list[Row]:
        """Every grade of the viewer, with what keeps it back."""
        viewer, plan = grid.viewer, grid.plan
        found = units.grade_rates([plan], units.within(viewer))
        college = grid.query.filter_value("college")
        if college:
            found = [unit for unit in found if unit.college.name in college.split(",")]
        own = rates.by(
            Enrolment.objects.covered_by(viewer, *REVIEWING).filter(plan=plan),
            units.COLLEGE,
            units.GRADE,
        )
        mine = units.counseled_by(viewer)
        causes = causes_of(found)
        return [self._row(unit, viewer, own, mine, causes) for unit in found]

    def _row(self, unit, viewer, own, mine, causes) -> Row:
        pair = (unit.college.pk, unit.grade)
        # A grade with classes of other counselors: the viewer's list would be shorter.
        linked = own.get(pair) == unit.live
        counsels = pair in mine
        why_not = rules.why_not_hand_in_grade(unit, viewer, mine) if counsels else ""
        held_back = counsels and (unit.live.to_register or unit.live.in_review)
        return Row(
            unit,
            cells(unit.plan, RATE_HEADS, unit.live, unit_filters(unit), linked=linked),
            hands_in=counsels,
            why_not=why_not,
            blockers=blockers_of(unit, viewer) if held_back else (),
            causes=causes.get(unit.report.pk, ()) if unit.report else (),
        )


def blockers_of(unit: UnitRate, viewer: Any) -> list[dict[str, Any]]:
    """The classes that keep a grade back, each with its people and, in scope, its students."""
    found = rules.blockers(unit.plan, unit.college, unit.grade)
    own = Enrolment.objects.covered_by(viewer, *REVIEWING).filter(plan=unit.plan)
    seen = {pk for (pk,) in rates.by(own, "student__class_group")}
    return [
        {
            "blocker": blocker,
            "mine": blocker.class_group.pk in seen,
            "to_register": list_href(
                unit.plan, class_filters(unit, blocker.class_group), page="staff:unregistered"
            ),
            "in_review": list_href(
                unit.plan,
                [*class_filters(unit, blocker.class_group), ("standing", "in_review")],
            ),
        }
        for blocker in found
    ]


def class_filters(unit: UnitRate, class_group: Any) -> list[tuple[str, Any]]:
    """What narrows a list of enrolments to one class."""
    major = ("major", class_group.major.name)
    return [*unit_filters(unit), major, ("class_group", class_group.name)]


class CollegeRates(LivePage):
    """学院参保率."""

    grid_class = CollegeRateGrid
    template_name = "staff/rates/colleges.html"
    live_template = "staff/rates/_colleges.html"

    def live(self, grid) -> list[Row]:
        """The viewer's colleges, each with the grades that are still missing."""
        return college_rows(grid.plan, grid.viewer)


def college_rows(plan: InsurancePlan, viewer: Any) -> list[Row]:
    """Colleges with their grades: all for the school, own ones for a college."""
    office = holds(viewer, Level.SCHOOL)
    own = units.overseen_by(viewer)
    grades = units.grade_rates([plan], units.within(viewer))
    rows = []
    found = units.college_rates(plan, None if office else own)
    causes = causes_of(found)
    for unit in found:
        below = [grade for grade in grades if grade.college == unit.college]
        accepted = [grade for grade in below if grade.is_accepted]
        rows.append(
            Row(
                unit,
                cells(plan, RATE_HEADS, unit.live, unit_filters(unit)),
                hands_in=unit.college.pk in own,
                why_not=rules.why_not_hand_in_college(unit, below, viewer),
                missing=[grade for grade in below if not grade.is_accepted],
                accepted=f"{len(accepted)} / {len(below)}",
                causes=causes.get(unit.report.pk, ()) if unit.report else (),
                summed=rates.total(grade.shown for grade in accepted),
            )
        )
    return rows


def school_rate(request):
    """学校参保率: colleges, live beside handed in, and the whole."""
    grid = CollegeRateGrid(request.user, GridQuery.read(request.GET, CollegeRateGrid.params))
    plan = grid.plan
    rows = college_rows(plan, request.user) if plan else []
    whole = rates.total(row.unit.live for row in rows)
    handed_in = [row.unit.frozen for row in rows if row.unit.is_accepted]
    return render(
        request,
        "staff/rates/school.html",
        {
            "grid": grid,
            "plan": plan,
            "rate_heads": RATE_HEADS,
            "counting": COUNTING,
            "rows": rows,
            "whole": whole,
            "cells": cells(plan, RATE_HEADS, whole, ()) if plan else [],
            "campus_rate": percent(whole.campus_rate),
            "coverage_rate": percent(whole.coverage_rate),
            "accepted": len(handed_in),
            "frozen": rates.total(handed_in),
            "frozen_rate": percent(rates.total(handed_in).campus_rate),
            "frozen_coverage": percent(rates.total(handed_in).coverage_rate),
            "late": [row for row in rows if not row.unit.is_accepted],
        },
    )


def class_rates(request, pk, college_pk, grade):
    """The classes of a grade: where the parts of its rate come from."""
    plan = get_object_or_404(InsurancePlan.objects.visible_to(request.user), pk=pk)
    unit = _grade(plan, college_pk, grade, request.user)
    own = Enrolment.objects.covered_by(request.user, *REVIEWING).filter(plan=plan)
    seen = {pk for (pk,) in rates.by(own, "student__class_group")}
    found = units.class_rates(plan, unit.college, grade)
    rows = [
        {
            "class_group": row.class_group,
            "counselors": row.counselors,
            "cells": cells(
                plan,
                RATE_HEADS,
                row.live,
                class_filters(unit, row.class_group),
                linked=row.class_group.pk in seen,
            ),
            "campus_rate": percent(row.live.campus_rate),
            "coverage_rate": percent(row.live.coverage_rate),
        }
        for row in found
    ]
    linked = all(row.class_group.pk in seen for row in found)
    return render(
        request,
        "staff/rates/classes.html",
        {
            "plan": plan,
            "unit": unit,
            "rate_heads": RATE_HEADS,
            "counting": COUNTING,
            "rows": rows,
            "total": Row(
                unit, cells(plan, RATE_HEADS, unit.live, unit_filters(unit), linked=linked)
            ),
        },
    )


@require_POST
def hand_in_grade(request, pk, college_pk, grade):
    """提交年级参保率."""
    plan = get_object_or_404(InsurancePlan.objects.visible_to(request.user), pk=pk)
    unit = _grade(plan, college_pk, grade, request.user)
    flow.hand_in_grade(plan, unit.college, grade, by=request.user)
    messages.success(request, f"{unit.college} {unit.name}参保率已提交，等待学院审核")
    return redirect(f"{reverse('staff:grade_rates')}?{asking(plan)}")


@require_POST
def hand_in_college(request, pk, college_pk):
    """提交学院参保率."""
    plan = get_object_or_404(InsurancePlan.objects.visible_to(request.user), pk=pk)
    college = _college(plan, college_pk, request.user)
    flow.hand_in_college(plan, college, by=request.user)
    messages.success(request, f"{college}参保率已提交，等待学校审核")
    return redirect(f"{reverse('staff:college_rates')}?{asking(plan)}")


def _grade(plan: InsurancePlan, college_pk: int, grade: int, user: Any) -> UnitRate:
    """A grade that the person sees, else 404."""
    for unit in units.grade_rates([plan], units.within(user)):
        if (unit.college.pk, unit.grade) == (college_pk, grade):
            return unit
    raise Http404


def _college(plan: InsurancePlan, college_pk: int, user: Any) -> College:
    """A college that the person sees, else 404."""
    seen = None if holds(user, Level.SCHOOL) else units.overseen_by(user)
    for unit in units.college_rates(plan, seen):
        if unit.college.pk == college_pk:
            return unit.college
    raise Http404


class GradeRoster(PlanListView):
    """年级参保名单 of a report."""

    grid_class = GradeRosterGrid
    template_name = "staff/rates/roster.html"

    def grid_context(self, request, pk):
        """The report, if it is one of the viewer's."""
        reports = RateReport.objects.visible_to(request.user)
        return {"report": get_object_or_404(reports.select_related("plan", "college"), pk=pk)}

    def page_context(self, grid):
        """What the report says, beside what the viewer sees of it."""
        report = grid.context["report"]
        frozen = report.frozen()
        partly = grid.rows().count() < frozen.roster
        return super().page_context(grid) | {
            "report": report,
            "partly": partly,
            "stats": [
                {
                    "label": head.label,
                    "number": head.number(frozen),
                    "unit": "人",
                    "href": "" if partly else f"?{asking(report.plan, filters=head.filters)}",
                }
                for head in RATE_HEADS
            ]
            + [
                {"label": "在校参保率", "number": percent(frozen.campus_rate)},
                {"label": "综合参保率", "number": percent(frozen.coverage_rate)},
            ],
        }


class CollegeRoster(PlanListView):
    """学院参保名单."""

    grid_class = CollegeRosterGrid
    template_name = "staff/rates/college_roster.html"
