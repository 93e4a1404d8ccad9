"""代付链接: somebody without an account pays one order, and learns nothing else of the student."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from tests.cast import make_cast
from tests.factories import make_plan
from tests.payments.fees import of, owe
from yibao.enrolment.roster import enlist
from yibao.payments import flow, links
from yibao.payments.models import Order, Payment, PaymentLink
from yibao.payments.providers.base import PaidState, Receipt


@pytest.fixture
def cast(db):
    cast = make_cast()
    enlist(make_plan(), by=cast.office)
    owe(cast, cast.wang)
    return cast


@pytest.fixture
def token(cast, client):
    """王 makes a link on the phone."""
    client.force_login(cast.wang.user)
    at = reverse("student:pay_link", args=[of(cast.wang).get().public_id])
    page = client.post(at, {"do": "make"}, follow=True).content.decode()
    found = PaymentLink.objects.get(revoked_at__isnull=True).token
    assert f"/p/{found}/" in page
    return found


def page_of(token, status=200):
    answer = Client().get(reverse("payer:link", args=[token]))
    assert answer.status_code == status
    return answer.content.decode()


def test_the_page_says_no_more_than_it_must(cast, token):
    page = page_of(token)
    student = cast.wang
    assert "王*明" in page
    assert "533.00" in page
    order = Order.objects.get()
    for secret in (student.name, student.student_no, student.id_number, order.number):
        assert secret not in page
    assert "no-store" in Client().get(reverse("payer:link", args=[token]))["Cache-Control"]


def test_paid_once(cast, token):
    order = Order.objects.get()
    payment = order.payments.create(channel="sandbox", expires_at=now() + timedelta(minutes=30))
    flow.settle(
        Receipt(payment.number, "G1", order.amount, PaidState.PAID, now()), channel="sandbox"
    )
    page = page_of(token)
    assert "这一笔已经付清" in page
    assert "<button" not in page.split("door-card")[1].split("door-foot")[0]
    Client().post(reverse("payer:start", args=[token]), {"channel": "sandbox"})
    assert Payment.objects.count() == 1


def test_it_ends_by_time_and_by_the_student_s_word(cast, token, client):
    with time_machine.travel(now() + links.LIFE + timedelta(seconds=1), tick=False):
        assert "已失效" in page_of(token)
        Client().post(reverse("payer:start", args=[token]), {"channel": "sandbox"})
    assert Payment.objects.count() == 0
    at = reverse("student:pay_link", args=[of(cast.wang).get().public_id])
    client.post(at, {"do": "make"})
    page_of(token, status=404)  # the new one has taken its place
    fresh = PaymentLink.objects.get(revoked_at__isnull=True).token
    page_of(fresh)
    client.post(at, {"do": "revoke"})
    page_of(fresh, status=404)
    for rubbish in ("x" * 22, "x", "a" * 300):
        page_of(rubbish, status=404)


def test_nobody_makes_one_for_somebody_else_or_for_what_is_paid(cast, client):
    client.force_login(cast.liu.user)
    at = reverse("student:pay_link", args=[of(cast.wang).get().public_id])
    assert client.post(at, {"do": "make"}).status_code == 404
    flow.record_cash(of(cast.wang), by=cast.li).or_refuse()
    client.force_login(cast.wang.user)
    client.post(at, {"do": "make"})
    assert PaymentLink.objects.count() == 0
