"""Whom a plan is for."""

from django.db.models import QuerySet

from yibao.people.models import Student
from yibao.plans.models import InsurancePlan


def targets(plan: InsurancePlan) -> QuerySet[Student]:
    """应参保对象: the students of the roster that the plan is for, in pk order."""
    return Student.objects.filter(
        training_level__in=plan.training_levels, roster_status__in=plan.roster_statuses
    ).order_by("pk")
