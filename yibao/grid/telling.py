"""What became of rows, told: in the dialog of one, in the report of many, or in messages."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yibao.common.outcome import Outcome
from yibao.grid import batches
from yibao.grid.actions import reasons_of
from yibao.grid.details import Notice, Place, detail
from yibao.grid.grid import Grid
from yibao.grid.models import Batch

MENTIONED = 3
NAMED = 200
MANY = 20
"""Of more refusals than these it is said first how many there are of each kind."""


@dataclass(frozen=True)
class Deed:
    """What was done: its label, what became of the rows, what is kept so that it can be undone."""

    label: str
    outcome: Outcome
    kept: Batch | None = None
    fault: str = ""

    @property
    def said(self) -> str:
        """What was done to many, in the verb's own words if it has any."""
        return self.outcome.said or f"{self.label}：已完成 {len(self.outcome.done)} 条"

    @property
    def said_of_one(self) -> str:
        """What was done to one."""
        return self.outcome.said or f"{self.label}：已完成"

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing to tell but that it is done."""
        return bool(self.outcome.done) and not self.outcome.refused

    def event(self, *, close: bool) -> str:
        """For the list behind the dialog: what is done loses its tick."""
        return json.dumps({"list:done": {"done": self.outcome.done, "close": close}})


def in_messages(request: HttpRequest, grid: Grid, deed: Deed) -> None:
    """For a page that is loaded anew."""
    outcome = deed.outcome
    if outcome.done:
        messages.success(request, deed.said)
    for reason in reasons_of(grid, outcome.refused)[:MENTIONED]:
        names = "、".join(reason.names)
        messages.warning(request, f"{names} 等 {reason.count} 条未完成：{reason.text}")
    if not outcome.done and not outcome.refused:
        messages.warning(request, f"{deed.label}：没有选中任何记录")


def in_report(request: HttpRequest, grid: Grid, deed: Deed, *, close: bool) -> HttpResponse:
    """Every row with what became of it, and the button to undo what was done."""
    outcome = deed.outcome
    named = [*outcome.refused, *outcome.done[:NAMED]]
    names = grid.labels(named)
    here = set(grid.rows().filter(pk__in=named).values_list("pk", flat=True))

    def told(pk: int, why: str = "") -> dict[str, Any]:
        elsewhere = "" if pk in here else grid.href_elsewhere(pk)
        name = names.get(pk, str(pk))
        return {"pk": pk, "name": name, "why": why, "here": pk in here, "elsewhere": elsewhere}

    response = render(
        request,
        "grid/_result.html",
        {
            "grid": grid,
            "label": deed.label,
            "outcome": outcome,
            "refused": [told(pk, why) for pk, why in outcome.refused.items()],
            "reasons": reasons_of(grid, outcome.refused) if len(outcome.refused) > MANY else (),
            "done": [told(pk) for pk in outcome.done[:NAMED]],
            "unnamed": max(len(outcome.done) - NAMED, 0),
            "said": deed.fault,
            "kept": None if deed.kept is None or batches.why_not_undo(deed.kept) else deed.kept,
            "here": grid.query.to_query_string(),
        },
    )
    response["HX-Trigger"] = deed.event(close=close)
    if close:
        response["HX-Reswap"] = "none"
    return response


def in_dialog(request: HttpRequest, grid: Grid, deed: Deed, place: Place) -> HttpResponse | None:
    """In the dialog of one row: that row again, or the next one if it has left the list.

    None when there is no row left to be shown.
    """
    outcome = deed.outcome
    if outcome.refused:
        shown = place if grid.one(place.pk) else None
        notice = Notice(outcome.refused[place.pk], "red")
    elif outcome.done:
        shown = _stay_or_go_on(grid, place)
        name = grid.labels([place.pk]).get(place.pk, "")
        notice = Notice(f"{name} {deed.said_of_one}", batch=deed.kept, place=place)
    else:
        return None
    if shown is None:
        return None
    response = detail(request, grid, shown, notice)
    response["HX-Trigger"] = deed.event(close=False)
    return response


def _stay_or_go_on(grid: Grid, place: Place) -> Place | None:
    pk, at = place
    if grid.narrowed.filter(pk=pk).exists():
        return place
    before, after, _ = grid.neighbours(pk, at)
    if after:
        return Place(after, at)
    return Place(before, max(at - 1, 0)) if before else None
