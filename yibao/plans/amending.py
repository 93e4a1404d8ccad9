"""What of a plan may still change once it is open, and if not, why not.

Everything of a draft may. Of an open plan some things never may, because what students have done
stands on them; others only until somebody has. How far students are is told from above.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yibao.plans.models import InsurancePlan
from yibao.plans.sections import Section
from yibao.plans.states import Choosing, PlanStatus

Values = Mapping[str, Any]
FROZEN = "计划已开放，这一项不能再改；需要变化请复制为新计划"
COVERAGE = {
    "coverage_start",
    "coverage_end",
    "freshman_coverage_start",
    "freshman_coverage_end",
}
NEVER = {
    "academic_year": "计划已开放，学年不能再改：困难认定和年级都按学年计算",
    "rate_reporting": "计划已开放，是否上报参保率不能再改：各级的工作由此而定",
}
ALWAYS = {
    "types": {"premium", "government_subsidy"},
    "steps": {"name", "opens_at", "closes_at"},
    "evidence_kinds": {"hint"},
    "fee_rules": {"category", "insurance_type", "reduction", "value", "payer"},
}
"""Of rows that are there already. What a new price or rule means for whom is worked out above."""


@dataclass(frozen=True)
class Underway:
    """How many students of a plan stand on what; rows of its parts by their key."""

    submitted: int = 0
    in_review: int = 0
    insured: int = 0
    used: Mapping[str, Mapping[int, int]] = field(default_factory=dict)

    def by(self, part: str, key: int) -> int:
        """How many chose a type, gave a reason, or were decided on at a step."""
        return self.used.get(part, {}).get(key, 0)


NOBODY = Underway()


def why_not_field(plan: InsurancePlan, section: Section, name: str, underway: Underway) -> str:
    """Why a field of the plan itself may not change now."""
    if plan.status == PlanStatus.DRAFT or name in section.movable:
        return ""
    if name in COVERAGE:
        return _why_not_coverage(underway)
    return NEVER.get(name, FROZEN)


def why_not_row_field(
    plan: InsurancePlan, part: str, key: int, name: str, underway: Underway
) -> str:
    """Why a field of a row that is there already may not change now."""
    if plan.status == PlanStatus.DRAFT or name in ALWAYS.get(part, ()):
        return ""
    match part:
        case "types" if name in COVERAGE:
            return _why_not_coverage(underway)
        case "types" if name == "name":
            n = underway.by(part, key)
            return f"已有 {n} 人选择，名称写在他们的缴费依据里，不能再改" if n else ""
        case "types":
            n = underway.submitted
            return f"已有 {n} 人提交，改动会使他们的选择不再成立" if n else ""
        case "steps":
            return _why_not_chain(underway) or _used(part, key, underway)
        case "reasons":
            return _used(part, key, underway)
        case "evidence_kinds":
            n = underway.submitted
            return f"已有 {n} 人提交，证明材料的名称不能再改" if n else ""
    return FROZEN


def why_not_drop(plan: InsurancePlan, part: str, key: int, underway: Underway) -> str:
    """Why a row may not be taken away now."""
    if plan.status == PlanStatus.DRAFT or part == "fee_rules":
        return ""
    match part:
        case "steps":
            return _why_not_chain(underway) or _used(part, key, underway)
        case "evidence_kinds":
            return "计划已开放，证明材料不能删除；可以在“不参保原因”里改为不需要"
    return _used(part, key, underway)


def why_not_add(plan: InsurancePlan, part: str, underway: Underway) -> str:
    """Why no row may be added now."""
    if plan.status != PlanStatus.DRAFT and part == "steps":
        return _why_not_chain(underway)
    return ""


def why_not_new(plan: InsurancePlan, part: str, values: Values, underway: Underway) -> str:
    """Why this row in particular may not be added now."""
    if plan.status == PlanStatus.DRAFT or not underway.submitted:
        return ""
    if part == "types" and values.get("choosing") == Choosing.REQUIRED:
        return f"已有 {underway.submitted} 人提交，新增的参保类型不能设为必选，请改为默认勾选或可选"
    return ""


def why_not_order(plan: InsurancePlan, part: str, underway: Underway) -> str:
    """Why the rows may not change places."""
    if plan.status != PlanStatus.DRAFT and part == "steps":
        return _why_not_chain(underway)
    return ""


def why_not_replace(
    plan: InsurancePlan,
    part: str,
    there: Mapping[int, Mapping[str, Any]],
    rows: Sequence[Values],
    underway: Underway,
) -> str:
    """The first reason why the rows that are there cannot become these."""
    kept = [row["pk"] for row in rows if row.get("pk")]
    gone = [key for key in there if key not in kept]
    new = [row for row in rows if not row.get("pk")]
    reasons = [why_not_drop(plan, part, key, underway) for key in gone]
    reasons += [why_not_add(plan, part, underway) for _ in new]
    reasons += [why_not_new(plan, part, row, underway) for row in new]
    if kept != [key for key in there if key in kept] or _between(rows):
        reasons.append(why_not_order(plan, part, underway))
    for row in rows:
        was = there.get(row.get("pk") or 0, {})
        changed: Collection[str] = [
            name for name, value in row.items() if name in was and was[name] != value
        ]
        reasons += [why_not_row_field(plan, part, row["pk"], name, underway) for name in changed]
    return next(filter(None, reasons), "")


def _between(rows: Sequence[Values]) -> bool:
    """Whether a new row stands before one that was there."""
    marks = [bool(row.get("pk")) for row in rows]
    return marks != sorted(marks, reverse=True)


def _why_not_coverage(underway: Underway) -> str:
    n = underway.insured
    return f"已有 {n} 人参保，他们的参保起止不能再改" if n else ""


def _why_not_chain(underway: Underway) -> str:
    n = underway.in_review
    return f"有 {n} 人正在审核中，审核流程不能改；等他们审核完或退回后再改" if n else ""


def _used(part: str, key: int, underway: Underway) -> str:
    n = underway.by(part, key)
    said = {
        "types": f"已有 {n} 人选择，不能删除",
        "steps": "这一环节已有审核记录，不能再改级别或删除",
        "reasons": f"已有 {n} 人按这个原因提交，不能再改",
    }
    return said.get(part, FROZEN) if n else ""


@dataclass(frozen=True)
class Locks:
    """What of a section is locked now, for whoever shows it."""

    plan: InsurancePlan
    section: Section
    underway: Underway = NOBODY

    @property
    def are_on(self) -> bool:
        """Whether the plan has been opened, so that something may be locked."""
        return self.plan.status != PlanStatus.DRAFT

    def field(self, name: str) -> str:
        """Why a field of the plan may not change."""
        return why_not_field(self.plan, self.section, name, self.underway)

    def row_field(self, key: int, name: str) -> str:
        """Why a field of a row may not change."""
        return why_not_row_field(self.plan, self.section.part, key, name, self.underway)

    def drop(self, key: int) -> str:
        """Why a row may not be taken away."""
        return why_not_drop(self.plan, self.section.part, key, self.underway)

    @property
    def add(self) -> str:
        """Why no row may be added."""
        return why_not_add(self.plan, self.section.part, self.underway)

    @property
    def order(self) -> str:
        """Why the rows may not change places."""
        return why_not_order(self.plan, self.section.part, self.underway)
