"""Whose pages these are, and what hostile input gets: a sentence, never a fault of ours."""

import itertools
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.student.conftest import of, words
from yibao.enrolment.models import Draft
from yibao.payments import flow
from yibao.web.student.urls import urlpatterns

OF_ENROLMENT = ["apply", "progress", "withdraw", "pay"]
OF_ORDER = ["order", "payment_return", "payment_state", "receipt", "receipt_file"]
ALONE = ["home", "history", "me", "seen", "contact", "corrections"]
# Tried in test_inbox.py of the pages of messages.
OF_MESSAGES = ["inbox", "inbox_read", "message"]
# Tried in test_corrections.py.
OF_CORRECTION = ["correction", "correction_new", "correction_proof", "correction_withdraw"]
# Tried in test_papers.py, test_again.py and test_objecting.py.
OF_PAPERS = ["evidence_picture", "supply", "statement_file", "verify_statement", "again", "object"]
# Tried in test_pay_links.py and of class helpers.
OF_OTHERS = ["pay_link", "class_progress"]
SCREENS = ["data", "choice", "amount", "confirm"]
LONG = "长" * 3000
HOSTILE = ["", " ", "0", "-1", "9" * 40, "null", "<script>alert(1)</script>", "'--", LONG, "①"]


def addresses(phone):
    row, order = phone.row.public_id, phone.order.public_id
    return [
        *(phone.address(name, row) for name in OF_ENROLMENT),
        *(phone.address("apply_step", row, screen) for screen in SCREENS),
        *(phone.address(name, order) for name in OF_ORDER),
    ]


@pytest.fixture
def paid(owing, cast):
    flow.record_cash(of(cast.wang), by=cast.li).or_refuse()
    return owing


def test_every_address_is_in_a_list_here():
    listed = {
        *OF_ENROLMENT,
        *OF_ORDER,
        *OF_CORRECTION,
        *OF_MESSAGES,
        *OF_OTHERS,
        *OF_PAPERS,
        *ALONE,
        "apply_step",
        "start_payment",
        "verify_receipt",
    }
    assert {pattern.name for pattern in urlpatterns} == listed


def test_another_students_rows_are_not_there(paid, cast, phone_of):
    zhao = phone_of(cast.zhao)
    for address in addresses(paid):
        assert zhao.client.get(address).status_code == 404, address
        assert zhao.client.post(address).status_code in (404, 405), address
    start = paid.address("start_payment")
    assert zhao.client.post(start, {"channel": "sandbox"}).status_code == 404


def test_staff_see_no_students_pages_of_others_here(paid, cast):
    li = Client()
    li.force_login(cast.li, backend="django.contrib.auth.backends.ModelBackend")
    for address in [*addresses(paid), "/history/", "/me/", "/me/contact/", "/me/corrections/"]:
        assert li.get(address).status_code == 403, address


def test_a_student_with_a_post_sees_only_the_own_rows_here(paid, cast, phone_of):
    cast.liu.user.posts.create(level="school")
    liu = phone_of(cast.liu)
    assert "刘思雨" in liu.see()
    assert "王小明" not in liu.see()
    for address in addresses(paid):
        assert liu.client.get(address).status_code == 404, address


def test_nobody_signs_in_first(paid):
    stranger = Client()
    for address in ["/", "/history/", "/me/", "/me/contact/", "/me/corrections/", *addresses(paid)]:
        answer = stranger.get(address)
        assert answer.status_code == 302, address
        assert answer.url.startswith("/accounts/sign-in/?next=")


def test_unknown_and_malformed_ids(paid):
    for name in (*OF_ENROLMENT, *OF_ORDER):
        assert paid.client.get(paid.address(name, uuid.uuid4())).status_code == 404
    known = str(paid.row.public_id)
    for wrong in (
        "1",
        "x" * 300,
        known[:-1],
        f"{known}0",
        known.upper() + "\0",
        "../../etc/passwd",
    ):
        for place in ("apply", "progress", "checkout", "orders", "receipts"):
            assert paid.client.get(f"/{place}/{wrong}/").status_code in (400, 404)
    assert paid.client.get(paid.screen("pay-nothing")).status_code == 404


def test_other_methods(paid):
    for address in ["/", "/history/", "/me/", "/me/contact/", "/me/corrections/", *addresses(paid)]:
        for method in ("put", "delete", "patch", "options"):
            assert getattr(paid.client, method)(address).status_code in (405, 302), address
    assert paid.client.get(paid.address("start_payment")).status_code == 405


def test_hostile_contact_data(wang):
    for value, address in itertools.product(HOSTILE, (wang.screen("data"), "/me/contact/")):
        fields = ("mobile", "home_phone", "home_address", "postcode")
        page = wang.client.post(address, dict.fromkeys(fields, value))
        assert page.status_code == 200, value
        assert "field-error" in page.content.decode(), value
        assert "<script>alert" not in page.content.decode()


def test_hostile_choices(wang):
    wang.confirm_data()
    fields = ("intent", "reason", "types", "group1", "note", "go")
    for (n, value), field in itertools.product(enumerate(HOSTILE), fields):
        intent = ("join", "stay_out")[n % 2]
        answer = wang.answer("choice", **({"intent": intent} | {field: value}))
        assert answer.status_code in (200, 302), (field, value)
    for value in HOSTILE:
        kept = wang.answer("choice", go="keep", intent=value, reason=value, types=value, note=value)
        assert kept.status_code == 204, value
    for screen in SCREENS:
        assert wang.client.get(wang.screen(screen)).status_code in (200, 302)
    for value in HOSTILE:
        assert wang.client.post(wang.screen("confirm"), {"seen": value}).status_code == 302
    assert wang.see()
    assert wang.row.status == "unregistered"
    assert len(Draft.objects.get().note) <= 200


def test_bytes_that_are_no_text(wang):
    wang.confirm_data()
    form = "application/x-www-form-urlencoded"
    for body in (b"intent=%ff%fe&note=%ED%A0%80", b"\xff\xfe=\x80", b"&&&=", b""):
        answer = wang.client.post(wang.screen("choice"), body, content_type=form)
        assert answer.status_code in (200, 400), body
    body = b"intent=stay_out&note=%ED%A0%80&reason=1"
    assert wang.client.post(wang.screen("choice"), body, content_type=form).status_code == 200
    json = wang.client.post(wang.screen("choice"), b"{", content_type="application/json")
    assert json.status_code == 200


def test_nul_characters(wang):
    wang.confirm_data()
    for data in ({"note": "a\0b", "intent": "join"}, {"intent": "\0"}, {"types": ["\0"]}):
        assert wang.answer("choice", **data).status_code in (200, 302)
    assert wang.client.post("/me/contact/", {"mobile": "139\0"}).status_code == 200
    assert wang.client.get("/receipts/check/", {"number": "\0", "code": "1"}).status_code == 400


def test_types_and_reasons_of_another_plan(wang, cast):
    from tests.factories import make_plan  # noqa: PLC0415

    other = make_plan("别的计划")
    wang.confirm_data()
    page = wang.answer("choice", intent="join", types=[other.types.get().pk])
    assert "请重新选择，这一项已不在计划中" in words(page)
    page = wang.answer("choice", intent="stay_out", reason=other.reasons.first().pk)
    assert "请重新选择，这一项已不在计划中" in words(page)


def test_hostile_counters(paid):
    for n in ("", "0", "-1", "1e9", "9" * 300, "①", "x", "２"):
        for name in ("payment_state", "payment_return"):
            page = paid.client.get(paid.address(name, paid.order.public_id), {"n": n})
            assert page.status_code == 200


def test_a_form_without_its_token_changes_nothing(wang):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies.update(wang.client.cookies)
    refused = strict.post(wang.screen("data"), {"mobile": "13905914858"})
    assert refused.status_code == 403
    assert "页面停留太久" in words(refused)
    assert not Draft.objects.exists()


def test_pages_are_small_and_never_cached(paid):
    for address in ["/", "/history/", "/me/", "/me/contact/", "/me/corrections/", *addresses(paid)]:
        page = paid.client.get(address)
        assert page["Cache-Control"] == "no-store", address
        if page["Content-Type"].startswith("text/html"):
            assert len(page.content) < 24_000, address
    assert reverse("student:home") == "/"
