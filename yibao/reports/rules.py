"""Why a rate may not be handed in or decided. "" (or no entry) means it may."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Q
from django.utils.timezone import localtime, now

from yibao.accounts.models import User
from yibao.enrolment.models import Enrolment, EnrolmentQuerySet
from yibao.people.levels import Level
from yibao.people.models import ClassGroup, College
from yibao.people.scope import holds, posts_of
from yibao.plans.models import InsurancePlan
from yibao.plans.states import PlanStatus
from yibao.reports import rates
from yibao.reports.models import RateReport
from yibao.reports.rates import Figures
from yibao.reports.states import RateStatus, Unit


@dataclass(frozen=True)
class Blocker:
    """A class that keeps its grade's rate back, and whom to ask."""

    class_id: int
    class_name: str
    counselors: str
    figures: Figures

    @property
    def sentence(self) -> str:
        """What keeps the class back."""
        parts = []
        if self.figures.to_register:
            parts.append(f"{self.figures.to_register} 人未登记")
        if self.figures.in_review:
            parts.append(f"{self.figures.in_review} 人待审核")
        return "，".join(parts)


def of_unit(
    plan: InsurancePlan, college: College, grade: int | None = None
) -> EnrolmentQuerySet[Enrolment]:
    """The enrolments that a unit's rate counts: the whole grade or college, whoever asks."""
    rows = Enrolment.objects.filter(plan=plan, student__class_group__major__college=college)
    return rows if grade is None else rows.filter(student__class_group__grade=grade)


def blockers(plan: InsurancePlan, college: College, grade: int) -> list[Blocker]:
    """The classes of a grade with students unregistered, returned or still in review."""
    per_class = rates.by(of_unit(plan, college, grade), "student__class_group")
    waiting = {
        class_id: figures
        for (class_id,), figures in per_class.items()
        if figures.to_register or figures.in_review
    }
    counselor = Q(posts__level=Level.COUNSELOR, posts__is_active=True)
    named = (
        ClassGroup.objects.filter(pk__in=waiting)
        .annotate(
            names=StringAgg(
                "posts__user__name", "、", filter=counselor, order_by="posts__user__username"
            )
        )
        .order_by("name")
    )
    return [Blocker(c.pk, c.name, c.names or "未配置辅导员", waiting[c.pk]) for c in named]


def why_not_hand_in_grade(plan: InsurancePlan, college: College, grade: int, by: User) -> str:
    """提交年级参保率: by a counselor of one of its classes, once nobody is left to register."""
    if not _counsels(by, college, grade):
        return "只有该年级的辅导员可以提交年级参保率"
    if why := _why_not_now(plan) or _why_not_again(plan, college, grade):
        return why
    figures = rates.figures(of_unit(plan, college, grade))
    if not figures.roster:
        return f"{college} {grade} 级在本计划中没有学生，无需上报"
    if figures.to_register:
        return f"还有 {figures.to_register} 名学生未登记（含已退回），未登记人数为 0 后才能提交"
    if figures.in_review:
        return f"还有 {figures.in_review} 名学生待审核，审核完成后才能提交"
    return ""


def why_not_hand_in_college(plan: InsurancePlan, college: College, by: User) -> str:
    """提交学院参保率: by the college, once each of its grades is accepted."""
    if not any(p.level == Level.COLLEGE and p.college_id == college.pk for p in posts_of(by)):
        return "只有本学院可以提交学院参保率"
    if why := _why_not_now(plan) or _why_not_again(plan, college, None):
        return why
    missing = grades_missing(plan, college)
    if missing:
        named = "、".join(f"{grade} 级" for grade in missing)
        return f"{named} 的年级参保率尚未审核通过，不能提交学院参保率"
    return ""


def grades_of(plan: InsurancePlan, college: College) -> list[int]:
    """The grades of a college that have students in the plan."""
    grades = of_unit(plan, college).values_list("student__class_group__grade", flat=True)
    return list(grades.order_by("student__class_group__grade").distinct())


def grades_missing(plan: InsurancePlan, college: College) -> list[int]:
    """The grades whose rate is not accepted yet; none may be missing silently."""
    accepted = RateReport.objects.filter(
        plan=plan, college=college, unit=Unit.GRADE, status=RateStatus.ACCEPTED
    ).values_list("grade", flat=True)
    return [grade for grade in grades_of(plan, college) if grade not in set(accepted)]


def why_not_decide(reports: Sequence[RateReport], by: User, to: RateStatus) -> dict[int, str]:
    """审核: a grade's rate by its college, a college's by the school; by nobody twice."""
    later = set(
        RateReport.objects.filter(unit=Unit.COLLEGE)
        .exclude(status=RateStatus.RETURNED)
        .filter(plan__in=[r.plan_id for r in reports])
        .values_list("plan_id", "college_id")
    )

    def reason(report: RateReport) -> str:
        if not _decides(by, report):
            return "该参保率不由您审核"
        if why := _why_not_now(report.plan):
            return why
        reopening = report.status == RateStatus.ACCEPTED and to == RateStatus.RETURNED
        if report.status != RateStatus.HANDED_IN and not reopening:
            return f"当前状态为“{report.get_status_display()}”，无需审核"
        if report.unit == Unit.GRADE and (report.plan_id, report.college_id) in later:
            return "学院参保率已上报，须先由学校退回学院参保率"
        return ""

    answers = ((report.pk, reason(report)) for report in reports)
    return {pk: why for pk, why in answers if why}


def _counsels(by: User, college: College, grade: int) -> bool:
    mine = [post for post in posts_of(by) if post.level == Level.COUNSELOR]
    classes = ClassGroup.objects.filter(posts__in=mine, major__college=college, grade=grade)
    return classes.exists()


def _decides(by: User, report: RateReport) -> bool:
    if report.unit == Unit.COLLEGE:
        return holds(by, Level.SCHOOL)
    posts = posts_of(by)
    return any(p.level == Level.COLLEGE and p.college_id == report.college_id for p in posts)


def _why_not_again(plan: InsurancePlan, college: College, grade: int | None) -> str:
    report = RateReport.objects.filter(plan=plan, college=college, grade=grade).first()
    if report and report.status != RateStatus.RETURNED:
        return f"参保率{report.get_status_display()}，不能重复提交"
    return ""


def _why_not_now(plan: InsurancePlan) -> str:
    if plan.status != PlanStatus.OPEN:
        return f"计划“{plan}”{plan.get_status_display()}，不能再办理"
    if not plan.rate_reporting or plan.rate_from is None or plan.rate_until is None:
        return "本计划不需要上报参保率"
    at = now()
    if at < plan.rate_from:
        return f"参保率上报时间未到，{localtime(plan.rate_from):%Y-%m-%d %H:%M} 开始"
    if at > plan.rate_until:
        return f"参保率上报时间已过，已于 {localtime(plan.rate_until):%Y-%m-%d %H:%M} 截止"
    return ""
