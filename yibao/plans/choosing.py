"""Which insurance types may be chosen together, and who may give which reason for staying out."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from yibao.plans.models import HardshipEntry, InsuranceType, OptOutReason
from yibao.plans.pricing import is_valid
from yibao.plans.states import Choosing, Offered


def chosen_types(types: Sequence[InsuranceType], type_ids: Collection[int]) -> list[InsuranceType]:
    """The plan's types that a person ticked, plus those that everybody takes."""
    return [t for t in types if t.pk in type_ids or t.choosing == Choosing.REQUIRED]


def why_not_choose(types: Sequence[InsuranceType], type_ids: Collection[int]) -> str:
    """Why the ticked types cannot stand together in one enrolment; an empty text if they can."""
    if set(type_ids) - {t.pk for t in types}:
        return "所选参保类型不属于本计划，请刷新页面后重新选择"
    chosen = chosen_types(types, type_ids)
    if not chosen:
        return "请至少选择一种参保类型"
    groups = Counter(t.group for t in chosen if t.group)
    for group, count in groups.items():
        if count > 1:
            return f"“{group}”中的参保类型只能选择一种"
    return ""


def offered(
    reasons: Iterable[OptOutReason], hardships: Collection[HardshipEntry], *, on: date
) -> list[OptOutReason]:
    """The reasons that a student with these recognitions may give on a day."""
    return [reason for reason in reasons if not why_not_give(reason, hardships, on=on)]


def why_not_give(reason: OptOutReason, hardships: Collection[HardshipEntry], *, on: date) -> str:
    """Why a student may not stay out for this reason; an empty text if they may.

    Who is recognised may be better off insured where that was done: a category opens the choice.
    """
    if reason.offered_to == Offered.ALL:
        return ""
    held = {entry.category for entry in hardships if is_valid(entry, on)}
    if held and (not reason.categories or held & set(reason.categories)):
        return ""
    whom = "、".join(reason.categories) or "困难学生"
    return f"“{reason}”只提供给已认定为{whom}的学生，请选择其他原因"
