"""参保率上报: frozen figures, and the frozen list of students behind them."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, NullIf, Round

from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import Standing
from yibao.people.levels import Level
from yibao.people.models import ClassGroup, College
from yibao.people.scope import NOTHING, ScopedQuerySet, holds, posts_of
from yibao.plans.models import InsurancePlan
from yibao.reports.rates import Figures
from yibao.reports.states import RateStatus, Unit


class RateReportQuerySet(models.QuerySet):
    """Reports are of units, not of students: a college's officers see theirs, counselors their grades'."""

    def visible_to(self, user: Any) -> Self:
        """The reports of units that one of the person's posts has to do with."""
        if holds(user, Level.SCHOOL):
            return self
        mine = NOTHING
        for post in posts_of(user):
            if post.level == Level.COLLEGE:
                mine |= Q(college=post.college_id)
            elif post.level == Level.COUNSELOR:
                classes = ClassGroup.objects.filter(
                    posts=post,
                    major__college=models.OuterRef("college"),
                    grade=models.OuterRef("grade"),
                )
                mine |= Q(models.Exists(classes))
        return self.filter(mine)

    def with_figures(self) -> Self:
        """Annotate the frozen counts and rates, so that a list can show, sort and ask for them."""
        counts = {
            f"n_{standing.value}": Cast(
                KeyTextTransform(standing.value, "figures"), models.IntegerField()
            )
            for standing in Standing
        }
        roster = sum((F(name) for name in counts), Value(0))
        base = F("roster") - F(f"n_{Standing.NOT_REQUIRED.value}")
        joined = F(f"n_{Standing.ENROLLED.value}") + F(f"n_{Standing.AWAITING_PAYMENT.value}")
        insured = F("joined") + F(f"n_{Standing.ELSEWHERE.value}")
        return (
            self.annotate(**counts)
            .annotate(roster=roster)
            .annotate(base=base, joined=joined)
            .annotate(campus_rate=_rate(F("joined")), coverage_rate=_rate(insured))
        )


def _rate(part: Any) -> Any:
    """Percent of the base with two decimals, as `rates.Figures` has it; NULL without a base."""
    exact = models.DecimalField(max_digits=12, decimal_places=4)
    percent = Cast(part * 100, exact) / NullIf(F("base"), Value(0))
    return Round(percent, 2, output_field=models.DecimalField(max_digits=5, decimal_places=2))


class RateReport(models.Model):
    """参保率上报: of a grade to its college, or of a college to the school. Frozen when handed in.

    `status` is written by flow.py only.
    """

    plan = models.ForeignKey(InsurancePlan, models.PROTECT, related_name="rate_reports")
    unit = models.CharField("上报单位", max_length=10, choices=Unit)
    college = models.ForeignKey(
        College, models.PROTECT, related_name="rate_reports", verbose_name="学院"
    )
    grade = models.PositiveSmallIntegerField("年级", null=True, blank=True)
    status = models.CharField("上报状态", max_length=12, choices=RateStatus)
    figures = models.JSONField("上报数据")
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上报人"
    )
    handed_in_at = models.DateTimeField("上报时间")
    opinion = models.CharField("审核意见", max_length=200, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="审核人",
    )
    decided_at = models.DateTimeField("审核时间", null=True, blank=True)

    objects = RateReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "college", "grade"],
                nulls_distinct=False,
                name="one_rate_report_per_unit",
            ),
            models.CheckConstraint(
                name="grade_report_iff_grade",
                condition=Q(unit=Unit.GRADE, grade__isnull=False)
                | Q(unit=Unit.COLLEGE, grade__isnull=True),
            ),
        ]

    def __str__(self):
        return f"{self.college}{f' {self.grade} 级' if self.grade else ''}"

    @property
    def status_tone(self) -> str:
        """The colour of the tag of its state."""
        return RateStatus(self.status).tone

    def frozen(self) -> Figures:
        """The figures as handed in."""
        return Figures(**self.figures)


class RateReportLineQuerySet(ScopedQuerySet):
    """Lines name students: a counselor sees those of own classes only."""

    student_path = "enrolment__student"


class RateReportLine(models.Model):
    """上报名单: where one student stood when the rate was handed in."""

    report = models.ForeignKey(RateReport, models.CASCADE, related_name="lines")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="+")
    standing = models.CharField("上报时状态", max_length=20, choices=Standing)

    objects = RateReportLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "enrolment"], name="one_line_per_student")
        ]

    def __str__(self):
        return f"{self.enrolment} {self.get_standing_display()}"
