"""What must be there before the first request: channels' keys, tables, files, a demo's university."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from yibao.common import key_proof
from yibao.demo import gateways
from yibao.demo.build import STUDENTS, make_demo
from yibao.demo.staff import demo_accounts
from yibao.payments.providers.base import provider, provider_names
from yibao.people.models import Student
from yibao.people.phrases import settle
from yibao.server.trouble import Trouble
from yibao.web.staff.opinions import KINDS

Say = Callable[[str], None]
TURN = 6_205_318_274_106_133_549  # any constant: the advisory lock of whoever prepares
ACCOUNTS = "demo-accounts.json"


@contextmanager
def _in_turn() -> Iterator[None]:
    """Two machines that start at once prepare one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [TURN])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [TURN])


def channels() -> None:
    """Read the settings and keys of every payment channel, so that a wrong one stops the start."""
    for name in provider_names():
        provider(name)


def tables(say: Say) -> None:
    """Apply the migrations that are missing."""
    with _in_turn():
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            say(f"Preparing the tables ({len(missing)} steps) …")
            call_command("migrate", interactive=False, verbosity=0)


def keys() -> None:
    """Refuse to go on with keys that did not seal this database; recognise ours from now on."""
    with _in_turn():
        if refusal := key_proof.why_not_open():
            raise Trouble(refusal)
        key_proof.leave_proof()


def phrases() -> None:
    """Fill the school's phrases with the usual ones where there is none of a kind."""
    with _in_turn():
        settle(KINDS.values())


def static_files(say: Say) -> None:
    """Collect and compress static files, once a version."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list(ignore_patterns=[".*"]):
            about = f"{path} {storage.size(path)} {storage.get_modified_time(path).timestamp()}\n"
            digest.update(about.encode())
    mark = digest.hexdigest()
    stamp = settings.STATIC_ROOT / ".stamp"
    if stamp.is_file() and stamp.read_text(encoding="ascii") == mark:
        return
    say("Preparing the static files …")
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(mark, encoding="ascii")


def demo_data(say: Say) -> None:
    """Invent a university if nobody is there; write down whom to sign in as."""
    if not Student.objects.exists():
        say(f"Inventing a university with {STUDENTS:,} students …")
        make_demo(say=lambda line: say(f"  {line}"))
        gateways.tell(settings.DATA / "sandbox")
    accounts = [asdict(account) for account in demo_accounts()]
    (settings.DATA / ACCOUNTS).write_text(json.dumps(accounts, ensure_ascii=False), "utf-8")
