"""The tempest: notices by the thousand, with duplicates, while processes die by kill -9."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, PriorityQueue

import httpx
import psycopg

from tests.gateway import sign_notice
from yibao.server.postgres import url
from yibao_sandbox.ledger import Ledger, Order, iso

ROOT = Path(__file__).parents[2]
FEN = 53300
TELLERS = 8
LIVELY = 10  # notices acknowledged before the next kill: what is down already cannot be hurt
RECOVERS_WITHIN = 120.0
MERCHANT = "YIBAO-DEMO"
WORKER, WEB, JOBS, DATABASE = "a web worker", "the web server", "the job worker", "PostgreSQL"
NOBODY_THERE = ("ConnectError", "ConnectTimeout")  # not delivered: nothing listened
KINDS = (WORKER, WORKER, WEB, JOBS, DATABASE)


@dataclass(frozen=True)
class Size:
    """How much of it. `patience` in seconds ends a run that hangs; a slow machine takes longer."""

    orders: int
    deliveries: int
    kills: int
    between: tuple[float, float]
    patience: float


@dataclass
class Findings:
    """What came of it. Nothing may stand in `faults`."""

    seed: int
    deliveries: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    mismatch: int = 0
    untold: int = 0
    slow: float = 0.0  # p99 of an answer, in seconds
    seconds: float = 0.0  # from the first notice to the last

    @property
    def clean(self) -> bool:
        """0 lost, 0 doubled, 0 mismatch, and everything was acknowledged."""
        return not (self.lost or self.doubled or self.mismatch or self.untold)


class Processes:
    """The living processes of one data folder, and their ends."""

    def __init__(self, supervisor: int) -> None:
        self.supervisor = supervisor

    def of(self, kind: str) -> list[int]:
        """The pids of a kind now."""
        mine = _children(self.supervisor)
        if kind == DATABASE:
            return [pid for pid in mine if "postgres" in _command(pid)]
        if kind == JOBS:
            return [pid for pid in mine if "cli worker" in _command(pid)]
        web = [pid for pid in mine if "granian" in _command(pid)]
        return web if kind == WEB else [pid for master in web for pid in _children(master)]

    def kill(self, kind: str, dice: random.Random) -> bool:
        """End one of them as a power cut would."""
        found = self.of(kind)
        if not found:
            return False
        try:
            os.kill(dice.choice(found), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True


def _children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text(encoding="utf-8").rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
        except OSError:
            continue
    return found


def _command(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def tempest(folder: Path, port: int, supervisor: int, size: Size, seed: int) -> Findings:
    """Let students pay at the gateway, tell of it again and again, kill, wait, and audit."""
    dice = random.Random(seed)
    findings = Findings(seed)
    numbers = _owing(folder, size.orders)
    paid = _pay(folder, numbers)
    killer = threading.Thread(target=_kill, args=(Processes(supervisor), size, dice, findings))
    killer.start()
    told = _tell_all(folder, port, paid, size, random.Random(seed + 1), findings, killer)
    killer.join()
    findings.untold = len(paid) - told
    audit(folder, paid, findings)
    return findings


def _owing(folder: Path, count: int) -> list[str]:
    return said_inside(folder, f"from tests.chaos.university import main; main({count})")


def said_inside(folder: Path, code: str) -> list[str]:
    """What some code says, word by word, that runs as a part of the system under test."""
    environment = {
        **os.environ,
        "DATABASE_URL": url(folder / "postgres"),
        "YIBAO_DATA": str(folder),
        "YIBAO_ENV": "demo",
        "DJANGO_SETTINGS_MODULE": "yibao.server.settings",
    }
    made = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-v", "0", "-c", code],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return made.stdout.split()


def _pay(folder: Path, numbers: list[str]) -> dict[str, Order]:
    """At the gateway, which answers questions about them from now on."""
    ledger = Ledger(folder / "sandbox" / "gateway.sqlite3")
    until = int((datetime.now(UTC) + timedelta(hours=3)).timestamp())
    paid = {}
    for number in numbers:
        order = ledger.create(
            Order(
                number, MERCHANT, FEN, "医保", "http://127.0.0.1:9/", "http://127.0.0.1:9/", until
            )
        )
        paid[number] = ledger.pay(order.token, "13800000000")
    ledger.close_file()
    return paid


def _kill(processes: Processes, size: Size, dice: random.Random, found: Findings) -> None:
    """One after the other, each into a system that answers again."""
    order = [KINDS[n % len(KINDS)] for n in range(size.kills)]
    dice.shuffle(order)
    for kind in order:
        time.sleep(dice.uniform(*size.between))
        seen, until = found.answers["200"], time.monotonic() + RECOVERS_WITHIN
        while found.answers["200"] < seen + LIVELY and time.monotonic() < until:
            time.sleep(0.05)
        while not processes.kill(kind, dice):
            if time.monotonic() > until:
                return  # too few kills: the test says so
            time.sleep(0.1)
        found.kills[kind] += 1


def _tell_all(
    folder: Path,
    port: int,
    paid: dict[str, Order],
    size: Size,
    dice: random.Random,
    found: Findings,
    killer: threading.Thread,
) -> int:
    """Every notice so often, in any order and by many at once, until each was acknowledged.

    While there is something to be killed yet, what was told is told again.
    """
    queue = _copies(list(paid), size.deliveries, dice)
    begun, lock = time.monotonic(), threading.Lock()
    told: set[str] = set()
    times: list[float] = []
    bodies = {number: notice_of(order) for number, order in paid.items()}
    address = f"http://127.0.0.1:{port}/pay/notify/sandbox/"

    def teller() -> None:
        with httpx.Client(timeout=10, trust_env=False) as line:
            while time.monotonic() < begun + size.patience:
                try:
                    due, _, number = queue.get_nowait()
                except Empty:
                    if not killer.is_alive():
                        return
                    due, number = time.monotonic() - begun + 0.2, random.choice(list(paid))
                time.sleep(max(0.0, begun + due - time.monotonic()))
                body, headers = bodies[number], signed_by(folder, bodies[number])
                asked = time.monotonic()
                try:
                    answer = str(line.post(address, content=body, headers=headers).status_code)
                except httpx.HTTPError as error:
                    answer = type(error).__name__
                with lock:
                    found.answers[answer] += 1
                    if answer not in NOBODY_THERE:
                        found.deliveries += 1
                    if answer == "200":
                        told.add(number)
                        times.append(time.monotonic() - asked)
                if answer != "200":  # as the gateway would, only sooner
                    again = time.monotonic() - begun + random.uniform(0.3, 1.5)
                    queue.put((again, 0, number))

    with ThreadPoolExecutor(TELLERS) as pool:
        for line in [pool.submit(teller) for _ in range(TELLERS)]:
            line.result()
    found.slow = p99(times) if times else size.patience
    found.seconds = time.monotonic() - begun
    return len(told)


def p99(times: list[float]) -> float:
    """All but one in a hundred took no longer."""
    return sorted(times)[int(len(times) * 0.99)]


def _copies(
    numbers: list[str], deliveries: int, dice: random.Random
) -> PriorityQueue[tuple[float, int, str]]:
    """When what is told: the first two copies of a notice at the same instant."""
    queue: PriorityQueue[tuple[float, int, str]] = PriorityQueue()
    each = -(-deliveries // len(numbers))
    dice.shuffle(numbers)
    for place, number in enumerate(numbers):
        for copy in range(each):
            due = place * 0.004 + max(copy - 1, 0) * dice.uniform(0.05, 1.5)
            queue.put((due, dice.getrandbits(30), number))
    return queue


def notice_of(order: Order) -> bytes:
    """The gateway's own words about a payment."""
    said = {
        "id": f"N{order.number}",
        "merchant": order.merchant,
        "number": order.number,
        "amount": order.amount,
        "currency": "CNY",
        "state": order.state,
        "reference": order.reference,
        "paid_at": iso(order.paid_at),
    }
    return json.dumps(said).encode()


def signed_by(folder: Path, body: bytes) -> dict[str, str]:
    """Its headers, signed now."""
    return {**sign_notice(folder / "sandbox" / "keys", body), "Content-Type": "application/json"}


AUDIT = {
    "paid": "SELECT count(*) FROM payments_order WHERE status = 'paid'",
    "insured": "SELECT count(*) FROM enrolment_enrolment WHERE status = 'enrolled'",
    "facts": "SELECT count(*) FROM payments_payment WHERE amount IS NOT NULL",
    "settled": "SELECT count(*) FROM common_auditentry WHERE action = 'money_in'",
    "marked": "SELECT count(*) FROM common_auditentry WHERE action = 'mark_paid'",
    "refunds": "SELECT count(*) FROM payments_refund",
    "told": "SELECT count(*) FROM notify_message WHERE kind = 'paid'",
}


def audit(folder: Path, paid: dict[str, Order], found: Findings) -> None:
    """The books against the gateway's, once the database answers."""
    books, sums = _when_there(lambda: _read(folder))
    truth = {number: (order.reference, order.amount) for number, order in paid.items()}
    found.lost = len(paid) - min(books["paid"], books["insured"], books["facts"])
    found.doubled = (
        sum(max(0, books[name] - len(paid)) for name in ("facts", "settled", "marked", "told"))
        + books["refunds"]
    )
    found.mismatch = sum(1 for number, fact in truth.items() if sums.get(number) != fact)


def _read(folder: Path) -> tuple[dict[str, int], dict[str, tuple[str, int]]]:
    with psycopg.connect(url(folder / "postgres")) as database:
        books = {name: database.execute(ask).fetchone()[0] for name, ask in AUDIT.items()}
        rows = database.execute(
            "SELECT number, reference, (amount * 100)::integer FROM payments_payment"
        ).fetchall()
    return books, {number: (reference, fen) for number, reference, fen in rows}


def _when_there(ask: Callable):
    for _ in range(60):
        try:
            return ask()
        except psycopg.Error:
            time.sleep(0.5)
    return ask()
