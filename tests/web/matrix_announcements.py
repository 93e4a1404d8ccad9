"""The lines of the matrix about announcements: which one, and what is sent."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils.timezone import now

from yibao.people.models import Announcement


def announcement(w: Any) -> dict[str, Any]:
    """One for counselors, that the office has written."""
    at = now()
    window = {"shown_from": at, "shown_until": at + timedelta(days=1)}
    told = {"text": "请核对", "audience": ["counselor"], "by": w.cast.office, **window}
    return {"pk": Announcement.objects.get_or_create(title="材料", defaults=told)[0].pk}


WRITTEN = {
    "title": "补交材料",
    "text": "请在周五前补交",
    "audience": ["counselor"],
    "shown_from": "2026-09-01T08:00",
    "shown_until": "2026-09-08T08:00",
}
ADDRESSES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "staff:announcement": announcement,
    "staff:announcement_withdraw": announcement,
}
DATA: dict[str, dict[str, Any]] = {
    "staff:announcement_new": WRITTEN,
    "staff:announcement": WRITTEN,
    "staff:announcement_withdraw": {},
}
