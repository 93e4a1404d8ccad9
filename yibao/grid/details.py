"""The dialog about one row: its facts, its actions, the rows before and after it."""

from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yibao.grid.fragments import is_fragment
from yibao.grid.grid import Grid
from yibao.grid.models import Batch


class Place(NamedTuple):
    """A row and where it stood in the query when the dialog was opened."""

    pk: int
    at: int


class Notice(NamedTuple):
    """What is said above the facts: what has just been done and how to undo it, or why not."""

    text: str
    tone: str = "green"
    batch: Batch | None = None
    place: Place | None = None


def detail(
    request: HttpRequest, grid: Grid, place: Place, notice: Notice | None = None
) -> HttpResponse:
    """The dialog about one row, with what can be done with it."""
    pk, at = place
    row = grid.one(pk)
    if row is None:
        raise Http404
    before, after, at = grid.neighbours(pk, at)
    template, context = grid.detail(row)
    buttons = [
        (action, reason or action.reason_for(row, request.user))
        for action, reason in grid.actions_for(request.user)
    ]
    here = grid.query.to_query_string()
    page = "grid/_detail.html" if is_fragment(request) else "grid/detail_page.html"
    return render(
        request,
        page,
        context
        | {
            "grid": grid,
            "row": row,
            "label": grid.labels([pk]).get(pk, ""),
            "body": template,
            "buttons": buttons,
            "at": at,
            "position": at + 1,
            "total": grid.narrowed.count(),
            "before": before and f"?{here}&part=detail&pk={before}&at={max(at - 1, 0)}",
            "after": after and f"?{here}&part=detail&pk={after}&at={at + 1}",
            "here": here,
            "notice": notice,
        },
    )
