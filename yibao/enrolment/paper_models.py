"""What stands behind staying out: photos as evidence, and the signed statement."""

from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When

from yibao.common import papers, public_id
from yibao.common.fields import EncryptedText
from yibao.common.models import Picture
from yibao.enrolment.states import Intent, Manner, Papers, Signed
from yibao.people.scope import ScopedQuerySet
from yibao.plans.models import EvidenceKind, EvidenceNeed

OUT = Q(intent=Intent.STAY_OUT)


class DraftPicture(models.Model):
    """草稿里的图片: what a student has ready for a kind of evidence; handed in with a submission."""

    enrolment = models.ForeignKey(
        "enrolment.Enrolment", models.CASCADE, related_name="draft_pictures"
    )
    kind = models.ForeignKey(EvidenceKind, models.PROTECT, related_name="+")
    picture = models.OneToOneField(Picture, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.kind} {self.picture.public_id}"


class EvidenceQuerySet(ScopedQuerySet["Evidence"]):
    """Evidence, scoped by its student."""

    student_path = "enrolment__student"


class Evidence(models.Model):
    """证明材料: a photo as it was handed in with one submission. Never changed, so nothing is replaced unseen.

    Who keeps a photo for the next submission hands in the same picture again.
    """

    enrolment = models.ForeignKey("enrolment.Enrolment", models.PROTECT, related_name="evidence")
    round = models.PositiveSmallIntegerField("第几次提交")
    kind = models.ForeignKey(EvidenceKind, models.PROTECT, related_name="+")
    picture = models.ForeignKey(Picture, models.PROTECT, related_name="+")
    at = models.DateTimeField("提交时间", auto_now_add=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["kind__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "round", "picture"], name="one_evidence_per_picture_and_round"
            )
        ]
        indexes = [models.Index(fields=["enrolment", "round"], name="evidence_of_round")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self):
        return str(self.kind)


class Doubt(models.Model):
    """存疑: a reviewer holds that a photo does not prove it; its student sees which one it is."""

    evidence = models.OneToOneField(Evidence, models.CASCADE, related_name="doubt")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("时间", auto_now_add=True)

    def __str__(self):
        return f"{self.evidence} 存疑"


class StatementQuerySet(ScopedQuerySet["Statement"]):
    """Statements, scoped by their student."""

    student_path = "enrolment__student"


class Statement(models.Model):
    """承诺书: the text as it was signed with one submission, by whom, how and when. Never changed."""

    enrolment = models.ForeignKey("enrolment.Enrolment", models.PROTECT, related_name="statements")
    round = models.PositiveSmallIntegerField("第几次提交")
    public_id = models.UUIDField(default=public_id.new, unique=True, editable=False)
    number = models.CharField("承诺书编号", max_length=20, unique=True, default=papers.new_number)
    plan_version = models.CharField("正文版本", max_length=16)
    text = EncryptedText("签署的正文")
    manner = models.CharField("签署方式", max_length=10, choices=Manner)
    signature = EncryptedText("签名")
    at = models.DateTimeField("签署时间")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="签署人"
    )

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "round"], name="one_statement_per_round")
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self):
        return f"承诺书 {self.number}"


def papers_missing() -> Q:
    """Whether an enrolment that stays out lacks evidence that its reason asks for."""
    there = Evidence.objects.filter(
        enrolment=OuterRef(OuterRef("pk")),
        round=OuterRef(OuterRef("round")),
        kind=OuterRef("kind"),
    )
    return OUT & Q(Exists(_asked().exclude(Exists(there))))


def statement_outstanding() -> Q:
    """Whether an enrolment that stays out is not signed although its plan asks for that."""
    return OUT & Q(plan__statement_required=True) & ~Q(Exists(_here(Statement)))


def paper_states() -> dict[str, Any]:
    """`evidence_state` and `statement_state` of an enrolment's present submission, to annotate."""
    given = Q(Exists(_asked())) | Q(Exists(_here(Evidence)))
    return {
        "evidence_state": Case(
            When(papers_missing(), then=Value(Papers.MISSING.value)),
            When(OUT & given, then=Value(Papers.COMPLETE.value)),
            default=Value(Papers.NONE.value),
            output_field=models.CharField(),
        ),
        "statement_state": Case(
            When(statement_outstanding(), then=Value(Signed.OUTSTANDING.value)),
            When(OUT & Q(Exists(_here(Statement))), then=Value(Signed.SIGNED.value)),
            default=Value(Signed.NONE.value),
            output_field=models.CharField(),
        ),
    }


def _asked() -> models.QuerySet[EvidenceNeed]:
    return EvidenceNeed.objects.filter(reason=OuterRef("reason"), required=True)


def _here(papers: type[models.Model]) -> models.QuerySet[Any]:
    """Those of an enrolment's present submission."""
    return papers._default_manager.filter(enrolment=OuterRef("pk"), round=OuterRef("round"))
