"""Thousands of rows with one statement: the same rows as one by one."""

import pytest
from django.db.models import F

from yibao.accounts.models import User
from yibao.common import audit, bulk
from yibao.common.bulk import among
from yibao.common.models import AuditEntry


@pytest.fixture
def people(db):
    return [User.objects.create_user(f"T{n}", f"{n}号") for n in (1, 2, 3)]


def written():
    lines = AuditEntry.objects.order_by("pk")
    return list(lines.values_list("action", "subject_type", "subject_id", "by", "data"))


def test_a_line_for_each_row_says_what_one_line_would_say(people, django_assert_num_queries):
    first, second, third = people
    these = User.objects.filter(pk__in=among([first.pk, third.pk]))
    with django_assert_num_queries(1):
        audit.record_each("met", these, by=second, was=F("name"), now=True, round=1)
    together = written()
    for person in (first, third):
        audit.record("met", person, by=second, was=person.name, now=True, round=1)
    assert together == written()[2:]
    at = AuditEntry.objects.values_list("at", flat=True)
    assert all(at)


def test_a_job_acts_for_nobody(people):
    audit.record_each("met", User.objects.filter(pk=people[0].pk), by=None)
    assert written() == [("met", "user", people[0].pk, None, {})]


def test_copied_rows_hold_what_saved_rows_hold(people):
    lines = [audit.entry("met", person, by=None, name=person.name) for person in people]
    bulk.insert(lines)
    for person in people:
        audit.record("met", person, by=None, name=person.name)
    copied, saved = written()[:3], written()[3:]
    assert copied == saved


def test_nothing_is_written_for_no_rows(people):
    bulk.insert([])
    audit.record_each("met", User.objects.filter(pk__in=among([])), by=None, name=F("name"))
    assert written() == []


@pytest.mark.parametrize("count", [0, 1, 3])
def test_among_finds_what_a_list_finds(people, count):
    pks = [person.pk for person in people[:count]]
    found = User.objects.filter(pk__in=among(pks)).order_by("pk")
    assert [person.pk for person in found] == pks
    numbers = User.objects.filter(username__in=among((p.username for p in people), "text"))
    assert numbers.count() == 3
