"""The audit trail, the pictures that people send in, and what recognises the keys."""

import pgtrigger
from django.conf import settings
from django.db import models

from yibao.common import public_id
from yibao.common.fields import EncryptedBytes


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


class Picture(models.Model):
    """图片: a photo somebody sent in, re-encoded and sealed. Written by common/pictures.py only.

    Whatever refers to it says who may see it; until something does, its sender alone.
    """

    public_id = models.UUIDField(default=public_id.new, unique=True, editable=False)
    content = EncryptedBytes("内容")
    width = models.PositiveSmallIntegerField("宽")
    height = models.PositiveSmallIntegerField("高")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人"
    )
    at = models.DateTimeField("上传时间", auto_now_add=True)
    is_used = models.BooleanField("已被引用", default=False)

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="picture_unused", condition=models.Q(is_used=False))
        ]

    def __str__(self):
        return f"{self.public_id} {self.width}×{self.height}"


class KeyProof(models.Model):
    """密钥凭据: what a field key has sealed and the index key has hashed; see common/key_proof.py."""

    version = models.PositiveSmallIntegerField("密钥版本", primary_key=True)
    sealed = models.BinaryField("密文")
    index = models.BinaryField("索引")
    at = models.DateTimeField("首次使用", auto_now_add=True)

    def __str__(self):
        return f"field_key_{self.version}"


class BackupNote(models.Model):
    """备份: that the database was written to a file, by `yibao backup`; the file is elsewhere."""

    at = models.DateTimeField("备份时间")
    file = models.CharField("文件", max_length=60)
    size = models.BigIntegerField("字节数")
    rows = models.BigIntegerField("行数")

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self):
        return self.file
