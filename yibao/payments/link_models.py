"""代付链接: what lets somebody else pay one order without signing in."""

import secrets
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q


def new_token() -> str:
    """128 random bits: whoever has the address may pay, and sees nothing else."""
    return secrets.token_urlsafe(16)


class PaymentLink(models.Model):
    """代付链接 of one order: it ends by time, by its maker's word, or with the payment."""

    order = models.ForeignKey("payments.Order", models.PROTECT, related_name="links")
    token = models.CharField(max_length=32, unique=True, default=new_token)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("生成时间", auto_now_add=True)
    expires_at = models.DateTimeField("失效时间")
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(revoked_at__isnull=True),
                name="one_link_in_use_per_order",
            )
        ]

    def __str__(self):
        return f"{self.order_id} {self.expires_at}"

    def is_live(self, at: datetime) -> bool:
        """Whether somebody may still pay by it, as far as the link itself goes."""
        return self.revoked_at is None and self.expires_at > at
