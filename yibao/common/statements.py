"""Statements that are put together once: of a long one Django takes longer to write than PostgreSQL to answer."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Field, Func, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.sql import UpdateQuery

Text = tuple[str, tuple[Any, ...]]


def text_of(rows: QuerySet[Any]) -> Text:
    """The statement that reads these rows, with its parameters: to be kept for as long as it means the same."""
    text, params = rows.order_by().query.sql_with_params()
    return text, tuple(params)


class Given(Value):
    """In a statement that is kept: a value that is named there, and given each time it is asked."""

    def __init__(self, name: str) -> None:
        super().__init__(None)
        self.name = name

    def as_sql(self, *_given: Any, **_context: Any) -> Any:
        """A parameter, which stands for itself until it is given."""
        return "%s", [self]


class Kept:
    """A statement that every page asks and that is always the same but for what it is `Given`.

    It is put together when it is first asked, so nothing of one person or one moment may stand in it.
    How students are reached differs by post: what asks for them by `reach` is never kept.
    """

    def __init__(self, rows: Callable[[], QuerySet[Any]]) -> None:
        self._rows = rows

    @cached_property
    def _said(self) -> tuple[QuerySet[Any], str, tuple[Any, ...]] | None:
        rows = self._rows()
        try:
            return (rows, *rows.query.sql_with_params())
        except EmptyResultSet:  # no row can be among these, whatever is given
            return None

    def rows(self, **given: Any) -> list[Any]:
        """Its rows as objects of their model."""
        if self._said is None:
            return []
        rows, text, params = self._said
        return list(rows.model._default_manager.raw(text, _with(params, given)))

    def tuples(self, **given: Any) -> list[tuple[Any, ...]]:
        """Its rows as they come from the database: for plain values."""
        if self._said is None:
            return []
        _, text, params = self._said
        with connection.cursor() as cursor:
            cursor.execute(text, _with(params, given))
            return cursor.fetchall()


class KeptWrite:
    """The same of what writes: `make` puts its text together, by the functions below."""

    def __init__(self, make: Callable[[], Text]) -> None:
        self._make = make

    @cached_property
    def _said(self) -> Text:
        return self._make()

    def run(self, **given: Any) -> int:
        """Write; how many rows were written."""
        text, params = self._said
        with connection.cursor() as cursor:
            cursor.execute(text, _with(params, given))
            return int(cursor.rowcount)


def text_of_update(rows: QuerySet[Any], **values: Any) -> Text:
    """The statement that updates these rows; `bulk.text_of_insert` has its sister."""
    query: Any = rows.query.chain(UpdateQuery)
    query.add_update_values(values)
    text, params = query.get_compiler(connection=connection).as_sql()
    return text, tuple(params)


def first(one: Text, then: Text) -> Text:
    """Two that write as one: neither sees what the other does, and `then` says how many rows."""
    return f"WITH first AS ({one[0]}) {then[0]}", (*one[1], *then[1])


def _with(params: tuple[Any, ...], given: dict[str, Any]) -> list[Any]:
    return [given[p.name] if isinstance(p, Given) else p for p in params]


def rows_of(statement: Text) -> RawSQL:
    """The rows of a statement of keys, for `pk__in`."""
    return RawSQL(*statement)  # noqa: S611 - written by Django from a queryset


class Told(Func):
    """What a statement tells of a row under a name; NULL if the row is not among its rows.

    The statement names the rows `pk`. It is asked row by row, with what few rows cost.
    """

    def __init__(
        self, statement: Text, name: str, output_field: Field, *, path: str = "pk"
    ) -> None:
        super().__init__(F(path), output_field=output_field)
        self.statement, self.name = statement, name

    def as_sql(self, compiler: Any, *_given: Any, **_context: Any) -> Any:
        """A subquery in its place."""
        key, of_key = compiler.compile(self.source_expressions[0])
        text, params = self.statement
        told = self.telling(compiler.quote_name_unless_alias(self.name), text, key)
        return f"({told})", [*params, *of_key]

    def telling(self, name: str, text: str, key: str) -> str:
        """How the statement is asked of a key."""
        return f'SELECT told.{name} FROM ({text}) told WHERE told."pk" = {key}'  # noqa: S608 - as above


class ToldOnce(Told):
    """The same, asked once for all rows: where many are sorted or searched."""

    def telling(self, name: str, text: str, key: str) -> str:
        """A look into an object that PostgreSQL makes of the statement's rows before it begins."""
        every = f'SELECT jsonb_object_agg(told."pk", told.{name}) FROM ({text}) told'  # noqa: S608 - as above
        return f"({every}) ->> ({key})::text"
