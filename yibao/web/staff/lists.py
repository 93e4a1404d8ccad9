"""What every list of staff does: it fits itself to what its viewer is in charge of."""

from typing import Any, ClassVar

from django.db.models import QuerySet

from yibao.grid.columns import Secret
from yibao.grid.grid import Grid
from yibao.people.disclosure import note_export
from yibao.people.levels import Level
from yibao.people.scope import holds, only_counsels, posts_of
from yibao.people.units import unit_key


class StaffGrid(Grid):
    """A list of students or of what is theirs. `offered` filters, `usual` columns."""

    offered: ClassVar[tuple[str, ...]] = ()
    usual: ClassVar[tuple[str, ...]] = ()

    @property
    def quick_filters(self) -> tuple[str, ...]:
        """The drop-downs that leave this viewer a choice; who has few classes needs no grades."""
        useful = [n for n in self.offered if len(self.choices(self.by_name[n])) > 1]
        return tuple(n for n in useful if n != "grade" or "class_group" not in useful)

    @property
    def default_columns(self) -> tuple[str, ...]:
        """The usual columns; who looks after one college need not read it in every row."""
        one_college = "college" in self.by_name and len(self.choices(self.by_name["college"])) <= 1
        return tuple(n for n in self.usual if n != "college" or not one_college)

    @property
    def is_short(self) -> bool:
        """A counselor has some hundred students."""
        return only_counsels(self.viewer)

    def reach_of(self, viewer: object) -> str:
        """The viewer's posts and what each covers: when they change, old files are kept back."""
        covered = (
            f"{post.level}:{post.college_id}:{sorted(post.class_keys)}" for post in posts_of(viewer)
        )
        return " ".join(sorted(covered))

    def why_not_reveal(self, viewer: object) -> str:
        """Full numbers go to the bureau through the college and the school office."""
        if holds(viewer, Level.COLLEGE, Level.SCHOOL):
            return ""
        return "完整号码只能由学院或学校岗位导出，请联系本学院的管理老师"

    def revealed(self, rows: QuerySet[Any], reason: str) -> None:
        """Each student in such a file can read of it in 谁查看过我的信息."""
        secrets = [column for column in self.shown if isinstance(column, Secret)]
        if secrets:
            to = secrets[0].lookup.rpartition("__")[0]
            students = rows.order_by().values_list(f"{to}__pk" if to else "pk", flat=True)
            note_export(set(students), by=self.viewer, name=self.title, reason=reason)

    def unit_of(self, viewer: object) -> str:
        """A saved query may be shared within the viewer's college, or within the school office."""
        return unit_key(viewer)
