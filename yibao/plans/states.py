"""The states of a plan and the moves between them; the small vocabularies of its parts."""

from django.db.models import TextChoices


class PlanStatus(TextChoices):
    """计划状态."""

    DRAFT = "draft", "草稿"
    OPEN = "open", "进行中"
    CLOSED = "closed", "已结束"
    ARCHIVED = "archived", "已归档"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return {"draft": "grey", "open": "green"}.get(self.value, "neutral")


P = PlanStatus
MOVES = {
    P.DRAFT: {P.OPEN},
    P.OPEN: {P.CLOSED},
    P.CLOSED: {P.OPEN, P.ARCHIVED},
    P.ARCHIVED: set(),
}


class Choosing(TextChoices):
    """How a student comes to an insurance type."""

    REQUIRED = "required", "必选"
    DEFAULT = "default", "默认勾选"
    OPTIONAL = "optional", "可选"


class CountsAs(TextChoices):
    """What staying out for a reason means for the rate."""

    ELSEWHERE = "elsewhere", "已在校外参保"
    OPTED_OUT = "opted_out", "放弃参保"
    LEAVES = "leaves", "不计入应参保人数"


class Offered(TextChoices):
    """Who may give a reason for staying out."""

    ALL = "all", "全部学生"
    RECOGNISED = "recognised", "已认定的学生"


class Need(TextChoices):
    """Whether a reason for staying out asks for a kind of evidence."""

    NONE = "none", "不需要"
    OPTIONAL = "optional", "选填"
    REQUIRED = "required", "必交"


class Reduction(TextChoices):
    """减免方式."""

    FULL = "full", "全额减免"
    FIXED = "fixed", "定额减免"
    PERCENT = "percent", "按比例减免"


class Validity(TextChoices):
    """有效情况 of a recognition today."""

    NOW = "now", "有效"
    LATER = "later", "未到有效期"
    OVER = "over", "已过有效期"
    WITHDRAWN = "withdrawn", "已撤销"
