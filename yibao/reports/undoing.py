"""撤销 of review decisions, as long as the student's state is in no rate that was handed in."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.outcome import Outcome
from yibao.enrolment.models import Enrolment
from yibao.payments import undoing
from yibao.plans.models import InsurancePlan
from yibao.reports import rules


@transaction.atomic
def undo_review(
    enrolments: QuerySet[Enrolment], *, by: User, until: datetime, asked: datetime
) -> Outcome:
    """撤销, but not of rows that a rate has frozen: those are corrected where the rate stands.

    Who hands in a rate locks its plan. Held here too, so that no rate freezes what is being undone.
    """
    pks = list(enrolments.order_by().values_list("pk", flat=True))
    reporting = InsurancePlan.objects.filter(rate_reporting=True, enrolments__in=pks)
    # No key of a plan changes: whoever only refers to it need not wait.
    held = InsurancePlan.objects.filter(pk__in=reporting.values("pk")).order_by("pk")
    list(held.select_for_update(no_key=True).values_list("pk", flat=True))
    rows = list(Enrolment.objects.filter(pk__in=pks).defer("snapshot").order_by("pk"))
    frozen = rules.why_not_undo(rows)
    audit.record_many(
        audit.entry("undo_refused", row, by=by, why=frozen[row.pk])
        for row in rows
        if row.pk in frozen
    )
    others = Enrolment.objects.filter(pk__in=[pk for pk in pks if pk not in frozen])
    outcome = undoing.undo_review(others, by=by, until=until, asked=asked)
    return Outcome(outcome.done, outcome.refused | frozen)
