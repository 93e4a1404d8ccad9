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


class Objected(TextChoices):
    """异议 against a registration by somebody else, of the present submission."""

    OPEN = "open", "有异议"
    SETTLED = "settled", "已处理"
    NONE = "none", "无"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return {"open": "orange"}.get(self.value, "neutral")


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


class Checked(TextChoices):
    """自动检查: whether anything was found that a reviewer should look at."""

    CLEAN = "clean", "可直接通过"
    LOOK = "look", "需要查看"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return "green" if self is Checked.CLEAN else "orange"


class Finding(TextChoices):
    """What the automatic checks name. They refuse nobody; what must be mended first, rules say."""

    ID_NUMBER = "id_number", "证件号码有误"
    BIRTH_OR_SEX = "birth_or_sex", "出生日期或性别不符"
    INCOMPLETE = "incomplete", "个人信息不完整"
    DUPLICATE = "duplicate", "证件号码重复"
    OFF_ROLL = "off_roll", "学籍已变动"
    CHANGED = "changed", "提交后信息有变动"
    CATEGORY = "category", "困难认定待核实"
    PROOF = "proof", "证明材料不齐或存疑"
    LAST_YEAR = "last_year", "与上学年不同"
    AMOUNT = "amount", "金额异常"

    @property
    def advice(self) -> str:
        """What it means, and what to do."""
        return ADVICE[self.value]


ADVICE = {
    "id_number": "证件号码没有通过校验，更正后才能审核通过",
    "birth_or_sex": "出生日期或性别与证件号码不一致，更正后才能审核通过",
    "incomplete": "还有必填信息缺少或有误，更正后才能审核通过",
    "duplicate": "另有学生登记了同一个证件号码，请核对证件，或请学校医保办公室核实",
    "off_roll": "名册中该生已不在校，请核实是否还要参保；不再参保的请退回，退回后不再计入参保率",
    "changed": "提交以后名册信息改过，请核对现在的信息；不一致时可退回请学生重新确认",
    "category": "用到了困难认定，但认定已撤销、不在有效期内，或名单上的姓名不同，请核对贫困生名单",
    "proof": "缺少证明材料或承诺书，或有照片被标为存疑，请查看后决定",
    "last_year": "上学年参保、本学年不参保，或者相反，请确认是学生本人的意愿",
    "amount": "应缴金额与现行缴费标准不一致，请核对缴费依据",
}


class Deadline(TextChoices):
    """What students are reminded of before it ends."""

    REGISTER = "register", "申请截止"
    PAY = "pay", "缴费截止"


REMINDERS = ("remind_register", "remind_pay")
"""The kinds of messages that are reminders; 上次提醒 is read from them."""
