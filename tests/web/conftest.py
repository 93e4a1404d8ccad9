"""What the tests of pages stand on."""

import pytest

from tests.web.matrix_world import NEXT, is_about_world


def pytest_collection_modifyitems(items):
    """Suites of the one university come one after the other, last of all, whatever module they are in."""
    items.sort(key=is_about_world)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item, nextitem):
    """The university stays for the next test's module if that is of it, too."""
    item.session.stash[NEXT] = nextitem
