"""Grades and colleges as they stand now, beside what they have handed in.

A rate counts a whole grade, whoever asks: here are sums over classes, never a student.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from yibao.enrolment.models import Enrolment, EnrolmentQuerySet
from yibao.people.levels import Level
from yibao.people.models import ClassGroup, College, Post
from yibao.people.on_duty import whom_to_call
from yibao.people.scope import NOTHING, holds, posts_of
from yibao.plans.models import InsurancePlan
from yibao.reports import rates
from yibao.reports.models import RateReport
from yibao.reports.rates import Figures
from yibao.reports.states import RateStatus, Unit

COLLEGE = "student__class_group__major__college"
GRADE = "student__class_group__grade"
NOBODY = "未配置辅导员"


Pair = tuple[int, int]
"""College and grade."""


@dataclass(frozen=True)
class UnitRate:
    """The rate of a grade, or of a college: live, and as handed in."""

    plan: InsurancePlan
    college: College
    grade: int | None
    live: Figures
    report: RateReport | None = None
    people: str = ""

    @property
    def name(self) -> str:
        """2024 级, or the college."""
        return f"{self.grade} 级" if self.grade is not None else str(self.college)

    @property
    def frozen(self) -> Figures | None:
        """The figures as handed in."""
        return self.report.frozen() if self.report else None

    @property
    def shown(self) -> Figures:
        """What counts upwards: as handed in, live while nothing is."""
        return self.frozen or self.live

    @property
    def drift(self) -> dict[str, int]:
        """What has changed since: only the counts that differ."""
        return self.live - self.frozen if self.frozen else {}

    @property
    def status(self) -> RateStatus | None:
        """上报状态; None before the first time."""
        return RateStatus(self.report.status) if self.report else None

    @property
    def is_accepted(self) -> bool:
        """Whether it counts one level up."""
        return self.status == RateStatus.ACCEPTED


@dataclass(frozen=True)
class ClassRate:
    """A class of a grade: its figures and its counselors."""

    class_group: ClassGroup
    live: Figures
    counselors: str


def of_unit(plan: InsurancePlan, college: College, grade: int | None = None) -> EnrolmentQuerySet:
    """The enrolments that a unit's rate counts: the whole grade or college, whoever asks."""
    rows: EnrolmentQuerySet = Enrolment.objects.filter(plan=plan, **{COLLEGE: college})
    return rows if grade is None else rows.filter(**{GRADE: grade})


def counseled_by(user: Any) -> set[Pair]:
    """The grades that somebody has a class of."""
    mine = [post for post in posts_of(user) if post.level == Level.COUNSELOR]
    classes = ClassGroup.objects.filter(posts__in=mine)
    return set(classes.values_list("major__college", "grade"))


def overseen_by(user: Any) -> set[int]:
    """The colleges that somebody is an officer of."""
    return {post.college_id for post in posts_of(user) if post.level == Level.COLLEGE}


def within(user: Any) -> Q:
    """The grades that somebody's pages show: with a class of theirs, of their college, or all."""
    if holds(user, Level.SCHOOL):
        return Q()
    seen = NOTHING
    for college, grade in counseled_by(user):
        seen |= Q(**{COLLEGE: college, GRADE: grade})
    for college in overseen_by(user):
        seen |= Q(**{COLLEGE: college})
    return seen


def grade_rates(plans: Iterable[InsurancePlan], where: Q) -> list[UnitRate]:
    """Every grade with students in the plans; four queries, whatever the number."""
    by_pk = {plan.pk: plan for plan in plans}
    rows = Enrolment.objects.filter(where, plan__in=by_pk)
    found = rates.by(rows, "plan", COLLEGE, GRADE)
    colleges = College.objects.in_bulk({college for _, college, _ in found})
    reports = {
        (report.plan_id, report.college_id, report.grade): report
        for report in RateReport.objects.filter(plan__in=by_pk, unit=Unit.GRADE).select_related(
            "handed_in_by", "decided_by", "plan", "college"
        )
    }
    people = _counselors({(college, grade) for _, college, grade in found})
    units = [
        UnitRate(
            by_pk[plan],
            colleges[college],
            grade,
            live,
            reports.get((plan, college, grade)),
            people.get((college, grade), NOBODY),
        )
        for (plan, college, grade), live in found.items()
    ]
    order = {pk: place for place, pk in enumerate(by_pk)}
    return sorted(units, key=lambda unit: (order[unit.plan.pk], unit.college.name, unit.grade))


def college_rates(plan: InsurancePlan, colleges: Sequence[int] | None = None) -> list[UnitRate]:
    """Every college with students in the plan, or those named."""
    rows = Enrolment.objects.filter(plan=plan)
    if colleges is not None:
        rows = rows.filter(**{f"{COLLEGE}__in": colleges})
    found = rates.by(rows, COLLEGE)
    named = College.objects.in_bulk({college for (college,) in found})
    reports = {
        report.college_id: report
        for report in RateReport.objects.filter(plan=plan, unit=Unit.COLLEGE).select_related(
            "handed_in_by", "decided_by", "plan", "college"
        )
    }
    people = _officers(named)
    units = [
        UnitRate(plan, named[pk], None, live, reports.get(pk), people.get(pk, "未配置学院岗位"))
        for (pk,), live in found.items()
    ]
    return sorted(units, key=lambda unit: unit.college.name)


def class_rates(plan: InsurancePlan, college: College, grade: int) -> list[ClassRate]:
    """The classes of a grade."""
    found = rates.by(of_unit(plan, college, grade), "student__class_group")
    classes = ClassGroup.objects.filter(pk__in=[pk for (pk,) in found])
    posts = Post.objects.filter(level=Level.COUNSELOR, class_groups__in=classes)
    names = _by(posts.distinct(), "class_groups")
    return [
        ClassRate(group, found[group.pk,], names.get((group.pk,), NOBODY))
        for group in classes.select_related("major").order_by("major__name", "name")
    ]


def _counselors(pairs: set[Pair]) -> dict[Pair, str]:
    """Whom to call about a grade, by name."""
    posts = Post.objects.filter(
        level=Level.COUNSELOR,
        class_groups__major__college__in={college for college, _ in pairs},
        class_groups__grade__in={grade for _, grade in pairs},
    )
    return _by(posts.distinct(), "class_groups__major__college", "class_groups__grade")


def _officers(colleges: Iterable[int]) -> dict[int, str]:
    posts = Post.objects.filter(level=Level.COLLEGE, college__in=list(colleges))
    return {college: words for (college,), words in _by(posts, "college").items()}


def _by(posts: QuerySet[Post], *paths: str) -> dict[Any, str]:
    """Whom to call, by what the paths of their posts lead to."""
    whom = whom_to_call(posts)
    found: dict[Any, list[str]] = {}
    places = Post.objects.filter(pk__in=whom).order_by("user__name", "pk")
    for pk, *place in places.values_list("pk", *paths):
        words = found.setdefault(tuple(place), [])
        if whom[pk] not in words:
            words.append(whom[pk])
    return {place: "、".join(words) for place, words in found.items()}
