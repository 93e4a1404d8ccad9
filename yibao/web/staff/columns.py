"""The columns that lists of students share: said once, at any distance from the student."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from yibao.grid.column import Column
from yibao.grid.columns import Choice, Secret, Text
from yibao.grid.grid import Grid
from yibao.people.codes import Sex
from yibao.people.identity import mask_id_number, mask_mobile
from yibao.people.units import classes_of, names_of
from yibao.web.staff.words import channel_labels

MOST_OFFERED = 40
"""A drop-down with more lines than these finds nothing any more; the search box does."""


@dataclass(frozen=True, kw_only=True)
class Named(Text):
    """Words of which one may also be picked from a drop-down, if there are few enough."""

    names: Callable[[Grid], Iterable[str]]

    def choices_of(self, grid: Grid) -> dict[str, str]:
        """The names, none if they are too many."""
        names = list(self.names(grid))
        return {name: name for name in names} if len(names) <= MOST_OFFERED else {}


@dataclass(frozen=True, kw_only=True)
class OfCollege(Choice):
    """学院, asked for by its key.

    By its name the planner takes any college for one of so many, and goes through half a university
    student by student.
    """

    def condition(self, operator: str, raw: str, grid: Grid) -> Q:
        """The rows of these colleges, or of others."""
        if operator not in {"in", "out"}:
            return super().condition(operator, raw, grid)
        path = self.lookup.removesuffix("__name")
        named = classes_of(grid.viewer).filter(major__college__name__in=self.clean(raw, grid))
        keys = named.order_by().values_list("major__college", flat=True).distinct()
        chosen = Q((f"{path}__in", list(keys)))
        return ~chosen if operator == "out" else chosen


def of_student(path: str = "student") -> tuple[Column, ...]:
    """学号 … 手机号 of the student at the end of a path; "" if the rows are students."""
    to = f"{path}__" if path else ""
    return (
        Text(name="student_no", label="学号", path=f"{to}student_no", search=True, frozen=True),
        Text(
            name="name",
            label="姓名",
            path=f"{to}name",
            sort_path=f"{to}name_pinyin",
            search=True,
            frozen=True,
        ),
        Choice(name="sex", label="性别", path=f"{to}sex", choices=Sex),
        OfCollege(
            name="college",
            label="学院",
            path=f"{to}class_group__major__college__name",
            choices=lambda grid: pairs(names_of(grid.viewer, "major__college__name")),
        ),
        Named(
            name="major",
            label="专业",
            path=f"{to}class_group__major__name",
            names=lambda grid: names_of(grid.viewer, "major__name", MOST_OFFERED + 1),
        ),
        Choice(
            name="grade",
            label="年级",
            path=f"{to}class_group__grade",
            choices=lambda grid: pairs(names_of(grid.viewer, "grade")),
        ),
        Named(
            name="class_group",
            label="班级",
            path=f"{to}class_group__name",
            names=lambda grid: names_of(grid.viewer, "name", MOST_OFFERED + 1),
        ),
        Secret(
            name="id_number",
            label="证件号码",
            path=f"{to}id_number",
            index=f"{to}id_number_index",
            mask=mask_id_number,
            search=True,
        ),
        Secret(
            name="mobile",
            label="手机号",
            path=f"{to}mobile",
            index=f"{to}mobile_index",
            mask=mask_mobile,
            search=True,
        ),
    )


SEARCH_HINT = "姓名/学号/证件/手机"


def pairs(values: Iterable[Any]) -> list[tuple[Any, str]]:
    """Values that are their own labels."""
    return [(value, str(value)) for value in values]


def channel(name: str = "channel", label: str = "支付方式", path: str = "") -> Choice:
    """支付方式 by the providers' own words."""
    return Choice(name=name, label=label, path=path, choices=lambda _grid: channel_labels().items())


def counselors() -> Text:
    """辅导员: read of the rows of a page one by one, sorted and searched by all at once."""
    return Text(name="counselors", label="辅导员", path="all_counselors", needs=("counselors",))


def labelled(path: str = "student") -> tuple[str, str]:
    """How a row is called: 学号 姓名."""
    to = f"{path}__" if path else ""
    return f"{to}student_no", f"{to}name"
