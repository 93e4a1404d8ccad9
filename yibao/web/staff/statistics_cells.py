"""A number on a page and the list of exactly those students: one way of making both."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from yibao.enrolment.states import Standing
from yibao.grid.query import Condition
from yibao.plans.models import InsurancePlan
from yibao.reports.funnel import DIMENSIONS
from yibao.reports.rates import Figures
from yibao.web.staff.plan_lists import asking

S = Standing
Filters = tuple[tuple[str, str], ...]

JOINED = (S.ENROLLED, S.AWAITING_PAYMENT)
STAYED_OUT = (S.ELSEWHERE, S.OPTED_OUT)
TO_REGISTER = (S.UNREGISTERED, S.RETURNED)
BASE = tuple(standing for standing in S if standing != S.NOT_REQUIRED)


@dataclass(frozen=True)
class Head:
    """A column of counted students: which standings it counts, and how it is called."""

    name: str
    label: str
    standings: tuple[Standing, ...] = ()
    level: str = ""
    hint: str = ""

    def number(self, figures: Figures) -> int:
        """How many of a unit."""
        if not self.standings:
            return figures.roster
        counts = figures.as_dict()
        return sum(counts[standing.value] for standing in self.standings)

    @property
    def filters(self) -> Filters:
        """What narrows a list of enrolments to those."""
        found: Filters = ()
        if self.standings:
            found = (("standing", ",".join(standing.value for standing in self.standings)),)
        return (*found, ("level", self.level)) if self.level else found


@dataclass(frozen=True)
class Cell:
    """A number and where it leads; "" for nowhere."""

    number: int
    href: str = ""
    name: str = ""


RATE_HEADS = (
    Head("roster", "学生总数"),
    Head("base", "应参保", BASE, hint="学生总数减去不需要参保的学生"),
    Head("joined", "参保", JOINED, hint="审核通过，待缴费和已缴费都计入"),
    Head("elsewhere", "校外参保", (S.ELSEWHERE,)),
    Head("opted_out", "放弃参保", (S.OPTED_OUT,)),
    Head("to_register", "未登记", TO_REGISTER, hint="从未登记和已退回的学生"),
    Head("in_review", "审核中", (S.IN_REVIEW,)),
)
COUNTING = (
    "参保人数按审核通过统计（待缴费和已缴费都计入），不等于已缴费人数，也不等于医保局已确认人数。"
    "在校参保率＝参保÷应参保，综合参保率＝（参保＋校外参保）÷应参保；"
    "应参保＝学生总数－不需要参保。"
)


def offered(chosen: Sequence[str]) -> list[tuple[str, str, bool]]:
    """The dimensions as boxes to tick."""
    return [(name, label, name in chosen) for name, (label, _) in DIMENSIONS.items()]


def shared(keys: Sequence[Sequence[Any]]) -> int:
    """How many of the first parts of their names all units have in common, short of the last part.

    A college of one would read its own name in every line, and on a phone nothing else.
    """
    found = 0
    while keys and found < len(keys[0]) - 1 and len({key[found] for key in keys}) == 1:
        found += 1
    return found


def columns_of(dimensions: Sequence[str], keys: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """For a table of units: its columns, what is said once `above` it, and the `own` part of each name."""
    common = shared(keys)
    return {
        "names": [DIMENSIONS[name][0] for name in dimensions[common:]],
        "above": " ".join(words_of(dimensions, keys[0][:common])) if keys else "",
        "own": f"{common}:",
    }


def words_of(dimensions: Sequence[str], key: Sequence[Any]) -> list[str]:
    """The parts of a name as they are read without a column's head: 2024 级."""
    parts = zip(dimensions, key, strict=False)
    return [f"{part} 级" if name == "grade" else str(part) for name, part in parts]


def list_href(
    plan: InsurancePlan,
    filters: Iterable[tuple[str, Any]],
    *,
    page: str = "staff:enrolments",
    conditions: Sequence[Condition] = (),
    columns: tuple[str, ...] = (),
) -> str:
    """The address of a list of a plan, narrowed."""
    narrowed = tuple((name, str(value)) for name, value in filters)
    query = asking(plan, filters=narrowed, conditions=tuple(conditions), columns=columns)
    return f"{reverse(page)}?{query}"


def cells(
    plan: InsurancePlan,
    heads: Sequence[Head],
    figures: Figures,
    unit: Iterable[tuple[str, Any]],
    *,
    linked: bool = True,
) -> list[Cell]:
    """A row of numbers of a unit; not linked where the viewer's list would be shorter."""
    unit = tuple(unit)
    return [
        Cell(
            head.number(figures),
            list_href(plan, (*unit, *head.filters)) if linked else "",
            head.name,
        )
        for head in heads
    ]


def drift_words(drift: dict[str, int]) -> str:
    """已参保 +2，未登记 −1: what has changed since a rate was handed in."""
    return "，".join(
        f"{Standing(key).label} {'+' if change > 0 else '−'}{abs(change)}"
        for key, change in drift.items()
    )


def percent(rate: Any) -> str:
    """97.56%; a dash where nobody is to be insured."""
    return "—" if rate is None else f"{rate}%"
