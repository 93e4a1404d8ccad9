"""Long batch actions: done piece by piece, each piece and its mark in one transaction."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import QueryDict

from yibao.common.errors import Refused, refuse_if
from yibao.common.outcome import Outcome
from yibao.grid.actions import Action
from yibao.grid.grid import Grid
from yibao.grid.models import Batch, Progress
from yibao.grid.places import grid_at

LONG = 1000
PIECE = 500
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
    batch = Batch.objects.select_for_update().select_related("user").get(pk=pk)
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


def unfinished(grid: Grid) -> list[Batch]:
    """The viewer's long actions on this list that are still going on."""
    going_on = [Progress.WAITING, Progress.RUNNING]
    mine = Batch.objects.filter(user=grid.viewer, grid=grid.key, progress__in=going_on)
    return list(mine.defer("pks", "done", "refused"))


def outcome_of(batch: Batch) -> Outcome:
    """What became of the rows so far."""
    return Outcome(list(batch.done), {int(pk): why for pk, why in batch.refused.items()})


def _do(batch: Batch, piece: list[int]) -> Outcome:
    """Act within what the person may do and see now, not when they asked."""
    try:
        grid = grid_at(batch.path, batch.query, _active(batch.user))
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
            outcome = action.run(chosen, by=batch.user, data=form.cleaned_data)
    except (Refused, PermissionDenied) as reason:
        return Outcome(refused=dict.fromkeys(piece, str(reason)))
    gone = {pk: GONE for pk in piece if pk not in here}
    return Outcome(outcome.done, outcome.refused | gone, outcome.said)


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
