"""What should be so of rates that were handed in, in plain Python."""

from collections import Counter
from dataclasses import dataclass, field

from tests.stateful.model import CLASSES, Row
from tests.stateful.model_money import Cashbox

Unit = tuple[str, int | None]


@dataclass
class Handed:
    """A rate as it was handed in: whom it lists, and where they stood."""

    status: str = "handed_in"
    lines: dict[int, str] = field(default_factory=dict)

    @property
    def counts(self) -> Counter[str]:
        return Counter(self.lines.values())


class Reporting(Cashbox):
    """A campaign whose rates go up grade, college, school."""

    def __init__(self, way: str) -> None:
        super().__init__(way)
        self.handed: dict[Unit, Handed] = {}

    def of_unit(self, college: str, grade: int | None) -> list[Row]:
        return [row for row in self.rows if row.college == college and grade in (None, row.unit[1])]

    def stands(self, unit: Unit, *statuses: str) -> bool:
        return unit in self.handed and self.handed[unit].status in statuses

    def college_is_in(self, college: str) -> bool:
        return self.stands((college, None), "handed_in", "accepted")

    def _now(self) -> bool:
        return self.way == "B" and self.is_open and self.rate_open

    def counsels(self, who: str, unit: Unit) -> bool:
        classes = {c for p in self.held(who) if p.level == "counselor" for c in p.classes}
        return any(CLASSES[group] == unit for group in classes)

    def oversees(self, who: str, college: str) -> bool:
        return any(p.level == "college" and p.college == college for p in self.held(who))

    def may_hand_in(self, who: str, college: str, grade: int) -> bool:
        rows = self.of_unit(college, grade)
        open_ones = [r for r in rows if r.standing in ("unregistered", "returned", "in_review")]
        return (
            self.counsels(who, (college, grade))
            and self._now()
            and not self.stands((college, grade), "handed_in", "accepted")
            and bool(rows)
            and not open_ones
        )

    def hand_in(self, college: str, grade: int) -> None:
        rows = self.of_unit(college, grade)
        self.handed[college, grade] = Handed(lines={row.i: row.standing for row in rows})

    def accepted(self, college: str) -> list[Handed]:
        return [
            self.handed[unit]
            for unit in self.handed
            if unit[0] == college and unit[1] and self.stands(unit, "accepted")
        ]

    def may_hand_up(self, who: str, college: str) -> bool:
        grades = {row.unit for row in self.of_unit(college, None)}
        listed = [i for handed in self.accepted(college) for i in handed.lines]
        return (
            self.oversees(who, college)
            and self._now()
            and not self.college_is_in(college)
            and bool(grades)
            and all(self.stands(grade, "accepted") for grade in grades)
            and len(listed) == len(set(listed))
        )

    def hand_up(self, college: str) -> None:
        lines = {i: s for handed in self.accepted(college) for i, s in handed.lines.items()}
        self.handed[college, None] = Handed(lines=lines)

    def may_decide(self, who: str, unit: Unit, to: str) -> bool:
        college, grade = unit
        decides = self.holds(who, "school") if grade is None else self.oversees(who, college)
        timely = self._now() or (grade is None and self.is_open)
        again = to == "returned" and self.stands(unit, "accepted")
        blocked = grade is not None and self.college_is_in(college)
        return decides and timely and not blocked and (self.stands(unit, "handed_in") or again)

    def may_pull(self, who: str, unit: Unit) -> bool:
        """撤回 of what nobody has decided."""
        college, grade = unit
        mine = self.oversees(who, college) if grade is None else self.counsels(who, unit)
        return mine and self._now() and self.stands(unit, "handed_in")

    def may_correct(self, who: str, unit: Unit, row: Row) -> bool:
        college, grade = unit
        return (
            grade is not None
            and self.oversees(who, college)
            and self.covers(who, row, "college")
            and self.stands(unit, "accepted")
            and not self.college_is_in(college)
            and row.status == "opted_out"
            and self._now()
        )

    def correct(self, unit: Unit, row: Row, reason: int) -> None:
        row.reason = reason
        self.handed[unit].lines[row.i] = row.standing

    def may_undo(self, who: str, row: Row) -> bool:
        frozen = any(
            row.i in handed.lines and handed.status != "returned" for handed in self.handed.values()
        )
        return super().may_undo(who, row) and not frozen
