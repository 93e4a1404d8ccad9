"""Batch actions: preview, run, and what became of each row."""

import json
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from yibao.common.errors import Refused
from yibao.common.outcome import Outcome
from yibao.grid import batches, jobs, reading
from yibao.grid.actions import Action, look, reasons_of
from yibao.grid.details import Notice, Place, detail
from yibao.grid.fragments import is_fragment
from yibao.grid.grid import Grid
from yibao.grid.models import Batch

MENTIONED = 3


def _action(request: HttpRequest, grid: Grid) -> Action:
    for action, reason in grid.actions_for(request.user):
        if action.name == request.POST.get("action"):
            if reason:
                raise Refused(reason)
            return action
    raise Refused("没有这个操作，请刷新页面后再试")


def preview(request: HttpRequest, grid: Grid, form: Any = None, notice: str = "") -> HttpResponse:
    """What an action would do to the chosen rows, and what it asks."""
    action = _action(request, grid)
    preview = look(action, grid, grid.picked(request.POST))
    pks, at = request.POST.getlist("pk"), request.POST.get("at", "")
    here = grid.query.to_query_string()
    return render(
        request,
        "grid/_preview.html",
        {
            "grid": grid,
            "action": action,
            "form": form or action.form(grid),
            "preview": preview,
            "confirm": action.confirm.format(count=preview.possible),
            "notice": notice,
            "pks": pks,
            "buts": request.POST.getlist("but"),
            "all": request.POST.get("all", ""),
            "at": at,
            "back": at and pks and f"?{here}&part=detail&pk={pks[0]}&at={at}",
            "here": here,
        },
    )


def run(request: HttpRequest, grid: Grid) -> HttpResponse:
    """Do it to the rows that were seen in the preview."""
    action = _action(request, grid)
    form = action.form(grid, request.POST, request.FILES)
    if not form.is_valid():
        if is_fragment(request):
            return preview(request, grid, form)
        raise Refused("；".join(f"{form[n].label}：{e[0]}" for n, e in form.errors.items()))
    rows = grid.picked(request.POST)
    seen = request.POST.get("seen", "")
    if seen and (now := rows.count()) != reading.whole(seen, 0):
        return preview(request, grid, form, f"刚才选中 {seen} 条，现在是 {now} 条，请再看一遍")
    if is_fragment(request) and batches.is_long(action, grid, rows.count()):
        with transaction.atomic():
            pks = list(rows.values_list("pk", flat=True))
            batch = batches.begin(grid, action, request.path, request.POST, pks)
            jobs.run_batch.defer(batch=batch.pk)
        return _progress(request, grid, batch)
    outcome = action.run(rows, by=request.user, data=form.cleaned_data)
    if not is_fragment(request):
        _tell(request, grid, action, outcome)
        return redirect(request.get_full_path())
    return _result(request, grid, action, outcome)


def batch(request: HttpRequest, grid: Grid) -> HttpResponse:
    """How far a long action is; what became of each row when it is over."""
    pk = reading.whole(request.GET.get("pk", ""), 0)
    found = Batch.objects.filter(user=grid.viewer, grid=grid.key, pk=pk).first()
    if found is None:
        raise Http404
    if not found.is_over:
        return _progress(request, grid, found)
    outcome = batches.outcome_of(found)
    return _report(request, grid, found.label, outcome, said=found.said)


def _progress(request: HttpRequest, grid: Grid, found: Batch) -> HttpResponse:
    again = f"?{grid.query.to_query_string()}&part=batch&pk={found.pk}"
    return render(request, "grid/_batch.html", {"grid": grid, "errand": found, "again": again})


def _result(request: HttpRequest, grid: Grid, action: Action, outcome: Outcome) -> HttpResponse:
    """Out of the dialog of one row: that row again, or the next one if it has left the list."""
    at = request.POST.get("at", "")
    picked = reading.keys(request.POST.getlist("pk"))
    if at and len(picked) == 1:
        place = Place(picked[0], reading.whole(at, 0))
        response = _after_one(request, grid, action, outcome, place)
        if response is not None:
            response["HX-Trigger"] = _event(outcome, close=False)
            return response
    if outcome.done:
        messages.success(request, _said(action, outcome))
    return _report(request, grid, action.label, outcome)


def _report(
    request: HttpRequest, grid: Grid, label: str, outcome: Outcome, said: str = ""
) -> HttpResponse:
    """Every refusal with its reason; the dialog closes if there is none."""
    names = grid.labels(outcome.refused)
    response = render(
        request,
        "grid/_result.html",
        {
            "grid": grid,
            "label": label,
            "outcome": outcome,
            "refused": [(pk, names.get(pk, str(pk)), t) for pk, t in outcome.refused.items()],
            "said": said,
            "here": grid.query.to_query_string(),
        },
    )
    clean = bool(outcome.done) and not outcome.refused and not said
    response["HX-Trigger"] = _event(outcome, close=clean)
    return response


def _event(outcome: Outcome, *, close: bool) -> str:
    return json.dumps({"list:done": {"done": outcome.done, "close": close}})


def _after_one(
    request: HttpRequest, grid: Grid, action: Action, outcome: Outcome, place: Place
) -> HttpResponse | None:
    pk, at = place
    if outcome.refused:
        return detail(request, grid, place, Notice(outcome.refused[pk], "red"))
    if not outcome.done:
        return None
    name = grid.labels([pk]).get(pk, "")
    done = Notice(f"{name} {outcome.said or f'{action.label}：已完成'}")
    if grid.narrowed.filter(pk=pk).exists():
        return detail(request, grid, place, done)
    before, after, _ = grid.neighbours(pk, at)
    if after:
        return detail(request, grid, Place(after, at), done)
    return detail(request, grid, Place(before, max(at - 1, 0)), done) if before else None


def _tell(request: HttpRequest, grid: Grid, action: Action, outcome: Outcome) -> None:
    if outcome.done:
        messages.success(request, _said(action, outcome))
    reasons = reasons_of(grid, outcome.refused)
    for reason in reasons[:MENTIONED]:
        names = "、".join(reason.names)
        messages.warning(request, f"{names} 等 {reason.count} 条未完成：{reason.text}")
    if not outcome.done and not outcome.refused:
        messages.warning(request, f"{action.label}：没有选中任何记录")


def _said(action: Action, outcome: Outcome) -> str:
    """What was done, in the verb's own words if it has any."""
    return outcome.said or f"{action.label}：已完成 {len(outcome.done)} 条"
