"""What a person decided, and why it cannot stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.timezone import localdate

from yibao.accounts.models import User
from yibao.enrolment import papers, quoting
from yibao.enrolment.models import Enrolment
from yibao.enrolment.statement import Signature
from yibao.enrolment.states import Intent
from yibao.plans.choosing import chosen_types, why_not_choose, why_not_give
from yibao.plans.models import InsurancePlan, InsuranceType, OptOutReason
from yibao.plans.states import Offered

Rows = Sequence[Enrolment]


@dataclass(frozen=True)
class Choice:
    """What a person decided: to join with some types, or to stay out for a reason.

    Who stays out signs; who registers somebody else says how they agreed (`consent`).
    """

    intent: Intent
    type_ids: tuple[int, ...] = ()
    reason: OptOutReason | None = None
    note: str = ""
    signature: Signature | None = None
    consent: str = ""


def types_of(row: Enrolment, choice: Choice) -> list[InsuranceType]:
    """The types that a row takes by a choice."""
    if choice.intent == Intent.STAY_OUT:
        return []
    return chosen_types(list(row.plan.types.all()), choice.type_ids)


def why_not_stand(rows: Rows, choice: Choice, by: User) -> str:
    """Why these rows cannot all decide so; an empty text if they can."""
    for plan in {row.plan for row in rows}:
        if why := _why_not_in_plan(plan, choice):
            return why
    if why := papers.why_not_register(rows, choice.consent, by):
        return why
    if choice.intent == Intent.JOIN or choice.reason is None:
        return ""
    return _why_not_give(rows, choice.reason) or papers.why_not_stay_out(
        rows, choice.reason, signature=choice.signature, by=by
    )


def _why_not_in_plan(plan: InsurancePlan, choice: Choice) -> str:
    if choice.intent == Intent.JOIN:
        return why_not_choose(list(plan.types.all()), choice.type_ids)
    if choice.reason is None or choice.reason.plan_id != plan.pk:
        return "请选择不参保的原因"
    if choice.reason.note_required and not choice.note.strip():
        return f"原因为“{choice.reason}”时，请填写说明"
    return ""


def _why_not_give(rows: Rows, reason: OptOutReason) -> str:
    """Some reasons are offered to recognised students only."""
    if reason.offered_to == Offered.ALL:
        return ""
    held, today = quoting.recognised(rows), localdate()
    answers = (why_not_give(reason, held.get(row.pk, ()), on=today) for row in rows)
    return next(filter(None, answers), "")
