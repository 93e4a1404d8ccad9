"""What the tests of pages stand on."""

import pytest

from tests.web.matrix_world import NEXT, is_about_world


def pytest_collection_modifyitems(items):
    """Suites of the one university come one after the other, where the first of them stands."""
    ours = [item for item in items if is_about_world(item)]
    if ours:
        at = items.index(ours[0])
        items[at:] = [*ours, *(item for item in items[at:] if not is_about_world(item))]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item, nextitem):
    """The university stays for the next test's module if that is of it, too."""
    item.session.stash[NEXT] = nextitem
