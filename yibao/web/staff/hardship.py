"""贫困生名单: the recognitions that fees are reduced for, by school year."""

from yibao.grid.columns import Choice, Day, Text
from yibao.people.levels import REVIEWING
from yibao.plans.models import HardshipEntry, HardshipQuerySet
from yibao.web.staff.columns import SEARCH_HINT, labelled, of_student, pairs
from yibao.web.staff.lists import StaffGrid


def _values(grid: StaffGrid, field: str) -> list[tuple[object, str]]:
    found = grid.rows().order_by(field).values_list(field, flat=True).distinct()
    return pairs(found)


class HardshipGrid(StaffGrid):
    """The entries of students within scope."""

    key = "hardship"
    title = "贫困生名单"
    columns = (
        *of_student("student"),
        Choice(
            name="academic_year",
            label="学年",
            choices=lambda grid: [(y, f"{y}-{y + 1}") for y, _ in _values(grid, "academic_year")],
        ),
        Choice(name="level", label="困难等级", choices=lambda grid: _values(grid, "level")),
        Choice(name="category", label="认定类别", choices=lambda grid: _values(grid, "category")),
        Day(name="valid_from", label="有效期起"),
        Day(name="valid_until", label="有效期止"),
        Text(name="source", label="来源"),
    )
    usual = (
        "academic_year", "grade", "college", "major", "student_no", "name", "level", "category",
        "valid_from", "valid_until",
    )  # fmt: skip
    default_order = "-academic_year,student_no"
    offered = ("academic_year", "college", "major", "grade", "level", "category")
    row_label = labelled()
    search_hint = SEARCH_HINT
    empty_text = "还没有贫困生名单；由学校医保办公室导入"

    def rows(self) -> HardshipQuerySet:
        """Whoever one of the viewer's posts covers."""
        return HardshipEntry.objects.covered_by(self.viewer, *REVIEWING)
