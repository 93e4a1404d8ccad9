"""Change a plan, section by section: everything of a draft, of an open plan what amending.py allows.

With flow.py this is the only writer of plans. It locks the plan, asks the rules, writes what differs,
and leaves old → new in the audit trail and, once the plan has been opened, a version.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import Refused, refuse_if
from yibao.plans import amending, faults, rules, versions, words
from yibao.plans.amending import Underway
from yibao.plans.models import (
    EvidenceKind,
    EvidenceNeed,
    FeeRule,
    InsurancePlan,
    InsuranceType,
    OptOutReason,
    ReviewStep,
)
from yibao.plans.sections import SECTIONS, Section
from yibao.plans.states import Need, PlanStatus, Reduction

Values = Mapping[str, Any]
Part = (
    type[InsuranceType] | type[ReviewStep] | type[EvidenceKind] | type[OptOutReason] | type[FeeRule]
)

PARTS: dict[str, Part] = {
    "types": InsuranceType,
    "steps": ReviewStep,
    "evidence_kinds": EvidenceKind,
    "reasons": OptOutReason,
    "fee_rules": FeeRule,
}
TOGETHER = ("rate_reporting", "rate_from", "rate_until", "statement_required", "statement_text")
"""Fields whose faults depend on each other."""
MEANWHILE = "这一节刚刚被他人修改过，请刷新页面核对后再保存"


def seen(plan: InsurancePlan, section: Section) -> str:
    """The mark of a section as it stands; a form carries it, see `words.fingerprint`."""
    return words.fingerprint(plan, section.fields, section.part)


@dataclass(frozen=True)
class Edit:
    """What somebody entered for a section: values by field, the rows of its part in their order.

    A row carries its `pk` when it is there already. `mark` is `seen` as it was when they began.
    """

    values: Values = field(default_factory=dict)
    rows: Sequence[Values] = ()
    mark: str = ""


@transaction.atomic
def change_plan(
    plan: InsurancePlan,
    section: Section,
    edit: Edit,
    *,
    by: User,
    underway: Underway | None = None,
) -> InsurancePlan:
    """编辑 a section. Of an open plan the caller says how far students are. Raises `Refused`."""
    plan = _lock(plan, section, edit)
    refuse_if(rules.why_not_change(plan, by))
    is_draft = plan.status == PlanStatus.DRAFT
    if underway is None:
        if not is_draft:
            message = "who is under way in an open plan must be counted first"
            raise ValueError(message)
        underway = amending.NOBODY
    if not is_draft and not plan.version:
        versions.keep(plan, [], by=by)
    given = {name: edit.values[name] for name in section.fields if name in edit.values}
    for name, value in given.items():
        if getattr(plan, name) != value:
            refuse_if(amending.why_not_field(plan, section, name, underway))
    changes = _set(plan, given)
    if section.part:
        changes += _replace(plan, section.part, edit.rows, underway)
    if not is_draft:
        refuse_if(rules.why_incomplete(plan))
    return _record(plan, section, changes, by=by)


def _lock(plan: InsurancePlan, section: Section, edit: Edit) -> InsurancePlan:
    plan = InsurancePlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    if edit.mark and edit.mark != seen(plan, section):
        raise Refused(MEANWHILE)
    return plan


def _set(plan: InsurancePlan, values: Values) -> list[dict[str, str]]:
    """Write the fields that differ; what was and what is, by label."""
    now_is = {name: getattr(plan, name) for name in TOGETHER}
    wrong = faults.value_faults(now_is | dict(values))
    refuse_if(next(iter(wrong.values()), ""))
    if InsurancePlan.objects.exclude(pk=plan.pk).filter(name=values.get("name")).exists():
        raise Refused(f"已有名为“{values['name']}”的计划，请换一个名称")
    changes = []
    changed = []
    for name, value in values.items():
        was = getattr(plan, name)
        if was == value or _same_minute(was, value):
            continue
        field: Any = InsurancePlan._meta.get_field(name)
        label = str(field.verbose_name)
        changes.append(
            {
                "field": label,
                "was": words.field_words(name, was),
                "now": words.field_words(name, value),
            }
        )
        setattr(plan, name, value)
        changed.append(name)
    if changed:
        plan.save(update_fields=changed)
    return changes


def _same_minute(was: Any, value: Any) -> bool:
    """A form knows no seconds: what it sends back unchanged is no change."""
    moments = isinstance(was, datetime) and isinstance(value, datetime)
    return moments and was.replace(second=0, microsecond=0) == value


def stored(plan: InsurancePlan, part: str) -> dict[int, dict[str, Any]]:
    """The rows of a part as they would be entered, by key and in order."""
    found = {}
    for row in getattr(plan, part).all():
        values = {field.name: getattr(row, field.name) for field in row._meta.concrete_fields}
        if isinstance(row, OptOutReason):
            values["needs"] = {need.kind_id: need.need for need in row.needs.all()}
        found[row.pk] = {k: v for k, v in values.items() if k not in {"id", "plan", "position"}}
    return found


def _replace(
    plan: InsurancePlan, part: str, rows: Sequence[Values], underway: Underway
) -> list[dict[str, Any]]:
    """Make a part equal to the rows, in their order; rows with a pk are kept, others are new."""
    wrong = faults.row_faults(part, rows)
    refuse_if(next(iter(wrong.values()), ""))
    was = words.part_words(plan, part)
    there = {row.pk: row for row in getattr(plan, part).all()}
    kept = [row["pk"] for row in rows if row.get("pk")]
    if set(kept) - there.keys() or len(kept) != len(set(kept)):
        raise Refused(MEANWHILE)
    refuse_if(amending.why_not_replace(plan, part, stored(plan, part), rows, underway))
    gone = there.keys() - set(kept)
    if part == "types":
        refuse_if(why_not_drop_types(plan, [there[pk] for pk in gone]))
    if part == "evidence_kinds":
        refuse_if(why_not_drop_kinds(plan, [there[pk] for pk in gone]))
    if part == "reasons":
        refuse_if(_why_not_kinds_of(plan, rows))
    if part == "fee_rules":
        refuse_if(_why_not_types_of(plan, rows))
    there_are: Any = PARTS[part]._default_manager
    there_are.filter(pk__in=gone).delete()
    if part in {"types", "evidence_kinds", "reasons"}:
        # Two rows may exchange their names: no two may bear one even for a moment.
        for pk in kept:
            there_are.filter(pk=pk).update(name=f"~{pk}")
    for position, values in enumerate(rows, start=1):
        _write(there.get(values.get("pk", 0)) or PARTS[part](plan=plan), values, position)
    now_is = words.part_words(InsurancePlan.objects.get(pk=plan.pk), part)
    if was == now_is:
        return []
    # Of thirty rows the one that differs; all of them if only their order does.
    less = [row for row in was if row not in now_is]
    more = [row for row in now_is if row not in was]
    whole = not less and not more
    return [
        {
            "field": _part_label(part),
            "was": was if whole else less,
            "now": now_is if whole else more,
        }
    ]


def _write(row: Any, values: Values, position: int) -> None:
    for name, value in values.items():
        if name not in {"pk", "needs"}:
            setattr(row, name, value)
    if isinstance(row, FeeRule):
        row.value = 0 if row.reduction == Reduction.FULL else row.value
    else:
        row.position = position
    row.save()
    if isinstance(row, OptOutReason):
        _need(row, values.get("needs", {}))


def _need(reason: OptOutReason, needs: Mapping[int, str]) -> None:
    """Which evidence a reason asks for, by the key of its kind."""
    reason.needs.all().delete()
    EvidenceNeed.objects.bulk_create(
        EvidenceNeed(reason=reason, kind_id=kind, required=need == Need.REQUIRED)
        for kind, need in needs.items()
        if need != Need.NONE
    )


def why_not_drop_types(plan: InsurancePlan, gone: Sequence[InsuranceType]) -> str:
    """删除 types that a fee rule names would take the rule away with them."""
    used = plan.fee_rules.filter(insurance_type__in=gone).select_related("insurance_type").first()
    if used:
        return f"“{used.insurance_type}”还用在减免规则里，请先修改减免规则再删除"
    return ""


def why_not_drop_kinds(plan: InsurancePlan, gone: Sequence[EvidenceKind]) -> str:
    """删除 a kind of evidence that a reason asks for."""
    used = EvidenceNeed.objects.filter(reason__plan=plan, kind__in=gone)
    need = used.select_related("kind", "reason").first()
    if need:
        return f"“{need.kind}”还用在不参保原因“{need.reason}”里，请先在那里改为不需要再删除"
    return ""


def _why_not_kinds_of(plan: InsurancePlan, rows: Sequence[Values]) -> str:
    own = set(plan.evidence_kinds.values_list("pk", flat=True))
    asked = {kind for row in rows for kind in row.get("needs", {})}
    return "" if asked <= own else MEANWHILE


def _why_not_types_of(plan: InsurancePlan, rows: Sequence[Values]) -> str:
    own = set(plan.types.values_list("pk", flat=True)) | {None}
    chosen = {row["insurance_type"].pk if row["insurance_type"] else None for row in rows}
    return "" if chosen <= own else "所选参保类型不属于本计划，请刷新页面后重新选择"


def _part_label(part: str) -> str:
    return next(section.label for section in SECTIONS.values() if section.part == part)


def _record(
    plan: InsurancePlan, section: Section, changes: list[Any], *, by: User
) -> InsurancePlan:
    plan = InsurancePlan.objects.get(pk=plan.pk)
    if not changes:
        return plan
    if plan.status == PlanStatus.DRAFT:
        audit.record("change_plan", plan, by=by, section=section.label, changes=changes)
        return plan
    version = versions.keep(plan, [{"section": section.label} | c for c in changes], by=by)
    audit.record(
        "amend_plan",
        plan,
        by=by,
        section=section.label,
        version=version.number,
        changes=changes,
    )
    return plan
