"""Write thousands of rows with one statement, where the ORM's own bulk methods take seconds."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

from django.db import connection, models
from django.db.models import ExpressionWrapper, F, Field, Func, Model, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.utils.timezone import now

from yibao.common.statements import Given, Text

AS_THEY_ARE = (
    models.BooleanField,
    models.CharField,
    models.DateTimeField,
    models.DecimalField,
    models.ForeignKey,
    models.IntegerField,
    models.TextField,
    models.UUIDField,
)
"""Fields whose values the driver takes without Django's help."""


def among(values: Iterable[Any], kind: str = "bigint") -> RawSQL:
    """For `__in`: thousands of values as one parameter; as many parameters cost a second."""
    return RawSQL(f"SELECT unnest(%s::{kind}[])", [list(values)])  # noqa: S611


class OneOf(Func):
    """For `filter()`: the keys given. However much is joined, an index is used; not so for `among`."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = models.BooleanField()

    def __init__(self, path: str, keys: Iterable[Any] | Given, kind: str = "bigint") -> None:
        given = keys if isinstance(keys, Given) else list(keys)
        super().__init__(F(path), RawSQL(f"%s::{kind}[]", [given]))  # noqa: S611


def insert(rows: Sequence[Model]) -> None:
    """COPY new rows of one model. Their primary keys stay unknown; defaults are Python's."""
    if not rows:
        return
    meta: Any = type(rows[0])._meta
    fields = [f for f in meta.concrete_fields if not f.primary_key]
    columns = ", ".join(_quoted(f.column) for f in fields)
    values = [_reader(f) for f in fields]
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {_quoted(meta.db_table)} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([value(row) for value in values])


def insert_from(model: type[Model], rows: QuerySet[Any], **values: Any) -> None:
    """INSERT one row of a model for each row of a query, without reading any of them.

    Values are plain or expressions of the row; what is not named gets its default, the same for all.
    """
    with connection.cursor() as cursor:
        cursor.execute(*text_of_insert(model, rows, **values))


def text_of_insert(model: type[Model], rows: QuerySet[Any], **values: Any) -> Text:
    """The statement of the above."""
    meta: Any = model._meta
    fields = [f for f in meta.concrete_fields if not f.primary_key]
    said = {f"_{f.name}": _expression(f, values) for f in fields}
    source = rows.order_by("pk").annotate(**said).values_list(*said)
    sql, params = source.query.sql_with_params()
    columns = ", ".join(_quoted(f.column) for f in fields)
    return f"INSERT INTO {_quoted(meta.db_table)} ({columns}) {sql}", tuple(params)


def update(rows: Sequence[Model], names: Sequence[str]) -> None:
    """UPDATE the named fields of each row to what it holds, all rows in one statement."""
    if not rows:
        return
    text, fields = _text_of_update(type(rows[0]), tuple(names))
    values = [[_prepared(f, getattr(row, f.attname)) for row in rows] for f in fields]
    with connection.cursor() as cursor:
        cursor.execute(text, values)


@cache
def _text_of_update(model: type[Model], names: tuple[str, ...]) -> tuple[str, list[Any]]:
    """The statement of the above, and the fields that it takes the values of."""
    meta: Any = model._meta
    fields = [meta.pk, *(meta.get_field(name) for name in names)]
    arrays = ", ".join(f"%s::{_type(f)}[]" for f in fields)
    columns = ", ".join(_quoted(f.column) for f in fields)
    changes = ", ".join(f"{_quoted(f.column)} = new.{_quoted(f.column)}" for f in fields[1:])
    table, key = _quoted(meta.db_table), _quoted(meta.pk.column)
    text = (
        f"UPDATE {table} SET {changes} FROM unnest({arrays}) AS new ({columns})"  # noqa: S608 - names of our own models
        f" WHERE {table}.{key} = new.{key}"
    )
    return text, fields


def _expression(field: Any, values: dict[str, Any]) -> Any:
    """What a field gets in `insert_from`."""
    if field.name in values:
        value = values[field.name]
        if isinstance(value, Given):
            return ExpressionWrapper(value, output_field=_plain(field))
        if hasattr(value, "resolve_expression"):
            return value
    else:
        value = now() if getattr(field, "auto_now_add", False) else field.get_default()
    return Value(value.pk if isinstance(value, Model) else value, output_field=_plain(field))


def _plain(field: Any) -> Any:
    """The kind of a field's values, a foreign key's being those of what it points at."""
    return field.target_field if field.is_relation else field


def _reader(field: Any) -> Callable[[Model], Any]:
    """How a row's value of a field is made ready for COPY."""
    if isinstance(field, AS_THEY_ARE) and type(field).pre_save in {
        Field.pre_save,
        models.DateTimeField.pre_save,
    }:
        if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
            at = now()
            return lambda _row: at
        return attrgetter(field.attname)
    return lambda row: _prepared(field, field.pre_save(row, add=True))


def _prepared(field: Field, value: Any) -> Any:
    return field.get_db_prep_save(value, connection=connection)


def _type(field: Any) -> str:
    # A foreign key has the type of what it points at; an identity column that of its number.
    target = _plain(field)
    return str(target.rel_db_type(connection) if target.primary_key else target.db_type(connection))


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
