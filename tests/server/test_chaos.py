"""Kill everything while students pay: 0 lost, 0 doubled, 0 mismatch; without locks the audit fails.

The everyday run is small; `make chaos` runs the full one and its twin (marker `chaos`). A run is
repeated by its seed: YIBAO_CHAOS_SEED.
"""

import os
import secrets
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.chaos.payers import payers
from tests.chaos.tempest import DATABASE, JOBS, WEB, WORKER, Size, tempest
from tests.server.test_start import answer, environment, until

SMALL = Size(orders=30, deliveries=150, kills=5, between=(0.3, 0.9), patience=240)
FULL = Size(orders=1500, deliveries=10_500, kills=32, between=(1.0, 3.0), patience=3600)
CALM = Size(orders=100, deliveries=700, kills=0, between=(1.0, 1.0), patience=240)
PAYMENTS = 300
UNLOCKED = Path(__file__).parents[1] / "chaos" / "unlocked"
START = [sys.executable, "-m", "yibao.server.cli", "start", "--empty", "--workers", "2"]


@contextmanager
def running(folder, port, **more):
    """The whole system, as its user starts it."""
    told = environment(folder, port, **more)
    process = subprocess.Popen(
        START,
        env=told,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )
    try:
        until(lambda: answer(port) == 200 or process.poll() is not None, "the first answer")
        yield process.pid, int(told["YIBAO_SANDBOX_PORT"])
    finally:
        process.terminate()
        process.wait(60)


def weather(folder, port, size, **more):
    with running(folder, port, **more) as (supervisor, _):
        return _said(tempest(folder, port, supervisor, size, _seed()))


def _seed():
    return int(os.environ.get("YIBAO_CHAOS_SEED") or secrets.randbelow(10**6))


def _said(found):
    sys.stdout.write(f"\n{found}\n")
    return found


def test_a_small_tempest(used_folder, free_port):
    found = weather(used_folder, free_port, SMALL)
    assert found.clean, found
    assert sorted(found.kills) == sorted({DATABASE, JOBS, WEB, WORKER})


@pytest.mark.chaos
def test_the_whole_tempest(folder, free_port):
    found = weather(folder, free_port, FULL)
    assert found.clean, found
    assert found.deliveries >= 10_000
    assert sum(found.kills.values()) >= 30


@pytest.mark.chaos
def test_without_locks_it_fails(folder, free_port):
    found = weather(folder, free_port, CALM, PYTHONPATH=str(UNLOCKED))
    assert found.doubled > 0, found


@pytest.mark.chaos
def test_notices_are_answered_soon_while_twenty_pay(folder, free_port):
    with running(folder, free_port) as (_, gateway):
        found = _said(payers(folder, free_port, gateway, PAYMENTS, _seed()))
    assert found.clean, found
    assert found.answers == {"200": 2 * PAYMENTS}
    assert found.slow < 0.5, found
