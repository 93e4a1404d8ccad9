"""Last year's plan copied: everything of it, a year later, and nothing of what happened in it."""

from datetime import date, timedelta

from tests.factories import make_plan
from yibao.enrolment.roster import enlist
from yibao.plans import versions
from yibao.plans.flow import copy_plan
from yibao.plans.models import InsurancePlan
from yibao.plans.states import Need, Offered, PlanStatus, Reduction
from yibao.plans.versions import content_of

YEAR = timedelta(days=364)
OF_ITS_OWN = {
    "id", "plan_id", "insurance_type_id", "kind_id", "reason_id", "name", "academic_year", "status",
    "opened_at", "version",
}  # fmt: skip
LATER = {"opens_at", "closes_at", "apply_from", "apply_until", "pay_from", "pay_until",
         "rate_from", "rate_until", "grades"}  # fmt: skip


def rich_plan(cast) -> InsurancePlan:
    """Something in every field of every part."""
    plan = make_plan(
        way="B",
        grades=[2025],
        campuses=["东湖校区"],
        origins=["mainland"],
        reminder_days=[5],
        freshman_coverage_start=date(2026, 9, 1),
        freshman_coverage_end=date(2027, 12, 31),
        resume_after_return=True,
    )
    plan.steps.update(opens_at=plan.apply_from, closes_at=plan.apply_until)
    plan.types.update(coverage_start=date(2026, 9, 1), coverage_end=date(2027, 8, 31))
    kind = plan.evidence_kinds.create(name="参保凭证", hint="看得清")
    reason = plan.reasons.create(
        name="在认定地参保", position=4, offered_to=Offered.RECOGNISED, categories=["孤儿"]
    )
    reason.needs.create(kind=kind, required=True)
    plan.fee_rules.create(
        category="孤儿", insurance_type=plan.types.get(), reduction=Reduction.FIXED, value=9
    )
    enlist(plan, by=cast.office)
    versions.keep(plan, [], by=cast.office)
    return plan


def without(content, left_out):
    return {
        part: [{k: v for k, v in row.items() if k not in left_out} for row in rows]
        if isinstance(rows, list)
        else {k: v for k, v in rows.items() if k not in left_out}
        for part, rows in content.items()
    }


def test_a_copy_has_everything_but_its_own_and_begins_a_year_later(cast):
    plan = rich_plan(cast)
    copy = copy_plan(plan, by=cast.office)
    days = {name for name in vars(plan) if "coverage" in name}
    left_out = OF_ITS_OWN | LATER | days | {"needs"}
    assert without(content_of(copy), left_out) == without(content_of(plan), left_out)
    assert (copy.status, copy.version, copy.opened_at) == (PlanStatus.DRAFT, 0, None)
    assert (copy.academic_year, copy.grades) == (2027, [2026])
    assert (copy.apply_from, copy.pay_until) == (plan.apply_from + YEAR, plan.pay_until + YEAR)
    step, was = copy.steps.get(), plan.steps.get()
    assert (step.opens_at, step.closes_at) == (was.opens_at + YEAR, was.closes_at + YEAR)
    assert copy.types.get().coverage_end == date(2028, 8, 31)
    assert copy.freshman_coverage_start == date(2027, 9, 1)
    need = copy.reasons.get(name="在认定地参保").needs.get()
    assert (need.need, need.kind.plan) == (Need.REQUIRED, copy)
    rule = copy.fee_rules.get(category="孤儿")
    assert rule.insurance_type.plan == copy
    assert (copy.enrolments.count(), copy.versions.count()) == (0, 0)
    assert plan.versions.count() == 1


def test_a_copy_is_called_by_its_own_year(cast):
    next_year = {
        "2026-2027 学年大学生医保": "2027-2028 学年大学生医保",
        "大学生医保（2026年）": "大学生医保（2027年）",
        "大学生医保": "大学生医保（复制）",
        "12026号医保": "12026号医保（复制）",
    }
    plans = {name: make_plan(name) for name in next_year}
    assert {n: copy_plan(plan, by=cast.office).name for n, plan in plans.items()} == next_year
    # Copied once more, the name is taken.
    again = copy_plan(plans["大学生医保（2026年）"], by=cast.office)
    assert again.name == "大学生医保（2027年）（复制）"
