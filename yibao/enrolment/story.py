"""What rules read of thousands of enrolments, each plan, class and step made once and shared."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db.models.query import ModelIterable

from yibao.common.bulk import among
from yibao.people.models import ClassGroup
from yibao.plans.models import InsurancePlan

if TYPE_CHECKING:
    from yibao.enrolment.models import Enrolment


class WithStory(ModelIterable):
    """Enrolments joined with their student, then given plan, chain, types, fee rules and class.

    Django's prefetch does the same at ten times the cost a row: it looks at each row once a level.
    """

    def __iter__(self) -> Iterator["Enrolment"]:
        rows = list(super().__iter__())
        plans = InsurancePlan.objects.filter(pk__in={row.plan_id for row in rows})
        known = {p.pk: p for p in plans.prefetch_related("steps", "types", "fee_rules")}
        steps = {step.pk: step for plan in known.values() for step in plan.steps.all()}
        classes = {row.student.class_group_id for row in rows}
        found = ClassGroup.objects.filter(pk__in=among(classes))
        groups = {group.pk: group for group in found.select_related("major__college")}
        for row in rows:
            cache = row._state.fields_cache
            cache["plan"] = known[row.plan_id]
            cache["current_step"] = steps.get(row.current_step_id)
            student = row.student
            student._state.fields_cache["class_group"] = groups[student.class_group_id]
        return iter(rows)
