"""Statements that are kept: asked again with other values, they say what a queryset says."""

import pytest
from django.db.models import F

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.bulk import OneOf
from yibao.common.models import AuditEntry
from yibao.common.statements import Given, Kept, KeptWrite, first, text_of_update


def these():
    return User.objects.filter(OneOf("pk", Given("keys")))


NAMED = Kept(lambda: User.objects.filter(username=Given("number")).only("name"))
NAMES = Kept(lambda: these().order_by("-username").values_list("username", "name"))
NOBODY = Kept(lambda: these().filter(username__in=()))
RENAME = KeptWrite(
    lambda: first(
        audit.text_of_each(these(), was=F("name"), now=Given("name")),
        text_of_update(these(), name=Given("name")),
    )
)


@pytest.fixture
def people(db):
    return [User.objects.create_user(f"T{n}", f"{n}号") for n in (1, 2, 3)]


def test_it_is_asked_again_with_other_values(people, django_assert_num_queries):
    one, _, three = people
    with django_assert_num_queries(4):
        assert NAMED.rows(number="T1") == [one]
        assert [user.name for user in NAMED.rows(number="T3")] == ["3号"]
        assert NAMED.rows(number="100% %s'") == []
        assert NAMES.tuples(keys=[one.pk, three.pk]) == [("T3", "3号"), ("T1", "1号")]


def test_where_no_row_can_be_nothing_is_asked(people, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert (NOBODY.rows(keys=[people[0].pk]), NOBODY.tuples(keys=[])) == ([], [])


def test_of_two_in_one_neither_sees_what_the_other_does(people, django_assert_num_queries):
    keys = [person.pk for person in people[:2]]
    with django_assert_num_queries(1):
        at = people[0].created_at
        assert RENAME.run(keys=keys, name="甲", action="rename", by=people[2].pk, at=at) == 2
    assert sorted(User.objects.values_list("name", flat=True)) == ["3号", "甲", "甲"]
    lines = AuditEntry.objects.order_by("pk").values_list(
        "subject_id", "by", "action", "at", "data"
    )
    assert list(lines) == [
        (pk, people[2].pk, "rename", at, {"was": was, "now": "甲"})
        for pk, was in zip(keys, ("1号", "2号"), strict=True)
    ]


def test_of_no_rows_it_writes_nothing(people):
    assert RENAME.run(keys=[], name="甲", action="rename", by=None, at=None) == 0
    assert not AuditEntry.objects.exists()
