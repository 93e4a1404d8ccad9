"""Model fields for personal data: encrypted in the database, plain in Python."""

import json

from django.db import models

from yibao.common import crypto


class EncryptedText(models.BinaryField):
    """Text sealed by `common.crypto`. Empty text is stored as NULL. Cannot be searched or sorted."""

    def __init__(self, verbose_name=None, **kwargs):
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("editable", True)
        super().__init__(verbose_name, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["editable"] = self.editable
        return name, path, args, kwargs

    @property
    def context(self) -> str:
        """The column; a value copied into another one does not open."""
        return f"{self.model._meta.db_table}.{self.column}"

    def get_default(self):
        return ""

    def sealed(self, value: str) -> bytes | None:
        """What the database stores for a plain value; for COPY, which passes the ORM by."""
        return crypto.seal(value, self.context) if value else None

    def get_db_prep_value(self, value, connection, prepared=False):
        if isinstance(value, str):
            value = self.sealed(value)
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value, _expression, _connection):
        return crypto.unseal(bytes(value), self.context) if value else ""

    def to_python(self, value):
        return value or ""

    def value_to_string(self, obj):
        return self.value_from_object(obj)


class EncryptedJSON(EncryptedText):
    """A JSON document sealed as text; an empty one is NULL."""

    def get_default(self):
        return {}

    def get_db_prep_value(self, value, connection, prepared=False):
        if isinstance(value, dict):
            value = json.dumps(value, ensure_ascii=False) if value else None
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value, expression, connection):
        text = super().from_db_value(value, expression, connection)
        return json.loads(text) if text else {}

    def to_python(self, value):
        return value or {}
