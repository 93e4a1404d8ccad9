"""Model fields for personal data: encrypted in the database, plain in Python."""

import json
from typing import TYPE_CHECKING, Any

from django.db import models

from yibao.common import crypto

# Stored as bytes, but text (or a document) to whoever reads or writes the attribute.
if TYPE_CHECKING:
    Sealed = models.Field[Any, Any]
else:
    Sealed = models.BinaryField


class EncryptedText(Sealed):
    """Text sealed by `common.crypto`. Empty text is stored as NULL. Cannot be searched or sorted."""

    def __init__(self, verbose_name=None, **kwargs):
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("editable", True)
        super().__init__(verbose_name, **kwargs)

    def deconstruct(self):
        """Say `editable` in migrations, which BinaryField keeps to itself."""
        name, path, args, kwargs = super().deconstruct()
        kwargs["editable"] = self.editable
        return name, path, args, kwargs

    @property
    def context(self) -> str:
        """The column; a value copied into another one does not open."""
        return f"{self.model._meta.db_table}.{self.column}"

    def get_default(self):
        """No text."""
        return ""

    def sealed(self, value: str) -> bytes | None:
        """What the database stores for a plain value; for COPY, which passes the ORM by."""
        return crypto.seal(value, self.context) if value else None

    def get_db_prep_value(self, value, connection, prepared=False):  # noqa: FBT002 - Django's
        """Seal on the way in."""
        if isinstance(value, str):
            value = self.sealed(value)
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value, _expression, _connection):
        """Open on the way out."""
        return crypto.unseal(bytes(value), self.context) if value else ""

    def to_python(self, value):
        """Text as it is."""
        return value or ""

    def value_to_string(self, obj):
        """For serialisation: the plain text."""
        return self.value_from_object(obj)


class EncryptedJSON(EncryptedText):
    """A JSON document sealed as text; an empty one is NULL."""

    def get_default(self):
        """No document."""
        return {}

    def get_db_prep_value(self, value, connection, prepared=False):  # noqa: FBT002 - Django's
        """Write as JSON, then seal."""
        if isinstance(value, dict):
            value = json.dumps(value, ensure_ascii=False) if value else None
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value, expression, connection):
        """Open, then read as JSON."""
        text = super().from_db_value(value, expression, connection)
        return json.loads(text) if text else {}

    def to_python(self, value):
        """A document as it is."""
        return value or {}


class EncryptedBytes(Sealed):
    """Bytes sealed by `common.crypto`: a picture. Cannot be searched or sorted."""

    @property
    def context(self) -> str:
        """The column; a value copied into another one does not open."""
        return f"{self.model._meta.db_table}.{self.column}"

    def get_db_prep_value(self, value, connection, prepared=False):  # noqa: FBT002 - Django's
        """Seal on the way in."""
        sealed = crypto.seal_bytes(bytes(value), self.context) if value else None
        return super().get_db_prep_value(sealed, connection, prepared)

    def from_db_value(self, value, _expression, _connection):
        """Open on the way out."""
        return crypto.unseal_bytes(bytes(value), self.context) if value else b""
