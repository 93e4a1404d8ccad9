"""What the templates of a list are given."""

from typing import Any
from urllib.parse import urlencode

from yibao.grid import batches
from yibao.grid.column import Column
from yibao.grid.columns import Choice, Secret
from yibao.grid.downloads import LONG
from yibao.grid.grid import Grid
from yibao.grid.models import Batch
from yibao.grid.query import SIZES, Condition, GridQuery, queryable
from yibao.grid.rendering import classes, rows_html
from yibao.grid.sentence import phrases


def of_list(grid: Grid) -> dict[str, Any]:
    """The list itself."""
    query = grid.query
    going_on, undoable = batches.own(grid)
    return {
        "grid": grid,
        "query": query,
        "rows": rows_html(grid),
        "heads": [_head(grid, column) for column in grid.shown],
        "filters": [
            _filter(grid, column) for column in (grid.by_name[name] for name in grid.quick_filters)
        ],
        "phrases": phrases(grid),
        "buttons": grid.actions_for(grid.viewer),
        "links": grid.links_for(grid.viewer),
        "other_filters": [f for f in query.filters if f[0] not in grid.quick_filters],
        "shown_search": " ".join(query.words),
        "sealed_search": " ".join(w for w in query.search.split() if w not in query.words),
        "narrowing": _narrowing(query),
        "sizes": SIZES,
        "densities": (("compact", "紧凑行高"), ("", "标准行高"), ("wide", "宽松行高")),
        "kept": [(key, value) for key, value in query.pairs() if key != "page"],
        "here": query.to_query_string(page=grid.page.number),
        "reset": query.to_query_string(search="", conditions=(), filters=(), order="") or "q=",
        "lead": urlencode(query.extra),
        "batches": going_on,
        "undoable": _undoable(grid, undoable),
        "has_secrets": any(isinstance(column, Secret) for column in grid.columns),
        "long_export": LONG,
        "pager": _pager(grid),
        "sums": grid.sums_said,
    }


def _filter(grid: Grid, column: Column) -> tuple[Column, list[tuple[str, str]], str, bool]:
    """A drop-down: its lines, where it stands, and whether that is none of them but several."""
    raw, lines = grid.query.filter_value(column.name), grid.choices(column)
    values = column.chosen(raw, grid) if isinstance(column, Choice) else [raw]
    one = values[0] if len(values) == 1 else raw
    return column, list(lines.items()), one, bool(one) and one not in lines


def _undoable(grid: Grid, found: list[Batch]) -> dict[str, Any] | None:
    """What the viewer has just done here: the last of it, and how often before."""
    if not found:
        return None
    last: Any = found[0]  # counted
    names = grid.labels(last.done) if last.count == 1 else {}
    return {"batch": last, "names": list(names.values()), "others": len(found) - 1}


def of_columns(grid: Grid) -> dict[str, Any]:
    """列配置."""
    shown = grid.shown
    return {
        "grid": grid,
        "shown": shown,
        "hidden": [column for column in grid.columns if column not in shown],
        "here": grid.query.to_query_string(),
    }


def of_reveal(grid: Grid) -> dict[str, Any]:
    """The choice to export full numbers."""
    return {
        "grid": grid,
        "refusal": grid.why_not_reveal(grid.viewer),
        "here": grid.query.to_query_string(),
    }


def of_query(grid: Grid) -> dict[str, Any]:
    """自定义查询."""
    fields = {
        column.name: {
            "label": column.label,
            "keyword": column.keyword,
            "operators": list(queryable(column).items()),
            "choices": list(grid.choices(column).items()),
        }
        for column in grid.columns
        if queryable(column)
    }
    given = grid.query.conditions or (Condition("and", next(iter(fields), ""), "", ""),)
    return {
        "grid": grid,
        "fields": fields,
        "conditions": given,
        "unit": grid.unit_of(grid.viewer),
        "here": grid.query.to_query_string(),
        "reset": grid.query.to_query_string(conditions=()) or "q=",
    }


def _head(grid: Grid, column: Column) -> dict[str, Any]:
    query = grid.query
    order = (query.order or grid.default_order).split(",")[0]
    up, down = order == column.name, order == f"-{column.name}"
    turned = f"-{column.name}" if up else column.name
    return {
        "column": column,
        "css": classes(column),
        "href": query.to_query_string(order=turned) if column.sort else "",
        "aria": "ascending" if up else "descending" if down else "none",
    }


def _narrowing(query: GridQuery) -> str:
    """The part of a query that says which rows: ticks hold as long as it stays the same."""
    return query.to_query_string(order="", columns=(), size=0, density="")


def _pager(grid: Grid) -> list[tuple[int, str]]:
    """Page numbers to offer, with their query strings; 0 stands for a gap."""
    last, here = grid.page.pages, grid.page.number
    wanted = sorted({1, last} | {n for n in range(here - 2, here + 3) if 1 <= n <= last})
    numbers: list[int] = []
    for number in wanted:
        if numbers and number - numbers[-1] > 1:
            numbers.append(0)
        numbers.append(number)
    return [(n, grid.query.to_query_string(page=n) or "q=" if n else "") for n in numbers]
