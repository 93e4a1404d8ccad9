"""Statements that are put together once: of a long one Django takes longer to write than PostgreSQL to answer."""

from typing import Any

from django.db.models import F, Field, Func, QuerySet
from django.db.models.expressions import RawSQL

Text = tuple[str, tuple[Any, ...]]


def text_of(rows: QuerySet[Any]) -> Text:
    """The statement that reads these rows, with its parameters: to be kept for as long as it means the same."""
    text, params = rows.order_by().query.sql_with_params()
    return text, tuple(params)


def rows_of(statement: Text) -> RawSQL:
    """The rows of a statement of keys, for `pk__in`."""
    return RawSQL(*statement)  # noqa: S611 - written by Django from a queryset


class Told(Func):
    """What a statement tells of a row under a name; NULL if the row is not among its rows.

    The statement names the rows `pk`. It is asked row by row, with what few rows cost.
    """

    def __init__(self, statement: Text, name: str, output_field: Field) -> None:
        super().__init__(F("pk"), output_field=output_field)
        self.statement, self.name = statement, name

    def as_sql(self, compiler: Any, *_given: Any, **_context: Any) -> Any:
        """A subquery in its place."""
        key, of_key = compiler.compile(self.source_expressions[0])
        text, params = self.statement
        quoted = compiler.quote_name_unless_alias(self.name)
        told = f'(SELECT told.{quoted} FROM ({text}) told WHERE told."pk" = {key})'  # noqa: S608 - as above
        return told, [*params, *of_key]
