"""更正申请: what a student may ask to have corrected, and what becomes of it. 学籍异动: its kinds."""

from django.db.models import TextChoices

from yibao.people.codes import ON_ROLL, RosterStatus


class Topic(TextChoices):
    """What one request is about. Type and number of a document belong together."""

    DOCUMENT = "document", "证件"
    NAME = "name", "姓名"
    SEX = "sex", "性别"
    ETHNICITY = "ethnicity", "民族"
    BIRTH_DATE = "birth_date", "出生日期"
    CLASS_GROUP = "class_group", "学院专业班级"
    ENTERED_ON = "entered_on", "入学时间"
    GRADUATES_ON = "graduates_on", "拟毕业时间"

    @property
    def names(self) -> tuple[str, ...]:
        """The fields of the student that it is about."""
        return ("document_type", "id_number") if self is Topic.DOCUMENT else (self.value,)


TOPIC_OF = {name: topic for topic in Topic for name in topic.names} | dict.fromkeys(
    ("college", "major", "grade"), Topic.CLASS_GROUP
)
"""Which request mends a master field. The student number is what everybody is known by: none does."""

PROOF_NEEDED = (Topic.DOCUMENT, Topic.NAME)


class CorrectionStatus(TextChoices):
    """What became of a request."""

    OPEN = "open", "待处理"
    ACCEPTED = "accepted", "已更正"
    REFUSED = "refused", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return TONES[self.value]


TONES = {"open": "blue", "accepted": "green", "refused": "orange", "withdrawn": "neutral"}


class TransitionKind(TextChoices):
    """学籍异动."""

    TRANSFER = "transfer", "转专业或转班"
    SUSPEND = "suspend", "休学"
    RETAIN = "retain", "保留学籍"
    RESUME = "resume", "复学"
    WITHDRAW = "withdraw", "退学"
    GRADUATE = "graduate", "毕业"


LEADS_TO = {
    TransitionKind.SUSPEND: RosterStatus.SUSPENDED,
    TransitionKind.RETAIN: RosterStatus.RETAINED,
    TransitionKind.RESUME: RosterStatus.ACTIVE,
    TransitionKind.WITHDRAW: RosterStatus.WITHDRAWN,
    TransitionKind.GRADUATE: RosterStatus.GRADUATED,
}
"""学籍状态 after each; a transfer leaves it."""

COMES_FROM = {
    TransitionKind.TRANSFER: ON_ROLL,
    TransitionKind.SUSPEND: (RosterStatus.ACTIVE, RosterStatus.RETAINED),
    TransitionKind.RETAIN: (RosterStatus.ACTIVE, RosterStatus.SUSPENDED),
    TransitionKind.RESUME: (RosterStatus.SUSPENDED, RosterStatus.RETAINED),
    TransitionKind.WITHDRAW: ON_ROLL,
    TransitionKind.GRADUATE: ON_ROLL,
}
"""学籍状态 that each is possible from."""


class TransitionState(TextChoices):
    """How far one is."""

    WAITING = "waiting", "待生效"
    DONE = "done", "已生效"
    CANCELLED = "cancelled", "已取消"
    FAILED = "failed", "未能生效"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return TRANSITION_TONES[self.value]


TRANSITION_TONES = {"waiting": "blue", "done": "green", "cancelled": "neutral", "failed": "red"}


class Showing(TextChoices):
    """How an announcement stands, by the clock."""

    SHOWN = "shown", "正在显示"
    LATER = "later", "未开始"
    OVER = "over", "已结束"
    WITHDRAWN = "withdrawn", "已撤下"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return {Showing.SHOWN: "green", Showing.LATER: "grey"}.get(self, "neutral")
