"""One list of the system. Subclasses say what is in it; everything else is here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Count, F, Field, Model, Q, QuerySet, Sum, Window
from django.http import QueryDict
from django.utils.safestring import mark_safe

from yibao.common.bulk import OneOf
from yibao.common.statements import Given, Kept
from yibao.grid import reading
from yibao.grid.actions import Action
from yibao.grid.column import Column
from yibao.grid.columns import Number
from yibao.grid.models import ColumnLayout, SavedQuery
from yibao.grid.query import SIZES, GridQuery

DEFAULT_SIZE = 20


@dataclass(frozen=True)
class Link:
    """A button above the list that needs no rows: 添加, 导入."""

    label: str
    href: str
    icon: str = ""
    tone: str = ""
    dialog: bool = False


@dataclass(frozen=True)
class Page:
    """The rows of one page and where it stands in the whole."""

    rows: list[tuple[Any, ...]]
    number: int
    pages: int
    size: int
    total: int
    sums: Mapping[str, Any]

    @property
    def first(self) -> int:
        """The position of the first row in the whole, from 0."""
        return (self.number - 1) * self.size


LAYOUT = Kept(lambda: ColumnLayout.objects.filter(user=Given("user"), grid=Given("grid")))
OWN_OR_SHARED = Q(user=Given("user")) | (Q(unit=Given("unit")) & ~Q(unit=""))
SAVED = Kept(
    lambda: SavedQuery.objects.filter(OWN_OR_SHARED, grid=Given("grid")).annotate(
        owner=F("user__name")
    )
)


class Grid:
    """One list: its rows, its columns, what can be done with them."""

    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    columns: ClassVar[tuple[Column, ...]] = ()
    default_columns: ClassVar[tuple[str, ...]] = ()
    default_order: ClassVar[str] = ""
    quick_filters: ClassVar[tuple[str, ...]] = ()
    row_label: ClassVar[tuple[str, ...]] = ()
    search_hint: ClassVar[str] = ""
    empty_text: ClassVar[str] = "还没有记录"
    actions: ClassVar[tuple[Action, ...]] = ()
    added: ClassVar[Mapping[tuple[str, ...], Callable[[Any], QuerySet[Any]]]] = {}
    """Annotations by the names they give: made for those questions alone that ask for one of them."""
    params: ClassVar[tuple[str, ...]] = ()

    def __init__(self, viewer: Any, query: GridQuery | None = None, **context: Any) -> None:
        self.viewer = viewer
        self.context = context
        self.reveal = False
        self._choices: dict[str, dict[str, str]] = {}
        self.query, self.faults = (query or GridQuery()).checked(self)

    # What a list may say about itself ------------------------------------------------------

    def rows(self) -> QuerySet[Any]:
        """All rows the viewer may see. The only door to the data."""
        raise NotImplementedError

    def actions_for(self, _viewer: Any) -> Iterable[tuple[Action, str]]:
        """The actions offered to the viewer, each with the reason why it is grey, or ""."""
        return [(action, "") for action in self.actions]

    def links_for(self, _viewer: Any) -> Iterable[Link]:
        """Buttons that need no rows."""
        return ()

    def detail_rows(self) -> QuerySet[Any]:
        """The rows that details are shown of, with what the dialog needs joined."""
        return self.rows()

    def detail(self, row: Any) -> tuple[str, dict[str, Any]]:
        """Template and variables of the dialog about one row."""
        return "grid/_facts.html", {"facts": self.facts(row.pk)}

    def row_href(self, _pk: int) -> str:
        """The page that a row opens; "" opens the dialog."""
        return ""

    def href_elsewhere(self, _pk: int) -> str:
        """Where a row can be looked at that has left this list; "" if nowhere."""
        return ""

    @property
    def is_short(self) -> bool:
        """Whether the viewer's rows are so few that one statement may sort, count and read them."""
        return False

    @property
    def subject(self) -> str:
        """What the list is of, beside its title: the plan. Said on files and on paper."""
        return ""

    def unit_of(self, _viewer: Any) -> str:
        """The unit within which the viewer may share queries; "" for none."""
        return ""

    def reach_of(self, _viewer: Any) -> str:
        """What the viewer is in charge of; a file is handed out only while it stays the same."""
        return ""

    def why_not_reveal(self, _viewer: Any) -> str:
        """Why the viewer may not export full ID and phone numbers; "" if they may."""
        return "您的岗位不能导出完整号码"

    def revealed(self, rows: QuerySet[Any], reason: str) -> None:
        """Called with the rows whose full numbers are about to go into a file, and what for."""

    # Columns -------------------------------------------------------------------------------

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by their name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def shown(self) -> list[Column]:
        """The columns in the order asked for, remembered, or given."""
        wanted = self.query.columns or self._remembered_columns() or self.by_name
        named = [self.by_name[name] for name in wanted if name in self.by_name]
        frozen = [column for column in named if column.frozen]
        return (frozen + [c for c in named if not c.frozen]) or list(self.columns)

    @cached_property
    def sort_paths(self) -> dict[str, tuple[str, bool]]:
        """By column name: the path to order by, and whether it can be empty."""
        model = self.all_rows.model
        return {c.name: (c.sort, _nullable(model, c.sort)) for c in self.columns if c.sort}

    def choices(self, column: Column) -> dict[str, str]:
        """The choices of a column by key, asked for once."""
        if column.name not in self._choices:
            self._choices[column.name] = column.choices_of(self)
        return self._choices[column.name]

    def param(self, name: str) -> str:
        """A further parameter of the address that this list keeps."""
        return dict(self.query.extra).get(name, "")

    # What the person keeps -----------------------------------------------------------------

    @cached_property
    def layout(self) -> ColumnLayout | None:
        """列配置 of the viewer for this list."""
        return next(iter(LAYOUT.rows(user=self.viewer.pk, grid=self.key)), None)

    @cached_property
    def saved_queries(self) -> list[SavedQuery]:
        """The viewer's own saved queries, then those shared within the unit."""
        mine = self.viewer.pk
        found = SAVED.rows(user=mine, grid=self.key, unit=self.unit_of(self.viewer))
        return sorted(found, key=lambda s: (s.user_id != mine, s.name))

    @property
    def size(self) -> int:
        """Rows on a page: asked for, remembered, or the usual."""
        remembered = self.layout.size if self.layout else 0
        return self.query.size or (remembered if remembered in SIZES else DEFAULT_SIZE)

    @property
    def density(self) -> str:
        """Row height: asked for, remembered, or the usual."""
        return self.query.density or (self.layout.density if self.layout else "")

    @property
    def sums_said(self) -> list[tuple[str, str]]:
        """Labels and sums of the query, as they are read."""
        sums = self.page.sums
        return [(c.label, c.text(sums[c.name], self)) for c in self.shown if c.name in sums]

    # Rows ----------------------------------------------------------------------------------

    @cached_property
    def all_rows(self) -> QuerySet[Any]:
        """`rows()`, made once: a dozen annotations cost milliseconds each time."""
        return self.rows()

    @cached_property
    def narrowed(self) -> QuerySet[Any]:
        """All rows that match, in no particular order."""
        rows = self._with_added(self.all_rows.order_by(), self.query.narrowed_by(self))
        return self.query.narrow(self, rows)

    @cached_property
    def matching(self) -> QuerySet[Any]:
        """All rows that match, in the order asked for: what page, export and actions share."""
        rows = self._with_added(self.narrowed, self.query.sorted_by(self))
        return self.query.sort(self, rows)

    @cached_property
    def page(self) -> Page:
        """The rows of the page asked for; the last page if there are fewer."""
        return (self.is_short and self._page_at_once()) or self._page_by_keys()

    def _page_at_once(self) -> Page | None:
        """By one statement that counts what it sorts; None past the last page."""
        number, size, width = self.query.page, self.size, len(self.paths)
        counted = {"all_rows": Window(Count("*"))}
        counted |= {f"sum_{c.name}": Window(Sum(c.lookup)) for c in self._summed}
        asked = [*self.paths, *(c.lookup for c in self._summed)]
        rows = self._with_added(self.matching, asked).annotate(**counted)
        found = list(rows.values_list(*self.paths, *counted)[(number - 1) * size : number * size])
        if not found:
            return (
                Page([], 1, 1, size, 0, {c.name: None for c in self._summed})
                if number == 1
                else None
            )
        total, *sums = found[0][width:]
        named = {c.name: value for c, value in zip(self._summed, sums, strict=True)}
        return Page([row[:width] for row in found], number, -(-total // size), size, total, named)

    def _page_by_keys(self) -> Page:
        """However many there are: how many, then the keys of the page, then what is shown of them."""
        total, sums = self._count()
        pages = max(1, -(-total // self.size))
        number = min(self.query.page, pages)
        start = (number - 1) * self.size
        pks = self.keys(start, min(start + self.size, total), total) if total else []
        return Page(self.read(pks), number, pages, self.size, total, sums)

    @cached_property
    def paths(self) -> list[str]:
        """What is read of each row, each path once: the key, the label, the shown columns."""
        sources = [path for column in self.shown for path in column.sources]
        return list(dict.fromkeys(["pk", *self.row_label, *sources]))

    def keys(self, start: int, stop: int, total: int = 0) -> list[int]:
        """The keys of the matching rows from … to before …, in order.

        Asked apart from what is shown of them: with the joins of all columns the planner no longer
        sees that few rows are wanted. A known total spares the way down to the last pages.
        """
        keys = self.matching.values_list("pk", flat=True)
        if total and start > total // 2:
            return list(keys.reverse()[total - stop : total - start])[::-1]
        return list(keys[start:stop])

    def read(self, pks: Sequence[int]) -> list[tuple[Any, ...]]:
        """The rows with these keys as tuples of `paths`, in their order.

        A column can never ask a query of its own; a row that is gone is left out.
        """
        if not pks:
            return []
        rows = self._with_added(self.all_rows.order_by(), self.paths).filter(OneOf("pk", pks))
        found = {row[0]: row for row in rows.values_list(*self.paths)}
        return [found[pk] for pk in pks if pk in found]

    def label_of(self, row: tuple[Any, ...]) -> str:
        """How a row of `read()` is called."""
        return self._called(row[0], [row[at] for at in self._label_at])

    def labels(self, pks: Iterable[int]) -> dict[int, str]:
        """How rows are called, by key, also of rows that have just left the list's query."""
        model = self.all_rows.model
        rows = model._default_manager.filter(OneOf("pk", pks)).values_list("pk", *self.row_label)
        return {pk: self._called(pk, parts) for pk, *parts in rows}

    @cached_property
    def _label_at(self) -> list[int]:
        return [self.paths.index(path) for path in self.row_label]

    @cached_property
    def _label_columns(self) -> list[Column | None]:
        columns = {column.lookup: column for column in self.columns if not column.value}
        return [columns.get(path) for path in self.row_label]

    def _called(self, pk: int, parts: Sequence[Any]) -> str:
        """The parts of a label as the columns say them that show the same."""
        said = zip(self._label_columns, parts, strict=True)
        texts = (c.text(part, self) if c else str(part) for c, part in said if part)
        return " ".join(filter(None, texts)) or str(pk)

    def picked(self, data: QueryDict) -> QuerySet[Any]:
        """The rows an action is for: the ticked ones, or all that match but for the unticked.

        Keys are settled here, so that the set stays the same while the action changes the rows;
        a forged key is not among the matching rows and simply is not there.
        """
        if data.get("all"):
            rows = self.narrowed.exclude(OneOf("pk", reading.keys(data.getlist("but"))))
        else:
            rows = self.narrowed.filter(OneOf("pk", reading.keys(data.getlist("pk"))))
        pks = list(rows.values_list("pk", flat=True))
        settled: QuerySet[Any] = rows.model._default_manager.filter(OneOf("pk", pks)).order_by("pk")
        return settled

    def one(self, pk: int) -> Any:
        """A row by its key, or None if the viewer may not see it."""
        return self.detail_rows().filter(pk=pk).first()

    def neighbours(self, pk: int, at: int) -> tuple[int | None, int | None, int]:
        """The keys before and after a row at a position of the query, and the position.

        When the row has left the query, what slid into its place comes next.
        """
        start = max(at - 2, 0)
        near = self.keys(start, at + 3)
        if pk in near:
            here = near.index(pk)
            before = near[here - 1] if here else None
            after = near[here + 1] if here + 1 < len(near) else None
            return before, after, start + here
        ahead, behind = near[: at - start], near[at - start :]
        return ahead[-1] if ahead else None, behind[0] if behind else None, at

    def facts(self, pk: int) -> list[tuple[str, str]]:
        """Every column of one row as label and HTML."""
        everything = self.asking(GridQuery(columns=tuple(self.by_name), extra=self.query.extra))
        shown = (
            (column.label, column.painter(self)(value))
            for row in everything.read([pk])
            for column, value in everything.cells(row)
        )
        return [(label, mark_safe(html)) for label, html in shown]  # noqa: S308 - columns escape

    def cells(self, row: tuple[Any, ...]) -> list[tuple[Column, Any]]:
        """The shown columns of a row of `read()` with their values."""
        at = {path: i for i, path in enumerate(self.paths)}
        return [(c, c.read(tuple(row[at[path]] for path in c.sources))) for c in self.shown]

    def asking(self, query: GridQuery) -> "Grid":
        """The same list, asked for something else."""
        return self.__class__(self.viewer, query, **self.context)

    def _with_added(self, rows: QuerySet[Any], paths: Iterable[str]) -> QuerySet[Any]:
        """The rows with what the paths ask for that is no field of theirs.

        An annotation that nobody asks for still costs: its joins stay, even where rows are counted.
        """
        asked = {path.split("__")[0] for path in paths} - rows.query.annotations.keys()
        for names, add in self.added.items():
            if not asked.isdisjoint(names):
                rows = add(rows)
        return rows

    def _remembered_columns(self) -> Iterable[str]:
        return (self.layout.columns if self.layout else ()) or self.default_columns

    @cached_property
    def _summed(self) -> list[Number]:
        return [c for c in self.shown if isinstance(c, Number) and c.total and c.lookup]

    def _count(self) -> tuple[int, dict[str, Any]]:
        if not self._summed:
            return self.narrowed.count(), {}
        sums = {f"sum_{c.name}": Sum(c.lookup) for c in self._summed}
        rows = self._with_added(self.narrowed, [c.lookup for c in self._summed])
        found = rows.aggregate(rows=Count("*"), **sums)
        return found["rows"], {c.name: found[f"sum_{c.name}"] for c in self._summed}


def _nullable(model: type[Model], path: str) -> bool:
    """Whether the end of a path can be empty; an annotation counts as if it could."""
    here: Any = model
    for part in path.split("__"):
        try:
            field = here._meta.get_field("id" if part == "pk" else part)
        except FieldDoesNotExist:
            return True
        if not isinstance(field, Field) or field.null:
            return True
        here = field.related_model
    return False
