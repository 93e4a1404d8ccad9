"""What a person asked a list for. One value serves page, export and batch action alike."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import urlencode

from django.db.models import F, Q, QuerySet
from django.http import QueryDict

from yibao.common.errors import Refused
from yibao.grid import reading
from yibao.grid.column import Column
from yibao.grid.columns import SEALED

if TYPE_CHECKING:
    from yibao.grid.grid import Grid

SIZES = (10, 20, 50, 100)
DENSITIES = ("compact", "wide")
MOST_CONDITIONS = 20
OWN_KEYS = frozenset({"q", "where", "f", "sort", "cols", "page", "size", "density"})


class Condition(NamedTuple):
    """One row of 自定义查询: 关系符, field, operator, keyword. "and" binds tighter than "or"."""

    join: str
    column: str
    operator: str
    value: str = ""

    def __str__(self) -> str:
        return ".".join(self)


@dataclass(frozen=True)
class GridQuery:
    """The whole of it is the query string; a link, a bookmark and the back button need no more."""

    search: str = ""
    conditions: tuple[Condition, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()
    order: str = ""
    columns: tuple[str, ...] = ()
    page: int = 1
    size: int = 0
    density: str = ""
    extra: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, params: QueryDict, keep: Iterable[str] = ()) -> Self:
        """From ?q=…&where=and.amount_due.ge.100&f=status.returned&sort=-name&cols=a,b&page=2."""
        conditions = (item.split(".", 3) for item in params.getlist("where"))
        filters = (item.partition(".") for item in params.getlist("f"))
        size = reading.whole(params.get("size", ""), 0)
        density = params.get("density", "")
        return cls(
            search=reading.plain(params.get("q", "")),
            conditions=tuple(
                dict.fromkeys(Condition(*parts) for parts in conditions if len(parts) >= 3)  # noqa: PLR2004
            ),
            filters=tuple(dict.fromkeys((name, value) for name, _, value in filters if value)),
            order=params.get("sort", ""),
            columns=tuple(dict.fromkeys(filter(None, params.get("cols", "").split(",")))),
            page=reading.whole(params.get("page", ""), 1),
            size=size if size in SIZES else 0,
            density=density if density in DENSITIES else "",
            extra=tuple((key, str(params[key])) for key in keep if params.get(key)),
        )

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the search box that can be marked in a text."""
        return tuple(w for w in self.search.split() if not SEALED.fullmatch(w))

    @property
    def narrows(self) -> bool:
        """Whether anything is asked at all."""
        return bool(self.search or self.conditions or self.filters)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Keys and values of the query string, without what goes without saying."""
        yield from self.extra
        if self.search:
            yield "q", self.search
        yield from (("f", f"{name}.{value}") for name, value in self.filters)
        yield from (("where", str(condition)) for condition in self.conditions)
        if self.order:
            yield "sort", self.order
        if self.columns:
            yield "cols", ",".join(self.columns)
        if self.page > 1:
            yield "page", str(self.page)
        if self.size:
            yield "size", str(self.size)
        if self.density:
            yield "density", self.density

    def to_query_string(self, **changes: Any) -> str:
        """The query string; with changes: that of the changed query, back on page 1."""
        query = replace(self, **({"page": 1} | changes)) if changes else self
        return urlencode(list(query.pairs()), safe=",:")

    def filter_value(self, column: str) -> str:
        """What the drop-down of a column stands at."""
        return next((value for name, value in self.filters if name == column), "")

    def checked(self, grid: "Grid") -> tuple["GridQuery", tuple[str, ...]]:
        """Only what this list understands, and a sentence for each thing that was dropped."""
        faults: list[str] = []
        conditions = []
        for condition in self.conditions[:MOST_CONDITIONS]:
            if fault := fault_of(grid, condition):
                faults.append(fault)
            else:
                conditions.append(condition._replace(join=_join(condition.join)))
        if len(self.conditions) > MOST_CONDITIONS:
            faults.append(f"条件超过 {MOST_CONDITIONS} 个，只用了前 {MOST_CONDITIONS} 个")
        filters = []
        for name, value in self.filters:
            column = grid.by_name.get(name)
            operator = column.filter_operator if column else ""
            if fault := fault_of(grid, Condition("and", name, operator, value)):
                faults.append(fault)
            else:
                filters.append((name, value))
        order = ",".join(item for item in self.order.split(",") if sortable(grid, item))
        if order != self.order:
            faults.append("链接里的排序列已不存在，改用默认顺序")
        columns = tuple(name for name in self.columns if name in grid.by_name)
        if columns != self.columns:
            faults.append("链接里有已不存在的列，未显示")
        checked = replace(
            self, conditions=tuple(conditions), filters=tuple(filters), order=order, columns=columns
        )
        return checked, tuple(faults)

    def narrowed_by(self, grid: "Grid") -> list[str]:
        """The paths by which rows are narrowed."""
        names = [name for name, _ in self.filters] + [c.column for c in self.conditions]
        searched = [c.lookup for c in grid.columns if c.search] if self.search else []
        return [grid.by_name[name].lookup for name in names] + searched

    def sorted_by(self, grid: "Grid") -> list[str]:
        """The paths by which rows are sorted."""
        return [grid.sort_paths[item.lstrip("-")][0] for item in self._order(grid)]

    def narrow(self, grid: "Grid", rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that were asked for, in no particular order."""
        for word in self.search.split():
            found = [c.search_condition(word) for c in grid.columns if c.search]
            hits = [hit for hit in found if hit is not None]
            rows = rows.filter(reduce(or_, hits)) if hits else rows.none()
        for name, value in self.filters:
            column = grid.by_name[name]
            rows = rows.filter(column.condition(column.filter_operator, value, grid))
        if self.conditions:
            rows = rows.filter(self._alternatives(grid))
        return rows

    def sort(self, grid: "Grid", rows: QuerySet[Any]) -> QuerySet[Any]:
        """In the order asked for, empty values last; equal rows always in the same order."""
        terms: list[Any] = []
        for item in self._order(grid):
            path, nullable = grid.sort_paths[item.lstrip("-")]
            field = F(path)
            last = True if nullable else None
            terms.append(
                field.desc(nulls_last=last) if item.startswith("-") else field.asc(nulls_last=last)
            )
        return rows.order_by(*terms, "pk")

    def _order(self, grid: "Grid") -> list[str]:
        return [item for item in (self.order or grid.default_order).split(",") if item]

    def _alternatives(self, grid: "Grid") -> Q:
        groups: list[list[Q]] = []
        for condition in self.conditions:
            test = grid.by_name[condition.column].condition(
                condition.operator, condition.value, grid
            )
            if groups and condition.join == "and":
                groups[-1].append(test)
            else:
                groups.append([test])
        return reduce(or_, (reduce(and_, group) for group in groups))


def queryable(column: Column) -> Mapping[str, str]:
    """The operators by which a column can be asked for, with their words."""
    return column.operators if column.lookup else {}


def sortable(grid: "Grid", item: str) -> bool:
    """Whether `name` or `-name` can be ordered by."""
    column = grid.by_name.get(item.removeprefix("-"))
    return column is not None and bool(column.sort)


def fault_of(grid: "Grid", condition: Condition) -> str:
    """Why a condition cannot be used; "" if it can."""
    column = grid.by_name.get(condition.column)
    if column is None:
        return f"条件里的列“{reading.plain(condition.column)}”已不存在，未使用"
    known = queryable(column).keys() | ({column.filter_operator} if column.lookup else set())
    if condition.operator not in known:
        return f"“{column.label}”不能用这样的条件，未使用"
    try:
        column.condition(condition.operator, condition.value, grid)
    except Refused as refused:
        return f"{refused}，条件未使用"
    return ""


def _join(join: str) -> str:
    return "or" if join == "or" else "and"
