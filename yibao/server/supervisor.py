"""One process that keeps the others running: starts, restarts with back-off, stops in order."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import NoReturn, Protocol, Self

from yibao.server.lifeline import tied
from yibao.server.trouble import Trouble

FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0
SETTLED = 60.0  # seconds after which an end is no longer part of a series
GLANCE = 0.2
MOST_FAILURES = 3  # ends before everything was ready once


class Stopped(BaseException):
    """Somebody asked us to stop (Ctrl-C, SIGTERM, a closed terminal)."""


class Unit(Protocol):
    """Something that runs beside us."""

    name: str

    def start(self) -> object:
        """Start it; may wait until it is ready, may raise `Trouble`."""

    def stop(self) -> None:
        """Stop it in order, or by force when it does not listen."""

    def how_it_ended(self) -> int | None:
        """None while it runs, else its exit status; negative for a signal."""


@dataclass
class Program:
    """A unit that is one of our own programs in a process group of its own."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    patience: float = 5.0
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> "subprocess.Popen[bytes]":
        """Start it; it ends with us however we end."""
        self.process = subprocess.Popen(
            tied(self.command, signal.SIGTERM),
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self.process

    def stop(self) -> None:
        """Ask, wait, then end whatever of its group is left."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(self.patience)
        self.sweep()
        self.process.wait()

    def how_it_ended(self) -> int | None:
        """Its exit status once it ended; what it left behind is ended too."""
        if self.process is None:
            return None
        status = self.process.poll()
        if status is not None:
            self.sweep()
        return status

    def sweep(self) -> None:
        """End the rest of the group: a killed web server leaves its workers, and they the port."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


@dataclass
class Watch:
    """A unit with its history."""

    unit: Unit
    started: float = 0.0
    delay: float = FIRST_DELAY
    due: float | None = None
    failures: int = 0


@dataclass
class Supervisor:
    """Holds units; leave its `with` block and all of them have stopped, the last one first."""

    say: Callable[[str], None]
    watches: list[Watch] = field(default_factory=list)
    ready: bool = False

    def __enter__(self) -> Self:
        """Take the signals that mean stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything; nobody may interrupt that half-way."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for watch in reversed(self.watches):
            watch.unit.stop()

    def start(self, unit: Unit) -> None:
        """Start a unit and keep it running from now on."""
        watch = Watch(unit, time.monotonic())
        self.watches.append(watch)
        unit.start()

    def run(self, program: Program) -> int:
        """Run a program to its end beside the units; returns its exit status."""
        watch = Watch(program)
        self.watches.append(watch)
        process = program.start()
        status = process.wait()
        self.watches.remove(watch)
        return status

    def wait_for(self, is_ready: Callable[[], bool]) -> None:
        """Look after the units until everything is ready."""
        while not is_ready():
            self.look()
            time.sleep(GLANCE / 4)
        self.ready = True

    def watch(self) -> NoReturn:
        """Look after the units until somebody stops us."""
        while True:
            self.look()
            time.sleep(GLANCE)

    def look(self) -> None:
        """Start again what ended, after a pause that grows."""
        now = time.monotonic()
        for watch in self.watches:
            if watch.due is None:
                status = watch.unit.how_it_ended()
                if status is not None:
                    self._note_end(watch, status, now)
            elif now >= watch.due:
                watch.due, watch.started = None, now
                self._start_again(watch)

    def _note_end(self, watch: Watch, status: int, now: float) -> None:
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        watch.failures += 1
        if not self.ready and watch.failures >= MOST_FAILURES:
            message = f"{watch.unit.name} does not start ({how}); its last words stand above."
            raise Trouble(message)
        if now - watch.started > SETTLED:
            watch.delay = FIRST_DELAY
        watch.due = now + watch.delay
        self.say(f"{watch.unit.name} ended ({how}); it starts again in {watch.delay:g} s.")
        watch.delay = min(watch.delay * 2, LONGEST_DELAY)

    def _start_again(self, watch: Watch) -> None:
        try:
            watch.unit.start()
        except Trouble as trouble:
            self.say(str(trouble))
            watch.due = time.monotonic() + watch.delay
            watch.delay = min(watch.delay * 2, LONGEST_DELAY)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped


def python(*arguments: str) -> list[str]:
    """A command of this very Python."""
    return [sys.executable, *arguments]
