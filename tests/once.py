"""What many tests of a module start from, built once for all of them."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.db import transaction


def once(build: Callable[[], Any]) -> Any:
    """A fixture: `made()` is a copy of what `build` made; its rows are as they were for each test.

    A module's transaction stands around those of its tests. Where a test of the module commits, each
    test gets something of its own.
    """

    @pytest.fixture(scope="module")
    def made(request, django_db_setup, django_db_blocker) -> Iterator[Callable[[], Any]]:
        if any(commits(item) for item in request.session.items if item.path == request.path):
            yield build
            return
        around = transaction.atomic()
        with django_db_blocker.unblock():
            around.__enter__()
            thing = build()
        yield lambda: deepcopy(thing)
        with django_db_blocker.unblock():
            transaction.set_rollback(True)
            around.__exit__(None, None, None)

    return made


def commits(item: pytest.Item) -> bool:
    """Whether a test commits what it writes."""
    marker = item.get_closest_marker("django_db")
    names = getattr(item, "fixturenames", ())
    return (
        "transactional_db" in names
        or "live_server" in names
        or bool(marker and (marker.args[:1] == (True,) or marker.kwargs.get("transaction")))
    )
