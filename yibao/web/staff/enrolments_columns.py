"""The columns of lists of enrolments."""

from decimal import Decimal

from yibao.enrolment.states import Checked, Intent, Objected, Papers, Signed, Standing, Status
from yibao.grid.columns import Choice, Flag, Moment, Money, Number, Text
from yibao.payments.states import Paying
from yibao.people.codes import RosterStatus
from yibao.people.levels import REVIEWING
from yibao.web.staff.columns import channel, counselors, of_student


def _submitter(name: str | None, by: int | None, own: int) -> str:
    """Who submitted, as the lists say it."""
    if by is None:
        return ""
    return "本人" if by == own else f"{name}（代登记）"


def _due(intent: str, amount: Decimal) -> Decimal | None:
    """Nothing, rather than 0, for who has not chosen to join."""
    return amount if intent == Intent.JOIN else None


def _reason_of(reason: str | None, note: str) -> str:
    return f"{reason}：{note}" if reason and note else reason or ""


INTENT = Choice(
    name="intent",
    label="参保意愿",
    choices=Intent,
    tones={Intent.JOIN: "blue", Intent.STAY_OUT: "neutral"},
)
TYPES = Text(name="types", label="参保类型", path="type_names")
REASON = Text(
    name="reason",
    label="不参保原因",
    path="reason__name",
    needs=("reason__name", "reason_note"),
    value=_reason_of,
)
EVIDENCE = Choice(name="evidence", label="证明材料", path="evidence_state", choices=Papers)
STATEMENT = Choice(name="statement", label="承诺书", path="statement_state", choices=Signed)
AMOUNT = Money(
    name="amount_due",
    label="应缴金额",
    path="amount_due",
    needs=("intent", "amount_due"),
    value=_due,
    total=True,
)
OBJECTED = Choice(name="objected", label="学生异议", choices=Objected)
LEVEL = Choice(
    name="level",
    label="审核级别",
    path="current_step__level",
    choices=[(level.value, level.label) for level in REVIEWING],
)
STEP = Text(name="step", label="当前环节", path="current_step__name")
ROSTER_STATUS = Choice(
    name="roster_status", label="学籍状态", path="student__roster_status", choices=RosterStatus
)
CHECKED = Choice(
    name="checked",
    label="自动检查",
    path="checked",
    choices=Checked,
    # The words beside it are asked for anyway.
    needs=("finding_words",),
    value=lambda words: Checked.LOOK if words else Checked.CLEAN,
)
FINDINGS = Text(name="findings", label="需要查看的原因", path="finding_words")
SUBMITTED_AT = Moment(name="submitted_at", label="提交时间")
SUBMITTER = Text(
    name="submitted_by",
    label="提交人",
    path="submitted_by__name",
    needs=("submitted_by__name", "submitted_by", "student__user"),
    value=_submitter,
)
HARDSHIP = Flag(
    name="is_hardship", label="贫困生", choices=(("1", "是"), ("0", "否")), tones={"1": "orange"}
)
STATUS = Choice(name="status", label="参保状态", choices=Status)
STANDING = Choice(name="standing", label="统计口径", choices=Standing)
REQUIRED = Flag(
    name="required",
    label="是否需要参保",
    choices=(("1", "需要"), ("0", "不需要")),
    tones={"0": "neutral"},
)
REQUIRED_NOTE = Text(name="required_note", label="不需要参保的原因")
PAYING = Choice(name="paying", label="缴费状态", choices=Paying)
PAID = Money(name="paid", label="实缴金额", total=True)
REFUNDING = Flag(name="refunding", label="退费中", tones={"1": "orange"})
CHANNEL = channel()
PAID_ON = Moment(name="paid_on", label="缴费时间")
CHANGED_AT = Moment(name="changed_at", label="状态时间")
ROUND = Number(name="round", label="提交次数")
PLAN_VERSION = Number(name="plan_version", label="提交时的计划版本")
COUNSELORS = counselors()
RETURNS = Number(name="returns", label="退回次数")
LAST_RETURN = Text(name="last_return", label="最近退回原因")

WHO = of_student("student")
CHOICE = (INTENT, TYPES, REASON, EVIDENCE, STATEMENT, AMOUNT)
CHECKS = (CHECKED, FINDINGS)
SUBMISSION = (SUBMITTED_AT, SUBMITTER)
