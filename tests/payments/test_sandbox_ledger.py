"""The gateway's own book: money is taken once and given back once, whoever asks in between."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from yibao_sandbox.ledger import Declined, Ledger, Order, Refund


@pytest.fixture
def ledger(tmp_path):
    """An empty book."""
    book = Ledger(tmp_path / "gateway.sqlite3")
    yield book
    book.close_file()


@pytest.fixture
def order(ledger):
    """An order that waits for its payer."""
    return ledger.create(
        Order(
            number=secrets.token_hex(16),
            merchant="M",
            amount=53300,
            subject="2026年大学生医保",
            notify_url="http://127.0.0.1/n/",
            return_url="http://127.0.0.1/",
            expires_at=int(time.time()) + 60,
        )
    )


def code_of(act, *args):
    """The word of a refusal, or the state that came of it."""
    try:
        return act(*args).state
    except Declined as no:
        return no.code


def test_money_is_taken_once(ledger, order):
    paid = ledger.pay(order.token, "138****0001")
    assert code_of(ledger.pay, order.token, "139****0002") == "ORDER_PAID"
    assert ledger.order(order.number) == paid


def test_a_closed_order_takes_no_money(ledger, order):
    ledger.close(order.number)
    assert code_of(ledger.pay, order.token, "138****0001") == "ORDER_CLOSED"
    assert ledger.order(order.number).paid_at == 0


def test_a_paid_order_is_not_closed(ledger, order):
    ledger.pay(order.token, "138****0001")
    assert code_of(ledger.close, order.number) == "ORDER_PAID"
    assert ledger.order(order.number).state == "SUCCESS"


def test_of_many_at_once_one_wins(ledger, order):
    def act(turn):
        if turn % 2:
            return code_of(ledger.close, order.number)
        return code_of(ledger.pay, order.token, f"138****{turn:04d}")

    with ThreadPoolExecutor(8) as crowd:
        answers = set(crowd.map(act, range(40)))
    state = ledger.order(order.number).state
    assert answers in ({"SUCCESS", "ORDER_PAID"}, {"CLOSED", "ORDER_CLOSED"})
    assert state in answers


def test_time_closes_an_order(ledger, order, monkeypatch):
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert code_of(ledger.pay, order.token, "138****0001") == "ORDER_CLOSED"
    assert ledger.order(order.number).state == "CLOSED"


def test_one_order_is_refunded_fifty_times_at_most(ledger, order):
    ledger.pay(order.token, "138****0001")
    codes = [
        code_of(ledger.refund, Refund(f"refund-{n}", order.number, 1, "部分退费"), 53300)
        for n in range(51)
    ]
    assert codes == ["SUCCESS"] * 50 + ["TOO_MANY_REFUNDS"]
    assert ledger.refunded(order.number) == 50
