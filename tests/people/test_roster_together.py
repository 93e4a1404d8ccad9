"""Two imports at once, and one that dies: all or nothing, and never twice."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import connection, connections

from tests.people.rosters import line, roster
from yibao.accounts.models import User
from yibao.common.models import AuditEntry
from yibao.people import roster as roster_module
from yibao.people.models import ClassGroup, College, Student
from yibao.people.roster import import_roster

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


def together(path, times=2):
    """Import one file in several threads that start at the same moment."""
    barrier = threading.Barrier(times)
    reports, errors = [], []

    def run():
        try:
            barrier.wait()
            reports.append(import_roster(path, by=None))
        except Exception as error:  # noqa: BLE001 - the test looks at it
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted((r.added, r.changed, r.unchanged) for r in reports), errors


def test_the_second_of_two_imports_finds_nothing_left_to_do(tmp_path):
    path = roster(tmp_path, *[line(n) for n in range(1, 30)])
    assert together(path) == ([(0, 0, 29), (29, 0, 0)], [])
    assert (Student.objects.count(), College.objects.count()) == (29, 1)
    assert AuditEntry.objects.filter(action="import_roster").count() == 1


def test_without_the_turn_two_imports_collide(tmp_path, monkeypatch):
    """The twin of the test above: it shows that the turn is what keeps them apart."""
    barrier = threading.Barrier(2)
    compare = roster_module.compare

    def compare_at_once(lines):
        draft = compare(lines)
        barrier.wait()
        return draft

    monkeypatch.setattr(roster_module, "take_turn", lambda _: None)
    monkeypatch.setattr(roster_module, "compare", compare_at_once)
    reports, errors = together(roster(tmp_path, line(1), line(2)))
    assert (len(reports), [type(error).__name__ for error in errors]) == (1, ["IntegrityError"])


KILLED = """
import django, os, sys, time
from pathlib import Path
django.setup()
from yibao.people import roster
write = roster.write
def write_and_wait(draft):
    write(draft)
    print("written", flush=True)
    time.sleep(60)
roster.write = write_and_wait
roster.import_roster(Path(sys.argv[1]), by=None)
"""


def test_an_import_that_is_killed_leaves_no_row(tmp_path):
    path = roster(tmp_path, *[line(n) for n in range(1, 30)])
    connection.ensure_connection()
    here = connection.connection.info
    address = (
        f"postgres://{here.user}:{here.password}@/{here.dbname}?host={here.host}&port={here.port}"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": address,
            "DJANGO_SETTINGS_MODULE": "yibao.server.settings",
        },
    )
    try:
        assert child.stdout.readline() == b"written\n"
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    time.sleep(0.1)
    for model in (User, College, ClassGroup, Student, AuditEntry):
        assert model.objects.count() == 0
    assert together(path, times=1) == ([(29, 0, 0)], [])
