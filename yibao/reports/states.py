"""The states of a rate report and the moves between them."""

from django.db.models import TextChoices


class RateStatus(TextChoices):
    """上报状态."""

    HANDED_IN = "handed_in", "已上报"
    RETURNED = "returned", "已退回"
    ACCEPTED = "accepted", "已通过"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return {"handed_in": "blue", "returned": "orange", "accepted": "green"}[self.value]


R = RateStatus
MOVES = {
    R.HANDED_IN: {R.ACCEPTED, R.RETURNED},
    R.RETURNED: {R.HANDED_IN},
    R.ACCEPTED: {R.RETURNED},
}


class Unit(TextChoices):
    """Whose rate: a grade of a college, handed to the college; a college, handed to the school."""

    GRADE = "grade", "年级"
    COLLEGE = "college", "学院"


class Cause(TextChoices):
    """变动原因: why a list that was handed in and the students as they are now differ."""

    MOVED = "moved", "转专业或转班"
    LEFT = "left", "离校"
    PAID = "paid", "已缴费"
    CHANGED = "changed", "登记或审核变动"
    NEW = "new", "转入或新增"
