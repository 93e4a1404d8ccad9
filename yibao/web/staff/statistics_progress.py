"""参保进度: by day, beside last year's same day, and where it leads until the deadline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.shortcuts import render
from django.utils.timezone import localdate

from yibao.enrolment.models import Enrolment, EnrolmentQuerySet
from yibao.enrolment.states import Standing
from yibao.grid.query import Condition, GridQuery
from yibao.people.levels import REVIEWING
from yibao.plans.models import InsurancePlan
from yibao.reports import progress, rates
from yibao.reports.funnel import DIMENSIONS
from yibao.reports.progress import Course, Forecast
from yibao.web.staff.enrolments import EnrolmentGrid
from yibao.web.staff.statistics import chosen_dimensions
from yibao.web.staff.statistics_cells import BASE, Cell, list_href, offered

WEEK = timedelta(days=progress.PACE_DAYS)
DAY = timedelta(days=1)
MOST_DAYS = 100
Unit = tuple[tuple[str, Any], ...]
KINDS = {"registered": "已登记", "enrolled": "已缴费"}


@dataclass(frozen=True)
class Whole:
    """One kind of progress as it stands today."""

    label: str
    now: Cell
    rate: Decimal | None
    yesterday: Cell
    week: Cell
    before: Cell | None
    rate_before: Decimal | None
    ahead: Decimal | None
    forecast: Forecast | None
    rates: tuple[Decimal | None, Decimal | None]


def enrolment_progress(request):
    """The page: what has come in by day, and what will have by the deadline."""
    grid = EnrolmentGrid(request.user, GridQuery.read(request.GET, EnrolmentGrid.params))
    plan = grid.plan
    rows = Enrolment.objects.covered_by(request.user, *REVIEWING)
    earlier = progress.year_before(plan, grid.plans) if plan else None
    now = progress.course(plan, rows) if plan else None
    before = progress.course(earlier, rows) if earlier else None
    dimensions = chosen_dimensions(request, ("college",))
    return render(
        request,
        "staff/statistics/progress.html",
        {
            "grid": grid,
            "plan": plan,
            "earlier": earlier,
            "base": plan and Cell(now.base, list_href(plan, [_standing(BASE)])),
            "dimensions": offered(dimensions),
            "names": [DIMENSIONS[name][0] for name in dimensions],
            "units": units_of(now, before, rows, dimensions) if plan else [],
            "wholes": [whole_of(kind, now, before) for kind in KINDS] if plan else [],
            "days": days_of(now, before) if plan else [],
            "charts": {"course": lines(now, before)} if plan else {},
        },
    )


def whole_of(kind: str, now: Course, before: Course | None) -> Whole:
    """Today's line of a kind, each count with its list."""
    today = localdate()
    have = _count(now, kind, today)
    then = before and _count(before, kind, progress.same_day(today))
    rate, rate_before = now.rate(have), before.rate(then) if before else None
    told = progress.forecast(now, before, kind)
    return Whole(
        KINDS[kind],
        Cell(have, href(now.plan, kind, today)),
        rate,
        _gained(now, kind, today - DAY, today - DAY),
        _gained(now, kind, today - WEEK + DAY, today),
        before and Cell(then, href(before.plan, kind, progress.same_day(today))),
        rate_before,
        rate - rate_before if rate is not None and rate_before is not None else None,
        told,
        tuple(
            None if count is None else now.rate(count)
            for count in ((told.by_pace, told.by_last_year) if told else (None, None))
        ),
    )


def units_of(
    now: Course, before: Course | None, rows: EnrolmentQuerySet, dimensions: Sequence[str]
) -> list[dict[str, Any]]:
    """A line a unit: how far it is, and how far it was on the same day of last year."""
    today = localdate()
    paths = [DIMENSIONS[name][1] for name in dimensions]
    here = progress.by_unit(now.plan, rows, paths, today)
    then = progress.same_day(today)
    last = progress.by_unit(before.plan, rows, paths, then) if before else {}
    found = []
    for key in sorted(here):
        unit = tuple(zip(dimensions, key, strict=True))
        reached, was = here[key], last.get(key)
        kinds = []
        for kind in KINDS:
            count = getattr(reached, kind)
            rate = rates.percent(count, reached.base)
            old = rates.percent(getattr(was, kind), was.base) if was else None
            kinds.append(
                {
                    "all": Cell(count, href(now.plan, kind, today, unit=unit)),
                    "rate": rate,
                    "before": was
                    and Cell(getattr(was, kind), href(before.plan, kind, then, unit=unit)),
                    "rate_before": old,
                    "ahead": None if rate is None or old is None else rate - old,
                }
            )
        base = Cell(reached.base, list_href(now.plan, [*unit, _standing(BASE)]))
        found.append({"names": key, "base": base, "kinds": kinds})
    return found


def days_of(now: Course, before: Course | None) -> list[dict[str, Any]]:
    """A line a day, the newest first."""
    found = []
    for day in reversed(now.days[-MOST_DAYS:]):
        last = progress.same_day(day.on)
        found.append(
            {
                "on": day.on,
                "kinds": [
                    {
                        "gained": _gained(now, kind, day.on, day.on),
                        "all": Cell(getattr(day, kind), href(now.plan, kind, day.on)),
                        "rate": now.rate(getattr(day, kind)),
                        "before": before and before.rate(_count(before, kind, last)),
                    }
                    for kind in KINDS
                ],
            }
        )
    return found


def lines(now: Course, before: Course | None) -> dict[str, Any]:
    """What the picture draws: this year's days until the end, last year's beside them in dots."""
    first = now.days[0].on if now.days else localdate()
    dates = [first + DAY * n for n in range(max((progress.ends(now.plan) - first).days + 1, 1))]
    reached = {day.on for day in now.days}
    series = []
    for kind, tone in (("registered", "blue"), ("enrolled", "green")):
        points = [
            {
                "value": _count(now, kind, on),
                "share": str(now.rate(_count(now, kind, on)) or 0),
                "href": href(now.plan, kind, on),
            }
            if on in reached
            else None
            for on in dates
        ]
        series.append({"name": KINDS[kind], "tone": tone, "values": points})
        if before:
            then = [_count(before, kind, progress.same_day(on)) for on in dates]
            shares = [{"value": count, "share": str(before.rate(count) or 0)} for count in then]
            name = f"去年{KINDS[kind]}"
            series.append({"name": name, "tone": tone, "before": True, "values": shares})
    return {"kind": "lines", "days": [f"{on:%m-%d}" for on in dates], "series": series}


def href(
    plan: InsurancePlan, kind: str, until: date, since: date | None = None, unit: Unit = ()
) -> str:
    """The list of who had come there by the end of a day, or in some days."""
    if kind == "registered":
        standings, ways = progress.REGISTERED, [[("submitted_at", "")]]
    else:
        # Whoever owed nothing has no day of payment.
        standings, ways = (Standing.ENROLLED,), [
            [("paid_on", "")], [("paid_on", "empty"), ("changed_at", "")],
        ]  # fmt: skip
    conditions: list[Condition] = []
    for way in ways:
        asked: list[tuple[str, str, str]] = []
        for column, operator in way:
            if operator:
                asked.append((column, operator, ""))
                continue
            asked.append((column, "le", until.isoformat()))
            if since:
                asked.append((column, "ge", since.isoformat()))
        first = "or" if conditions else "and"
        conditions += [
            Condition("and" if place else first, *what) for place, what in enumerate(asked)
        ]
    return list_href(plan, [*unit, _standing(standings)], conditions=conditions)


def _gained(course: Course, kind: str, since: date, until: date) -> Cell:
    """What came in on some days; what came before the first day counts as of that day."""
    count = _count(course, kind, until) - _count(course, kind, since - DAY)
    starts = bool(course.days) and since <= course.days[0].on
    return Cell(count, href(course.plan, kind, until, None if starts else since))


def _count(course: Course, kind: str, on: date) -> int:
    return getattr(course.at(on), kind)


def _standing(standings: Sequence[Standing]) -> tuple[str, str]:
    return "standing", ",".join(standing.value for standing in standings)
