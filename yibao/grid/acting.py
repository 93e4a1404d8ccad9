"""Batch actions: preview, run, how far it is, and undo."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from yibao.common.errors import Refused, refuse_if
from yibao.grid import batches, jobs, keeping, reading, telling
from yibao.grid.actions import Action, Opinion, look
from yibao.grid.details import Place
from yibao.grid.fragments import is_fragment
from yibao.grid.grid import Grid
from yibao.grid.models import Batch
from yibao.grid.telling import Deed


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
    here = _here(grid)
    return render(
        request,
        "grid/_preview.html",
        {
            "grid": grid,
            "action": action,
            "form": _with_phrases(form or action.form(grid), grid),
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


def phrase(request: HttpRequest, grid: Grid) -> HttpResponse:
    """常用语 of an opinion, with one more or one less."""
    action = _action(request, grid)
    name = request.POST.get("field", "")
    field = _with_phrases(action.form(grid), grid).fields.get(name)
    if not isinstance(field, Opinion):
        raise Refused("没有这个操作，请刷新页面后再试")
    dropped = reading.whole(request.POST.get("phrase", ""), 0)
    if dropped:
        keeping.drop_phrase(grid.viewer, dropped)
    else:
        keeping.keep_phrase(grid.viewer, field, request.POST.get(name, ""))
    form = _with_phrases(action.form(grid), grid)
    context = {"grid": grid, "action": action, "field": form[name], "here": _here(grid)}
    return render(request, "grid/_phrases.html", context)


def _with_phrases(form: Form, grid: Grid) -> Form:
    for field in form.fields.values():
        if isinstance(field, Opinion):
            field.phrases = field.offered()
            field.own = keeping.phrases_of(grid.viewer, field)
    return form


def _here(grid: Grid) -> str:
    return grid.query.to_query_string()


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
    outcome = action.run(rows, by=request.user, **form.cleaned_data)
    kept = batches.note(grid, action, request.path, outcome)
    return _told(request, grid, Deed(action.label, outcome, kept))


def undo(request: HttpRequest, grid: Grid) -> HttpResponse:
    """撤销 of a batch of the viewer's own, as far as nobody has acted on its rows since."""
    pk = reading.whole(request.POST.get("batch", ""), 0)
    with transaction.atomic():
        mine = Batch.objects.filter(user=grid.viewer, grid=grid.key)
        done = mine.select_for_update(of=("self",)).filter(pk=pk).first()
        if done is None:
            raise Http404
        refuse_if(batches.why_not_undo(done))
        undoing = batches.begin_undo(done)
        if is_fragment(request) and undoing.total > batches.LONG:
            jobs.run_batch.defer(batch=undoing.pk)
            return _progress(request, grid, undoing)
        outcome = batches.undo_piece(grid, undoing, undoing.pks)
        batches.finish(undoing, outcome)
    return _told(request, grid, Deed(undoing.label, outcome))


def batch(request: HttpRequest, grid: Grid) -> HttpResponse:
    """How far a long action is; what became of each row when it is over."""
    pk = reading.whole(request.GET.get("pk", ""), 0)
    found = Batch.objects.filter(user=grid.viewer, grid=grid.key, pk=pk).first()
    if found is None:
        raise Http404
    if not found.is_over:
        return _progress(request, grid, found)
    deed = Deed(found.label, batches.outcome_of(found), found, found.said)
    return telling.in_report(request, grid, deed, close=False)


def recent(request: HttpRequest, grid: Grid) -> HttpResponse:
    """What can still be undone."""
    context = {"grid": grid, "recent": batches.recent(grid), "here": _here(grid)}
    return render(request, "grid/_recent.html", context)


def _progress(request: HttpRequest, grid: Grid, found: Batch) -> HttpResponse:
    again = f"?{_here(grid)}&part=batch&pk={found.pk}"
    return render(request, "grid/_batch.html", {"grid": grid, "errand": found, "again": again})


def _told(request: HttpRequest, grid: Grid, deed: Deed) -> HttpResponse:
    """Where the person is: on the page, in the dialog of one row, or in that of many."""
    if not is_fragment(request):
        telling.in_messages(request, grid, deed)
        return redirect(request.get_full_path())
    at, picked = request.POST.get("at", ""), reading.keys(request.POST.getlist("pk"))
    if at and len(picked) == 1:
        place = Place(picked[0], reading.whole(at, 0))
        response = telling.in_dialog(request, grid, deed, place)
        if response is not None:
            return response
    if deed.outcome.done:
        messages.success(request, deed.said)
    return telling.in_report(request, grid, deed, close=deed.is_clean)
