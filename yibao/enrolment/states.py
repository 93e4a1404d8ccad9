"""The states of an enrolment and the moves between them."""

from django.db.models import TextChoices


class Status(TextChoices):
    """参保状态."""

    UNREGISTERED = "unregistered", "未登记"
    IN_REVIEW = "in_review", "审核中"
    RETURNED = "returned", "已退回"
    AWAITING_PAYMENT = "awaiting_payment", "待缴费"
    ENROLLED = "enrolled", "已参保"
    OPTED_OUT = "opted_out", "不参保"

    @property
    def tone(self) -> str:
        """The colour of its tag, the same on every page."""
        return TONES[self.value]


S = Status
DONE = {S.AWAITING_PAYMENT, S.ENROLLED, S.OPTED_OUT}
MOVES = {
    S.UNREGISTERED: {S.IN_REVIEW} | DONE,
    S.IN_REVIEW: {S.IN_REVIEW, S.RETURNED, S.UNREGISTERED} | DONE,
    S.RETURNED: {S.IN_REVIEW} | DONE,
    S.AWAITING_PAYMENT: {S.ENROLLED, S.RETURNED, S.IN_REVIEW},
    S.ENROLLED: {S.IN_REVIEW, S.AWAITING_PAYMENT, S.RETURNED},
    S.OPTED_OUT: {S.RETURNED, S.IN_REVIEW},
}
# Back to IN_REVIEW from where review had led: a decision undone within minutes, before any money.
# From ENROLLED back to AWAITING_PAYMENT when cash is voided, to RETURNED when all money went back.

# 未登记 as a rate counts it (seed-b): no accepted decision, and nobody's turn but the student's.
TO_REGISTER = (S.UNREGISTERED, S.RETURNED)


class Intent(TextChoices):
    """参保意愿."""

    JOIN = "join", "参保"
    STAY_OUT = "stay_out", "不参保"


class Decision(TextChoices):
    """审核结论. 审核不通过 ends this submission like a return; the student may submit anew."""

    APPROVED = "approved", "审核通过"
    SENT_BACK = "sent_back", "退回"
    REFUSED = "refused", "审核不通过"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return "green" if self is Decision.APPROVED else "orange"


class Standing(TextChoices):
    """Where a student of the plan is counted: exactly one of these, so that parts sum to the roster."""

    NOT_REQUIRED = "not_required", "不需要参保"
    ENROLLED = "enrolled", "已参保"
    AWAITING_PAYMENT = "awaiting_payment", "待缴费"
    ELSEWHERE = "elsewhere", "校外参保"
    OPTED_OUT = "opted_out", "放弃参保"
    IN_REVIEW = "in_review", "审核中"
    RETURNED = "returned", "已退回"
    UNREGISTERED = "unregistered", "未登记"

    @property
    def tone(self) -> str:
        """The colour of its tag, the same on every page."""
        return TONES[self.value]


TONES = {
    "unregistered": "grey",
    "in_review": "blue",
    "returned": "orange",
    "awaiting_payment": "orange",
    "enrolled": "green",
    "opted_out": "neutral",
    "elsewhere": "neutral",
    "not_required": "neutral",
}


class Papers(TextChoices):
    """证明材料 of a submission: whether what its reason asks for is there."""

    COMPLETE = "complete", "齐全"
    MISSING = "missing", "缺少"
    NONE = "none", "不需要"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return PAPER_TONES[self.value]


class Signed(TextChoices):
    """承诺书 of a submission."""

    SIGNED = "signed", "已签署"
    OUTSTANDING = "outstanding", "待补签"
    NONE = "none", "不需要"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return PAPER_TONES[self.value]


PAPER_TONES = {
    "complete": "green",
    "signed": "green",
    "missing": "orange",
    "outstanding": "orange",
    "none": "neutral",
}


class Manner(TextChoices):
    """签署方式: by finger or mouse, or by typing one's name where that is not possible."""

    DRAWN = "drawn", "手写签名"
    TYPED = "typed", "键入姓名"


class Place(TextChoices):
    """What a reviewer holds to be wrong, so that the student is led there."""

    DATA = "data", "个人信息和联系方式"
    CHOICE = "choice", "参保选择或不参保原因"
    EVIDENCE = "evidence", "证明材料"
    STATEMENT = "statement", "承诺书"


class Deadline(TextChoices):
    """What students are reminded of before it ends."""

    REGISTER = "register", "申请截止"
    PAY = "pay", "缴费截止"


REMINDERS = ("remind_register", "remind_pay")
"""The kinds of messages that are reminders; 上次提醒 is read from them."""
