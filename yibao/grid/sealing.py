"""Full ID and phone numbers do not stand in addresses: the search box trades them for an index."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Q

from yibao.grid.column import Column
from yibao.grid.columns import SEALED, Secret, seal_index

if TYPE_CHECKING:
    from yibao.grid.grid import Grid
    from yibao.grid.query import Condition, GridQuery

SUSPECT_DIGITS = 6
# A foreign document may have fewer digits, or one only, among its letters.
SUSPECT_WORD = re.compile(r"(?=[A-Za-z]*[0-9])[A-Za-z0-9]{5,}")


def seal(grid: "Grid") -> "GridQuery":
    """The query of a list with every full secret number sealed."""
    query = grid.query
    conditions = tuple(c._replace(value=_of_condition(grid, c)) for c in query.conditions)
    filters = tuple((name, grid.by_name[name].sealed(value)) for name, value in query.filters)
    secrets = [c for c in grid.columns if isinstance(c, Secret) and c.search]
    search = query.search
    if _suspect(search):
        bare = search.replace(" ", "")
        if _shaped(secrets, bare):
            search = seal_index(bare) if not _named(grid, bare) else bare
        else:
            search = " ".join(_sealed(grid, secrets, word) for word in search.split())
    return replace(query, search=search, conditions=conditions, filters=filters)


def _of_condition(grid: "Grid", condition: "Condition") -> str:
    """A number may have been asked of the wrong column, too."""
    column, value = grid.by_name[condition.column], condition.value
    bare = value.replace(" ", "")
    if isinstance(column, Secret) or not _shaped([], bare) or _named(grid, bare):
        return column.sealed(value)
    return seal_index(bare)


def _sealed(grid: "Grid", secrets: list[Secret], word: str) -> str:
    if SEALED.fullmatch(word) or not _suspect(word):
        return word
    # A list that knows no secrets can still be asked for one.
    if not secrets and not _shaped(secrets, word):
        return word
    if _named(grid, word):
        return word
    return seal_index(word) if _shaped(secrets, word) or _held(grid, secrets, word) else word


def _suspect(text: str) -> bool:
    """Whether it may be a number that must not be read in an address."""
    if SEALED.fullmatch(text):
        return False
    digits = sum(c.isdigit() for c in text)
    return digits >= SUSPECT_DIGITS or any(SUSPECT_WORD.fullmatch(w) for w in text.split())


def _shaped(secrets: list[Secret], word: str) -> bool:
    shapes = {secret.shape for secret in secrets} or {Secret.shape}
    return any(re.fullmatch(shape, word) for shape in shapes)


def _named(grid: "Grid", word: str) -> bool:
    """Whether the word is part of something that is no secret, as a student number is."""
    return _exists(grid, [c for c in grid.columns if c.search and not isinstance(c, Secret)], word)


def _held(grid: "Grid", secrets: list[Secret], word: str) -> bool:
    return _exists(grid, secrets, word)


def _exists(grid: "Grid", columns: Sequence[Column], word: str) -> bool:
    hits = [hit for c in columns if (hit := c.search_condition(word)) is not None]
    return bool(hits) and grid.rows().filter(reduce(or_, hits, Q(pk__in=[]))).exists()
