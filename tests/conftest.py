"""What every test stands on."""

from django.conf import settings

from tests.gateway import ear, gateway, gateway_process

__all__ = ["ear", "gateway", "gateway_process"]


def pytest_configure():
    """Serve static files from the tree: no collected copy with hashed names is needed."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
