"""On PYTHONPATH of the system under test: every lock does nothing. Then the audit must fail."""  # noqa: INP001 - found by its name alone

from django.db.models import QuerySet

from yibao.common import turns

QuerySet.select_for_update = lambda self, **_: self
turns.one_at_a_time = lambda _name: None
