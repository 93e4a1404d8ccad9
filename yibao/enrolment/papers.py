"""What staying out must be backed by: asked when it is submitted, made good afterwards, doubted in review.

A student hands in evidence and signs while submitting. Whoever registers a student cannot sign for
them: they note how the student agreed, and what is missing stays outstanding until the student supplies
it (`supply`). Missing papers are shown; they stop no reviewer.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit, pictures
from yibao.common.errors import Refused, refuse_if
from yibao.common.models import Picture
from yibao.enrolment import evidence, messages, rules, statement
from yibao.enrolment.models import Enrolment
from yibao.enrolment.paper_models import Doubt, Evidence, Statement
from yibao.enrolment.statement import Signature
from yibao.enrolment.states import Intent, Papers, Signed, Status
from yibao.people.levels import Level
from yibao.people.master import without_numbers
from yibao.plans.models import EvidenceKind, OptOutReason
from yibao.plans.states import PlanStatus

Rows = Sequence[Enrolment]


def own(rows: Rows, by: User) -> list[Enrolment]:
    """Those that are the person's own."""
    return [row for row in rows if row.student.user_id == by.pk]


def why_not_register(rows: Rows, consent: str, by: User) -> str:
    """Why somebody else may not enter what these rows decide: how each agreed has to be said."""
    return "" if len(own(rows, by)) == len(rows) or consent.strip() else "请写明学生是怎样同意的"


def why_not_stay_out(
    rows: Rows, reason: OptOutReason, *, signature: Signature | None, by: User
) -> str:
    """Why a submission for a reason is not backed as the plan wants it; "" if it is."""
    mine = own(rows, by)
    if why := evidence.why_not_hand_in(mine, reason):
        return why
    if not reason.plan.statement_required:
        return ""
    if mine and signature is None:
        return "请先阅读并签署承诺书，再提交"
    return ""


def hand_in(
    rows: Rows, reason: OptOutReason | None, signature: Signature | None, *, by: User, at: datetime
) -> None:
    """Evidence and statement of a submission; only the students' own have any."""
    mine = own(rows, by)
    evidence.hand_in(mine, reason)
    if reason is None or signature is None or not reason.plan.statement_required:
        return
    for row in mine:
        statement.sign(row, signature, by=by, at=at)


def outstanding(row: Enrolment) -> tuple[bool, bool]:
    """Whether evidence and whether the statement of the present submission are still to come."""
    if row.status not in (Status.IN_REVIEW, Status.OPTED_OUT):
        return False, False
    found = Enrolment.objects.with_papers().only("pk").get(pk=row.pk)
    return found.evidence_state == Papers.MISSING, found.statement_state == Signed.OUTSTANDING


def why_not_supply(row: Enrolment, by: User) -> str:
    """补交 by the student, as long as the plan is open and something is outstanding."""
    if row.student.user_id != by.pk:
        return "材料和承诺书由学生本人补交"
    if row.plan.status != PlanStatus.OPEN:
        return f"计划“{row.plan}”{row.plan.get_status_display()}，不能再补交"
    if row.intent != Intent.STAY_OUT or not any(outstanding(row)):
        return "没有需要补交的材料"
    return ""


@transaction.atomic
def supply(row: Enrolment, *, signature: Signature | None, by: User) -> None:
    """补交: what is ready becomes part of the present submission, and the statement is signed."""
    row = Enrolment.objects.select_for_update(of=("self",)).get(pk=row.pk)
    refuse_if(why_not_supply(row, by))
    wants_evidence, wants_signature = outstanding(row)
    if row.reason is None:
        return
    if wants_evidence:
        refuse_if(evidence.why_not_hand_in([row], row.reason))
    if wants_signature:
        refuse_if("" if signature else "请先阅读并签署承诺书，再提交")
    evidence.hand_in([row], row.reason)
    if wants_signature and signature:
        statement.sign(row, signature, by=by, at=now())
    audit.record("supply", row, by=by, round=row.round)


def why_not_supply_for(row: Enrolment, by: User) -> str:
    """代传 evidence of who was registered by somebody else, by whoever could have registered them."""
    mine = Enrolment.objects.covered_by(by, Level.COUNSELOR, Level.SCHOOL).filter(pk=row.pk)
    if row.student.user_id == by.pk or not mine.exists():
        return "只能为所带班级的学生代传材料"
    if row.plan.status != PlanStatus.OPEN:
        return f"计划“{row.plan}”{row.plan.get_status_display()}，不能再上传材料"
    if row.status not in (Status.IN_REVIEW, Status.OPTED_OUT) or row.intent != Intent.STAY_OUT:
        return f"当前状态为“{row.get_status_display()}”，没有可以代传的材料"
    if row.submitted_by_id == row.student.user_id:
        return "这份申请由学生本人提交，材料由学生自己更换；需要补充请退回"
    if row.reason is None or not row.reason.needs.exists():
        return "这个原因不需要证明材料"
    return ""


@transaction.atomic
def supply_for(
    row: Enrolment, photos: Sequence[tuple[EvidenceKind, Picture]], *, consent: str, by: User
) -> None:
    """代传: photos become part of the present submission; how the student agreed stands in the trail."""
    row = Enrolment.objects.select_for_update(of=("self",)).with_story().get(pk=row.pk)
    refuse_if(why_not_supply_for(row, by))
    refuse_if("" if consent.strip() else "请写明学生怎样同意由您代传")
    there = Evidence.objects.filter(enrolment=row, round=row.round)
    for kind, picture in photos:
        if there.filter(kind=kind).count() >= evidence.MOST:
            raise Refused(f"“{kind}”最多 {evidence.MOST} 张")
        kept = pictures.use(picture, by=by)
        Evidence.objects.create(enrolment=row, round=row.round, kind=kind, picture=kept)
    kinds = "、".join(dict.fromkeys(kind.name for kind, _ in photos))
    audit.record("supply_for", row, by=by, why=f"{kinds}；{without_numbers(consent.strip())}")
    messages.supplied(row, kinds, by=by)


def why_not_doubt(found: Evidence, by: User) -> str:
    """存疑 is for whoever can send the row back now."""
    row = found.enrolment
    if found.round != row.round:
        return "这是以前提交的材料，不用再标记"
    if not rules.why_not_review([row], by) or not rules.why_not_take_back([row], by):
        return ""
    return "只有能退回这份申请的人可以标记"


@transaction.atomic
def doubt(these: QuerySet[Evidence], *, doubted: bool, by: User) -> None:
    """标记存疑, or take the mark away. Raises `Refused`."""
    for found in these.select_related("enrolment__student", "enrolment__plan", "kind"):
        refuse_if(why_not_doubt(found, by))
        if doubted:
            _, new = Doubt.objects.get_or_create(evidence=found, defaults={"by": by})
        else:
            new = bool(Doubt.objects.filter(evidence=found).delete()[0])
        if new:
            action = "doubt" if doubted else "trust"
            audit.record(action, found.enrolment, by=by, kind=found.kind.name)


def statement_of(row: Enrolment) -> Statement | None:
    """What was signed for the present submission (of a row with its statements)."""
    return next((s for s in row.statements.all() if s.round == row.round), None)


def whole() -> tuple[Prefetch, Prefetch]:
    """Evidence and statements of all submissions, to prefetch for whoever shows them; no photo itself."""
    photos = Evidence.objects.select_related("kind", "picture", "doubt__by")
    return (
        Prefetch("evidence", photos.defer("picture__content").order_by("round", "kind", "pk")),
        Prefetch("statements", Statement.objects.defer("text", "signature")),
    )
