"""What every test stands on."""

import pytest
from django.conf import settings
from django.db import connection

from tests.browser import chromium, open_page
from tests.cast import Cast, make_cast
from tests.gateway import ear, gateway, gateway_process
from tests.once import once
from yibao.people.codes import TrainingLevel

# Once, here: a fixture imported into several folders would be as many browsers in one process.
__all__ = ["chromium", "ear", "gateway", "gateway_process", "open_page"]

one_cast = once(make_cast)
masters = once(lambda: make_cast(TrainingLevel.MASTER))


def pytest_configure():
    """Serve static files from the tree: no collected copy with hashed names is needed."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def cast(one_cast, db) -> Cast:
    """The people of the tests: undergraduates, and who decides about them."""
    return one_cast()


@pytest.fixture(autouse=True)
def no_jobs_left(request, django_db_blocker):
    """What a committing test deferred is gone after it: a flush leaves the queue's tables alone."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction")):
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
        connection.close()
