"""Two people, or ten notices, at the same instant, on real PostgreSQL.

Every race has a twin with the locks switched off, which must go wrong: a race test that cannot fail
proves nothing. A barrier holds the threads between reading and writing, so that the twin fails every
time and not now and then; with the locks on, the second thread waits in the database instead.
"""

from decimal import Decimal
from threading import Event
from time import monotonic, sleep

import pytest
from django.db import IntegrityError, connection
from django.utils.timezone import localdate, now

from tests.cast import Cast
from tests.factories import make_staff
from tests.racing import MEETING, at_once, enlisted, meet, somebody_waits
from yibao.accounts.models import User
from yibao.common.errors import Refused
from yibao.common.outcome import Outcome
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment import roster
from yibao.enrolment import rules as enrolment_rules
from yibao.enrolment.flow import Choice
from yibao.enrolment.master_data import enter_and_enlist
from yibao.enrolment.models import Enrolment, ReviewRecord
from yibao.enrolment.states import Intent, Status
from yibao.payments import applying
from yibao.payments import flow as payment_flow
from yibao.payments import rules as payment_rules
from yibao.payments.models import Order, Payment
from yibao.payments.providers.base import PaidState, Receipt
from yibao.payments.states import PaymentStatus
from yibao.people import posts
from yibao.people.levels import Level
from yibao.people.models import Post, Student
from yibao.people.states import TransitionKind
from yibao.people.transitions import Change

pytestmark = pytest.mark.django_db(transaction=True)
FEE = Decimal("533.00")


@pytest.fixture
def cast(transactional_db) -> Cast:
    return enlisted()


def of(*students):
    return Enrolment.objects.filter(student__in=students)


def owing(cast: Cast, student: Student | None = None):
    rows = of(student or cast.liu)
    enrolment_flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.li).or_refuse()
    for by in (cast.li, cast.xu, cast.office):
        enrolment_flow.approve(rows, by=by).or_refuse()
    return rows.get()


def test_two_reviewers_decide_one_row(cast, locks, monkeypatch):
    enrolment_flow.submit(
        of(cast.liu), Choice(Intent.JOIN, consent="当面"), by=cast.liu.user
    ).or_refuse()
    meet(monkeypatch, enrolment_rules, "why_not_review", 2)
    answers = at_once(
        lambda: enrolment_flow.approve(of(cast.liu), by=cast.li),
        lambda: enrolment_flow.send_back(of(cast.liu), by=cast.he, comment="请核对"),
    )
    clean = [a for a in answers if isinstance(a, Outcome)]
    if locks:
        assert sorted(len(a.done) for a in clean) == [0, 1]
        [loser] = [a for a in clean if not a.done]
        [why] = loser.refused.values()
        assert why.startswith(("李老师已于 ", "何老师已于 "))
        assert ReviewRecord.objects.count() == 1
    else:
        assert len(clean) < 2  # the constraint catches it, with an error for one of the two


def test_withdraw_while_the_counselor_approves(cast, locks, monkeypatch):
    enrolment_flow.submit(
        of(cast.liu), Choice(Intent.JOIN, consent="当面"), by=cast.liu.user
    ).or_refuse()
    meet(monkeypatch, enrolment_flow, "_split", 2)
    answers = at_once(
        lambda: enrolment_flow.withdraw(of(cast.liu), by=cast.liu.user),
        lambda: enrolment_flow.approve(of(cast.liu), by=cast.li),
    )
    done = sorted(len(a.done) for a in answers if isinstance(a, Outcome))
    assert done == ([0, 1] if locks else [1, 1])


def test_a_student_leaves_the_roster_while_the_application_is_sent_back(cast, locks, monkeypatch):
    """The return has asked for the targets already, and the change of the roster cannot see it yet."""
    enrolment_flow.submit(of(cast.liu), Choice(Intent.JOIN), by=cast.liu.user).or_refuse()
    asked, changed, let_go = Event(), Event(), roster.let_go

    def slowly(rows, *, by):
        let_go(rows, by=by)
        asked.set()
        until = monotonic() + MEETING
        while not changed.is_set() and not somebody_waits() and monotonic() < until:
            sleep(0.01)

    def leave():
        asked.wait(MEETING)
        gone = Change(TransitionKind.WITHDRAW, localdate(), "退学文件")
        enter_and_enlist(Student.objects.filter(pk=cast.liu.pk), gone, by=cast.office).or_refuse()
        changed.set()

    monkeypatch.setattr(roster, "let_go", slowly)
    answers = at_once(
        lambda: enrolment_flow.send_back(of(cast.liu), by=cast.li, comment="请核对").or_refuse(),
        leave,
    )
    assert [a for a in answers if isinstance(a, Exception)] == []
    row = of(cast.liu).get()
    assert row.status == Status.RETURNED
    assert row.off_roster is locks  # else it stayed in everybody's rate until the next import


def test_ten_notices_of_one_payment(cast, locks, monkeypatch):
    order = payment_flow.open_order(owing(cast), by=cast.liu.user)
    payment = order.payments.create(channel="sandbox")
    receipt = Receipt(payment.number, "G1", FEE, PaidState.PAID, now())
    meet(monkeypatch, applying, "_fits", 10)
    answers = at_once(*[lambda: payment_flow.settle(receipt, channel="sandbox")] * 10)
    errors = [a for a in answers if isinstance(a, Exception)]
    trail = connection.cursor().execute(
        "SELECT count(*) FROM common_auditentry WHERE action = 'money_in'"
    )
    [told] = trail.fetchone()
    if locks:
        assert (errors, told) == ([], 1)
        assert Payment.objects.get().status == PaymentStatus.CONFIRMED
        assert of(cast.liu).get().status == Status.ENROLLED
    else:
        assert errors or told > 1


def test_one_transaction_is_told_for_two_orders_at_once(cast, locks, monkeypatch):
    """The constraint keeps the money single; the lock lets both tellers hear what came of it."""
    receipts = []
    for student in (cast.liu, cast.wang):
        order = payment_flow.open_order(owing(cast, student), by=student.user)
        number = order.payments.create(channel="sandbox").number
        receipts.append(Receipt(number, "G1", FEE, PaidState.PAID, now()))
    meet(monkeypatch, applying, "_fits", 2)
    answers = at_once(
        *[lambda r=receipt: payment_flow.settle(r, channel="sandbox") for receipt in receipts]
    )
    errors = [a for a in answers if isinstance(a, Exception)]
    states = sorted(Payment.objects.values_list("status", flat=True))
    if locks:
        assert (errors, states) == ([], [PaymentStatus.CONFIRMED, PaymentStatus.DISPUTED])
    else:
        assert [type(error) for error in errors] == [IntegrityError]


def test_cash_and_online_at_the_same_instant(cast, locks, monkeypatch):
    order = payment_flow.open_order(owing(cast), by=cast.liu.user)
    payment = order.payments.create(channel="sandbox", status=PaymentStatus.CLOSED)
    receipt = Receipt(payment.number, "G1", FEE, PaidState.PAID, now())
    meet(monkeypatch, applying, "_fits", 2)
    answers = at_once(
        lambda: payment_flow.settle(receipt, channel="sandbox"),
        lambda: payment_flow.record_cash(of(cast.liu), by=cast.li),
    )
    errors = [a for a in answers if isinstance(a, Exception)]
    applied = Payment.objects.filter(status=PaymentStatus.CONFIRMED).count()
    if locks:
        assert (errors, applied) == ([], 1)
        kept = set(Payment.objects.values_list("reference", flat=True))
        assert "G1" in kept  # the gateway's money is never lost, applied or to be refunded
    else:
        assert errors or applied != 1


def test_two_tabs_get_one_order(cast, locks, monkeypatch):
    enrolment = owing(cast)
    meet(monkeypatch, payment_rules, "why_not_order", 2)
    answers = at_once(*[lambda: payment_flow.open_order(enrolment, by=cast.liu.user)] * 2)
    orders = [a for a in answers if isinstance(a, Order)]
    if locks:
        assert len({order.pk for order in orders}) == 1
        assert len(orders) == 2
    else:
        assert len(orders) == 1  # the constraint catches the second, with an error


def test_overlapping_batches_in_opposite_order_never_deadlock(cast):
    enrolment_flow.submit(
        of(cast.wang, cast.liu), Choice(Intent.JOIN, consent="当面"), by=cast.li
    ).or_refuse()
    for _ in range(6):
        rows = of(cast.wang, cast.liu)
        answers = at_once(
            lambda rows=rows: enrolment_flow.approve(rows.order_by("pk"), by=cast.li),
            lambda rows=rows: enrolment_flow.send_back(
                rows.order_by("-pk"), by=cast.li, comment="请核对"
            ),
        )
        assert [a for a in answers if isinstance(a, Exception)] == []
        assert sum(len(a.done) for a in answers) == 2
        for student in (cast.wang, cast.liu):
            row = of(student).get()
            if row.status == Status.IN_REVIEW:
                enrolment_flow.send_back(of(student), by=cast.xu, comment="重来").or_refuse()
        enrolment_flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.li).or_refuse()


REMOVE = {
    "end": lambda whom, by: posts.end_post(whom.posts.get(), by=by),
    "off": lambda whom, by: posts.switch_off(User.objects.filter(pk=whom.pk), by=by).or_refuse(),
}


@pytest.mark.parametrize("ways", ["end end", "off off", "end off"])
def test_two_administrators_remove_each_other(cast, locks, monkeypatch, ways):
    second = make_staff("T042", "备用管理", Level.ADMIN)
    for person in (cast.admin, second):
        assert posts.why_not_manage(person) == ""  # whose page it is was asked before
    meet(monkeypatch, posts, "_last_of", 2)
    first_way, second_way = (REMOVE[way] for way in ways.split())
    answers = at_once(
        lambda: first_way(second, cast.admin),
        lambda: second_way(cast.admin, second),
    )
    left = Post.objects.filter(level=Level.ADMIN, is_active=True, user__is_active=True)
    if locks:
        assert left.count() == 1
        [refused] = [a for a in answers if isinstance(a, Exception)]
        assert isinstance(refused, Refused)
        assert str(refused) == "至少要保留一名系统管理员"
    else:
        assert left.count() == 0


def test_two_posts_that_exclude_each_other(cast, locks, monkeypatch):
    person = posts.add_person("T099", "新老师", by=cast.admin)
    meet(monkeypatch, posts, "why_not_beside", 2)
    answers = at_once(
        lambda: posts.give_post(person, Level.SCHOOL, by=cast.admin),
        lambda: posts.give_post(person, Level.AUDITOR, by=cast.admin),
    )
    given = [a for a in answers if isinstance(a, Post)]
    assert len(given) == (1 if locks else 2)
    assert person.posts.count() == len(given)


def test_two_administrators_add_the_same_person(cast):
    answers = at_once(*[lambda: posts.add_person("T099", "新老师", by=cast.admin)] * 4)
    assert sorted(str(a) for a in answers) == [
        *["T099 已是新老师的账号，请直接为其添加岗位"] * 3,
        "新老师",
    ]
