"""What every test stands on."""

import gc

import hypothesis
import pytest
from django.conf import settings
from django.test import TransactionTestCase

from tests.browser import chromium, open_page
from tests.cast import Cast, make_cast
from tests.emptying import empty
from tests.gateway import ear, gateway, gateway_process
from tests.once import once
from tests.racing import locks
from yibao.people.codes import TrainingLevel

# Once, here: a fixture imported into several folders would be as many browsers in one process.
__all__ = ["chromium", "ear", "gateway", "gateway_process", "locks", "open_page"]

one_cast = once(make_cast)
masters = once(lambda: make_cast(TrainingLevel.MASTER))


def pytest_configure():
    """Serve static files from the tree, with no collected copy of them; hash passwords quickly."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["tests.hashing.QuickArgon2"]
    TransactionTestCase._fixture_teardown = empty
    # The same examples each time, and none too slow for a busy machine.
    hypothesis.settings.load_profile("ci")
    gc.disable()  # what is collected lasts until the end


def pytest_collection_finish():
    """Look for garbage in what the tests make, seldom; not in the system and the tests themselves."""
    gc.enable()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.fixture
def cast(one_cast, db) -> Cast:
    """The people of the tests: undergraduates, and who decides about them."""
    return one_cast()
