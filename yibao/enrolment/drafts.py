"""草稿: what a student has chosen so far, kept between screens, tabs and sessions.

A draft is no fact: it counts nowhere and leaves no trail. What was submitted after it was saved
supersedes it, so that a returned student starts from what stands in the enrolment.
"""

from django.db import transaction

from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Draft, Enrolment
from yibao.enrolment.statement import Signature
from yibao.enrolment.states import TO_REGISTER, Intent
from yibao.plans.states import Choosing


def draft_of(row: Enrolment) -> Draft:
    """The live draft, or an unsaved one from what was submitted last, or from the plan's defaults."""
    kept = getattr(row, "draft", None)
    if kept is not None and not (row.submitted_at and kept.saved_at <= row.submitted_at):
        return kept
    if row.submitted_at:
        return Draft(
            enrolment_id=row.pk,
            intent=row.intent,
            type_ids=[line.insurance_type_id for line in row.lines.all()],
            reason=row.reason,
            note=row.reason_note,
        )
    default = [t.pk for t in row.plan.types.all() if t.choosing == Choosing.DEFAULT]
    return Draft(enrolment_id=row.pk, type_ids=default)


def is_begun(row: Enrolment) -> bool:
    """Whether to say 继续 instead of 申请参保."""
    return not draft_of(row)._state.adding


@transaction.atomic
def keep(row: Enrolment, **changes: object) -> None:
    """Save what was entered on one screen; nothing any more once the row has been submitted."""
    locked = Enrolment.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if locked.status not in TO_REGISTER:
        return
    draft = draft_of(locked)
    for name, value in changes.items():
        setattr(draft, name, value)
    draft.save()


def choice_of(draft: Draft, signature: Signature | None = None) -> Choice | None:
    """What would be submitted; None while neither 参保 nor 不参保 has been chosen."""
    if not draft.intent:
        return None
    intent = Intent(draft.intent)
    if intent == Intent.JOIN:
        return Choice(intent, type_ids=tuple(draft.type_ids))
    return Choice(intent, reason=draft.reason, note=draft.note, signature=signature)
