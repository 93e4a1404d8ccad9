"""What all columns have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Q

from yibao.common.errors import Refused
from yibao.grid import reading
from yibao.grid.markup import escaped

if TYPE_CHECKING:
    from yibao.grid.grid import Grid

Painter = Callable[[Any], str]
NOTHING = "—"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One field of a list, said once.

    `path` leads from a row to the value, as in a filter. A computed column names what it `needs`
    and how to get its `value` from that; it sorts and queries only if it has a path as well.
    """

    name: str
    label: str
    path: str = ""
    needs: tuple[str, ...] = ()
    value: Callable[..., Any] | None = None
    search: bool = False
    sort_path: str = ""
    width: str = ""
    frozen: bool = False

    align: ClassVar[str] = ""
    kind: ClassVar[str] = "text"
    keyword: ClassVar[str] = "text"
    operators: ClassVar[Mapping[str, str]] = {}
    filter_operator: ClassVar[str] = "eq"

    @property
    def lookup(self) -> str:
        """The path for filters; "" for a column that is only computed."""
        return self.path or ("" if self.needs else self.name)

    @property
    def sources(self) -> tuple[str, ...]:
        """The paths that are read from the database."""
        return self.needs or (self.lookup,)

    @property
    def sort(self) -> str:
        """The path to order by; "" if the column cannot be sorted."""
        return self.sort_path or self.lookup

    def read(self, values: tuple[Any, ...]) -> Any:
        """The column's value from those of its sources."""
        return self.value(*values) if self.value else values[0]

    def text(self, value: Any, _grid: "Grid") -> str:
        """As a person reads it; "" for nothing."""
        return "" if value is None else str(value)

    def cell(self, value: Any, grid: "Grid") -> Any:
        """As a spreadsheet keeps it: text, number, date or None."""
        return self.text(value, grid) or None

    def converter(self, grid: "Grid") -> Callable[[Any], Any]:
        """From a value to a spreadsheet's cell, made once for all rows of a file."""
        return lambda value: self.cell(value, grid)

    def painter(self, grid: "Grid") -> Painter:
        """From a value to HTML, made once for all rows of a page."""
        return lambda value: escaped(self.text(value, grid)) or NOTHING

    def choices_of(self, _grid: "Grid") -> dict[str, str]:
        """What can be chosen, by its key in an address; empty for free input."""
        return {}

    def clean(self, raw: str, _grid: "Grid") -> Any:
        """The value meant by `raw`, or `Refused`."""
        value = reading.plain(raw)
        if not value:
            raise Refused(f"“{self.label}”没有填写关键字")
        return value

    def said(self, raw: str, _grid: "Grid") -> str:
        """The keyword as a person reads it in the sentence of a query."""
        return reading.plain(raw)

    def condition(self, operator: str, raw: str, grid: "Grid") -> Q:
        """The rows for which `column operator raw` holds."""
        if operator == "empty":
            return self._empty()
        if operator == "filled":
            return ~self._empty()
        return self._compare(operator, self.clean(raw, grid))

    def search_condition(self, _word: str) -> Q | None:
        """The rows that one word of the search box finds here."""
        return None

    def sealed(self, raw: str) -> str:
        """The keyword as it may stand in an address."""
        return raw

    def _empty(self) -> Q:
        return Q((f"{self.lookup}__isnull", True))

    def _compare(self, operator: str, value: Any) -> Q:
        lookups = {"eq": "exact", "ge": "gte", "le": "lte", "in": "in"}
        if operator == "ne":
            return ~Q((self.lookup, value))
        return Q((f"{self.lookup}__{lookups[operator]}", value))
