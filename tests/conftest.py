"""What every test stands on."""

from django.conf import settings


def pytest_configure():
    """Serve static files from the tree: no collected copy with hashed names is needed."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
