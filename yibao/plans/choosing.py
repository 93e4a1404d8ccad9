"""Which insurance types may be chosen together."""

from collections import Counter
from collections.abc import Collection, Sequence

from yibao.plans.models import InsuranceType
from yibao.plans.states import Choosing


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
