"""What reviewers decided: append-only, and undone rather than deleted."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from yibao.enrolment.states import Decision, Place
from yibao.plans.models import ReviewStep


class ReviewRecordQuerySet(models.QuerySet["ReviewRecord"]):
    """Decisions, the undone ones among them."""

    def standing(self) -> Self:
        """Those that were not undone."""
        return self.filter(undone_at__isnull=True)


class ReviewRecord(models.Model):
    """审核记录: what was decided at a step, by whom and why. Never changed afterwards.

    A decision that was undone stays, with who undid it; the step can then be decided again.
    """

    enrolment = models.ForeignKey("enrolment.Enrolment", models.PROTECT, related_name="reviews")
    step = models.ForeignKey(
        ReviewStep, models.PROTECT, null=True, related_name="+", verbose_name="审核环节"
    )
    round = models.PositiveSmallIntegerField("第几次提交")
    plan_version = models.PositiveSmallIntegerField("审核时的计划版本", default=0, db_default=0)
    decision = models.CharField("审核结论", max_length=12, choices=Decision)
    comment = models.CharField("审核意见", max_length=200, blank=True)
    places = ArrayField(
        models.CharField(max_length=10, choices=Place),
        verbose_name="需要修改的地方",
        default=list,
        db_default=[],
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="审核人"
    )
    at = models.DateTimeField("审核时间", auto_now_add=True)
    undone_at = models.DateTimeField("撤销时间", null=True, editable=False)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        db_index=False,
        related_name="+",
        verbose_name="撤销人",
    )

    objects = ReviewRecordQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "round", "step"],
                name="one_decision_per_step_and_round",
                condition=Q(step__isnull=False, undone_at__isnull=True),
            ),
            models.CheckConstraint(
                name="undone_by_somebody",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="decided_once", exclude=["undone_at", "undone_by"]),
            pgtrigger.Protect(
                name="undone_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__undone_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.step or ''}{self.get_decision_display()}"

    @property
    def place_words(self) -> str:
        """证明材料、承诺书: where the reviewer saw the fault; "" if nothing was named."""
        return "、".join(Place(place).label for place in self.places)

    @property
    def stands(self) -> bool:
        """Whether it was not undone."""
        return self.undone_at is None
