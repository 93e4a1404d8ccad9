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
from collections.abc import Callable, Iterator
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
MERCHANT = "YIBAO-DEMO"
WORKER, WEB, JOBS, DATABASE = "a web worker", "the web server", "the job worker", "PostgreSQL"
KINDS = (WORKER, WORKER, WEB, JOBS, DATABASE)


@dataclass(frozen=True)
class Size:
    """How much of it. `patience` in seconds is the bound for all to be told."""

    orders: int
    deliveries: int
    kills: int
    between: tuple[float, float]
    patience: float
    tellers: int = TELLERS


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
    over = threading.Event()
    killer = threading.Thread(
        target=_kill, args=(Processes(supervisor), size, dice, findings, over)
    )
    killer.start()
    told = _tell_all(folder, port, paid, size, random.Random(seed + 1), findings)
    over.set()
    killer.join()
    findings.untold = len(paid) - told
    _audit(folder, paid, findings)
    return findings


def _owing(folder: Path, count: int) -> list[str]:
    environment = {
        **os.environ,
        "DATABASE_URL": url(folder / "postgres"),
        "YIBAO_DATA": str(folder),
        "YIBAO_ENV": "demo",
        "DJANGO_SETTINGS_MODULE": "yibao.server.settings",
    }
    make = f"from tests.chaos.university import main; main({count})"
    made = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-v", "0", "-c", make],
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


def _kill(
    processes: Processes, size: Size, dice: random.Random, findings: Findings, over: threading.Event
) -> None:
    """Until everything has been told, and the kills are made."""
    order = [KINDS[n % len(KINDS)] for n in range(size.kills)]
    dice.shuffle(order)
    for kind in order:
        time.sleep(dice.uniform(*size.between))
        until = time.monotonic() + size.patience
        while not processes.kill(kind, dice) and time.monotonic() < until:
            time.sleep(0.1)
        findings.kills[kind] += 1
        if over.is_set() and sum(findings.kills.values()) >= size.kills:
            return


def _tell_all(
    folder: Path,
    port: int,
    paid: dict[str, Order],
    size: Size,
    dice: random.Random,
    found: Findings,
) -> int:
    """Every notice so often, in any order and by many at once, until each was acknowledged."""
    queue: PriorityQueue[tuple[float, int, str]] = PriorityQueue()
    each = -(-size.deliveries // len(paid))
    for place, number in enumerate(_shuffled(list(paid), dice)):
        for copy in range(each):  # the first two copies at the same instant
            queue.put(
                (
                    place * 0.004 + max(copy - 1, 0) * dice.uniform(0.05, 1.5),
                    dice.getrandbits(30),
                    number,
                )
            )
    begun, lock = time.monotonic(), threading.Lock()
    told: set[str] = set()
    times: list[float] = []
    bodies = {number: _notice(order) for number, order in paid.items()}
    address = f"http://127.0.0.1:{port}/pay/notify/sandbox/"

    def teller() -> None:
        with httpx.Client(timeout=10, trust_env=False) as line:
            while time.monotonic() < begun + size.patience:
                try:
                    due, _, number = queue.get_nowait()
                except Empty:
                    return
                time.sleep(max(0.0, begun + due - time.monotonic()))
                body, headers = bodies[number], _signed(folder, bodies[number])
                asked = time.monotonic()
                try:
                    answer = str(line.post(address, content=body, headers=headers).status_code)
                except httpx.HTTPError as error:
                    answer = type(error).__name__
                with lock:
                    found.deliveries += 1
                    found.answers[answer] += 1
                    if answer == "200":
                        told.add(number)
                        times.append(time.monotonic() - asked)
                if answer != "200":  # as the gateway would, only sooner
                    again = time.monotonic() - begun + random.uniform(0.3, 1.5)
                    queue.put((again, 0, number))

    with ThreadPoolExecutor(size.tellers) as pool:
        for line in [pool.submit(teller) for _ in range(size.tellers)]:
            line.result()
    found.slow = sorted(times)[int(len(times) * 0.99)] if times else size.patience
    return len(told)


def _shuffled(numbers: list[str], dice: random.Random) -> Iterator[str]:
    dice.shuffle(numbers)
    yield from numbers


def _notice(order: Order) -> bytes:
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


def _signed(folder: Path, body: bytes) -> dict[str, str]:
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


def _audit(folder: Path, paid: dict[str, Order], found: Findings) -> None:
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
