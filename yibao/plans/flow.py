"""The life of a plan. These functions are the only code that writes InsurancePlan.status."""

import re
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import refuse_if
from yibao.people.levels import Level
from yibao.people.scope import holds
from yibao.plans import coverage, rules, versions
from yibao.plans.models import EvidenceNeed, InsurancePlan, InsuranceType
from yibao.plans.states import MOVES, PlanStatus

COPIED = "（复制）"
YEAR = timedelta(days=364)  # whole weeks, so that a window keeps its days of the week


@transaction.atomic
def create_plan(plan: InsurancePlan, *, by: User) -> InsurancePlan:
    """新建: store a draft. Raises `Refused`."""
    refuse_if("" if holds(by, Level.SCHOOL) else rules.OFFICE_ONLY)
    plan.status = PlanStatus.DRAFT
    plan.save()
    audit.record("create_plan", plan, by=by, name=plan.name)
    return plan


@transaction.atomic
def open_plan(plan: InsurancePlan, *, by: User) -> InsurancePlan:
    """开放. Students are listed by whoever calls this (enrolment/roster.py)."""
    plan = _lock(plan)
    refuse_if(rules.why_not_open(plan, by))
    plan.opened_at = plan.opened_at or now()
    plan = _move(plan, PlanStatus.OPEN, by=by)
    if not plan.version:
        versions.keep(plan, [], by=by)
    return plan


@transaction.atomic
def close_plan(plan: InsurancePlan, *, by: User) -> InsurancePlan:
    """结束."""
    plan = _lock(plan)
    refuse_if(rules.why_not_close(plan, by))
    return _move(plan, PlanStatus.CLOSED, by=by)


@transaction.atomic
def archive_plan(plan: InsurancePlan, *, by: User) -> InsurancePlan:
    """归档."""
    plan = _lock(plan)
    refuse_if(rules.why_not_archive(plan, by))
    return _move(plan, PlanStatus.ARCHIVED, by=by)


@transaction.atomic
def copy_plan(plan: InsurancePlan, *, by: User) -> InsurancePlan:
    """复制: a draft for the next year with everything of this plan, windows a year later."""
    refuse_if("" if holds(by, Level.SCHOOL) else rules.OFFICE_ONLY)
    copy = InsurancePlan.objects.get(pk=plan.pk)
    copy.pk, copy._state.adding = None, True
    copy.academic_year += 1
    copy.name = _free_name(_name_of_next_year(plan))
    copy.opened_at, copy.version = None, 0
    if english := copy.english.pop(plan.name, ""):
        copy.english[copy.name] = _a_year_later(plan, english)
    for moment in ("apply_from", "apply_until", "pay_from", "pay_until", "rate_from", "rate_until"):
        value = getattr(copy, moment)
        setattr(copy, moment, value and value + YEAR)
    copy.grades = [grade + 1 for grade in copy.grades]
    _move_coverage(copy)
    create_plan(copy, by=by)
    types = {}
    for kind in plan.types.all():
        was = kind.pk
        _move_coverage(kind)
        types[was] = _copy_part(kind, copy)
    for step in plan.steps.all():
        window = {
            name: getattr(step, name) and getattr(step, name) + YEAR
            for name in ("opens_at", "closes_at")
        }
        _copy_part(step, copy, **window)
    kinds = {kind.pk: _copy_part(kind, copy) for kind in plan.evidence_kinds.all()}
    for reason in plan.reasons.all():
        needs = list(reason.needs.all())
        _copy_part(reason, copy)
        EvidenceNeed.objects.bulk_create(
            EvidenceNeed(reason=reason, kind=kinds[need.kind_id], required=need.required)
            for need in needs
        )
    for rule in plan.fee_rules.all():
        _copy_part(rule, copy, insurance_type=types.get(rule.insurance_type_id or 0))
    return copy


def _copy_part(part: Any, plan: InsurancePlan, **changes: Any) -> Any:
    part.pk, part._state.adding, part.plan = None, True, plan
    for name, value in changes.items():
        setattr(part, name, value)
    part.save()
    return part


def _move_coverage(holder: InsurancePlan | InsuranceType) -> None:
    for name in (*coverage.USUAL, *coverage.FRESHMEN):
        day = getattr(holder, name)
        setattr(holder, name, day and _next_year(day))


def _next_year(day: date) -> date:
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if leap_day else day.day)


def _name_of_next_year(plan: InsurancePlan) -> str:
    """2026-2027 学年大学生医保 is 2027-2028 学年大学生医保 next year."""
    return _a_year_later(plan, plan.name)


def _a_year_later(plan: InsurancePlan, text: str) -> str:
    years = {plan.academic_year: plan.academic_year + 1}
    years[plan.academic_year + 1] = plan.academic_year + 2
    named = "|".join(map(str, years))
    return re.sub(rf"(?<!\d)({named})(?!\d)", lambda found: str(years[int(found[0])]), text)


def _free_name(wanted: str) -> str:
    """A name that no plan has, as long as the column allows."""
    if not InsurancePlan.objects.filter(name=wanted).exists():
        return wanted
    most = InsurancePlan._meta.get_field("name").max_length or 0
    name, n = f"{wanted[: most - len(COPIED)]}{COPIED}", 1
    while InsurancePlan.objects.filter(name=name).exists():
        n += 1
        mark = f"{COPIED}{n}"
        name = f"{wanted[: most - len(mark)]}{mark}"
    return name


def _lock(plan: InsurancePlan) -> InsurancePlan:
    return InsurancePlan.objects.select_for_update(no_key=True).get(pk=plan.pk)


def _move(plan: InsurancePlan, to: PlanStatus, *, by: User) -> InsurancePlan:
    if to not in MOVES[PlanStatus(plan.status)]:
        message = f"no move of a plan from {plan.status} to {to}"
        raise ValueError(message)
    audit.record("plan", plan, by=by, was=plan.status, now=to.value)
    plan.status = to
    plan.save(update_fields=["status", "opened_at"])
    return plan
