"""The life of an enrolment, in the order it happens.

With moving.py, these functions are the only code that writes Enrolment.status. Each takes a set of
rows, locks them in pk order, asks rules.py once for all, writes grouped, and says what became of every row. One row is
a set of one. The number of queries does not grow with the rows.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.timezone import localdate, now

from yibao.accounts.models import User
from yibao.common import audit, bulk
from yibao.common.bulk import among
from yibao.common.errors import Refused, refuse_if
from yibao.common.outcome import Outcome
from yibao.enrolment import messages, papers, quoting, rules
from yibao.enrolment.choice import Choice, types_of, why_not_stand
from yibao.enrolment.models import Enrolment, EnrolmentQuerySet, QuoteLine, ReviewRecord
from yibao.enrolment.moving import locked, move
from yibao.enrolment.snapshot import snapshot
from yibao.enrolment.states import Decision, Intent, Place, Status
from yibao.plans import chain
from yibao.plans.models import InsurancePlan, InsuranceType, OptOutReason, ReviewStep
from yibao.plans.pricing import Quote

Rows = Sequence[Enrolment]
Places = Collection[str]
SUBMITTED = [
    "intent",
    "reason",
    "reason_note",
    "consent_note",
    "amount_due",
    "quoted_on",
    "round",
    "plan_version",
    "submitted_at",
    "submitted_by",
    "snapshot",
    "data_findings",
]


@transaction.atomic
def submit(enrolments: QuerySet[Enrolment], choice: Choice, *, by: User) -> Outcome:
    """提交: to the first step of the chain, or where review left off if the plan says so.

    Raises `Refused` when the choice itself cannot stand; rows that may not submit are in the outcome.
    """
    rows = list(_locked(enrolments).with_story().defer("snapshot"))
    allowed, outcome = _split("submit", rows, rules.why_not_submit(rows, by), by)
    refuse_if(why_not_stand(allowed, choice, by))
    at = now()
    for row in allowed:
        row.intent, row.reason, row.reason_note = choice.intent, choice.reason, choice.note
        row.round += 1
        row.plan_version = row.plan.version
        row.submitted_at, row.submitted_by = at, by
        row.consent_note = "" if row.student.user_id == by.pk else choice.consent.strip()
        row.snapshot, row.data_findings = snapshot(row.student), ""
    _quote(allowed, {row.pk: types_of(row, choice) for row in allowed})
    bulk.update(allowed, SUBMITTED)
    papers.hand_in(allowed, choice.reason, choice.signature, by=by, at=at)
    start = {row.pk: _start(row) for row in allowed}
    _hand_over(allowed, start, by=by, action="submit")
    messages.registered(allowed, start, by=by)
    _refuse_if_changed(allowed)
    return outcome


@transaction.atomic
def withdraw(enrolments: QuerySet[Enrolment], *, by: User) -> Outcome:
    """撤回 before the first decision: back to 未登记, what was entered is kept."""
    rows = _lock(enrolments)
    allowed, outcome = _split("withdraw", rows, rules.why_not_withdraw(rows, by), by)
    to = dict.fromkeys(_pks(allowed), Status.UNREGISTERED)
    move(allowed, to, {}, by=by, action="withdraw")
    messages.withdrawn(allowed, by=by)
    return outcome


@transaction.atomic
def approve(enrolments: QuerySet[Enrolment], *, by: User, comment: str = "") -> Outcome:
    """审核通过 at the step where each row stands: on to the next step, or out of review."""
    rows = _lock(enrolments)
    allowed, outcome = _split("approve", rows, rules.why_not_approve(rows, by), by)
    _record(allowed, Decision.APPROVED, by, comment)
    steps = {plan.pk: _steps(plan) for plan in {row.plan for row in allowed}}
    after = {step.pk: chain.next_step(way, step) for way in steps.values() for step in way}
    onward = {row.pk: after[_step(row).pk] for row in allowed}
    leaving = [r for r in allowed if onward[r.pk] is None and r.intent == Intent.JOIN]
    # A recognition that came after the submission still counts (seed-b: again at review).
    bulk.update(_quote(leaving), ["amount_due", "quoted_on"])
    _hand_over(allowed, onward, by=by, action="approve")
    messages.approved(allowed, onward, by=by)
    _refuse_if_changed(allowed)
    return outcome


@transaction.atomic
def send_back(
    enrolments: QuerySet[Enrolment], *, by: User, comment: str, places: Places = ()
) -> Outcome:
    """退回 to the student, who corrects and submits again. Raises `Refused` without a reason."""
    return _turn_down(enrolments, Decision.SENT_BACK, by=by, comment=comment, places=places)


@transaction.atomic
def refuse(
    enrolments: QuerySet[Enrolment], *, by: User, comment: str, places: Places = ()
) -> Outcome:
    """审核不通过 (seed-b): final for this submission; counts as 未登记 until submitted again."""
    return _turn_down(enrolments, Decision.REFUSED, by=by, comment=comment, places=places)


@transaction.atomic
def take_back(
    enrolments: QuerySet[Enrolment], *, by: User, comment: str, places: Places = ()
) -> Outcome:
    """退回 after review, before payment. Whoever calls this has closed the order first."""
    _need_reason(comment)
    rows = _lock(enrolments)
    allowed, outcome = _split("take_back", rows, rules.why_not_take_back(rows, by), by)
    _record(allowed, Decision.SENT_BACK, by, comment, places)
    move(allowed, dict.fromkeys(_pks(allowed), Status.RETURNED), {}, by=by, action="take_back")
    messages.turned_down(allowed, Decision.SENT_BACK, by=by, comment=comment)
    return outcome


@transaction.atomic
def undo(enrolments: QuerySet[Enrolment], *, by: User, until: datetime, asked: datetime) -> Outcome:
    """撤销 of one's own last decision: back to where the row stood. Payments know if money moves."""
    rows = _lock(enrolments)
    reasons = rules.why_not_undo(rows, by, until=until, asked=asked)
    allowed, outcome = _split("undo", rows, reasons, by)
    last = rules.last_decisions(outcome.done)
    undone = ReviewRecord.objects.filter(pk__in=[record.pk for record in last.values()])
    undone.update(undone_at=now(), undone_by=by)
    _hand_over(allowed, {row.pk: last[row.pk].step for row in allowed}, by=by, action="undo")
    return outcome


@transaction.atomic
def mark_required(
    enrolments: QuerySet[Enrolment], *, required: bool, by: User, note: str = ""
) -> Outcome:
    """参保管理: mark 需要/不需要参保; not needing it wants a reason."""
    if not required and not note.strip():
        raise Refused("请填写不需要参保的原因")
    rows = _lock(enrolments)
    allowed, outcome = _split("mark_required", rows, rules.why_not_mark_required(rows, by), by)
    these = _these(allowed)
    said = {"was": F("required"), "now": required, "note": note.strip()}
    audit.record_each("mark_required", these, by=by, **said)
    these.update(
        required=required, required_note="" if required else note.strip(), changed_at=now()
    )
    messages.marked(allowed, required=required, by=by, note=note)
    return outcome


@transaction.atomic
def correct_reason(
    enrolments: QuerySet[Enrolment], opt_out: OptOutReason, *, by: User, note: str, why: str
) -> Outcome:
    """修改不参保原因 after review, without asking the student again; the student is told."""
    rows = _lock(enrolments)
    reasons = rules.why_not_correct_reason(rows, opt_out)
    allowed, outcome = _split("correct_reason", rows, reasons, by)
    these = _these(allowed)
    said = {"was": F("reason__name"), "now": opt_out.name, "note": note.strip(), "why": why.strip()}
    audit.record_each("correct_reason", these, by=by, **said)
    these.update(reason=opt_out, reason_note=note.strip(), changed_at=now())
    messages.corrected(allowed, opt_out, by=by, why=why)
    return outcome


@transaction.atomic(savepoint=False)
def mark_paid(pks: Collection[int], *, by: User | None) -> Outcome:
    """待缴费 → 已参保, called by payments once the money is a fact. `by` is None for a gateway."""
    rows = locked(pks)
    late = {
        row.pk: f"当前状态为“{row.get_status_display()}”，不在待缴费"
        for row in rows
        if row.status != Status.AWAITING_PAYMENT
    }
    allowed, outcome = _split("mark_paid", rows, late, by)
    move(allowed, dict.fromkeys(_pks(allowed), Status.ENROLLED), {}, by=by, action="mark_paid")
    return outcome


@transaction.atomic(savepoint=False)
def unmark_paid(pks: Collection[int], to: Status, *, by: User | None) -> Outcome:
    """已参保 → 待缴费 (cash voided) or 已退回 (all went back), called by payments with the money."""
    rows = locked(pks)
    other = {
        row.pk: f"当前状态为“{row.get_status_display()}”，不是已参保"
        for row in rows
        if row.status != Status.ENROLLED
    }
    allowed, outcome = _split("unmark_paid", rows, other, by)
    move(allowed, dict.fromkeys(_pks(allowed), to), {}, by=by, action="unmark_paid")
    return outcome


@transaction.atomic
def requote(
    enrolments: QuerySet[Enrolment], quotes: Mapping[int, quoting.Fair], *, by: User | None
) -> Outcome:
    """重新计价 what was quoted before; what then costs nothing is not waited for any more.

    Payments know what has been ordered: they ask for this when the new price is to count.
    """
    rows = _lock(enrolments)
    allowed, outcome = _split("requote", rows, rules.why_not_requote(rows), by)
    was = {row.pk: row.amount_due for row in allowed}
    for row in allowed:
        row.quoted_on = quotes[row.pk].on
    _write_lines(allowed, {row.pk: quotes[row.pk].quote for row in allowed})
    bulk.update(allowed, ["amount_due", "quoted_on"])
    audit.record_many(
        audit.entry("requote", row, by=by, was=str(was[row.pk]), now=str(row.amount_due))
        for row in allowed
    )
    free = [r for r in allowed if r.status == Status.AWAITING_PAYMENT and not r.amount_due]
    move(free, dict.fromkeys(_pks(free), Status.ENROLLED), {}, by=by, action="requote")
    return outcome


def _turn_down(
    enrolments: QuerySet[Enrolment], decision: Decision, *, by: User, comment: str, places: Places
) -> Outcome:
    _need_reason(comment)
    rows = _lock(enrolments)
    allowed, outcome = _split(decision.value, rows, rules.why_not_review(rows, by), by)
    _record(allowed, decision, by, comment, places)
    for resumes in (True, False):
        these = _these(row for row in allowed if row.plan.resume_after_return is resumes)
        these.update(resume_step=F("current_step") if resumes else None)
    move(allowed, dict.fromkeys(_pks(allowed), Status.RETURNED), {}, by=by, action=decision.value)
    messages.turned_down(allowed, decision, by=by, comment=comment)
    return outcome


def _hand_over(rows: Rows, steps: dict[int, ReviewStep | None], *, by: User, action: str) -> None:
    """To the next step of the chain; when none is left, to where the choice leads."""
    to = {row.pk: rules.destination(row, steps[row.pk]) for row in rows}
    move(rows, to, steps, by=by, action=action)


def _quote(rows: Rows, types: dict[int, list[InsuranceType]] | None = None) -> list[Enrolment]:
    """Price the chosen types anew, rewrite the lines of rows whose quote changed, return those.

    Without types those that were chosen before. Sets amount_due in memory only: the caller writes
    it together with what else it changes, since the database refuses a fee for staying out.
    """
    old = quoting.lines_of(rows)
    quotes = quoting.quotes_for(rows, types or quoting.types_of(rows, old))
    changed = [row for row in rows if not quoting.same(row, old[row.pk], quotes[row.pk])]
    for row in changed:
        row.quoted_on = localdate()
    _write_lines(changed, quotes)
    return changed


def _write_lines(rows: Rows, quotes: Mapping[int, Quote]) -> None:
    """The lines of each row become those of its quote, its amount their sum (in memory only)."""
    for row in rows:
        row.amount_due = quotes[row.pk].amount
    if not rows:
        return
    QuoteLine.objects.filter(enrolment__in=among(_pks(rows))).delete()
    bulk.insert(
        [
            QuoteLine(
                enrolment_id=row.pk,
                insurance_type_id=line.type_id,
                premium=line.premium,
                reduced=line.reduced,
                amount=line.amount,
                payer=line.payer,
                explanation=line.explanation,
            )
            for row in rows
            for line in quotes[row.pk].lines
        ]
    )


def _lock(enrolments: QuerySet[Enrolment]) -> list[Enrolment]:
    """The rows, locked in pk order (two overlapping batches then never deadlock), with their story."""
    return list(_locked(enrolments).with_story().sparing())


def _locked(enrolments: QuerySet[Enrolment]) -> EnrolmentQuerySet[Enrolment]:
    pks = enrolments.order_by().values("pk")
    return Enrolment.objects.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",))


def _split(
    action: str, rows: Rows, reasons: dict[int, str], by: User | None
) -> tuple[list[Enrolment], Outcome]:
    """The rows that may, and the outcome; each refusal leaves its line in the trail."""
    audit.record_many(
        audit.entry(f"{action}_refused", row, by=by, why=reasons[row.pk])
        for row in rows
        if row.pk in reasons
    )
    allowed = [row for row in rows if row.pk not in reasons]
    return allowed, Outcome(_pks(allowed), reasons)


def _record(rows: Rows, decision: Decision, by: User, comment: str, places: Places = ()) -> None:
    """A decision on each row, at the step where it stands."""
    bulk.insert_from(
        ReviewRecord,
        _these(rows),
        enrolment=F("pk"),
        step=F("current_step"),
        round=F("round"),
        plan_version=F("plan__version"),
        decision=decision,
        comment=comment.strip(),
        places=[place for place in Place if place in places],
        by=by,
    )


def _start(row: Enrolment) -> ReviewStep | None:
    steps = _steps(row.plan)
    resumed = next((step for step in steps if step.pk == row.resume_step_id), None)
    return resumed or chain.first_step(steps)


def _steps(plan: InsurancePlan) -> list[ReviewStep]:
    return list(plan.steps.all())


def _step(row: Enrolment) -> ReviewStep:
    if row.current_step is None:  # the rules let only rows at a step come here
        message = f"enrolment {row.pk} stands at no step"
        raise ValueError(message)
    return row.current_step


def _refuse_if_changed(rows: Rows) -> None:
    """What was read of a plan must be one version of it: it is not locked while it is read."""
    read = {row.plan_id: row.plan.version for row in rows}
    plans = InsurancePlan.objects.filter(pk__in=read)
    if read != dict(plans.values_list("pk", "version")):
        raise Refused("计划刚刚有修改，请刷新页面核对后再操作")


def _need_reason(comment: str) -> None:
    refuse_if("" if comment.strip() else "请填写退回原因，学生要据此修改")


def _these(rows: Iterable[Enrolment]) -> EnrolmentQuerySet[Enrolment]:
    """The rows in the database, as they stand there now."""
    return Enrolment.objects.filter(pk__in=among(_pks(rows)))


def _pks(rows: Iterable[Enrolment]) -> list[int]:
    return [row.pk for row in rows]
