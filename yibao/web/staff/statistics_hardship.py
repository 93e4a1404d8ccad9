"""贫困生参保情况: who is recognised and who of them is insured, by major or another unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.shortcuts import render

from yibao.enrolment.states import Standing
from yibao.grid.query import GridQuery
from yibao.people.levels import REVIEWING
from yibao.plans.models import InsurancePlan
from yibao.reports import funnel, hardship
from yibao.reports.hardship import Covered
from yibao.reports.rates import Figures
from yibao.web.staff.enrolments import EnrolmentGrid
from yibao.web.staff.statistics_cells import (
    RATE_HEADS,
    Cell,
    Head,
    cells,
    columns_of,
    list_href,
    offered,
)

RECOGNISED = ("is_hardship", "1")
HEADS = (
    Head("roster", "贫困生"),
    Head("not_required", "不需参保", (Standing.NOT_REQUIRED,)),
    *RATE_HEADS[1:3],
    Head("enrolled", "已缴费", (Standing.ENROLLED,), hint="参保中的已缴费，含零缴费"),
    *RATE_HEADS[3:],
)
MOST_BARS = 30


@dataclass(frozen=True)
class Line:
    """A unit: its names, its numbers, its two rates, and what was taken off."""

    names: Sequence[Any]
    cells: Sequence[Cell]
    figures: Figures
    reduced: Decimal


def hardship_statistics(request):
    """The page: coverage of recognised students, the largest gaps beside it."""
    grid = EnrolmentGrid(request.user, GridQuery.read(request.GET, EnrolmentGrid.params))
    plan = grid.plan
    dimensions = funnel.complete(request.GET.getlist("by")) or list(hardship.DIMENSIONS)
    rows = hardship.recognised(plan, request.user, *REVIEWING) if plan else None
    lines = hardship.by_major(rows, dimensions) if plan else []
    return render(
        request,
        "staff/statistics/hardship.html",
        {
            "grid": grid,
            "plan": plan,
            "dimensions": offered(dimensions),
            **columns_of(dimensions, [line.key for line in lines]),
            "heads": HEADS,
            "lines": [line_of(plan, line, dimensions) for line in lines],
            "total": plan and line_of(plan, hardship.total(lines), ()),
            "charts": {"units": gaps(plan, lines, dimensions)} if plan else {},
            "most": MOST_BARS,
        },
    )


def line_of(plan: InsurancePlan, line: Covered, dimensions: Sequence[str]) -> Line:
    """A unit with the lists behind its numbers."""
    unit = (*zip(dimensions, line.key, strict=False), RECOGNISED)
    return Line(line.key, cells(plan, HEADS, line.figures, unit), line.figures, line.reduced)


def gaps(
    plan: InsurancePlan, lines: Sequence[Covered], dimensions: Sequence[str]
) -> dict[str, Any]:
    """Insured, outside, and not insured in each unit; the largest gap on top."""
    shares = (
        ("参保", "green", RATE_HEADS[2]),
        ("校外参保", "neutral", RATE_HEADS[3]),
        ("审核中", "blue", RATE_HEADS[6]),
        ("未登记", "grey", RATE_HEADS[5]),
        ("放弃参保", "orange", RATE_HEADS[4]),
    )
    ordered = sorted(lines, key=lambda line: line.figures.to_register)[-MOST_BARS:]
    return {
        "kind": "shares",
        "names": [str(line.key[-1]) for line in ordered],
        "series": [
            {
                "name": name,
                "tone": tone,
                "values": [
                    {
                        "value": head.number(line.figures),
                        "href": list_href(
                            plan,
                            (
                                *zip(dimensions, line.key, strict=True),
                                RECOGNISED,
                                *head.filters,
                            ),
                        ),
                    }
                    for line in ordered
                ],
            }
            for name, tone, head in shares
        ],
    }
