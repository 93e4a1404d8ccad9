"""What students are told of their enrolment: one message for each turn that somebody else brought about.

A verb calls its function here after it has moved the rows. Whoever did it himself is told nothing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.urls import reverse
from django.utils.timezone import localtime, now

from yibao.accounts.models import User
from yibao.enrolment import rules
from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import REMINDERS, Decision, Intent, Status
from yibao.notify import flow as notify
from yibao.notify.flow import Note
from yibao.notify.kinds import SECOND_THOUGHTS, Kind
from yibao.plans.models import OptOutReason, ReviewStep
from yibao.plans.states import PlanStatus

Subjects = Collection[int]
Steps = Mapping[int, ReviewStep | None]
Words = tuple[Kind, str, str]  # and title, and text
NOBODY = UUID(int=0)
LEFT = "你已不在本计划的参保对象内，不需要再提交"  # who left meanwhile


def _standing(pks: Subjects, *statuses: Status) -> set[int]:
    """Those of open plans that still stand at one of these."""
    rows = Enrolment.objects.filter(
        pk__in=pks, status__in=statuses, plan__status=PlanStatus.OPEN, off_roster=False
    )
    return set(rows.values_list("pk", flat=True))


def _in_review(pks: Subjects) -> set[int]:
    return _standing(pks, Status.IN_REVIEW)


def _returned(pks: Subjects) -> set[int]:
    return _standing(pks, Status.RETURNED)


def _insured(pks: Subjects) -> set[int]:
    return _standing(pks, Status.ENROLLED)


def _out(pks: Subjects) -> set[int]:
    return _standing(pks, Status.OPTED_OUT)


def to_register(pks: Subjects) -> set[int]:
    """Those who are still to register, and still can."""
    at = now()
    rows = Enrolment.objects.to_register().filter(
        pk__in=pks,
        plan__status=PlanStatus.OPEN,
        plan__apply_from__lte=at,
        plan__apply_until__gte=at,
    )
    return set(rows.values_list("pk", flat=True))


def to_pay(pks: Subjects) -> set[int]:
    """Those who are still to pay, and still can."""
    due = Enrolment.objects.filter(pk__in=_standing(pks, Status.AWAITING_PAYMENT))
    return set(due.filter(plan__pay_until__gte=now()).values_list("pk", flat=True))


REGISTERED = Kind("registered", "代登记", "user-check")
WITHDRAWN = Kind("withdrawn", "申请已撤回", "arrow-back-up", to_register)
PASSED = Kind("step_passed", "审核进度", "check", _in_review, outside=False)
TO_PAY = Kind("passed", "审核通过，请缴费", "credit-card", to_pay, wait=SECOND_THOUGHTS)
INSURED = Kind("insured", "审核通过", "shield-check", _insured, wait=SECOND_THOUGHTS)
STAYS_OUT = Kind("stays_out", "审核通过", "check", _out, wait=SECOND_THOUGHTS)
RETURNED = Kind("returned", "申请被退回", "arrow-back-up", _returned, wait=SECOND_THOUGHTS)
REFUSED = Kind("refused", "审核不通过", "ban", _returned, wait=SECOND_THOUGHTS)
CORRECTED = Kind("reason_corrected", "不参保原因已修改", "edit")
NOT_REQUIRED = Kind("not_required", "不需要参保", "user-minus")
REQUIRED = Kind("required", "需要参保", "user-question", to_register)
REMIND_REGISTER = Kind(REMINDERS[0], "请登记是否参保", "bell", to_register)
REMIND_PAY = Kind(REMINDERS[1], "请缴纳医保费", "bell", to_pay)
REMIND_STAFF = Kind("remind_staff", "学生办理进度", "users-group", for_staff=True)
KINDS = (
    REGISTERED,
    WITHDRAWN,
    PASSED,
    TO_PAY,
    INSURED,
    STAYS_OUT,
    RETURNED,
    REFUSED,
    CORRECTED,
    NOT_REQUIRED,
    REQUIRED,
    REMIND_REGISTER,
    REMIND_PAY,
    REMIND_STAFF,
)


def registered(rows: Sequence[Enrolment], steps: Steps, *, by: User) -> None:
    """代登记; `steps` says where each goes next."""

    def words(row: Enrolment) -> Words:
        if row.intent == Intent.STAY_OUT:
            what = f"为你登记了不参保，原因：{row.reason}"
            if row.plan.statement_required:
                what += "。承诺书要由你本人签署，请在进度页补签"
        else:
            what = f"为你登记了参保，应缴 {row.amount_due:.2f} 元"
        if rules.destination(row, steps[row.pk]) == Status.AWAITING_PAYMENT:
            what += f"，请在 {minute(row.plan.pay_until)} 前缴费"
        wish = "如果这不是你的意愿，可以在进度页提出异议。"
        return REGISTERED, f"{by.name}已为你代登记", f"{by.name}{what}。{wish}"

    _tell(rows, words, by=by)


def supplied(row: Enrolment, kinds: str, *, by: User) -> None:
    """Evidence that somebody handed in for a student."""
    text = f"{by.name}代你上传了{kinds}，可以在进度页查看；不是你提供的请提出异议"
    _tell([row], lambda _: (REGISTERED, "已代你上传证明材料", text), by=by)


def withdrawn(rows: Sequence[Enrolment], *, by: User) -> None:
    """撤回 by somebody else."""

    def words(row: Enrolment) -> Words:
        if row.off_roster:
            return WITHDRAWN, "申请已被撤回", f"{by.name}撤回了你的申请，{LEFT}"
        text = f"{by.name}撤回了你的申请，现在是未登记，{_again(row)}"
        return WITHDRAWN, "申请已被撤回，请重新登记", text

    _tell(rows, words, by=by)


def approved(rows: Sequence[Enrolment], steps: Steps, *, by: User) -> None:
    """审核通过 at a step; `steps` says what comes next."""
    # Rules read no reasons, so verbs do not join them.
    staying = {row.reason_id for row in rows if row.reason_id and steps[row.pk] is None}
    named = OptOutReason.objects.filter(pk__in=staying) if staying else ()
    reasons = {reason.pk: reason.name for reason in named}

    def words(row: Enrolment) -> Words:
        following = steps[row.pk]
        match rules.destination(row, following):
            case Status.IN_REVIEW:
                return PASSED, f"{row.current_step}已通过", f"正在等待{following}，不用做什么"
            case Status.AWAITING_PAYMENT:
                return TO_PAY, "审核已通过，请缴费", _bill(row)
            case Status.OPTED_OUT:
                return STAYS_OUT, "不参保登记已通过审核", f"原因：{reasons[row.reason_id or 0]}"
            case _:
                covered = f"{row.plan.coverage_start} 至 {row.plan.coverage_end}"
                text = f"你已参保，无需缴费，保障期 {covered}"
                return INSURED, "审核已通过，你已参保", text

    _tell(rows, words, by=by)


def turned_down(rows: Sequence[Enrolment], decision: Decision, *, by: User, comment: str) -> None:
    """退回 or 审核不通过."""
    reason = _sentence(comment)

    def words(row: Enrolment) -> Words:
        where = f"（{row.current_step}）" if row.current_step else ""
        if row.off_roster:
            return RETURNED, "申请被退回", f"{by.name}{where}退回，原因：{reason}{LEFT}"
        if decision == Decision.REFUSED:
            text = f"{row.current_step}未通过，原因：{reason}如需参保，{_again(row)}"
            return REFUSED, "审核不通过", text
        text = f"{by.name}{where}退回，原因：{reason}{_again(row)}"
        return RETURNED, "申请被退回，请修改后重新提交", text

    _tell(rows, words, by=by)


def marked(rows: Sequence[Enrolment], *, required: bool, by: User, note: str) -> None:
    """参保管理 has said that these need insurance, or need none."""
    reason = _sentence(note)

    def words(row: Enrolment) -> Words:
        if required:
            return REQUIRED, "你需要参保，请登记", f"{by.name}改为需要参保，{_again(row)}"
        text = f"{by.name}登记，原因：{reason}如需参保，请联系辅导员"
        return NOT_REQUIRED, "已登记为不需要参保", text

    changed = [row for row in rows if row.required != required]
    notify.withdraw(changed)
    _tell(changed, words, by=by)


def corrected(rows: Sequence[Enrolment], opt_out: OptOutReason, *, by: User, why: str) -> None:
    """学院参保名单 修改: the student reads what stands there now."""
    text = f"{by.name}改为“{opt_out}”，依据：{_sentence(why)}有疑问请联系辅导员"
    _tell(rows, lambda _: (CORRECTED, "不参保原因已修改", text), by=by)


def _tell(rows: Sequence[Enrolment], words: Callable[[Enrolment], Words], *, by: User) -> None:
    """One message a row, for its student, with its progress behind it."""
    page = reverse("student:progress", args=[NOBODY])

    def note(row: Enrolment) -> Note:
        kind, title, text = words(row)
        link = page.replace(str(NOBODY), str(row.public_id))
        return Note(row.student.user_id, kind, title, f"{row.plan}：{text}", link, row)

    notify.tell((note(row) for row in rows if row.student.user_id != by.pk), by=by)


def _bill(row: Enrolment) -> str:
    opens = row.plan.pay_from
    begins = f"{minute(opens)} 开始缴费，" if opens > now() else ""
    return f"应缴 {row.amount_due:.2f} 元，{begins}{minute(row.plan.pay_until)} 截止"


def _again(row: Enrolment) -> str:
    """Until when the student can act; afterwards somebody else has to."""
    if row.plan.apply_until > now():
        return f"请在 {minute(row.plan.apply_until)} 前提交"
    return "申请时间已过，请联系辅导员办理"


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith(("。", "！", "？", ".", "!", "?")) else f"{text}。"


@lru_cache(maxsize=100)
def minute(moment: datetime) -> str:
    """2026-11-21 14:05; thousands are told the same."""
    return f"{localtime(moment):%Y-%m-%d %H:%M}"
