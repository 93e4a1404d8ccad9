"""What may change while a plan is open: one line a rule, with the reason that is given."""

import pytest

from yibao.plans.amending import (
    FROZEN,
    Underway,
    why_not_add,
    why_not_drop,
    why_not_field,
    why_not_new,
    why_not_order,
    why_not_row_field,
)
from yibao.plans.models import InsurancePlan
from yibao.plans.sections import SECTIONS
from yibao.plans.states import PlanStatus

OPEN, DRAFT = InsurancePlan(status=PlanStatus.OPEN), InsurancePlan(status=PlanStatus.DRAFT)
KEY, OTHER = 1, 2
BEGUN = Underway(
    submitted=9,
    in_review=4,
    insured=3,
    used={"types": {KEY: 5}, "steps": {KEY: 2}, "reasons": {KEY: 1}},
)
CALM = Underway(submitted=9, used=BEGUN.used)
"""Some have submitted, nobody is in review."""
ALWAYS, NOBODY_YET = "", Underway()

# section, field, and why not: before anybody has begun, while people are under way.
FIELDS = [
    ("basics", "name", ALWAYS, ALWAYS),
    ("basics", "instructions", ALWAYS, ALWAYS),
    ("basics", "academic_year", "学年不能再改", "学年不能再改"),
    ("windows", "apply_until", ALWAYS, ALWAYS),
    ("windows", "pay_until", ALWAYS, ALWAYS),
    ("windows", "coverage_start", ALWAYS, "已有 3 人参保"),
    ("windows", "freshman_coverage_end", ALWAYS, "已有 3 人参保"),
    ("targets", "grades", ALWAYS, ALWAYS),
    ("channels", "channels", ALWAYS, ALWAYS),
    ("review", "resume_after_return", ALWAYS, ALWAYS),
    ("rates", "rate_reporting", "不能再改", "不能再改"),
    ("rates", "rate_until", ALWAYS, ALWAYS),
    ("reminders", "reminder_days", ALWAYS, ALWAYS),
    ("statement", "statement_required", FROZEN, FROZEN),
    ("statement", "statement_text", FROZEN, FROZEN),
    ("english", "english", ALWAYS, ALWAYS),
]
# part, field of a row that somebody uses, and why not while people are under way.
ROW_FIELDS = [
    ("types", "premium", ALWAYS),
    ("types", "government_subsidy", ALWAYS),
    ("types", "name", "已有 5 人选择"),
    ("types", "choosing", "已有 9 人提交"),
    ("types", "group", "已有 9 人提交"),
    ("types", "coverage_end", "已有 3 人参保"),
    ("steps", "name", ALWAYS),
    ("steps", "closes_at", ALWAYS),
    ("steps", "level", "有 4 人正在审核中"),
    ("evidence_kinds", "hint", ALWAYS),
    ("evidence_kinds", "name", "已有 9 人提交"),
    ("reasons", "counts_as", "已有 1 人按这个原因提交"),
    ("reasons", "needs", "已有 1 人按这个原因提交"),
    ("fee_rules", "value", ALWAYS),
    ("fee_rules", "payer", ALWAYS),
]
DROPS = [
    ("types", KEY, "已有 5 人选择，不能删除"),
    ("types", OTHER, ALWAYS),
    ("steps", OTHER, "有 4 人正在审核中"),
    ("evidence_kinds", OTHER, "证明材料不能删除"),
    ("reasons", KEY, "已有 1 人按这个原因提交"),
    ("reasons", OTHER, ALWAYS),
    ("fee_rules", KEY, ALWAYS),
]


def said(sentence, expected):
    """No reason at all, or one that says this."""
    assert (expected in sentence) if expected else sentence == ""


@pytest.mark.parametrize(("section", "name", "before", "under_way"), FIELDS)
def test_a_field_of_the_plan(section, name, before, under_way):
    said(why_not_field(DRAFT, SECTIONS[section], name, BEGUN), "")
    said(why_not_field(OPEN, SECTIONS[section], name, NOBODY_YET), before)
    said(why_not_field(OPEN, SECTIONS[section], name, BEGUN), under_way)


@pytest.mark.parametrize(("part", "name", "under_way"), ROW_FIELDS)
def test_a_field_of_a_row(part, name, under_way):
    said(why_not_row_field(DRAFT, part, KEY, name, BEGUN), "")
    said(why_not_row_field(OPEN, part, KEY, name, NOBODY_YET), "")
    said(why_not_row_field(OPEN, part, KEY, name, BEGUN), under_way)


@pytest.mark.parametrize(("part", "key", "under_way"), DROPS)
def test_a_row_that_is_taken_away(part, key, under_way):
    said(why_not_drop(DRAFT, part, key, BEGUN), "")
    said(why_not_drop(OPEN, part, key, BEGUN), under_way)


def test_every_field_of_every_section_has_its_line():
    listed = {(section, name) for section, name, *_ in FIELDS}
    moments = {"apply_from", "pay_from", "coverage_end", "freshman_coverage_start", "rate_from"}
    targets = {"training_levels", "campuses", "origins", "roster_statuses"}
    assert {
        (key, name)
        for key, section in SECTIONS.items()
        for name in section.fields
        if name not in moments | targets
    } == listed


def test_the_chain_moves_only_when_nobody_is_in_it():
    for why_not in (why_not_add, why_not_order):
        said(why_not(OPEN, "steps", BEGUN), "有 4 人正在审核中")
        said(why_not(OPEN, "steps", CALM), "")
        said(why_not(OPEN, "types", BEGUN), "")
    # What has decided stays even then.
    said(why_not_drop(OPEN, "steps", KEY, CALM), "这一环节已有审核记录")
    said(why_not_row_field(OPEN, "steps", KEY, "level", CALM), "这一环节已有审核记录")
    said(why_not_drop(OPEN, "steps", OTHER, CALM), "")


def test_nobody_is_made_to_take_what_was_not_offered():
    said(why_not_new(OPEN, "types", {"choosing": "required"}, BEGUN), "不能设为必选")
    said(why_not_new(OPEN, "types", {"choosing": "required"}, NOBODY_YET), "")
    said(why_not_new(OPEN, "types", {"choosing": "optional"}, BEGUN), "")
