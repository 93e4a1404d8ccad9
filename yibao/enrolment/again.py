"""和去年一样: last year's choice in terms of this year's plan, as long as it is still the same choice.

Types and reasons are plan data, so they are found again by their names. Amounts are this year's. What
a plan asks of those who stay out is asked anew: last year's evidence proves nothing about this year.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from yibao.enrolment.models import Draft, Enrolment
from yibao.enrolment.states import Intent, Status
from yibao.people.checks import master_faults
from yibao.people.contact import contact_faults, contact_of, tidy
from yibao.plans.choosing import chosen_types, why_not_choose
from yibao.plans.models import InsuranceType, OptOutReason

SETTLED = (Status.ENROLLED, Status.OPTED_OUT)


@dataclass(frozen=True)
class Again:
    """What was chosen before, and the same of this plan."""

    before: Enrolment
    intent: Intent
    types: tuple[InsuranceType, ...] = ()
    reason: OptOutReason | None = None


def again_of(row: Enrolment, rows: Iterable[Enrolment]) -> Again | None:
    """The same choice as the latest settled one of an earlier year; None if there is none any more.

    `rows` are the student's in all plans, with their story. Only who has not begun is asked.
    """
    before = _latest(row, rows)
    if before is None or row.status != Status.UNREGISTERED or row.submitted_at:
        return None
    if not row.required or row.off_roster or _is_faulty(row):
        return None
    same = _join(row, before) if before.intent == Intent.JOIN else _stay_out(row, before)
    return same if same and _is_same_person(row, before) else None


def draft_for(row: Enrolment, found: Again) -> Draft:
    """What would be confirmed, not saved."""
    return Draft(
        enrolment_id=row.pk,
        data_confirmed=True,
        intent=found.intent,
        type_ids=[one.pk for one in found.types],
        reason=found.reason,
    )


def _is_same_person(row: Enrolment, before: Enrolment) -> bool:
    """Name and number as they were confirmed then: who has new ones looks at all of it."""
    then = before.snapshot
    now = {"姓名": row.student.name, "证件号码": row.student.id_number}
    return all(then.get(label) == value for label, value in now.items())


def _latest(row: Enrolment, rows: Iterable[Enrolment]) -> Enrolment | None:
    """Of the year before; who missed a year chooses anew."""
    wanted = row.plan.academic_year - 1
    found = [
        one
        for one in rows
        if one.plan.academic_year == wanted
        and one.student_id == row.student_id
        and one.status in SETTLED
        and not one.off_roster
    ]
    return found[0] if len(found) == 1 else None


def _is_faulty(row: Enrolment) -> bool:
    """Whether something about the student is to be put right first."""
    contact = tidy(contact_of(row.student))
    return bool(master_faults(row.student) or contact_faults(contact))


def _join(row: Enrolment, before: Enrolment) -> Again | None:
    names = [line.insurance_type.name for line in before.lines.all()]
    types = list(row.plan.types.all())
    same = {one.name: one for one in types}
    if not names or any(name not in same for name in names):
        return None
    ticked = [same[name].pk for name in names]
    chosen = chosen_types(types, ticked)
    # A type that everybody takes now and did not take then makes it another choice.
    if why_not_choose(types, ticked) or {one.name for one in chosen} != set(names):
        return None
    return Again(before, Intent.JOIN, types=tuple(chosen))


def _stay_out(row: Enrolment, before: Enrolment) -> Again | None:
    name = before.reason.name if before.reason else ""
    reason = next((one for one in row.plan.reasons.all() if one.name == name), None)
    # A note says how things are now: whoever must write one goes the usual way.
    if reason is None or reason.note_required:
        return None
    return Again(before, Intent.STAY_OUT, reason=reason)
