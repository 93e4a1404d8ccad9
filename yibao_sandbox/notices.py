"""Signed notices to the merchant, repeated with growing pauses until they are acknowledged.

A notice is a row before it is a message, so a restart of the gateway forgets none. While one is
being delivered its row is due again in half a minute: a kill repeats it rather than losing it.
"""

import json
import logging
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

from yibao_sandbox.faults import NOTICE_FAULTS, Faults
from yibao_sandbox.keys import Keys
from yibao_sandbox.ledger import Ledger, Order, iso
from yibao_sandbox.signing import seal

log = logging.getLogger(__name__)

PAUSES = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
DELAY = 60
COPIES = 3
IN_DELIVERY = 30
ANSWER_WITHIN = 5.0
AT_ONCE = 8


@dataclass(frozen=True)
class Notice:
    """One message about one paid order; `outcome` is "" while it is still to be delivered."""

    id: str
    number: str
    fault: str
    due_at: float
    attempts: int
    outcome: str
    last_answer: str


class Courier:
    """Delivers notices from a thread of its own; `pace` shortens all pauses for tests."""

    def __init__(self, ledger: Ledger, faults: Faults, keys: Keys, pace: float) -> None:
        """Ready to `start`."""
        self._ledger, self._faults, self._keys, self._pace = ledger, faults, keys, pace
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier")
        self._pool = ThreadPoolExecutor(AT_ONCE, "notice")
        self._client = httpx.Client(
            timeout=ANSWER_WITHIN,
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
        )

    def start(self) -> None:
        """Begin to deliver, with what an earlier run left undone."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is under way; the rest stays in the file."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()
        self._pool.shutdown(cancel_futures=True)
        self._client.close()

    def announce(self, order: Order) -> None:
        """Tell the merchant of a payment, in the way the switches say."""
        on = [name for name in NOTICE_FAULTS if self._faults.on(name, order.number)]
        spoilt = [name for name in on if name in ("forged", "wrong_amount", "wrong_merchant")]
        due_at = time.time() + (DELAY * self._pace if "delayed" in on else 0)
        self.post(
            order,
            fault=spoilt[0] if spoilt else "",
            copies=COPIES if "duplicate" in on else 1,
            due_at=due_at,
            outcome="lost" if "lost" in on else "",
        )

    def post(
        self,
        order: Order,
        *,
        fault: str = "",
        copies: int = 1,
        due_at: float = 0,
        outcome: str = "",
    ) -> None:
        """Put a notice on its way; copies carry the same event."""
        event = secrets.token_hex(16)
        with self._ledger.transaction() as database:
            for copy in range(copies):
                database.execute(
                    "INSERT INTO notices VALUES (?, ?, ?, ?, 0, ?, '')",
                    [f"{event}-{copy}", order.number, fault, due_at, outcome],
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
        answer, acknowledged = self._send(notice)
        attempts = notice.attempts + 1
        outcome = "acknowledged" if acknowledged else ""
        if not outcome and attempts > len(PAUSES):
            outcome = "given up"
        pause = PAUSES[min(attempts, len(PAUSES)) - 1] * self._pace
        with self._ledger.transaction() as database:
            database.execute(
                "UPDATE notices SET due_at = ?, attempts = ?, outcome = ?, last_answer = ?"
                " WHERE id = ?",
                [time.time() + pause, attempts, outcome, answer, notice.id],
            )
        self._wake.set()

    def _send(self, notice: Notice) -> tuple[str, bool]:
        """What the merchant answered, and whether that was the acknowledgement."""
        order = self._ledger.order(notice.number)
        body = json.dumps(told(order, notice), ensure_ascii=False).encode()
        signer = self._keys.forger if notice.fault == "forged" else self._keys.platform
        headers = seal(signer, self._keys.platform.public_key(), "notice", body=body)
        headers["Content-Type"] = "application/json"
        try:
            answer = self._client.post(order.notify_url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            log.info("notice %s not delivered: %s", notice.id, failure)
            return type(failure).__name__, False
        return str(answer.status_code), answer.status_code == httpx.codes.OK and _is_yes(answer)


def told(order: Order, notice: Notice) -> dict[str, Any]:
    """What a notice says."""
    return {
        "id": notice.id.rpartition("-")[0],
        "event": "ORDER.PAID",
        "merchant": "ANOTHER-MERCHANT" if notice.fault == "wrong_merchant" else order.merchant,
        "number": order.number,
        "reference": order.reference or "42000000000000000000000000",
        "amount": order.amount + (1 if notice.fault == "wrong_amount" else 0),
        "currency": "CNY",
        "state": "SUCCESS",
        "paid_at": iso(order.paid_at or time.time()),
        "payer": order.payer,
    }


def _is_yes(answer: httpx.Response) -> bool:
    try:
        said = answer.json()
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("code") == "SUCCESS"
