"""A plan as people read it: what pages show, what the audit trail keeps, what two editors compare."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.timezone import localtime

from yibao.people.codes import Origin, RosterStatus, TrainingLevel
from yibao.plans import coverage
from yibao.plans.models import (
    EvidenceKind,
    FeeRule,
    InsurancePlan,
    InsuranceType,
    OptOutReason,
    ReviewStep,
)
from yibao.plans.states import Choosing, CountsAs, Offered, Reduction

NO_REVIEW = "不审核，提交后直接缴费"
PARTS = ("types", "steps", "evidence_kinds", "reasons", "fee_rules")
"""The rows that belong to a plan, by the name of their relation."""


def value_words(value: Any) -> str:
    """A stored value of a plan as text."""
    match value:
        case None | "":
            return ""
        case bool():
            return "是" if value else "否"
        case datetime():
            return moment(value)
        case list() | tuple():
            return "、".join(_code(item) for item in value)
        case date():
            return value.isoformat()
        case dict():
            return "；".join(f"{chinese} = {english}" for chinese, english in value.items())
        case _:
            return str(value)


def field_words(name: str, value: Any) -> str:
    """A field of a plan as text; targets that are left open say so."""
    return "不限" if name in {"grades", "campuses"} and not value else value_words(value)


TARGETS = ("training_levels", "grades", "campuses", "origins", "roster_statuses")


def target_words(plan: InsurancePlan) -> list[tuple[str, str]]:
    """Whom a plan is for, as label and words."""
    return [(label_of(name), field_words(name, getattr(plan, name))) for name in TARGETS]


def label_of(name: str) -> str:
    """What a field of a plan is called."""
    field: Any = InsurancePlan._meta.get_field(name)
    return str(field.verbose_name)


def moment(value: datetime | None) -> str:
    """2026-09-01 08:00, in the school's time zone."""
    return f"{localtime(value):%Y-%m-%d %H:%M}" if value else ""


def yuan(amount: Decimal) -> str:
    """533.00 元; whole amounts too, so that columns of them agree."""
    return f"{amount:.2f} 元"


def chain_words(steps: Sequence[ReviewStep]) -> str:
    """辅导员审核 → 学院审核 → 学校审核."""
    return " → ".join(step.name for step in steps) or NO_REVIEW


def type_words(kind: InsuranceType) -> str:
    """One insurance type in a line."""
    said = [f"{kind.name} {yuan(kind.premium)}", Choosing(kind.choosing).label]
    if kind.government_subsidy:
        said.append(f"财政另补 {yuan(kind.government_subsidy)}")
    if kind.group:
        said.append(f"分组“{kind.group}”只选一种")
    if own := coverage.own_words(kind):
        said.append(f"参保 {own}")
    return "，".join(said)


def step_words(step: ReviewStep) -> str:
    """One step in a line."""
    window = window_words(step.opens_at, step.closes_at)
    return f"{step.name}（{step.level_label}）{f'，{window}' if window else ''}"


def window_words(opens: datetime | None, closes: datetime | None) -> str:
    """From when until when; either end may be open."""
    if opens and closes:
        return f"{moment(opens)} 至 {moment(closes)}"
    if opens:
        return f"{moment(opens)} 起"
    return f"至 {moment(closes)}" if closes else ""


def reason_words(reason: OptOutReason) -> str:
    """One reason for staying out in a line."""
    said = [reason.name, f"按“{CountsAs(reason.counts_as).label}”统计"]
    said += [str(need) for need in reason.needs.all()]
    if reason.offered_to == Offered.RECOGNISED:
        said.append(f"只提供给{'、'.join(reason.categories) or '已认定的学生'}")
    if reason.note_required:
        said.append("须填写说明")
    return "，".join(said)


def kind_words(kind: EvidenceKind) -> str:
    """One kind of evidence in a line."""
    return f"{kind.name}：{kind.hint}" if kind.hint else kind.name


def fee_rule_words(rule: FeeRule) -> str:
    """One fee rule in a line."""
    who = rule.category or "全部认定类别"
    what = rule.insurance_type.name if rule.insurance_type else "全部参保类型"
    payer = f"，由{rule.payer}承担" if rule.payer else ""
    return f"{who}，{what}：{reduction_words(rule)}{payer}"


def reduction_words(rule: FeeRule) -> str:
    """全额减免, 减免 100.00 元, 减免 50%."""
    match rule.reduction:
        case Reduction.FULL:
            return "全额减免"
        case Reduction.FIXED:
            return f"减免 {yuan(rule.value)}"
        case _:
            return f"减免 {rule.value.normalize():f}%"


def part_words(plan: InsurancePlan, part: str) -> list[str]:
    """Every row of a part in its order."""
    say: Any = {
        "types": type_words,
        "steps": step_words,
        "evidence_kinds": kind_words,
        "reasons": reason_words,
        "fee_rules": fee_rule_words,
    }[part]
    rows = getattr(plan, part).all()
    if part == "fee_rules":
        rows = rows.select_related("insurance_type")
    if part == "reasons":
        rows = rows.prefetch_related("needs__kind")
    return [say(row) for row in rows]


def fingerprint(plan: InsurancePlan, fields: Sequence[str], part: str = "") -> str:
    """A mark of what a section shows; two editors of one section then notice each other."""
    shown: list[Any] = [value_words(getattr(plan, field)) for field in fields]
    if part:
        shown.append(part_words(plan, part))
    text = json.dumps(shown, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


_CODES = dict([*TrainingLevel.choices, *RosterStatus.choices, *Origin.choices])


def _code(value: Any) -> str:
    return _CODES.get(value, str(value))
