"""One move of an enrolment's life, written down: the lower half of flow.py, always on locked rows.

Every verb moves rows, some while a gateway waits for its answer: these statements are kept.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.db.models import F, QuerySet
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.bulk import OneOf
from yibao.common.statements import Given, Kept, KeptWrite, first, text_of_update
from yibao.enrolment import roster
from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import DONE, MOVES, TO_REGISTER, Status
from yibao.notify import flow as notify
from yibao.plans.models import ReviewStep


def locked(pks: Collection[int]) -> list[Enrolment]:
    """The rows with these keys, locked in pk order; of each is read what a move asks."""
    return _LOCK.rows(keys=list(pks))


def move(
    rows: Sequence[Enrolment],
    to: Mapping[int, Status],
    steps: Mapping[int, ReviewStep | None],
    *,
    by: User | None,
    action: str,
) -> None:
    """An audit line per row and its new state, one statement per (status, step) that occurs."""
    groups: dict[tuple[Status, ReviewStep | None], list[int]] = defaultdict(list)
    for row in rows:
        status, step = to[row.pk], steps.get(row.pk)
        if status not in MOVES[Status(row.status)]:
            message = f"no move from {row.status} to {status}"
            raise ValueError(message)
        groups[status, step].append(row.pk)
    for (status, step), keys in groups.items():
        _MOVE[step is not None, status in DONE].run(
            keys=keys,
            action=action,
            by=by and by.pk,
            at=now(),
            status=status.value,
            step=step and step.pk,
            step_name=step and step.name,
        )
    notify.withdraw(rows)
    roster.let_go([row for row in rows if to[row.pk] in TO_REGISTER], by=by)


def _these() -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(OneOf("pk", Given("keys")))


def _moving(*, at_step: bool, for_good: bool) -> KeptWrite:
    """The lines of the trail say where the rows were; both read them as they are before."""
    said = {"was": F("status"), "now": Given("status"), "round": F("round")}
    if at_step:
        said["step"] = Given("step_name")
    # Review is through: whoever is returned after this begins at the first step again.
    over = {"resume_step": None} if for_good else {}
    return KeptWrite(
        lambda: first(
            audit.text_of_each(_these(), **said),
            text_of_update(
                _these(),
                status=Given("status"),
                current_step=Given("step"),
                changed_at=Given("at"),
                **over,
            ),
        )
    )


_LOCK = Kept(lambda: _these().only("status", "plan", "student").order_by("pk").select_for_update())
_MOVE = {
    (at_step, for_good): _moving(at_step=at_step, for_good=for_good)
    for at_step in (True, False)
    for for_good in (True, False)
}
