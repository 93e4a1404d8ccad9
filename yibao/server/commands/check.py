"""`yibao check`: say whether this installation is fit for real data."""

import argparse
import io
import sys
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from yibao.common import key_proof
from yibao.server import prepare

OLDEST_POSTGRESQL = 15_00_00


def run(argv: Sequence[str]) -> int:
    """Name every fault and every doubt, a line each; a fault makes the exit status 1."""
    parser = argparse.ArgumentParser("yibao check", description=__doc__)
    parser.parse_args(argv)
    faults, doubts = list(_faults()), list(_doubts())
    for fault in faults:
        sys.stdout.write(f"fault: {fault}\n")
    for doubt in doubts:
        sys.stdout.write(f"doubt: {doubt}\n")
    if not faults:
        sys.stdout.write("No fault found.\n")
    return 1 if faults else 0


def _faults() -> Iterator[str]:
    if not settings.PRODUCTION:
        yield "YIBAO_ENV is demo: set YIBAO_ENV=production for real data."
    try:
        prepare.channels()
        call_command(
            "check", deploy=settings.PRODUCTION, stdout=io.StringIO(), stderr=io.StringIO()
        )
    except (CommandError, ImproperlyConfigured) as error:
        yield str(error).strip()
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        if int(cursor.fetchone()[0]) < OLDEST_POSTGRESQL:
            yield "PostgreSQL is older than 15: use a newer one."
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            cursor.execute(f"SHOW {name}")
            if cursor.fetchone()[0] != "on":
                yield f"PostgreSQL's {name} is not on: acknowledged payments could be lost."
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield "Tables are not up to date: run `yibao migrate`."
    elif refusal := key_proof.why_not_open():
        yield refusal


def _doubts() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone()[0]:
            yield "The database role is a superuser: give the system a role of its own."
        cursor.execute(
            "SELECT datdba = current_user::regrole FROM pg_database"
            " WHERE datname = current_database()"
        )
        if cursor.fetchone()[0]:
            yield "The database role owns the database: it could switch the audit's guards off."
