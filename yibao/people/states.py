"""更正申请: what a student may ask to have corrected, and what becomes of it."""

from django.db.models import TextChoices


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
