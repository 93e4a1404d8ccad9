"""差额: when what somebody has ordered would now cost something else.

The third flow beside flow.py and refunding.py: it alone writes Difference.status. Found differences
wait for finance (clearing.py); what was only quoted and not ordered yet is quoted anew at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.bulk import among
from yibao.common.turns import take_turn
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment import quoting
from yibao.enrolment.models import Enrolment
from yibao.enrolment.quoting import Fair
from yibao.enrolment.rules import QUOTED
from yibao.enrolment.states import Intent, Status
from yibao.payments import messages
from yibao.payments.lines import as_data, lines_as_data, quote_of
from yibao.payments.models import Difference, Order
from yibao.payments.states import (
    DIFFERENCE_MOVES,
    DifferenceCause,
    DifferenceStatus,
    OrderStatus,
    RefundStatus,
)
from yibao.plans.models import InsurancePlan


@dataclass(frozen=True)
class Found:
    """What a look has led to, in rows."""

    requoted: int = 0
    opened: int = 0
    gone: int = 0

    def __add__(self, other: "Found") -> "Found":
        return Found(
            self.requoted + other.requoted, self.opened + other.opened, self.gone + other.gone
        )


@transaction.atomic
def look(plan: InsurancePlan, cause: DifferenceCause, *, by: User | None) -> Found:
    """Compare everybody's quote with what is known now. The queries do not grow with the rows."""
    take_turn("differences")
    rows = _quoted(plan)
    types = quoting.types_of(rows, lines := quoting.lines_of(rows))
    fair = quoting.fair_quotes(rows, types)
    ordered = _ordered(rows)
    anew = [
        row
        for row in rows
        if row.pk not in ordered and not quoting.same(row, lines[row.pk], fair[row.pk].quote)
    ]
    other = {
        row.pk: row
        for row in rows
        if row.pk in ordered and fair[row.pk].quote.amount != row.amount_due
    }
    gone, opened = _update(plan, other, fair, cause, by=by)
    requoted = _requote(anew, fair, by=by)
    return Found(requoted, opened, gone)


def _quoted(plan: InsurancePlan) -> list[Enrolment]:
    """Who joins and has been quoted, with the plan that they are quoted by."""
    known = InsurancePlan.objects.prefetch_related("types", "fee_rules").get(pk=plan.pk)
    rows = Enrolment.objects.filter(plan=plan, intent=Intent.JOIN, status__in=QUOTED)
    found = list(rows.order_by("pk").only("student", "status", "amount_due", "quoted_on", "plan"))
    for row in found:
        row.plan = known
    return found


def _ordered(rows: Sequence[Enrolment]) -> set[int]:
    """Whose price stands fast: what has an order, and who was insured for nothing."""
    live = Order.objects.filter(
        enrolment__in=among(row.pk for row in rows),
        status__in=[OrderStatus.OPEN, OrderStatus.PAID],
    )
    done = {row.pk for row in rows if row.status == Status.ENROLLED}
    return done | set(live.values_list("enrolment_id", flat=True))


def _update(
    plan: InsurancePlan,
    other: Mapping[int, Enrolment],
    fair: Mapping[int, Fair],
    cause: DifferenceCause,
    *,
    by: User | None,
) -> tuple[int, int]:
    """Differences that are gone, and those that are new; one that is being cleared is left alone."""
    live = Difference.objects.live().filter(enrolment__plan=plan).order_by("pk")
    known = {d.enrolment_id: d for d in live.select_for_update(of=("self",))}
    waiting = {pk: d for pk, d in known.items() if d.status == DifferenceStatus.OPEN}
    gone = [difference for pk, difference in waiting.items() if pk not in other]
    for difference in gone:
        move(difference, DifferenceStatus.GONE, by=by)
    lines = lines_as_data(other)
    for pk, difference in waiting.items():
        if pk in other and difference.new_amount != fair[pk].quote.amount:
            _describe(difference, fair[pk])
            difference.save()
    kept = _kept(other)
    new = [
        _describe(
            Difference(
                enrolment=row,
                cause=cause,
                plan_version=row.plan.version,
                old_amount=row.amount_due,
                old_lines=lines[pk],
            ),
            fair[pk],
        )
        for pk, row in other.items()
        if pk not in known and kept.get(pk) != (row.amount_due, fair[pk].quote.amount)
    ]
    made = Difference.objects.bulk_create(new)
    audit.record_many(
        audit.entry("open_difference", d, by=by, was=str(d.old_amount), now=str(d.new_amount))
        for d in made
    )
    messages.differing(made, by=by)
    return len(gone), len(made)


def _describe(difference: Difference, fair: Fair) -> Difference:
    difference.new_amount = fair.quote.amount
    difference.new_lines = [as_data(line) for line in fair.quote.lines]
    difference.quoted_on = fair.on
    return difference


def _kept(pks: Iterable[int]) -> dict[int, tuple[Decimal, Decimal]]:
    """What was last decided to be left as it is: the same question is not asked twice."""
    rows = Difference.objects.filter(enrolment__in=among(pks), status=DifferenceStatus.KEPT)
    values = rows.order_by("pk").values_list("enrolment_id", "old_amount", "new_amount")
    return {pk: (old, new) for pk, old, new in values}


def _requote(rows: Sequence[Enrolment], fair: Mapping[int, Fair], *, by: User | None) -> int:
    if not rows:
        return 0
    these = Enrolment.objects.filter(pk__in=among(row.pk for row in rows))
    done = enrolment_flow.requote(these, fair, by=by).done
    was = {row.pk: row.amount_due for row in rows}
    told = Enrolment.objects.filter(pk__in=among(done)).select_related("plan", "student")
    messages.requoted(told, was, by=by)
    return len(done)


# Clearing -----------------------------------------------------------------------------------


def lock(differences: QuerySet[Difference]) -> list[Difference]:
    """In pk order, with their enrolment and plan."""
    pks = differences.order_by().values("pk")
    rows = Difference.objects.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",))
    return list(rows.select_related("enrolment__plan", "enrolment__student"))


def settle(pks: Iterable[int], *, by: User | None) -> None:
    """The money has moved: from now on the new price is what is owed."""
    for difference in lock(Difference.objects.filter(pk__in=list(pks))):
        if difference.status != DifferenceStatus.SETTLING:
            continue
        fair = Fair(quote_of(difference.new_lines), difference.quoted_on)
        these = Enrolment.objects.filter(pk=difference.enrolment_id)
        enrolment_flow.requote(these, {difference.enrolment_id: fair}, by=by).or_refuse()
        move(difference, DifferenceStatus.SETTLED, by=by)


def unsettle(pks: Iterable[int], *, by: User | None) -> None:
    """The cash of a further order was voided: the old price counts until it is paid after all."""
    for difference in lock(Difference.objects.filter(pk__in=list(pks))):
        fair = Fair(quote_of(difference.old_lines), difference.quoted_on)
        these = Enrolment.objects.filter(pk=difference.enrolment_id)
        enrolment_flow.requote(these, {difference.enrolment_id: fair}, by=by).or_refuse()
        move(difference, DifferenceStatus.SETTLING, by=by)


def settle_refunded(pk: int, *, by: User | None) -> None:
    """退费 is through: settle the difference once all of its refunds are."""
    difference = Difference.objects.get(pk=pk)
    if not difference.refunds.exclude(status=RefundStatus.DONE).exists():
        settle([pk], by=by)


def move(difference: Difference, to: DifferenceStatus, *, by: User | None) -> None:
    """One step of its life, with a line in the trail."""
    if to not in DIFFERENCE_MOVES[DifferenceStatus(difference.status)]:
        message = f"no move of a difference from {difference.status} to {to}"
        raise ValueError(message)
    audit.record("difference", difference, by=by, was=difference.status, now=to.value)
    difference.status = to
    difference.closed_at = None if to == DifferenceStatus.SETTLING else now()
    difference.save()
