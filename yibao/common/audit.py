"""Write the audit trail. `data` never holds a full ID number or phone number."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Model, Q, QuerySet, Value
from django.db.models.functions import JSONObject

from yibao.common import bulk
from yibao.common.models import AuditEntry
from yibao.common.statements import Given, Text


def entry(action: str, subject: Model | None, *, by: Any, **data: Any) -> AuditEntry:
    """An unsaved line of the trail."""
    return AuditEntry(
        action=action,
        subject_type=str(subject._meta.model_name) if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        by=by,
        data=data,
    )


def record(action: str, subject: Model | None, *, by: Any, **data: Any) -> AuditEntry:
    """Write one line. `by` is None when a job or a gateway acted."""
    line = entry(action, subject, by=by, **data)
    line.save()
    return line


def record_many(lines: Iterable[AuditEntry]) -> None:
    """Write many lines with one statement."""
    bulk.insert(list(lines))


def record_each(action: str, subjects: QuerySet[Any], *, by: Any, **data: Any) -> None:
    """Write a line for each row of a query with one statement; `data` may be expressions of the row."""
    bulk.insert_from(AuditEntry, subjects, **_line_of(subjects, data), action=action, by=by)


def text_of_each(subjects: QuerySet[Any], **data: Any) -> Text:
    """The statement of the above, to be kept: `action`, `by` and `at` are given each time."""
    given = {name: Given(name) for name in ("action", "by", "at")}
    return bulk.text_of_insert(AuditEntry, subjects, **_line_of(subjects, data), **given)


def _line_of(subjects: QuerySet[Any], data: dict[str, Any]) -> dict[str, Any]:
    said = {
        key: value if hasattr(value, "resolve_expression") else Value(value)
        for key, value in data.items()
    }
    kind = str(subjects.model._meta.model_name)
    return {"subject_type": kind, "subject_id": F("pk"), "data": JSONObject(**said)}


def trail_of(*subjects: Model) -> QuerySet[AuditEntry]:
    """What was done to these rows, newest first."""
    about = Q(pk__in=[])
    for subject in subjects:
        about |= Q(subject_type=subject._meta.model_name, subject_id=subject.pk)
    return AuditEntry.objects.filter(about).select_related("by").order_by("-at", "-pk")
