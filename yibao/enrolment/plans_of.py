"""The plans in which somebody's posts have students: what the strip above a list offers."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from yibao.common.bulk import OneOf
from yibao.common.statements import Given, Kept
from yibao.enrolment.models import Enrolment
from yibao.people.levels import Level
from yibao.people.scope import class_keys, only_counsels
from yibao.plans.models import InsurancePlan


def plans_of(user: Any, *levels: Level) -> Iterable[InsurancePlan]:
    """Those published, with enrolments that the person's posts at these levels cover."""
    if only_counsels(user) and Level.COUNSELOR in levels:
        return OF_CLASSES.rows(classes=class_keys(user))
    return _with_any(Enrolment.objects.covered_by(user, *levels))


def _with_any(rows: QuerySet[Enrolment]) -> QuerySet[InsurancePlan]:
    return InsurancePlan.objects.published().filter(Exists(rows.filter(plan=OuterRef("pk"))))


OF_CLASSES = Kept(
    lambda: _with_any(Enrolment.objects.filter(OneOf("student__class_group", Given("classes"))))
)
"""A counselor's, asked by every page."""
