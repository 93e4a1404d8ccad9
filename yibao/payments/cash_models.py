"""What cash needs beside the payment itself: the book of a cashier, posts sent twice, hand-overs."""

from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localdate

from yibao.common import papers
from yibao.payments.states import HandOverStatus
from yibao.people.levels import Level
from yibao.people.scope import holds


class CashBook(models.Model):
    """现金收据号: the last receipt number of a cashier, so that numbers have no gaps."""

    cashier = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    last_number = models.PositiveIntegerField(default=0)

    def __str__(self):
        return f"{self.cashier} {self.last_number}"


class CashPosting(models.Model):
    """One sent form of a cashier: sent again it is answered with what came of it the first time."""

    cashier = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    outcome = models.JSONField(default=dict)
    posted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cashier", "key"], name="one_posting_per_form")
        ]

    def __str__(self):
        return self.key


class HandOverQuerySet(models.QuerySet["HandOver"]):
    """Hand-overs of cash."""

    def visible_to(self, user: Any) -> Self:
        """One's own; all for finance."""
        return self.all() if holds(user, Level.FINANCE) else self.filter(cashier=user)

    def covered_by(self, user: Any, *levels: Level) -> Self:
        """All for finance: confirming one's own is refused by the rules."""
        return self.all() if holds(user, *levels) else self.none()


class HandOver(models.Model):
    """现金缴费交接单: cash that a cashier hands to finance, with the receipts it came from.

    The receipts are `payments`; `amount` and `count` are what the slip said when it was made, `counted`
    what finance found in the envelope. `status` is written by cash.py only.
    """

    number = models.CharField("交接单号", max_length=20, unique=True, default=papers.new_number)
    cashier = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="hand_overs",
        verbose_name="交款人",
    )
    amount = models.DecimalField("应交金额", max_digits=10, decimal_places=2)
    count = models.PositiveIntegerField("笔数")
    voided = models.PositiveIntegerField("作废收据数", default=0)
    first_receipt = models.CharField("起始收据号", max_length=64)
    last_receipt = models.CharField("结束收据号", max_length=64)
    status = models.CharField(
        "交接状态", max_length=10, choices=HandOverStatus, default=HandOverStatus.HANDED
    )
    created_at = models.DateTimeField("交款时间", auto_now_add=True)
    counted = models.DecimalField(
        "实收金额", max_digits=10, decimal_places=2, null=True, blank=True
    )
    note = models.CharField("说明", max_length=200, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="确认人",
    )
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)

    objects = HandOverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="hand_over_by_two_people",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("cashier")),
            ),
            models.CheckConstraint(
                name="confirmed_hand_over_was_counted",
                condition=~Q(status=HandOverStatus.CONFIRMED)
                | Q(counted__isnull=False, confirmed_by__isnull=False, confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="short_hand_over_says_why",
                condition=Q(counted__isnull=True) | Q(counted=F("amount")) | ~Q(note=""),
            ),
        ]

    def __str__(self):
        return self.number

    @property
    def missing(self) -> Decimal:
        """How much less than the slip says was in the envelope; below 0 it was more."""
        return Decimal(0) if self.counted is None else self.amount - self.counted

    @property
    def day(self) -> Any:
        """The day it was made."""
        return localdate(self.created_at)
