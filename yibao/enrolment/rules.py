"""What may be done with enrolments, and if not, why not.

Each rule looks at a set of rows read `with_story` and answers {pk: Chinese sentence} for those that
may not; a row that is missing in the answer may. The number of queries does not grow with the rows.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.timezone import localtime, now

from yibao.accounts.models import User
from yibao.common.bulk import among
from yibao.enrolment.models import Enrolment, ReviewRecord
from yibao.enrolment.states import TO_REGISTER, Decision, Intent, Status
from yibao.people.checks import master_faults
from yibao.people.levels import REVIEWING, Level
from yibao.people.scope import NOTHING, holds, posts_of, reach
from yibao.plans import chain
from yibao.plans.models import OptOutReason, ReviewStep
from yibao.plans.states import PlanStatus

Rows = Sequence[Enrolment]
Reasons = dict[int, str]
QUOTED = (Status.IN_REVIEW, Status.AWAITING_PAYMENT, Status.ENROLLED)
UNDO_WITHIN = timedelta(minutes=10)


def why_not_submit(rows: Rows, by: User) -> Reasons:
    """参保申请 by the student, or 代登记 by a counselor (or the school office) of the student."""
    mine = _in_reach(rows, by, Level.COUNSELOR, Level.SCHOOL)
    late_allowed = holds(by, Level.SCHOOL)
    at = now()

    def reason(row: Enrolment) -> str:
        own = row.student.user_id == by.pk
        if not own and row.pk not in mine:
            return "只能为本人或所带班级的学生登记"
        if row.status not in TO_REGISTER:
            return f"当前状态为“{row.get_status_display()}”，不能再次提交"
        if why := _why_not_in_plan(row):
            return why
        if row.off_roster:
            return "该生已不在本计划的参保对象内，如需参保请联系辅导员"
        if not row.required:
            return "该生已标记为不需要参保，如需参保请联系辅导员"
        if not late_allowed and (
            why := _outside(row.plan.apply_from, row.plan.apply_until, at, "申请")
        ):
            return why
        return _faults(row)

    return _reasons(rows, reason)


def why_not_withdraw(rows: Rows, by: User) -> Reasons:
    """撤回: by whoever may submit, as long as nobody has decided on this submission."""
    mine = _in_reach(rows, by, Level.COUNSELOR, Level.SCHOOL)
    records = ReviewRecord.objects.standing().filter(enrolment__in=among(_pks(rows)))
    decided = set(records.values_list("enrolment_id", "round"))

    def reason(row: Enrolment) -> str:
        if row.student.user_id != by.pk and row.pk not in mine:
            return "只能撤回本人或所带班级学生的申请"
        if row.status != Status.IN_REVIEW:
            return f"当前状态为“{row.get_status_display()}”，不能撤回"
        if (row.pk, row.round) in decided:
            return "审核已经开始，不能撤回；如需修改请联系辅导员退回"
        return _why_not_in_plan(row)

    return _reasons(rows, reason)


def why_not_review(rows: Rows, by: User) -> Reasons:
    """退回 or 审核不通过 at the step where the row stands."""
    awaiting = set(
        Enrolment.objects.awaiting(by).filter(pk__in=among(_pks(rows))).values_list("pk", flat=True)
    )
    acted = set(
        ReviewRecord.objects.standing()
        .filter(enrolment__in=among(_pks(rows)), by=by, decision=Decision.APPROVED)
        .values_list("enrolment_id", "round")
    )
    last = last_decisions([row.pk for row in rows if row.pk not in awaiting])
    at = now()

    def reason(row: Enrolment) -> str:
        if row.status != Status.IN_REVIEW:
            return _already(row, last.get(row.pk))
        if row.student.user_id == by.pk:
            return "不能审核本人的申请"
        step = row.current_step
        if step is None or row.pk not in awaiting:
            return f"{_decided(row, last.get(row.pk))}现在是“{step}”环节，不由您审核"
        if (row.pk, row.round) in acted:
            return "您已在前一环节审核过，本环节须由他人审核"
        if why := _why_not_in_plan(row):
            return why
        return _outside(step.opens_at, step.closes_at, at, f"“{step}”")

    return _reasons(rows, reason)


def why_not_approve(rows: Rows, by: User) -> Reasons:
    """审核通过: as any review, and the twelve master fields must be complete and right (seed-b)."""
    reasons = why_not_review(rows, by)
    faults = _reasons([row for row in rows if row.pk not in reasons], _faults)
    return reasons | faults


def why_not_take_back(rows: Rows, by: User) -> Reasons:
    """退回 what has left review but is not paid: waiting for payment, or staying out."""
    mine = _in_reach(rows, by, *REVIEWING)

    def reason(row: Enrolment) -> str:
        if row.student.user_id == by.pk or row.pk not in mine:
            return "只能退回所管学生的申请"
        if row.status not in (Status.AWAITING_PAYMENT, Status.OPTED_OUT):
            return f"当前状态为“{row.get_status_display()}”，不能从这里退回"
        return _why_not_in_plan(row)

    return _reasons(rows, reason)


def why_not_undo(rows: Rows, by: User, *, until: datetime, asked: datetime) -> Reasons:
    """撤销 of one's own decision of before `until`: within minutes, and nothing has come after it."""
    mine = _in_reach(rows, by, *REVIEWING)
    own = _last(ReviewRecord.objects.filter(enrolment__in=among(_pks(rows)), by=by, at__lte=until))
    last = last_decisions(_pks(rows))

    def reason(row: Enrolment) -> str:
        record = own.get(row.pk)
        if record is None:
            return "没有您的审核可以撤销"
        if not record.stands:
            return "这次审核已经撤销"
        if row.pk not in mine:
            return "该生已不在您的管理范围，不能撤销"
        if asked - record.at > UNDO_WITHIN:
            return f"审核已超过 {UNDO_WITHIN.seconds // 60} 分钟，不能撤销；需要更改请用“退回”"
        if record.round != row.round:
            return "学生已重新提交，不能撤销；请在“审核”里处理新的申请"
        if record != last[row.pk]:
            return f"{_decided(row, last[row.pk])}不能再撤销之前的审核"
        if (row.status, row.current_step_id) != after(row, record):
            return f"审核之后已有变动，当前状态为“{row.get_status_display()}”，不能撤销"
        if row.off_roster or not row.required:
            now_is = "不在本计划的参保对象内" if row.off_roster else "标记为不需要参保"
            return f"该生已{now_is}，不能撤销"
        return _why_not_in_plan(row)

    return _reasons(rows, reason)


def after(row: Enrolment, record: ReviewRecord) -> tuple[Status, int | None]:
    """Where a decision led: as long as the row stands there, nobody has moved it on."""
    if record.decision != Decision.APPROVED:
        return Status.RETURNED, None
    steps = list(row.plan.steps.all())
    here = next(step for step in steps if step.pk == record.step_id)
    onward = chain.next_step(steps, here)
    return destination(row, onward), onward.pk if onward else None


def destination(row: Enrolment, step: ReviewStep | None) -> Status:
    """In review as long as there is a step; then where the choice leads."""
    if step:
        return Status.IN_REVIEW
    if row.intent == Intent.STAY_OUT:
        return Status.OPTED_OUT
    return Status.AWAITING_PAYMENT if row.amount_due else Status.ENROLLED


def why_not_requote(rows: Rows) -> Reasons:
    """重新计价: who joins and has been quoted; a new submission quotes by itself."""

    def reason(row: Enrolment) -> str:
        if row.intent != Intent.JOIN or row.status not in QUOTED:
            return f"当前状态为“{row.get_status_display()}”，没有需要重新计算的金额"
        return ""

    return _reasons(rows, reason)


def why_not_mark_required(rows: Rows, by: User) -> Reasons:
    """参保管理: mark 需要/不需要参保 while nothing is under way."""
    mine = _in_reach(rows, by, Level.COUNSELOR, Level.SCHOOL)

    def reason(row: Enrolment) -> str:
        if row.student.user_id == by.pk:
            return "不能设置本人是否需要参保"
        if row.pk not in mine:
            return "只能设置所带班级的学生"
        if row.status not in TO_REGISTER:
            return f"当前状态为“{row.get_status_display()}”，须先退回才能修改是否需要参保"
        return _why_not_in_plan(row)

    return _reasons(rows, reason)


def why_not_correct_reason(rows: Rows, opt_out: OptOutReason) -> Reasons:
    """修改不参保原因 of who has been allowed to stay out; whose business it is, the caller knows."""

    def reason(row: Enrolment) -> str:
        if row.status != Status.OPTED_OUT:
            return f"当前状态为“{row.get_status_display()}”，没有可修改的不参保原因"
        if opt_out.plan_id != row.plan_id:
            return "所选的原因不属于这个计划，请重新选择"
        return _why_not_in_plan(row)

    return _reasons(rows, reason)


def _reasons(rows: Rows, reason: Callable[[Enrolment], str]) -> Reasons:
    answers = ((row.pk, reason(row)) for row in rows)
    return {pk: why for pk, why in answers if why}


def _pks(rows: Rows) -> list[int]:
    return [row.pk for row in rows]


def _in_reach(rows: Rows, by: User, *levels: Level) -> set[int]:
    """Those rows whose student one of the person's posts at these levels covers."""
    wide = [post for post in posts_of(by) if post.level in levels]
    if any(post.level == Level.SCHOOL for post in wide):
        return set(_pks(rows))
    covered = NOTHING
    for post in wide:
        covered |= reach(post, "student")
    return set(
        Enrolment.objects.filter(covered, pk__in=among(_pks(rows))).values_list("pk", flat=True)
    )


def _why_not_in_plan(row: Enrolment) -> str:
    if row.plan.status != PlanStatus.OPEN:
        return f"计划“{row.plan}”{row.plan.get_status_display()}，不能再办理"
    return ""


def _outside(opens: datetime | None, closes: datetime | None, at: datetime, what: str) -> str:
    if opens and at < opens:
        return f"{what}时间未到，{_minute(opens)} 开始"
    if closes and at > closes:
        return f"{what}时间已过，已于 {_minute(closes)} 截止，请联系学校医保办公室"
    return ""


def _minute(moment: datetime) -> str:
    return localtime(moment).strftime("%Y-%m-%d %H:%M")


def _faults(row: Enrolment) -> str:
    faults = master_faults(row.student)
    if not faults:
        return ""
    named = "；".join(fault.sentence for fault in faults)
    return f"个人信息不完整或有误：{named}"


def last_decisions(pks: list[int]) -> dict[int, ReviewRecord]:
    """The decision of each row that stands last."""
    return _last(ReviewRecord.objects.standing().filter(enrolment__in=among(pks)))


def _last(records: QuerySet[ReviewRecord]) -> dict[int, ReviewRecord]:
    last = records.order_by("enrolment", "-at", "-pk").distinct("enrolment")
    return {record.enrolment_id: record for record in last.select_related("by", "step")}


def _decided(row: Enrolment, last: ReviewRecord | None) -> str:
    """Who was quicker, if somebody decided on this submission."""
    if last is None or last.round != row.round:
        return ""
    when = localtime(last.at).strftime("%m-%d %H:%M")
    return f"{last.by.name}已于 {when} {last.get_decision_display()}，"


def _already(row: Enrolment, last: ReviewRecord | None) -> str:
    """Why a row is no longer in review."""
    return f"{_decided(row, last)}当前状态为“{row.get_status_display()}”，无需审核"
