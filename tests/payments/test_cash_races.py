"""Cash at the same instant, each race with a twin whose locks are off."""

import pytest

from tests.payments.fees import of, owe
from tests.racing import at_once, enlisted, meet
from yibao.common.outcome import Outcome
from yibao.payments import cash, cash_rules, flow, postings, rules
from yibao.payments.models import CashBook, HandOver, Payment
from yibao.payments.states import PaymentStatus

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db):
    return enlisted()


def numbers():
    return sorted(Payment.objects.values_list("receipt_no", flat=True))


def test_two_counters_of_one_cashier(cast, locks, monkeypatch):
    owe(cast, cast.wang, cast.liu)
    CashBook.objects.create(cashier=cast.li)
    meet(monkeypatch, flow, "now", 2)  # right after the book was read
    answers = at_once(
        lambda: flow.record_cash(of(cast.wang), by=cast.li),
        lambda: flow.record_cash(of(cast.liu), by=cast.li),
    )
    broken = [a for a in answers if isinstance(a, Exception)]
    # The book's lock hands numbers out in turn; without it the database refuses the same one twice.
    assert (len(broken), numbers()) == ((0, [1, 2]) if locks else (1, [1]))


def test_one_form_twice_at_once(cast, locks, monkeypatch):
    owe(cast, cast.liu)
    meet(monkeypatch, rules, "why_not_cash", 2)
    if not locks:
        monkeypatch.setattr(postings, "begin", lambda *_, **__: (None, None))
    answers = at_once(*[lambda: flow.record_cash(of(cast.liu), by=cast.li, key="f1")] * 2)
    same = [a for a in answers if isinstance(a, Outcome) and a.done]
    assert numbers() == [1]
    assert len(same) == (2 if locks else 1)


def test_voided_while_it_is_handed_over(cast, locks, monkeypatch):
    owe(cast, cast.liu)
    flow.record_cash(of(cast.liu), by=cast.li).or_refuse()
    meet(monkeypatch, cash_rules, "why_not_void", 2)
    meet(monkeypatch, cash, "held_by", 2)
    at_once(
        lambda: cash.void(Payment.objects.all(), by=cast.li, note="错"),
        lambda: cash.hand_over(by=cast.li),
    )
    there = Payment.objects.filter(status=PaymentStatus.CONFIRMED, hand_over__isnull=False).count()
    told = sum(HandOver.objects.values_list("count", flat=True))
    assert (told == there) == locks
