"""班级办理情况: of each student of a class whether something is left to do, by name; nothing else.

What is left (registering, correcting, paying), why, and how much is not said: a classmate reads this.
"""

from dataclasses import dataclass

from django.db.models import Q

from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import TO_REGISTER, Status
from yibao.people.models import ClassGroup
from yibao.plans.models import InsurancePlan


@dataclass(frozen=True)
class ClassProgress:
    """One plan in one class."""

    plan: str
    class_group: str
    undone: list[str]
    done: list[str]


def progress_of(groups: list[ClassGroup]) -> list[ClassProgress]:
    """Every open plan in every class, by name."""
    undone = Q(required=True, off_roster=False, status__in=(*TO_REGISTER, Status.AWAITING_PAYMENT))
    rows = Enrolment.objects.filter(
        plan__in=InsurancePlan.objects.open(), student__class_group__in=groups
    ).exclude(off_roster=True)
    ordered = rows.order_by("plan", "student__class_group", "student__name_pinyin", "student")
    paths = ("plan__name", "student__class_group__name", "student__name")
    found: dict[tuple[str, str], ClassProgress] = {}
    left = set(rows.filter(undone).values_list("pk", flat=True))
    for pk, plan, group, name in ordered.values_list("pk", *paths):
        progress = found.setdefault((plan, group), ClassProgress(plan, group, [], []))
        (progress.undone if pk in left else progress.done).append(name)
    return list(found.values())
