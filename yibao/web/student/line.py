"""进度: the way of one enrolment from 已提交 to 已参保, as the student reads it.

Pure: reads a row that came with its story, its reviews, orders and payments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yibao.common.templatetags.ui import money
from yibao.enrolment.models import Enrolment, ReviewRecord
from yibao.enrolment.quoting import coverage_for
from yibao.enrolment.states import TO_REGISTER, Decision, Intent, Status
from yibao.payments.models import Payment
from yibao.payments.providers.base import label as channel_label
from yibao.payments.states import PaymentStatus
from yibao.plans.models import ReviewStep
from yibao.web.student.leaving import left_of
from yibao.web.student.words import minute


@dataclass(frozen=True)
class Stop:
    """One station. `state` is done, now, wait or bad; `tag` is said beside the name."""

    label: str
    state: str
    tag: str = ""
    at: datetime | None = None
    who: str = ""
    note: str = ""


def stops_of(row: Enrolment) -> list[Stop]:
    """The stations in order. A returned enrolment shows where it was returned, and what is next."""
    if not row.submitted_at:
        return []
    stops = [_submitted(row), *_reviews(row)]
    if left := left_of(row):
        back = Stop(
            "已退出参保",
            "done",
            at=left.at,
            who=f"财务 {left.who}",
            note=f"已退费 {money(left.amount)}",
        )
        return [*stops, _payment(row), back]
    if row.status in TO_REGISTER:
        return stops
    if row.intent == Intent.STAY_OUT:
        done = row.status == Status.OPTED_OUT
        end = Stop("登记为不参保", "done" if done else "wait", at=row.changed_at if done else None)
        return [*stops, end]
    return [*stops, _payment(row), _insured(row)]


def earlier_of(row: Enrolment) -> list[tuple[ReviewRecord, str]]:
    """Decisions on submissions before the present one with their tones, newest first."""
    earlier = [r for r in row.decisions if r.round < row.round]
    return [(r, Decision(r.decision).tone) for r in reversed(earlier)]


def _submitted(row: Enrolment) -> Stop:
    behalf = row.submitted_by_id != row.student.user_id
    who = f"由{row.submitted_by}代为登记" if behalf else ""
    what = "" if row.intent == Intent.JOIN else f"不参保：{row.reason}"
    if row.status == Status.UNREGISTERED:
        return Stop("已撤回", "now", tag="待重新提交", at=row.changed_at)
    return Stop("已提交", "done", at=row.submitted_at, who=who, note=what)


def _reviews(row: Enrolment) -> list[Stop]:
    """One station a step of the chain, and a return after review where there was one."""
    if row.status == Status.UNREGISTERED:
        return []
    present = [r for r in row.decisions if r.round == row.round]
    decided = {r.step_id: r for r in present if r.step_id}
    stops = []
    for step in row.plan.steps.all():
        if record := decided.get(step.pk):
            stops.append(_decided(step.name, record))
            if record.decision != Decision.APPROVED:
                return stops
        elif row.status == Status.IN_REVIEW and step.pk == row.current_step_id:
            stops.append(Stop(step.name, "now", tag="审核中", note=_window(step)))
        elif _is_behind(step, row):
            stops.append(_kept(step, row.decisions))
        elif row.status == Status.IN_REVIEW:
            stops.append(Stop(step.name, "wait"))
    after = [r for r in present if not r.step_id]
    return [*stops, *(_decided("审核后退回", record) for record in after)]


def _is_behind(step: ReviewStep, row: Enrolment) -> bool:
    """A step that this submission did not pass again, since review resumed further on."""
    at = row.current_step
    return at is None or step.position < at.position


def _kept(step: ReviewStep, records: Sequence[ReviewRecord]) -> Stop:
    approved = [r for r in records if r.step_id == step.pk and r.decision == Decision.APPROVED]
    if not approved:
        return Stop(step.name, "done", note="本次无需审核")
    return _decided(step.name, approved[-1])


def _decided(label: str, record: ReviewRecord) -> Stop:
    good = record.decision == Decision.APPROVED
    return Stop(
        label,
        "done" if good else "bad",
        tag="" if good else record.get_decision_display(),
        at=record.at,
        who=record.by.name,
        note=record.comment,
    )


def _payment(row: Enrolment) -> Stop:
    if row.status == Status.IN_REVIEW:
        if not row.amount_due:
            return Stop("无需缴费", "wait")
        return Stop("缴费", "wait", note=f"应缴 {money(row.amount_due)}")
    if row.status == Status.AWAITING_PAYMENT:
        until = f"应缴 {money(row.amount_due)}，{minute(row.plan.pay_until)} 截止"
        return Stop("缴费", "now", tag="待缴费", note=until)
    payment = settled(row)
    if payment is None:
        return Stop(
            "无需缴费", "done", note="；".join(line.explanation for line in row.lines.all())
        )
    paid = f"{channel_label(payment.channel)} {money(payment.amount)}"
    return Stop("已缴费", "done", at=payment.paid_at, note=paid)


def _insured(row: Enrolment) -> Stop:
    covered = f"保障期 {coverage_for(row)}"
    if row.status == Status.ENROLLED:
        return Stop("已参保", "done", at=row.changed_at, note=covered)
    return Stop("已参保", "wait")


def _window(step: ReviewStep) -> str:
    return f"审核截止 {minute(step.closes_at)}" if step.closes_at else ""


def settled(row: Enrolment) -> Payment | None:
    """The payment that the enrolment was settled with."""
    return next(
        (
            payment
            for order in row.orders.all()
            for payment in order.payments.all()
            if payment.status == PaymentStatus.CONFIRMED
        ),
        None,
    )
