"""Whom a plan is for."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from yibao.people.codes import DOCUMENTS, ORIGINS, Origin, TrainingLevel
from yibao.people.models import Student
from yibao.plans.models import InsurancePlan


def targets(plan: InsurancePlan) -> QuerySet[Student]:
    """应参保对象: the students of the roster that the plan is for, in pk order.

    No grade and no campus named means all of them, also those that are yet to come.
    """
    wanted = Q(
        training_level__in=plan.training_levels,
        roster_status__in=plan.roster_statuses,
        document_type__in=[d for origin in plan.origins for d in DOCUMENTS[Origin(origin)]],
    )
    if plan.grades:
        wanted &= Q(class_group__grade__in=plan.grades)
    if plan.campuses:
        wanted &= Q(campus__in=plan.campuses)
    return Student.objects.filter(wanted).order_by("pk")


@dataclass(frozen=True)
class Counted:
    """How many students a plan is for, and of what kinds they are."""

    people: int
    roster: int
    parts: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]


def counted(plan: InsurancePlan) -> Counted:
    """Two queries; the parts of one kind sum to the whole."""
    kinds = ("training_level", "class_group__grade", "campus", "document_type")
    rows = targets(plan).order_by().values_list(*kinds).annotate(n=Count("pk"))
    levels, grades, campuses, origins = (Counter[Any]() for _ in kinds)
    for level, grade, campus, document, n in rows:
        levels[TrainingLevel(level)] += n
        grades[grade] += n
        campuses[campus] += n
        origins[ORIGINS.get(document, Origin.MAINLAND)] += n
    parts = (
        ("培养层次", [(level.label, levels[level]) for level in TrainingLevel]),
        ("年级", [(f"{grade} 级", grades[grade]) for grade in sorted(grades, reverse=True)]),
        ("校区", [(campus or "未填校区", campuses[campus]) for campus in sorted(campuses)]),
        ("国籍或地区", [(origin.label, origins[origin]) for origin in Origin]),
    )
    return Counted(
        people=levels.total(),
        roster=Student.objects.count(),
        parts=tuple((title, tuple(filter(_counts, named))) for title, named in parts),
    )


def _counts(part: tuple[str, int]) -> bool:
    return part[1] > 0


def grades_to_choose(plan: InsurancePlan) -> list[int]:
    """年级 of the roster, the youngest first, and those that the plan names anyway."""
    return sorted({*_different("class_group__grade"), *plan.grades}, reverse=True)


def campuses_to_choose(plan: InsurancePlan) -> list[str]:
    """校区 of the roster, and those that the plan names anyway."""
    return sorted({*_different("campus"), *plan.campuses} - {""})


def _different(path: str) -> Iterable[Any]:
    return Student.objects.order_by(path).values_list(path, flat=True).distinct()
