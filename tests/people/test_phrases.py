"""学校常用语: kept by the office, offered to everybody, retired and never deleted."""

import re

import pytest
from django.urls import reverse

from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.grid.actions import Opinion
from yibao.people import phrases
from yibao.people.phrase_models import OfficePhrase
from yibao.web.staff.opinions import KINDS, OfficeOpinion
from yibao.web.staff.urls import urlpatterns

pytestmark = pytest.mark.django_db
BACK = KINDS["send_back"]
PAGE = "staff:phrases"


def words():
    return list(
        OfficePhrase.objects.filter(kind="send_back").offered().values_list("text", flat=True)
    )


def rows(*texts):
    return OfficePhrase.objects.filter(text__in=texts)


@pytest.fixture
def three(cast):
    """甲 乙 丙 in place of the usual ones."""
    phrases.settle([phrases.PhraseKind("send_back", "退回", ("甲", "乙", "丙"))])
    return cast


def test_the_usual_ones_stand_until_the_office_changes_them(cast):
    assert phrases.offered(BACK) == BACK.usual
    phrases.add(BACK, " 请补交\n材料 ", by=cast.office)
    assert phrases.offered(BACK) == (*BACK.usual, "请补交 材料")
    phrases.settle(KINDS.values())
    phrases.settle(KINDS.values())
    assert OfficePhrase.objects.count() == sum(len(kind.usual) for kind in KINDS.values()) + 1


def test_a_counselor_is_offered_them_and_the_own_ones_follow(three, client):
    client.force_login(three.li, backend="django.contrib.auth.backends.ModelBackend")
    ask = {"do": "preview", "action": "send_back", "all": "1"}
    page = client.post(reverse("staff:reviews"), ask, headers={"HX-Request": "true"})
    assert re.findall(r'data-phrase="id_comment">([^<]+)<', page.content.decode()) == words()


def test_order_keeps_several_together_and_ends_at_the_ends(three):
    phrases.move(rows("乙", "丙"), by=three.office, up=True).or_refuse()
    assert words() == ["乙", "丙", "甲"]
    phrases.move(rows("乙", "丙"), by=three.office, up=True)
    assert words() == ["乙", "丙", "甲"]
    phrases.move(rows("乙"), by=three.office, up=False)
    assert words() == ["丙", "乙", "甲"]
    phrases.retire(rows("乙"), by=three.office)
    phrases.move(rows("甲"), by=three.office, up=True)
    assert words() == ["甲", "丙"]
    with pytest.raises(Refused, match="停用的常用语没有先后"):
        phrases.move(rows("乙"), by=three.office, up=True).or_refuse()


def test_retired_is_not_deleted_and_comes_back(three):
    assert phrases.retire(rows("甲", "乙"), by=three.office).done
    assert words() == ["丙"]
    assert phrases.retire(rows("甲"), by=three.office).refused == {
        rows("甲").get().pk: "这一条已经停用"
    }
    with pytest.raises(Refused, match="现在停用中，请在列表里恢复"):
        phrases.add(BACK, "甲", by=three.office)
    phrases.restore(rows("甲"), by=three.office).or_refuse()
    assert words() == ["甲", "丙"]
    phrases.retire(OfficePhrase.objects.all(), by=three.office)
    assert phrases.offered(BACK) == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "请填写内容"),
        ("长" * 201, "“审核：退回”最多 200 字，现在有 201 字"),
        ("甲", "已有这一条"),
        ("请看 350104200501011234", "常用语里不能有证件号码或手机号，请删去"),
    ],
)
def test_what_is_no_phrase(three, text, why):
    with pytest.raises(Refused, match=f"^{why}$"):
        phrases.add(BACK, text, by=three.office)


def test_no_more_than_are_read(three, monkeypatch):
    monkeypatch.setattr(phrases, "MOST", 3)
    with pytest.raises(Refused, match="已有 3 条常用语，请先停用不用的"):
        phrases.add(BACK, "丁", by=three.office)


def test_words_change_and_the_trail_has_both(three):
    row = rows("甲").get()
    phrases.change(row, BACK, "甲甲", by=three.office)
    assert AuditEntry.objects.get(action="change_phrase").data["changes"] == [
        {"field": "审核：退回", "was": "甲", "now": "甲甲"}
    ]
    phrases.change(row, BACK, "甲甲", by=three.office)
    assert AuditEntry.objects.filter(action="change_phrase").count() == 1


def test_only_the_office(three):
    sentence = "只有学校医保办公室可以维护学校常用语"
    with pytest.raises(Refused, match=sentence):
        phrases.add(BACK, "丁", by=three.xu)
    with pytest.raises(Refused, match=sentence):
        phrases.change(rows("甲").get(), BACK, "丁", by=three.li)
    for verb in (phrases.retire, phrases.restore):
        assert set(verb(OfficePhrase.objects.all(), by=three.li).refused.values()) == {sentence}
    assert set(phrases.move(rows("丙"), by=three.li, up=True).refused.values()) == {sentence}
    assert words() == ["甲", "乙", "丙"]


def test_every_opinion_that_a_page_asks_for_has_its_kind():
    grids = {
        grid
        for address in urlpatterns
        if (view := getattr(address.callback, "view_class", None))
        if (grid := address.callback.view_initkwargs.get("grid_class") or view.grid_class)
    }
    asked = [
        (field, field.kind)
        for grid in grids
        for action in grid.actions
        if not callable(action.fields)
        for field in action.fields.values()
        if isinstance(field, Opinion)
    ]
    assert asked
    assert {kind for _, kind in asked} <= KINDS.keys()
    assert all(isinstance(field, OfficeOpinion) for field, _ in asked)
