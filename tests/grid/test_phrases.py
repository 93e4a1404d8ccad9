"""意见常用语: built in, and one's own per kind of action."""

import re

import pytest

from tests.grid.test_errands import at
from yibao.grid import keeping
from yibao.grid.models import Phrase

__all__ = ["at"]
pytestmark = [pytest.mark.urls("tests.grid.lists"), pytest.mark.django_db]
HERE = "/staff/students/"
HX = {"HX-Request": "true"}
ASK = {"do": "preview", "action": "suspend", "all": "1"}
KEEP = {"do": "phrase", "action": "suspend", "field": "comment"}


def offered(response):
    return re.findall(r'data-phrase="id_comment">([^<]+)<', response.content.decode())


def test_own_phrases_follow_the_built_in_ones(at, client, campus):
    assert offered(at.post(HERE, ASK, headers=HX)) == ["因病", "参军"]
    kept = at.post(HERE, KEEP | {"comment": " 因病，\n材料已齐 "}, headers=HX)
    assert offered(kept) == ["因病", "参军", "因病， 材料已齐"]
    assert Phrase.objects.get().kind == "suspend"
    assert offered(at.post(HERE, ASK, headers=HX)) == ["因病", "参军", "因病， 材料已齐"]
    client.force_login(campus.xu)
    assert offered(client.post(HERE, ASK, headers=HX)) == ["因病", "参军"]


def test_one_is_dropped_and_only_ones_own(at, client, campus):
    at.post(HERE, KEEP | {"comment": "创业"}, headers=HX)
    pk = Phrase.objects.get().pk
    client.force_login(campus.xu)
    client.post(HERE, KEEP | {"phrase": pk}, headers=HX)
    assert Phrase.objects.exists()
    client.force_login(campus.school)
    for _ in range(2):
        assert offered(at.post(HERE, KEEP | {"phrase": pk}, headers=HX)) == ["因病", "参军"]
    assert not Phrase.objects.exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "请先填写休学原因，再存为常用语"),
        (" \n\0", "请先填写休学原因，再存为常用语"),
        ("因病", "常用语里已经有这一条"),
        ("长" * 201, "常用语最多 200 字"),
    ],
)
def test_what_is_no_new_phrase(at, text, why):
    refused = at.post(HERE, KEEP | {"comment": text}, headers=HX)
    assert (refused.status_code, refused.content.decode()) == (422, why)


def test_twice_the_same_and_too_many(at, monkeypatch):
    at.post(HERE, KEEP | {"comment": "创业"}, headers=HX)
    assert at.post(HERE, KEEP | {"comment": "创业"}, headers=HX).status_code == 422
    monkeypatch.setattr(keeping, "MOST_PHRASES", 1)
    refused = at.post(HERE, KEEP | {"comment": "出国"}, headers=HX)
    assert refused.content.decode() == "最多存 1 条常用语，请先删除不用的"


@pytest.mark.parametrize(
    "sent", [{"field": "gone"}, {"action": "erase"}, {"action": "remind"}, {"action": ""}]
)
def test_only_where_an_opinion_is_asked(at, sent):
    assert at.post(HERE, KEEP | sent | {"comment": "创业"}, headers=HX).status_code == 422
    assert not Phrase.objects.exists()


def test_a_phrase_is_shown_as_text(at):
    said = at.post(HERE, KEEP | {"comment": "<b>粗</b>\"'"}, headers=HX).content.decode()
    assert "&lt;b&gt;粗&lt;/b&gt;&quot;&#x27;" in said
    assert "<b>粗" not in said


def test_what_was_written_stays_when_the_preview_comes_again(at):
    """One's own phrases are there too when the form comes back with a fault."""
    at.post(HERE, KEEP | {"comment": "创业"}, headers=HX)
    sent = {"do": "run", "action": "suspend", "all": "1", "comment": ""}
    assert offered(at.post(HERE, sent, headers=HX)) == ["因病", "参军", "创业"]
