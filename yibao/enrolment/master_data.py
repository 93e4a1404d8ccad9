"""Master data change, and the open plans stay in step: who is a target now, and who no longer."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from yibao.accounts.models import User
from yibao.common.outcome import Outcome
from yibao.enrolment.roster import enlist_all
from yibao.people import flow, transitions
from yibao.people.models import Correction, Student
from yibao.people.transitions import Change


@transaction.atomic
def change_and_enlist(
    student: Student, new: Mapping[str, Any], *, by: User, reason: str
) -> list[str]:
    """修改学生信息; the names of what changed. Raises `Refused`."""
    after, names = flow.change_master(student, new, by=by, reason=reason)
    _keep_in_step([after.pk] if names else [], by)
    return names


@transaction.atomic
def accept_and_enlist(corrections: QuerySet[Correction], *, by: User, comment: str = "") -> Outcome:
    """通过更正申请."""
    pks = list(corrections.order_by().values_list("student", flat=True))
    outcome = flow.accept_corrections(corrections, by=by, comment=comment)
    _keep_in_step(pks if outcome.done else [], by)
    return outcome


@transaction.atomic
def enter_and_enlist(students: QuerySet[Student], change: Change, *, by: User) -> Outcome:
    """登记学籍异动; what is in effect at once reaches the open plans at once. Raises `Refused`."""
    outcome, changed = transitions.enter(students, change, by=by)
    _keep_in_step(changed, by)
    return outcome


@transaction.atomic
def take_effect_and_enlist() -> int:
    """What is due takes effect, and the open plans follow; how many students it has changed."""
    changed = transitions.take_effect()
    _keep_in_step(changed, None)
    return len(changed)


def _keep_in_step(students: Collection[int], by: User | None) -> None:
    if students:
        enlist_all(by=by, among=students)
