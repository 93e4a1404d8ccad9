"""撤销 of review decisions, as long as no student has gone on to pay."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.outcome import Outcome
from yibao.enrolment import flow
from yibao.enrolment.models import Enrolment
from yibao.payments import rules


@transaction.atomic
def undo_review(
    enrolments: QuerySet[Enrolment], *, by: User, until: datetime, asked: datetime
) -> Outcome:
    """撤销, but not of rows that have an order: taking those back closes it first.

    An order is made under the lock of its enrolment, so none can appear between look and act.
    """
    pks = enrolments.order_by().values("pk")
    locked = Enrolment.objects.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",))
    rows = list(locked.defer("snapshot"))
    paying = rules.why_not_undo(rows)
    audit.record_many(
        audit.entry("undo_refused", row, by=by, why=paying[row.pk])
        for row in rows
        if row.pk in paying
    )
    others = Enrolment.objects.filter(pk__in=[row.pk for row in rows if row.pk not in paying])
    outcome = flow.undo(others, by=by, until=until, asked=asked)
    return Outcome(outcome.done, outcome.refused | paying)
