"""What a student says against a registration that somebody else made for them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When

from yibao.common.fields import EncryptedText
from yibao.enrolment.states import TO_REGISTER, Objected


class Objection(models.Model):
    """异议: one a submission. Open until staff answer it, or the submission is no more.

    What was not decided yet is taken back at once: then it is settled from the start.
    """

    enrolment = models.ForeignKey("enrolment.Enrolment", models.PROTECT, related_name="objections")
    round = models.PositiveSmallIntegerField("第几次提交")
    words = EncryptedText("异议内容")
    at = models.DateTimeField("提出时间", auto_now_add=True)
    settled_at = models.DateTimeField("处理时间", null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="处理人",
    )
    answer = models.CharField("处理意见", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "round"], name="one_objection_per_round")
        ]

    def __str__(self):
        return f"{self.enrolment} 异议"


def objection_state() -> dict[str, Any]:
    """`objected` of an enrolment's present submission, to annotate."""
    here = Objection.objects.filter(enrolment=OuterRef("pk"), round=OuterRef("round"))
    return {
        "objected": Case(
            When(Q(status__in=TO_REGISTER), then=Value(Objected.NONE.value)),
            When(Exists(here.filter(settled_at__isnull=True)), then=Value(Objected.OPEN.value)),
            When(Exists(here), then=Value(Objected.SETTLED.value)),
            default=Value(Objected.NONE.value),
            output_field=models.CharField(),
        )
    }
