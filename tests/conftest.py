"""What every test stands on."""

from django.conf import settings

from tests.browser import chromium, open_page
from tests.gateway import ear, gateway, gateway_process

# Once, here: a fixture imported into several folders would be as many browsers in one process.
__all__ = ["chromium", "ear", "gateway", "gateway_process", "open_page"]


def pytest_configure():
    """Serve static files from the tree: no collected copy with hashed names is needed."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
