"""打印: the query as a table on paper, as it is seen on the screen."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe

from yibao.grid import downloads, export
from yibao.grid.grid import Grid
from yibao.grid.markup import escaped
from yibao.grid.rendering import classes

MOST_PRINTED = 1000
UPRIGHT = 8
"""So many columns fit on a sheet that stands; more lie on their side."""


def sheet(request: HttpRequest, grid: Grid) -> HttpResponse:
    """The page to be printed: whose it is, what was asked, and the first thousand rows."""
    total = grid.page.total
    count = min(total, MOST_PRINTED)
    downloads.note(grid, count, act="print")
    title, *lines = export.heading(grid, total, "打印")
    return render(
        request,
        "grid/print.html",
        {
            "grid": grid,
            "title": title,
            "lines": lines,
            "heads": [(column.label, classes(column)) for column in grid.shown],
            "rows": rows_html(grid, count),
            "sums": grid.sums_said,
            "total": total,
            "count": count,
            "lies": len(grid.shown) > UPRIGHT,
            "back": grid.query.to_query_string(page=grid.page.number) or "q=",
        },
    )


def rows_html(grid: Grid, count: int) -> SafeString:
    """The first rows, each cell painted by its column: masked where the screen masks."""
    at = {path: i for i, path in enumerate(grid.paths)}
    plan = [
        (
            f'<td class="{classes(c)} sheet-{c.kind}">',
            [at[p] for p in c.sources],
            c.value,
            c.painter(grid),
        )
        for c in grid.shown
    ]
    lines = []
    for number, row in enumerate(grid.read(grid.keys(0, count)), 1):
        cells = [f'<td class="list-end">{escaped(number)}</td>']
        for opening, where, value, paint in plan:
            shown = value(*(row[i] for i in where)) if value else row[where[0]]
            cells.append(f"{opening}{paint(shown)}</td>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return mark_safe("".join(lines))  # noqa: S308 - columns escape
