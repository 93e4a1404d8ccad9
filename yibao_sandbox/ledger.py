"""What the gateway knows: orders and refunds, in SQLite, so that a restart forgets nothing.

Amounts are integer fen, moments whole seconds since 1970. Each verb is one transaction.
"""

import secrets
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

SHANGHAI = timezone(timedelta(hours=8))
LARGEST_AMOUNT = 100_000_00
REFUNDS_PER_ORDER = 50

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    number TEXT PRIMARY KEY, merchant TEXT NOT NULL, amount INTEGER NOT NULL,
    subject TEXT NOT NULL, notify_url TEXT NOT NULL, return_url TEXT NOT NULL,
    expires_at INTEGER NOT NULL, token TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL,
    state TEXT NOT NULL, reference TEXT NOT NULL, paid_at INTEGER NOT NULL, payer TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS orders_paid_at ON orders (paid_at);
CREATE TABLE IF NOT EXISTS refunds (
    refund_number TEXT PRIMARY KEY, number TEXT NOT NULL REFERENCES orders,
    amount INTEGER NOT NULL, reason TEXT NOT NULL, reference TEXT NOT NULL, state TEXT NOT NULL,
    refunded_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS refunds_number ON refunds (number);
CREATE TABLE IF NOT EXISTS notices (
    id TEXT PRIMARY KEY, number TEXT NOT NULL REFERENCES orders, fault TEXT NOT NULL,
    due_at REAL NOT NULL, attempts INTEGER NOT NULL, outcome TEXT NOT NULL,
    last_answer TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS notices_due ON notices (due_at) WHERE outcome = '';
CREATE TABLE IF NOT EXISTS faults (
    number TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (number, name));
"""
# Columns that files of earlier days lack.
ADDED = {
    "orders": {"protocol": "'campus'", "way": "''", "buyer": "''"},
    "notices": {"refund": "''"},
}


class Declined(Exception):
    """The gateway says no; the code is a word of the protocol."""

    def __init__(self, code: str, message: str, status: int = 409) -> None:
        """`message` is Chinese, for people."""
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


@dataclass(frozen=True)
class Order:
    """支付单: NOTPAY, then SUCCESS or CLOSED. The token is the payer's key to the cashier page.

    `way` is the protocol's own word for how it is paid, `buyer` whom it was made for.
    """

    number: str
    merchant: str
    amount: int
    subject: str
    notify_url: str
    return_url: str
    expires_at: int
    token: str = ""
    created_at: int = 0
    state: str = "NOTPAY"
    reference: str = ""
    paid_at: int = 0
    payer: str = ""
    protocol: str = "campus"
    way: str = ""
    buyer: str = ""


@dataclass(frozen=True)
class Refund:
    """退款单, SUCCESS at once, unless it is asked for as ABNORMAL: then no money moved."""

    refund_number: str
    number: str
    amount: int
    reason: str
    reference: str = ""
    state: str = "SUCCESS"
    refunded_at: int = 0


def iso(moment: float) -> str:
    """A moment as people in Shanghai write it; "" for never."""
    return datetime.fromtimestamp(moment, SHANGHAI).isoformat() if moment else ""


class Ledger:
    """All orders and refunds of this gateway, and the verbs that change them."""

    def __init__(self, file: Path) -> None:
        """Open the file, and make it when it is not there."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute(
            "PRAGMA synchronous = NORMAL"
        )  # a kill loses nothing, a power cut may
        self._database.execute("PRAGMA busy_timeout = 5000")
        self._database.executescript(SCHEMA)
        for table, columns in ADDED.items():
            there = {row["name"] for row in self._database.execute(f"PRAGMA table_info({table})")}
            for name in columns.keys() - there:
                self._database.execute(
                    f"ALTER TABLE {table} ADD COLUMN {name} TEXT NOT NULL DEFAULT {columns[name]}"
                )

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One writer at a time, all or nothing."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def close_file(self) -> None:
        """Leave the file in order."""
        with self._lock:
            self._database.close()

    def create(self, wanted: Order) -> Order:
        """Take a new order, or find the equal one that is already here."""
        with self.transaction() as database:
            known = self._find(database, "number", wanted.number)
            if known is None:
                order = replace(wanted, token=secrets.token_urlsafe(24), created_at=_now())
                _insert(database, "orders", asdict(order))
                return order
            if _what(wanted) != _what(known):
                raise Declined("NUMBER_REUSED", "商户订单号已用于另一笔订单")
            _refuse_done(known)
            # The payer may come from another host name this time, and must get back there.
            known = replace(
                known, notify_url=wanted.notify_url, return_url=wanted.return_url, way=wanted.way
            )
            _update(database, known)
            return known

    def learn(self, orders: Iterable[Order]) -> None:
        """Orders from before this file began; those that it has stay as they are."""
        with self.transaction() as database:
            for order in orders:
                if self._find(database, "number", order.number) is None:
                    fresh = replace(order, token=secrets.token_urlsafe(24))
                    _insert(database, "orders", asdict(fresh))

    def order(self, number: str, protocol: str = "") -> Order:
        """The order of that number, in one protocol or in any."""
        with self.transaction() as database:
            return self._need(database, "number", number, protocol)

    def order_of(self, token: str) -> Order:
        """The order whose cashier page has that token."""
        with self.transaction() as database:
            return self._need(database, "token", token)

    def lead_back(self, token: str, return_url: str) -> Order:
        """Remember where the payer of an order is to go afterwards."""
        with self.transaction() as database:
            order = replace(self._need(database, "token", token), return_url=return_url)
            _update(database, order)
            return order

    def pay(self, token: str, payer: str) -> Order:
        """Take the payer's money, once, while the order is open."""
        with self.transaction() as database:
            order = self._need(database, "token", token)
            _refuse_done(order)
            paid = replace(
                order, state="SUCCESS", reference=_reference("4200"), paid_at=_now(), payer=payer
            )
            _update(database, paid)
            return paid

    def close(self, number: str, protocol: str = "") -> Order:
        """See to it that nobody can pay any more."""
        with self.transaction() as database:
            order = self._need(database, "number", number, protocol)
            if order.state == "SUCCESS":
                _refuse_done(order)
            closed = replace(order, state="CLOSED")
            _update(database, closed)
            return closed

    def refund(self, wanted: Refund, total: int, protocol: str = "") -> Refund:
        """Give money back, never more than came in, and once per refund number."""
        with self.transaction() as database:
            order = self._need(database, "number", wanted.number, protocol)
            if order.state != "SUCCESS":
                raise Declined("NOT_PAID", "订单未支付，不能退款")
            if total != order.amount:
                raise Declined("TOTAL_DIFFERS", "原订单金额不符")
            for row in database.execute(
                "SELECT * FROM refunds WHERE refund_number = ?", [wanted.refund_number]
            ):
                known = Refund(**row)
                same = (known.number, known.amount, known.reason)
                if same != (wanted.number, wanted.amount, wanted.reason):
                    raise Declined("REFUND_NUMBER_REUSED", "商户退款单号已用于另一笔退款")
                return known
            given = self._refunds(database, order.number)
            if sum(refund.amount for refund in given) + wanted.amount > order.amount:
                raise Declined("NOT_ENOUGH", "累计退款金额超过支付金额")
            if len(given) >= REFUNDS_PER_ORDER:
                raise Declined("TOO_MANY_REFUNDS", "同一订单退款次数超过 50 次")
            at = _now() if wanted.state == "SUCCESS" else 0
            refund = replace(wanted, reference=_reference("5030"), refunded_at=at)
            _insert(database, "refunds", asdict(refund))
            return refund

    def find_refund(self, refund_number: str) -> Refund:
        """The refund of that number."""
        with self.transaction() as database:
            for row in database.execute(
                "SELECT * FROM refunds WHERE refund_number = ?", [refund_number]
            ):
                return Refund(**row)
        raise Declined("REFUND_NOT_FOUND", "退款单不存在", 404)

    def refunded(self, number: str) -> int:
        """How much of an order went back."""
        with self.transaction() as database:
            return sum(refund.amount for refund in self._refunds(database, number))

    def refunds(self, number: str) -> list[Refund]:
        """What was asked back of an order, also what did not go."""
        with self.transaction() as database:
            rows = database.execute(
                "SELECT * FROM refunds WHERE number = ? ORDER BY rowid", [number]
            )
            return [Refund(**row) for row in rows]

    def bill(
        self, day: datetime, protocol: str
    ) -> tuple[list[Order], list[tuple[Refund, Order]], list[Order]]:
        """What was paid, what went back, and what was ordered in vain on the day that begins then."""
        span = [int(day.timestamp()), int((day + timedelta(days=1)).timestamp())]
        with self.transaction() as database:
            paid = database.execute(
                "SELECT * FROM orders WHERE protocol = ? AND state = 'SUCCESS'"
                " AND paid_at >= ? AND paid_at < ? ORDER BY paid_at, number", [protocol, *span],
            ).fetchall()  # fmt: skip
            vain = database.execute(
                "SELECT * FROM orders WHERE protocol = ? AND state != 'SUCCESS'"
                " AND created_at >= ? AND created_at < ? ORDER BY number", [protocol, *span],
            ).fetchall()  # fmt: skip
            back = database.execute(
                "SELECT * FROM refunds WHERE refunded_at >= ? AND refunded_at < ?"
                " ORDER BY refunded_at, refund_number", span,
            ).fetchall()  # fmt: skip
            pairs = [(Refund(**row), self._need(database, "number", row["number"])) for row in back]
            mine = [(refund, order) for refund, order in pairs if order.protocol == protocol]
            return [Order(**row) for row in paid], mine, [Order(**row) for row in vain]

    def latest(self, count: int) -> list[Order]:
        """The newest orders first."""
        with self.transaction() as database:
            rows = database.execute(
                "SELECT number FROM orders ORDER BY created_at DESC, rowid DESC LIMIT ?", [count]
            ).fetchall()
            return [self._need(database, "number", row["number"]) for row in rows]

    def _need(
        self, database: sqlite3.Connection, column: str, value: str, protocol: str = ""
    ) -> Order:
        order = self._find(database, column, value)
        if order is None or protocol not in ("", order.protocol):
            raise Declined("ORDER_NOT_FOUND", "订单不存在", 404)
        return order

    def _find(self, database: sqlite3.Connection, column: str, value: str) -> Order | None:
        """Find an order as it is now: one that has run out of time is closed."""
        found = database.execute(
            f"SELECT * FROM orders WHERE {column} = ?",  # noqa: S608 column is ours
            [value],
        ).fetchone()
        if found is None:
            return None
        order = Order(**found)
        if order.state == "NOTPAY" and order.expires_at <= time.time():
            order = replace(order, state="CLOSED")
            _update(database, order)
        return order

    def _refunds(self, database: sqlite3.Connection, number: str) -> list[Refund]:
        rows = database.execute(
            "SELECT * FROM refunds WHERE number = ? AND state = 'SUCCESS'", [number]
        )
        return [Refund(**row) for row in rows]


def _what(order: Order) -> tuple[str, int, str, int]:
    """What must be the same when a number comes again."""
    return order.protocol, order.amount, order.subject, order.expires_at


def _refuse_done(order: Order) -> None:
    if order.state == "SUCCESS":
        raise Declined("ORDER_PAID", "订单已支付")
    if order.state == "CLOSED":
        raise Declined("ORDER_CLOSED", "订单已关闭，请回到原页面重新发起支付")


def _insert(database: sqlite3.Connection, table: str, values: dict[str, object]) -> None:
    columns, marks = ", ".join(values), ", ".join("?" * len(values))
    database.execute(
        f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 names are ours
        list(values.values()),
    )


def _update(database: sqlite3.Connection, order: Order) -> None:
    values = asdict(order)
    marks = ", ".join(f"{column} = :{column}" for column in values)
    database.execute(
        f"UPDATE orders SET {marks} WHERE number = :number",  # noqa: S608 names are ours
        values,
    )


def _now() -> int:
    return int(time.time())


def _reference(prefix: str) -> str:
    """A transaction number as gateways make them: prefix, day, digits."""
    day = datetime.now(UTC).astimezone(SHANGHAI)
    return f"{prefix}{day:%Y%m%d}{secrets.randbelow(10**14):014d}"
