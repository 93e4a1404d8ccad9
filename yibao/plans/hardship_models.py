"""认定材料: photos that prove a recognition of the hardship list."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Count, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate

from yibao.common.models import Picture
from yibao.people.scope import ScopedQuerySet
from yibao.plans.states import Validity


class HardshipProofQuerySet(ScopedQuerySet):
    """Photos, scoped by the student whom they are about."""

    student_path = "entry__student"

    def standing(self):
        """Those that were not taken down."""
        return self.filter(withdrawn_at__isnull=True)


class HardshipProof(models.Model):
    """认定材料: one photo of a recognition. Taken down, it is kept: somebody has decided by it."""

    entry = models.ForeignKey(
        "plans.HardshipEntry", models.PROTECT, related_name="proofs", verbose_name="困难认定"
    )
    picture = models.OneToOneField(Picture, models.PROTECT, related_name="+", verbose_name="照片")
    name = models.CharField("材料名称", max_length=40)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人"
    )
    at = models.DateTimeField("上传时间", auto_now_add=True)
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True, editable=False)
    withdrawn_note = models.CharField("撤下原因", max_length=100, blank=True)

    objects = HardshipProofQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="hardship_proof_taken_down_with_reason",
                condition=Q(withdrawn_at__isnull=True) | ~Q(withdrawn_note=""),
            )
        ]

    def __str__(self):
        return self.name


class ProvenQuerySet(ScopedQuerySet):
    """Recognitions with what is worked out of them."""

    student_path = "student"

    def with_validity(self) -> Self:
        """Annotate `validity`: whether it counts today, and if not, why not."""
        today = localdate()
        return self.annotate(
            validity=Case(
                When(withdrawn_at__isnull=False, then=Value(Validity.WITHDRAWN.value)),
                When(valid_from__gt=today, then=Value(Validity.LATER.value)),
                When(valid_until__lt=today, then=Value(Validity.OVER.value)),
                default=Value(Validity.NOW.value),
                output_field=models.CharField(),
            )
        )

    def with_proofs(self) -> Self:
        """Annotate `proof_count`: how many photos prove it."""
        here = HardshipProof.objects.standing().filter(entry=OuterRef("pk")).order_by()
        counted = here.values("entry").annotate(n=Count("pk")).values("n")
        return self.annotate(proof_count=Coalesce(Subquery(counted), Value(0)))
