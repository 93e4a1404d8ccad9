"""Whether the numbers add up: parts to the whole, children to parents, screens to each other."""

from dataclasses import dataclass
from decimal import Decimal

from tests.story.person import Person
from tests.story.setting import School

ROSTER = "学生人数"
PARTS = ("不需参保", "待缴费", "已缴费", "校外参保", "放弃参保", "已退回", "未登记")
LEVELS = ("辅导员审核", "学院审核", "学校审核")
DIMENSIONS = (
    ("college",),
    ("college", "major"),
    ("college", "grade"),
    ("college", "major", "grade", "class_group"),
)
PREMIUM = Decimal("533.00")


@dataclass(frozen=True)
class Table:
    """参保统计 as one person sees it: a row a unit, and the row 合计."""

    lines: list[dict[str, str]]
    total: dict[str, str]

    def count(self, head: str) -> int:
        """A number of the row 合计."""
        return int(self.total[head].replace(",", ""))


def numbers(line: dict[str, str]) -> dict[str, int]:
    """The numbers of a row, without its names."""
    return {head: int(line[head].replace(",", "")) for head in (ROSTER, *PARTS, *LEVELS)}


def statistics(person: Person, plan: int, dimensions: tuple[str, ...]) -> Table:
    """参保统计 by these dimensions."""
    asked = "&".join(f"by={name}" for name in dimensions)
    person.open(f"/staff/statistics/enrolments/?plan={plan}&{asked}")
    head, *rows = person.table()
    lines = [dict(zip(head, row, strict=True)) for row in rows if len(row) == len(head)]
    [total] = [row for row in rows if row[0] == "合计"]
    return Table(
        [line for line in lines if "合计" not in line.values()],
        # What all units share has no column of its own; the totals have one name and every number.
        dict(zip(head[len(head) - len(total) + 1 :], total[1:], strict=True)),
    )


class Sums:
    """Looks at the statistics after each act; an AssertionError names what does not add up."""

    def __init__(self, school: School) -> None:
        self.school = school
        self.looked = 0

    def look(self, way: str, students: int | None = None) -> Table:
        """Everything that must agree, in one plan; returns the school's own view."""
        plan = self.school.plans[way]
        whole = statistics(self.school.office, plan, ("college",))
        if students is not None:
            assert whole.count(ROSTER) == students, (whole.count(ROSTER), students)
        for dimensions in DIMENSIONS:
            self._adds_up(statistics(self.school.office, plan, dimensions), whole)
        colleges = {}
        for college, officer in self.school.officers.items():
            seen = statistics(officer, plan, ("college",))
            colleges[college] = numbers(seen.total)
            for dimensions in DIMENSIONS[1:]:
                self._adds_up(statistics(officer, plan, dimensions), seen)
        for line in whole.lines:
            mine = colleges.get(line["学院"])
            assert mine == numbers(line), (line, mine)
        return whole

    def _adds_up(self, table: Table, whole: Table) -> None:
        expected = numbers(whole.total)
        assert numbers(table.total) == expected
        found = dict.fromkeys(expected, 0)
        for line in table.lines:
            counts = numbers(line)
            parts = sum(counts[head] for head in (*PARTS, *LEVELS))
            assert counts[ROSTER] == parts, line
            found = {head: found[head] + counts[head] for head in found}
            self.looked += len(counts)
        assert found == expected, (found, expected)
