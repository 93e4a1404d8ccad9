"""A query as a person reads it, each condition with the address of the list without it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from yibao.grid.column import Column
from yibao.grid.columns import HIDDEN, SEALED

if TYPE_CHECKING:
    from yibao.grid.grid import Grid
    from yibao.grid.query import Condition


@dataclass(frozen=True)
class Phrase:
    """One condition in words, and the query string that is left when it is taken away.

    `opens` and `closes` stand around conditions with 或者 where something else narrows all of them.
    """

    join: str
    text: str
    without: str
    opens: str = ""
    closes: str = ""


def phrases(grid: "Grid") -> list[Phrase]:
    """The conditions one by one."""
    query = grid.query
    found = []
    if query.search:
        words = " ".join(HIDDEN if SEALED.fullmatch(w) else w for w in query.search.split())
        found.append(Phrase("", f"搜索“{words}”", query.to_query_string(search="")))
    for pair in query.filters:
        column = grid.by_name[pair[0]]
        rest = tuple(other for other in query.filters if other != pair)
        text = f"{column.label}：{column.said(pair[1], grid)}"
        found.append(Phrase("并且", text, query.to_query_string(filters=rest)))
    for place, condition in enumerate(query.conditions):
        rest_of = query.conditions[:place] + query.conditions[place + 1 :]
        join = "或者" if place and condition.join == "or" else "并且"
        text = _said(grid, grid.by_name[condition.column], condition)
        found.append(Phrase(join, text, query.to_query_string(conditions=rest_of)))
    return _bracketed(found, len(found) - len(query.conditions))


def sentence(grid: "Grid") -> str:
    """The whole query in one line; every row when nothing is asked."""
    parts = phrases(grid)
    if not parts:
        return "全部"
    first, *others = (f"{part.opens}{part.text}{part.closes}" for part in parts)
    joined = (f" {part.join} {text}" for part, text in zip(parts[1:], others, strict=True))
    return first + "".join(joined)


def _bracketed(parts: list[Phrase], always: int) -> list[Phrase]:
    """The first `always` phrases hold for whatever the others leave open."""
    if always and any(part.join == "或者" for part in parts):
        parts[always] = replace(parts[always], opens="（")
        parts[-1] = replace(parts[-1], closes="）")
    return parts


def _said(grid: "Grid", column: Column, condition: "Condition") -> str:
    operator = column.operators[condition.operator]
    if condition.operator in ("empty", "filled"):
        return f"{column.label} {operator}"
    return f"{column.label} {operator} {column.said(condition.value, grid)}"
