"""Real workers in processes of their own, on the tests' database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

PATIENCE = 90.0  # seconds: a busy machine starts slowly


def start_worker() -> "subprocess.Popen[bytes]":
    """`yibao worker`, as the supervisor starts it."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
    return subprocess.Popen(
        [sys.executable, "-m", "yibao.server.cli", "worker"],
        env={**os.environ, "DATABASE_URL": database},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


@contextmanager
def a_worker() -> Iterator["subprocess.Popen[bytes]"]:
    """A worker that is gone afterwards, one way or the other."""
    process = start_worker()
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                kill(process)


def empty_the_queue() -> None:
    """Its tables are not of Django's models, so no test's end empties them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers,"
            " procrastinate_events"
        )


def kill(process: "subprocess.Popen[bytes]") -> None:
    """As the system does when memory runs out: nothing can be tidied up."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(happened: Callable[[], object], process: "subprocess.Popen[bytes]") -> None:
    """Until something is so, as long as the worker lives."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert process.poll() is None, f"the worker ended with {process.returncode}"
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)
