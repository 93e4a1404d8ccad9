"""A database for the measurements alone, thrown away afterwards."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import setup_databases, teardown_databases

from yibao.server import postgres

NAME = "yibao_bench"
STATIC = "django.contrib.staticfiles.storage.StaticFilesStorage"


@contextmanager
def database(say: postgres.Callable[[str], None]) -> Iterator[None]:
    """Django on a fresh database, on DATABASE_URL's server or the embedded one."""
    data = Path(os.environ.get("YIBAO_DATA") or "var").resolve() / "bench"
    data.mkdir(parents=True, exist_ok=True)
    os.environ.update(YIBAO_DATA=str(data), YIBAO_ENV="demo", YIBAO_LOG="WARNING")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yibao.server.settings")
    if os.environ.get("DATABASE_URL"):
        with _fresh():
            yield
        return
    with postgres.running(data / "postgres", say=say) as url:
        os.environ["DATABASE_URL"] = url
        with _fresh():
            yield


@contextmanager
def _fresh() -> Iterator[None]:
    django.setup()
    settings.DATABASES["default"]["TEST"]["NAME"] = NAME
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    # From the tree: no collected copy with hashed names is needed.
    settings.STORAGES["staticfiles"]["BACKEND"] = STATIC
    # Not setup_test_environment(): its templates report whatever they render.
    settings.ALLOWED_HOSTS = ["testserver"]
    old = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    try:
        yield
    finally:
        teardown_databases(old, verbosity=0)


def empty() -> None:
    """No rows in any table, and keys that start at 1 again."""
    call_command("flush", verbosity=0, interactive=False, reset_sequences=True)


def settle() -> None:
    """What autovacuum would do in its own time: statistics, and pages known to be visible."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
