"""The inbox, and what became of each message on its way outside."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from yibao.common import public_id


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages belong to one person each."""

    def visible_to(self, user: Any) -> Self:
        """One's own inbox."""
        return self.filter(to=user)

    def unread(self) -> Self:
        """What somebody has not opened and what still holds."""
        return self.filter(read_at__isnull=True, withdrawn_at__isnull=True)


class Message(models.Model):
    """消息: something told to one person. Written by flow.py only; texts hold no full number."""

    public_id = models.UUIDField(default=public_id.new, unique=True, editable=False)
    to = models.ForeignKey(  # found by the index of the inbox
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        db_index=False,
        related_name="+",
        verbose_name="收件人",
    )
    kind = models.CharField("类别", max_length=30)
    title = models.CharField("标题", max_length=80)
    text = models.CharField("内容", max_length=600, blank=True)
    link = models.CharField("页面", max_length=200, blank=True)
    subject_type = models.CharField("对象", max_length=40, blank=True)
    subject_id = models.BigIntegerField("对象编号", null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name="发出人",
    )
    created_at = models.DateTimeField("时间", auto_now_add=True)
    read_at = models.DateTimeField("已读时间", null=True)
    withdrawn_at = models.DateTimeField("失效时间", null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["to", "-created_at"], name="message_inbox"),
            models.Index(
                fields=["to"],
                name="message_unread",
                condition=Q(read_at__isnull=True, withdrawn_at__isnull=True),
            ),
            models.Index(fields=["subject_type", "subject_id", "kind"], name="message_subject"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_unread(self) -> bool:
        """Whether it counts in the bell."""
        return self.read_at is None and self.withdrawn_at is None


class DeliveryState(models.TextChoices):
    """How far a message is on its way outside."""

    WAITING = "waiting", "待发送"
    HANDED = "handed", "发送中"  # from here on it is never sent again
    SENT = "sent", "已发送"
    NEEDLESS = "needless", "无需发送"
    FAILED = "failed", "未能发送"
    UNKNOWN = "unknown", "结果不明"


class Delivery(models.Model):
    """外发: one message by one channel. Moved on by sending.py only.

    While it waits, `due_at` also keeps others off: whoever takes it puts that ahead, so that it comes
    back by itself when the worker dies.
    """

    message = models.ForeignKey(  # found by what makes it unique
        Message, models.CASCADE, db_index=False, related_name="deliveries"
    )
    channel = models.CharField("渠道", max_length=20)
    state = models.CharField(
        "状态", max_length=10, choices=DeliveryState, default=DeliveryState.WAITING
    )
    due_at = models.DateTimeField("最早发送时间")
    tries = models.PositiveSmallIntegerField("次数", default=0)
    moved_at = models.DateTimeField("状态时间", auto_now_add=True)
    said = models.CharField("说明", max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "channel"], name="one_delivery_per_channel")
        ]
        indexes = [
            models.Index(
                fields=["channel", "due_at"], name="delivery_due", condition=Q(state="waiting")
            ),
            models.Index(fields=["moved_at"], name="delivery_handed", condition=Q(state="handed")),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.channel} {self.state}"
