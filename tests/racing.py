"""Threads that meet at one line, and the same with the locks switched off."""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.db.models import QuerySet

from tests.cast import Cast, make_cast
from tests.factories import make_plan
from yibao.common.statements import Kept
from yibao.enrolment.roster import enlist
from yibao.payments import flow as payment_flow

MEETING = 3.0  # seconds that a thread waits for the others before it goes on alone


def enlisted() -> Cast:
    """The cast with an open plan that all of them are in."""
    cast = make_cast()
    enlist(make_plan(), by=cast.office)
    return cast


@pytest.fixture(params=["locked", "unlocked"])
def locks(request, monkeypatch) -> bool:
    """Whether anything is locked; the twin makes `select_for_update` and turns do nothing."""
    if request.param == "unlocked":
        monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)
        monkeypatch.setattr(payment_flow, "one_at_a_time", lambda _: None)
        # What was kept locks, and nothing that does not lock may be kept.
        monkeypatch.setattr(Kept, "_said", property(Kept._said.func))
    return request.param == "locked"


def meet(monkeypatch, module, name: str, parties: int) -> None:
    """Let all threads come out of `module.name` together."""
    barrier = threading.Barrier(parties)
    inner = getattr(module, name)

    def slow(*args, **kwargs):
        answer = inner(*args, **kwargs)
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(MEETING)
        return answer

    monkeypatch.setattr(module, name, slow)


def somebody_waits() -> bool:
    """Whether a connection to this database waits for a lock of another."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks NATURAL JOIN pg_stat_activity"
            " WHERE NOT granted AND datname = current_database())"
        )
        [waits] = cursor.fetchone()
    return waits


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run each act in a thread of its own; an act that raises answers with its exception."""

    def run(act: Callable[[], object]) -> object:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [task.exception() or task.result() for task in [pool.submit(run, a) for a in acts]]
