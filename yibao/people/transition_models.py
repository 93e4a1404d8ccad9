"""学籍异动: what changes of a student from a day on, entered before, on or after that day."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from yibao.people.codes import RosterStatus
from yibao.people.scope import ScopedQuerySet
from yibao.people.states import TransitionKind, TransitionState


class TransitionQuerySet(ScopedQuerySet):
    """Transitions, scoped by their student."""

    student_path = "student"

    def waiting(self):
        """待生效."""
        return self.filter(state=TransitionState.WAITING)


class Transition(models.Model):
    """学籍异动. `state` is written by transitions.py only; nothing of the table is deleted.

    `was_class` and `was_status` are what it replaced, once it has taken effect.
    """

    student = models.ForeignKey(
        "people.Student", models.PROTECT, related_name="transitions", verbose_name="学生"
    )
    kind = models.CharField("异动类型", max_length=10, choices=TransitionKind)
    to_class = models.ForeignKey(
        "people.ClassGroup",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="转入班级",
    )
    effective_on = models.DateField("生效日期")
    basis = models.CharField("依据", max_length=200)
    late_note = models.CharField("补录原因", max_length=100, blank=True)
    state = models.CharField(
        "状态", max_length=10, choices=TransitionState, default=TransitionState.WAITING
    )
    was_class = models.ForeignKey(
        "people.ClassGroup", models.PROTECT, null=True, blank=True, related_name="+"
    )
    was_status = models.CharField(max_length=12, choices=RosterStatus, blank=True)
    said = models.CharField("说明", max_length=200, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人"
    )
    entered_at = models.DateTimeField("登记时间", auto_now_add=True)
    ended_at = models.DateTimeField("处理时间", null=True, blank=True)

    objects = TransitionQuerySet.as_manager()

    class Meta:
        ordering = ["effective_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="transition_waits_or_ended",
                condition=Q(state=TransitionState.WAITING, ended_at__isnull=True)
                | (~Q(state=TransitionState.WAITING) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="transfer_names_a_class",
                condition=~Q(kind=TransitionKind.TRANSFER) | Q(to_class__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["student", "effective_on"], name="transition_student"),
            models.Index(
                fields=["effective_on"],
                name="transition_due",
                condition=Q(state=TransitionState.WAITING),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}（{self.effective_on} 起）"
