"""Signed notices to the merchant, repeated with growing pauses until they are acknowledged.

A notice is a row before it is a message, so a restart of the gateway forgets none. While one is
being delivered its row is due again in half a minute: a kill repeats it rather than losing it.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import NamedTuple

import httpx

from yibao_sandbox.faults import NOTICE_FAULTS, STALE, Faults
from yibao_sandbox.ledger import Ledger, Order, Refund

log = logging.getLogger(__name__)

PAUSES = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
DELAY, HELD_BACK = 60, 15
COPIES = 3
IN_DELIVERY = 30
ANSWER_WITHIN = 5.0
AT_ONCE = 8
SPOILT = ("forged", "wrong_amount", "wrong_merchant")


@dataclass(frozen=True)
class Notice:
    """One message about an order or a refund of it; `outcome` is "" while it is to be delivered."""

    number: str
    id: str = ""
    fault: str = ""
    due_at: float = 0
    attempts: int = 0
    outcome: str = ""
    last_answer: str = ""
    refund: str = ""

    @property
    def event(self) -> str:
        """What copies of a notice have in common."""
        return self.id.rpartition("-")[0]


class Parcel(NamedTuple):
    """A notice as it travels."""

    body: bytes
    headers: dict[str, str]


class Voice(NamedTuple):
    """How one protocol tells: what is written, what it takes for a yes, and how long it waits."""

    write: Callable[[Order, Refund | None, Notice], Parcel]
    is_yes: Callable[[httpx.Response], bool]
    pauses: tuple[int, ...] = PAUSES
    tells_of_refunds: tuple[str, ...] = ()  # in these states


class Courier:
    """Delivers notices from a thread of its own; `pace` shortens all pauses for tests."""

    def __init__(self, ledger: Ledger, faults: Faults, pace: float) -> None:
        """Ready to `start`."""
        self._ledger, self._faults, self._pace = ledger, faults, pace
        self._voices: Mapping[str, Voice] = {}
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier")
        self._pool = ThreadPoolExecutor(AT_ONCE, "notice")
        self._client = httpx.Client(
            timeout=ANSWER_WITHIN,
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
        )

    def start(self, voices: Mapping[str, Voice]) -> None:
        """Begin to deliver, with what an earlier run left undone."""
        self._voices = voices
        self._thread.start()

    def stop(self) -> None:
        """Finish what is under way; the rest stays in the file."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()
        self._pool.shutdown(cancel_futures=True)
        self._client.close()

    def announce(self, order: Order, refund: Refund | None = None) -> None:
        """Tell the merchant of a payment or a refund, in the way the switches say."""
        if refund and refund.state not in self._voices[order.protocol].tells_of_refunds:
            return
        on = {name for name in NOTICE_FAULTS if self._faults.on(name, order.number)}
        late = DELAY if "delayed" in on else 0
        if "reordered" in on and not refund:
            late = HELD_BACK
            self.post(Notice(order.number, fault=STALE), late=2 * HELD_BACK)
        notice = Notice(
            order.number,
            fault=next((name for name in SPOILT if name in on), ""),
            outcome="lost" if "lost" in on else "",
            refund=refund.refund_number if refund else "",
        )
        self.post(notice, late=late, copies=COPIES if "duplicate" in on else 1)

    def post(self, notice: Notice, *, late: float = 0, copies: int = 1) -> None:
        """Put a notice on its way; copies carry the same event."""
        event, due_at = secrets.token_hex(16), time.time() + late * self._pace
        with self._ledger.transaction() as database:
            for copy in range(copies):
                database.execute(
                    "INSERT INTO notices"
                    " (id, number, fault, due_at, attempts, outcome, last_answer, refund)"
                    " VALUES (:id, :number, :fault, :due_at, 0, :outcome, '', :refund)",
                    asdict(notice) | {"id": f"{event}-{copy}", "due_at": due_at},
                )
        self._wake.set()

    def latest(self, number: str) -> list[Notice]:
        """The notices of an order, in the order they were posted."""
        with self._ledger.transaction() as database:
            rows = database.execute(
                "SELECT * FROM notices WHERE number = ? ORDER BY rowid", [number]
            )
            return [Notice(**row) for row in rows]

    def _run(self) -> None:
        while not self._stopping.is_set():
            for notice in self._claim():
                self._pool.submit(self._deliver, notice)
            self._wake.wait(self._until_next())
            self._wake.clear()

    def _claim(self) -> list[Notice]:
        now = time.time()
        with self._ledger.transaction() as database:
            rows = database.execute(
                "SELECT * FROM notices WHERE outcome = '' AND due_at <= ? ORDER BY due_at", [now]
            ).fetchall()
            database.executemany(
                "UPDATE notices SET due_at = ? WHERE id = ?",
                [(now + IN_DELIVERY, row["id"]) for row in rows],
            )
        return [Notice(**row) for row in rows]

    def _until_next(self) -> float | None:
        with self._ledger.transaction() as database:
            (due_at,) = database.execute(
                "SELECT min(due_at) FROM notices WHERE outcome = ''"
            ).fetchone()
        return None if due_at is None else max(0, due_at - time.time())

    def _deliver(self, notice: Notice) -> None:
        order = self._ledger.order(notice.number)
        voice = self._voices[order.protocol]
        answer, acknowledged = self._send(voice, order, notice)
        attempts = notice.attempts + 1
        outcome = "acknowledged" if acknowledged else ""
        if not outcome and attempts > len(voice.pauses):
            outcome = "given up"
        pause = voice.pauses[min(attempts, len(voice.pauses)) - 1] * self._pace
        with self._ledger.transaction() as database:
            database.execute(
                "UPDATE notices SET due_at = ?, attempts = ?, outcome = ?, last_answer = ?"
                " WHERE id = ?",
                [time.time() + pause, attempts, outcome, answer, notice.id],
            )
        self._wake.set()

    def _send(self, voice: Voice, order: Order, notice: Notice) -> tuple[str, bool]:
        """What the merchant answered, and whether that was the acknowledgement."""
        refund = self._ledger.find_refund(notice.refund) if notice.refund else None
        body, headers = voice.write(order, refund, notice)
        try:
            answer = self._client.post(order.notify_url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            log.info("notice %s not delivered: %s", notice.id, failure)
            return type(failure).__name__, False
        return str(answer.status_code), answer.status_code == httpx.codes.OK and voice.is_yes(
            answer
        )
