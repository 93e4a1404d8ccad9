"""What a plan asks of those who stay out: kinds of evidence, which reason needs which, the statement."""

import pytest
from django.urls import reverse

from tests.web.staff_reports.editor import edit, faults, fields_of, save
from yibao.common.audit import trail_of
from yibao.plans import flow, statement, words
from yibao.plans.models import InsurancePlan

KINDS = {
    "evidence_kinds-TOTAL_FORMS": "2",
    "evidence_kinds-0-name": "参保凭证",
    "evidence_kinds-0-hint": "要能看到姓名和年度",
    "evidence_kinds-0-ORDER": "1",
    "evidence_kinds-1-name": "缴费截图",
    "evidence_kinds-1-ORDER": "2",
}
SIGNED = {"statement_required": "on"}


@pytest.fixture
def kinds(draft, office):
    """Two kinds of evidence; the first reason must have one and may have the other."""
    save(office, draft, "evidence", **KINDS)
    proof, payment = draft.evidence_kinds.all()
    save(office, draft, "reasons", **{
        f"reasons-0-kind{proof.pk}": "required", f"reasons-0-kind{payment.pk}": "optional",
    })  # fmt: skip
    return proof, payment


def needed(plan) -> dict[str, list[str]]:
    return {
        reason.name: [str(need) for need in reason.needs.all()] for reason in plan.reasons.all()
    }


def test_each_reason_says_which_evidence_it_needs(cast, draft, office, kinds):
    assert needed(draft) == {
        "已在户籍地参加居民医保": ["参保凭证（必交）", "缴费截图（选填）"],
        "自愿放弃": [],
        "学籍不在本校": [],
    }
    proof, payment = kinds
    assert fields_of(office, edit(draft, "reasons"))[f"reasons-0-kind{proof.pk}"] == ["required"]
    save(office, draft, "reasons", **{
        f"reasons-0-kind{proof.pk}": "none", f"reasons-0-kind{payment.pk}": "required",
        "reasons-0-ORDER": "2", f"reasons-1-kind{proof.pk}": "optional", "reasons-1-ORDER": "1",
    })  # fmt: skip
    assert needed(draft) == {
        "自愿放弃": ["参保凭证（选填）"],
        "已在户籍地参加居民医保": ["缴费截图（必交）"],
        "学籍不在本校": [],
    }
    page = office.get(reverse("staff:plan", args=[draft.pk])).content.decode()
    assert "缴费截图" in page


def test_the_trail_says_what_was_asked_for(cast, draft, office, kinds):
    [change] = trail_of(draft)[0].data["changes"]
    assert change["now"][0] == (
        "已在户籍地参加居民医保，按“已在校外参保”统计，参保凭证（必交），缴费截图（选填）"
    )
    assert words.part_words(draft, "evidence_kinds") == ["参保凭证：要能看到姓名和年度", "缴费截图"]


def test_a_kind_that_a_reason_asks_for_is_not_removed(cast, draft, office, kinds):
    found = faults(save(office, draft, "evidence", **{"evidence_kinds-0-DELETE": "on"}))
    assert found[""] == [
        "“参保凭证”还用在不参保原因“已在户籍地参加居民医保”里，请先在那里改为不需要再删除"
    ]
    assert draft.evidence_kinds.count() == 2


@pytest.mark.parametrize(
    ("key", "changes", "field"),
    [
        ("evidence", {"evidence_kinds-1-name": "参保凭证"}, "evidence_kinds-1-name"),
        ("evidence", {"evidence_kinds-1-name": ""}, "evidence_kinds-1-name"),
        ("evidence", {"evidence_kinds-1-hint": "长" * 121}, "evidence_kinds-1-hint"),
        ("reasons", {"reasons-0-kind{0}": "always"}, "reasons-0-kind{0}"),
        ("statement", {"statement_text": "字" * 3001}, "statement_text"),
        ("statement", SIGNED | {"statement_text": "  "}, "statement_text"),
        ("statement", SIGNED | {"statement_text": "{姓名}因{原因}，{身份证号}"}, "statement_text"),
    ],
)
def test_a_fault_stands_at_its_field(cast, draft, office, kinds, key, changes, field):
    pk = kinds[0].pk
    changes = {name.format(pk): value for name, value in changes.items()}
    assert field.format(pk) in faults(save(office, draft, key, **changes))
    assert needed(draft)["已在户籍地参加居民医保"] == ["参保凭证（必交）", "缴费截图（选填）"]


def test_a_kind_of_another_plan_is_not_taken(cast, draft, office, kinds):
    other = flow.copy_plan(draft, by=cast.office)
    foreign = other.evidence_kinds.first().pk
    assert save(office, draft, "reasons", **{f"reasons-1-kind{foreign}": "required"}).url
    assert needed(draft)["自愿放弃"] == []


def test_a_copy_asks_for_the_same(cast, draft, office, kinds):
    save(office, draft, "statement", statement_text="{姓名}不参保：{原因}")
    copy = flow.copy_plan(draft, by=cast.office)
    assert needed(copy) == needed(draft)
    assert not set(copy.evidence_kinds.all()) & set(kinds)
    assert {need.kind.plan for reason in copy.reasons.all() for need in reason.needs.all()} == {
        copy
    }
    assert copy.statement_text == "{姓名}不参保：{原因}"


def test_the_statement_is_asked_for_unless_a_plan_says_otherwise(cast, draft, office):
    assert InsurancePlan().statement_required
    save(office, draft, "statement", statement_required="on", statement_text="{姓名}：{原因}\r\n")
    plan = InsurancePlan.objects.get(pk=draft.pk)
    assert (plan.statement_required, plan.statement_text) == (True, "{姓名}：{原因}")
    save(office, draft, "statement", statement_required=None, statement_text="")
    plan = InsurancePlan.objects.get(pk=draft.pk)
    assert (plan.statement_required, plan.statement_text) == (False, "")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (statement.DEFAULT, ""),
        ("{姓名}因{原因}不参保", ""),
        ("", "请填写承诺书正文"),
        ("{姓名}", "正文里要有“{原因}”"),
        ("{原因}", "正文里要有“{姓名}”"),
        ("{姓名}{原因}{电话}", "不认识“{电话}”"),
        ("{姓名}{原因}{}", "不认识“{}”"),
        ("{姓名}{原因}" + "字" * 3000, "承诺书最多 3000 个字，现在是 3008 个"),
    ],
)
def test_what_is_wrong_with_a_text(text, sentence):
    assert statement.why_not_text(text).startswith(sentence)
    assert bool(statement.why_not_text(text)) == bool(sentence)


def test_blanks_are_filled_and_what_is_filled_in_is_not_read_again():
    values = {"姓名": "王{原因}明", "原因": "其他"}
    assert statement.filled("{姓名}：{原因}，{?}", values) == "王{原因}明：其他，{?}"
