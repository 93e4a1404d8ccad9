"""The audit trail."""

import pgtrigger
from django.conf import settings
from django.db import models


class AuditEntry(models.Model):
    """操作日志: who did what to which row. Written by verbs only, never changed."""

    at = models.DateTimeField("时间", auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="操作人"
    )
    action = models.CharField("操作", max_length=40)
    subject_type = models.CharField("对象", max_length=40)
    subject_id = models.BigIntegerField("对象编号", null=True)
    data = models.JSONField("内容", default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="audit_subject"),
            models.Index(fields=["at"], name="audit_at"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self):
        return f"{self.action} {self.subject_type}:{self.subject_id}"
