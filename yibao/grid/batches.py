"""Batch actions: long ones piece by piece, each piece and its mark in one transaction; 撤销."""

from datetime import timedelta
from functools import cache
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from yibao.common.errors import Refused, refuse_if
from yibao.common.outcome import Outcome
from yibao.common.statements import Given, Kept
from yibao.grid.actions import Action
from yibao.grid.grid import Grid
from yibao.grid.models import UNDO_WITHIN, Batch, Progress
from yibao.grid.places import grid_at

LONG = 1000
PIECE = 500
KEPT_FOR = timedelta(days=7)
MOST_RECENT = 20
GONE = "已不在这个列表中，可能已被他人处理"


def begin(grid: Grid, action: Action, path: str, data: QueryDict, pks: list[int]) -> Batch:
    """Write down what is to be done to which rows."""
    return Batch.objects.create(
        user=grid.viewer,
        grid=grid.key,
        title=grid.title,
        path=path,
        query=grid.query.to_query_string(),
        action=action.name,
        label=action.label,
        data={name: data.getlist(name) for name in action.form(grid).fields},
        pks=pks,
        total=len(pks),
    )


def is_long(action: Action, grid: Grid, count: int) -> bool:
    """Whether an action on so many rows goes to the background; files cannot go with it."""
    return count > LONG and not action.form(grid).is_multipart()


@transaction.atomic
def take_piece(pk: int) -> bool:
    """Do the next piece; whether there may be more.

    The mark moves in the same transaction as the rows: after a crash the next worker goes on
    exactly where the last one stopped.
    """
    batch = (
        Batch.objects.select_for_update(of=("self",)).select_related("user", "undoes").get(pk=pk)
    )
    if batch.is_over:
        return False
    piece = batch.pks[batch.through : batch.through + PIECE]
    outcome = _do(batch, piece)
    batch.done += outcome.done
    batch.refused |= {str(row): reason for row, reason in outcome.refused.items()}
    batch.through += len(piece)
    batch.progress = Progress.READY if batch.through >= batch.total else Progress.RUNNING
    batch.save()
    return not batch.is_over


def own(grid: Grid) -> tuple[list[Batch], list[Batch]]:
    """The viewer's long actions on this list that are going on, and those that can still be undone."""
    found = _own_of(_undoing(grid)).rows(**_whose(grid))
    still = [batch for batch in found if not batch.is_over]
    return still[::-1], [batch for batch in found if batch.is_over][:MOST_RECENT]


def note(grid: Grid, action: Action, path: str, outcome: Outcome) -> Batch | None:
    """Keep what was done at once, if it can be undone."""
    if action.undo is None or not outcome.done:
        return None
    pks = [*outcome.done, *outcome.refused]
    return Batch.objects.create(
        user=grid.viewer,
        grid=grid.key,
        title=grid.title,
        path=path,
        query=grid.query.to_query_string(),
        action=action.name,
        label=action.label,
        pks=pks,
        done=outcome.done,
        refused=outcome.refused,
        total=len(pks),
        through=len(pks),
        progress=Progress.READY,
    )


def recent(grid: Grid) -> list[Batch]:
    """What the viewer did to rows of this list and can still undo, newest first; `count` rows."""
    return _undoable_of(_undoing(grid)).rows(**_whose(grid))[:MOST_RECENT]


def _whose(grid: Grid) -> dict[str, Any]:
    return {"user": grid.viewer.pk, "grid": grid.key, "since": timezone.now() - UNDO_WITHIN}


def _undoing(grid: Grid) -> tuple[str, ...]:
    return tuple(action.name for action in grid.actions if action.undo)


@cache
def _own_of(actions: tuple[str, ...]) -> Kept:
    going_on = Q(progress__in=[Progress.WAITING, Progress.RUNNING])
    return Kept(lambda: _newest(going_on | _undoable(actions)))


@cache
def _undoable_of(actions: tuple[str, ...]) -> Kept:
    return Kept(lambda: _newest(_undoable(actions)))


def _undoable(actions: tuple[str, ...]) -> Q:
    return Q(
        action__in=actions,
        asked_at__gt=Given("since"),
        progress__in=[Progress.READY, Progress.FAILED],
        undoes=None,
        undone_by=None,
        done__len__gt=0,
    )


def _newest(of: Q) -> QuerySet[Batch]:
    mine = Batch.objects.filter(of, user=Given("user"), grid=Given("grid"))
    counted = mine.annotate(count=F("done__len")).order_by("-asked_at", "-pk")
    return counted.defer("pks", "done", "refused", "data")


def why_not_undo(batch: Batch) -> str:
    """Why a batch as a whole cannot be undone; "" if it can, as far as its rows can."""
    if not batch.is_over:
        return "操作还在进行，完成后才能撤销"
    if batch.undoes_id or not batch.done:
        return "这次操作没有可以撤销的内容"
    if Batch.objects.filter(undoes=batch).exists():
        return "这次操作已经撤销过"
    if timezone.now() > batch.undo_until:
        return f"已超过 {UNDO_WITHIN.seconds // 60} 分钟，不能撤销"
    return ""


def begin_undo(batch: Batch) -> Batch:
    """Write down that a batch is to be undone: all that it did."""
    return Batch.objects.create(
        user=batch.user,
        grid=batch.grid,
        title=batch.title,
        path=batch.path,
        query=batch.query,
        action=batch.action,
        label=f"撤销{batch.label}",
        pks=batch.done,
        total=len(batch.done),
        undoes=batch,
    )


def finish(batch: Batch, outcome: Outcome) -> None:
    """Write down what became of a batch that was done in one piece."""
    batch.done, batch.through, batch.progress = outcome.done, batch.total, Progress.READY
    batch.refused = outcome.refused
    batch.save()


def throw_away() -> int:
    """Forget what became of rows a week ago; how many."""
    return Batch.objects.filter(asked_at__lt=timezone.now() - KEPT_FOR).delete()[0]


def outcome_of(batch: Batch) -> Outcome:
    """What became of the rows so far."""
    return Outcome(list(batch.done), {int(pk): why for pk, why in batch.refused.items()})


def _do(batch: Batch, piece: list[int]) -> Outcome:
    """Act within what the person may do and see now, not when they asked."""
    try:
        grid = grid_at(batch.path, batch.query, _active(batch.user))
        if batch.undoes:
            return undo_piece(grid, batch, piece)
        action = _offered(grid, batch.action)
        data = QueryDict(mutable=True)
        for name, values in batch.data.items():
            data.setlist(name, values)
        form = action.form(grid, data)
        refuse_if("" if form.is_valid() else "填写的内容不再有效，请重新操作")
        rows = grid.rows().filter(pk__in=piece).order_by().values_list("pk", flat=True)
        here = set(rows)
        with transaction.atomic():
            chosen = grid.rows().model._default_manager.filter(pk__in=here).order_by("pk")
            outcome = action.run(chosen, by=batch.user, **form.cleaned_data)
    except (Refused, PermissionDenied) as reason:
        return Outcome(refused=dict.fromkeys(piece, str(reason)))
    gone = {pk: GONE for pk in piece if pk not in here}
    return Outcome(outcome.done, outcome.refused | gone, outcome.said)


def undo_piece(grid: Grid, undoing: Batch, piece: list[int]) -> Outcome:
    """Take back what a batch did to these rows; the verb asks whether its rules still allow it."""
    undo = next((a.undo for a in grid.actions if a.name == undoing.action), None)
    if undo is None or undoing.undoes is None:
        raise Refused("这个操作不能撤销")
    rows = grid.rows().model._default_manager.filter(pk__in=piece).order_by("pk")
    until = undoing.undoes.moved_at
    return undo(rows, by=grid.viewer, until=until, asked=undoing.asked_at)


def _active(user: Any) -> Any:
    if not user.is_active:
        raise PermissionDenied("账号已停用")
    return user


def _offered(grid: Grid, name: str) -> Action:
    for action, reason in grid.actions_for(grid.viewer):
        if action.name == name:
            if reason:
                raise Refused(reason)
            return action
    raise Refused("这个操作已不再提供")
