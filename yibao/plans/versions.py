"""Which version of a plan somebody was decided under: each change of an opened plan leaves one."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model

from yibao.accounts.models import User
from yibao.plans import words
from yibao.plans.models import InsurancePlan, PlanVersion
from yibao.plans.sections import SECTIONS

Change = dict[str, Any]


def keep(plan: InsurancePlan, changes: Sequence[Change], *, by: User) -> PlanVersion:
    """The next version: what differs, and the plan as it is now. The caller holds the plan's lock."""
    now_is = InsurancePlan.objects.get(pk=plan.pk)
    made = PlanVersion.objects.create(
        plan=plan,
        number=now_is.version + 1,
        by=by,
        changes=list(changes),
        content=content_of(now_is),
        said=said_of(now_is),
    )
    plan.version = made.number
    plan.save(update_fields=["version"])
    return made


def content_of(plan: InsurancePlan) -> dict[str, Any]:
    """Every stored value of a plan and its parts."""
    return {"plan": _values(plan)} | {
        part: [_values(row) | _needs(row) for row in getattr(plan, part).all()]
        for part in words.PARTS
    }


def said_of(plan: InsurancePlan) -> list[dict[str, Any]]:
    """The same as people read it, section by section, in the words of that day."""
    return [
        {
            "label": section.label,
            "fields": [
                [words.label_of(name), words.field_words(name, getattr(plan, name))]
                for name in section.fields
            ],
            "rows": words.part_words(plan, section.part) if section.part else [],
        }
        for section in SECTIONS.values()
    ]


def _values(row: Model) -> dict[str, Any]:
    return {
        field.attname: _plain(getattr(row, field.attname)) for field in row._meta.concrete_fields
    }


def _needs(row: Any) -> dict[str, Any]:
    """What hangs on a reason."""
    if not hasattr(row, "needs"):
        return {}
    return {"needs": [_values(need) for need in row.needs.all()]}


def _plain(value: Any) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            return value
