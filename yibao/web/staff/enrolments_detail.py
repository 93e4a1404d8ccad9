"""Everything about one enrolment, for the dialog of every list of enrolments."""

from typing import Any

from yibao.common import audit
from yibao.enrolment.findings import with_codes
from yibao.enrolment.models import Enrolment, EnrolmentQuerySet
from yibao.enrolment.papers import whole
from yibao.enrolment.rules import why_not_submit
from yibao.enrolment.states import (
    Decision,
    Finding,
    Intent,
    Papers,
    Signed,
    Standing,
    Status,
)
from yibao.payments.models import Order
from yibao.payments.states import OrderStatus, PaymentStatus, RefundStatus
from yibao.people.checks import master_faults
from yibao.people.identity import mask_id_number, mask_mobile
from yibao.people.models import Student
from yibao.plans.models import HardshipEntry
from yibao.web.access import may_open
from yibao.web.staff.papers import papers_of
from yibao.web.staff.reminding import reminded
from yibao.web.staff.words import act_of, detail_of, label

TEMPLATE = "staff/enrolments/_detail.html"
ACTS_SHOWN = 30


def readable(rows: EnrolmentQuerySet) -> EnrolmentQuerySet:
    """The rows with all that the dialog says."""
    joined = rows.with_story().with_quote().with_standing().with_counselors().with_papers()
    return with_codes(joined).prefetch_related(
        "submitted_by",
        "objections__settled_by",
        "reason__needs__kind",
        *whole(),
        "reviews__step",
        "reviews__by",
        "reviews__undone_by",
        "orders__payments__cashier",
        "orders__payments__refunds",
    )


def describe(row: Enrolment, viewer: Any) -> tuple[str, dict[str, Any]]:
    """Template and variables of the dialog about one row of `readable`."""
    orders = sorted(row.orders.all(), key=lambda order: order.created_at, reverse=True)
    payments = [payment for order in orders for payment in order.payments.all()]
    trail = audit.trail_of(row, *orders, *payments)[:ACTS_SHOWN]
    return TEMPLATE, {
        "enrolment": row,
        "status": Status(row.status),
        "standing": Standing(row.standing),
        "secrets": secrets_of(row.student, viewer),
        "faults": master_faults(row.student),
        "may_mend": may_open(viewer, "staff:student_edit") and row.student.user_id != viewer.pk,
        "findings": findings_of(row),
        "hardships": hardships_of(row),
        "joins": row.intent == Intent.JOIN,
        "on_behalf": row.submitted_by_id not in (None, row.student.user_id),
        "objections": [one for one in row.objections.all() if one.round == row.round],
        "steps": steps_of(row),
        "reviews": [(r, Decision(r.decision)) for r in reversed(row.reviews.all())],
        "orders": [bill_of(order) for order in orders],
        "reminders": reminded(row),
        "acts": [(act, act_of(act), detail_of(act)) for act in trail],
        "papers": papers_of(row, viewer),
        "evidence_state": Papers(row.evidence_state),
        "statement_state": Signed(row.statement_state),
        "may_register": may_open(viewer, "staff:register")
        and not why_not_submit([row], viewer).get(row.pk),
    }


def secrets_of(student: Student, viewer: Any) -> list[dict[str, str]]:
    """The masked numbers, each to be shown in full by whoever may."""
    shown = may_open(viewer, "staff:disclose")
    masked = {
        "id_number": ("证件号码", mask_id_number(student.id_number)),
        "mobile": ("手机号", mask_mobile(student.mobile)),
        "home_phone": ("家庭电话", mask_mobile(student.home_phone)),
    }
    return [
        {"field": field, "label": said, "masked": text, "shown": shown and text}
        for field, (said, text) in masked.items()
    ]


def hardships_of(row: Enrolment) -> list[HardshipEntry]:
    """The recognitions of the plan's year."""
    year = row.plan.academic_year
    return [entry for entry in row.student.hardships.all() if entry.academic_year == year]


def findings_of(row: Enrolment) -> list[Finding]:
    """What the automatic checks have for whoever reviews it now."""
    if row.status != Status.IN_REVIEW or not row.finding_codes:
        return []
    return [Finding(code) for code in row.finding_codes.split(",")]


def steps_of(row: Enrolment) -> list[dict[str, str]]:
    """The way of this submission through the chain, as names and states."""
    now = [r for r in row.decisions if r.round == row.round]
    passed = {r.step_id for r in now if r.decision == Decision.APPROVED}
    turned = {r.step_id for r in now if r.decision != Decision.APPROVED}
    over = row.status in (Status.AWAITING_PAYMENT, Status.ENROLLED, Status.OPTED_OUT)
    steps = []
    for step in row.plan.steps.all():
        if step.pk == row.current_step_id:
            state = "now"
        elif step.pk in turned:
            state = "bad"
        else:
            state = "done" if over or step.pk in passed else "wait"
        steps.append({"label": step.name, "state": state})
    if row.intent != Intent.STAY_OUT:
        paying = {Status.AWAITING_PAYMENT: "now", Status.ENROLLED: "done"}
        steps.append({"label": "缴费", "state": paying.get(Status(row.status), "wait")})
    return steps


def bill_of(order: Order) -> dict[str, Any]:
    """An order with its attempts and what went back."""
    return {
        "order": order,
        "status": OrderStatus(order.status),
        "payments": [
            {
                "payment": payment,
                "status": PaymentStatus(payment.status),
                "channel": label(payment.channel),
                "refunds": [(r, RefundStatus(r.status)) for r in payment.refunds.all()],
            }
            for payment in sorted(order.payments.all(), key=lambda payment: payment.pk)
        ],
    }
