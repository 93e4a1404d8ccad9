"""Chapter 3: an order owes, a payment is one attempt, a refund is its own row; none is deleted."""

import secrets
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import NullIf

from yibao.common import papers, public_id
from yibao.enrolment.models import Enrolment
from yibao.payments.bill_models import BillDay, BillLine
from yibao.payments.cash_models import CashBook, CashPosting, HandOver
from yibao.payments.clock_models import GatewayClock
from yibao.payments.link_models import PaymentLink
from yibao.payments.states import (
    MONEY_IN,
    Clearing,
    DifferenceCause,
    DifferenceStatus,
    OrderStatus,
    PaymentStatus,
    RefundCause,
    RefundStatus,
)
from yibao.people.scope import ScopedQuerySet

__all__ = [
    "BillDay", "BillLine", "CashBook", "CashPosting", "Difference", "GatewayClock", "HandOver", "Order",
    "Payment", "PaymentLink", "Refund",
]  # fmt: skip


def new_order_number() -> str:
    """订单号, which is the number of the receipt too."""
    return papers.new_number()


def new_number() -> str:
    """支付单号: 128 random bits, since a gateway's address may carry it."""
    return secrets.token_hex(16)


class OrderQuerySet(ScopedQuerySet):
    """Orders, scoped by their student."""

    student_path = "enrolment__student"


class PaymentQuerySet(ScopedQuerySet):
    """Payments, scoped by their student."""

    student_path = "order__enrolment__student"

    def cash_of(self, user: Any) -> Self:
        """现金收款: the cash that somebody took with their own hands."""
        return self.filter(cashier=user).exclude(reference="")

    def held_by(self, user: Any) -> Self:
        """Receipts whose cash has not been handed over yet, voided ones among them."""
        return self.filter(cashier=user, receipt_no__isnull=False, hand_over__isnull=True)


class RefundQuerySet(ScopedQuerySet):
    """Refunds, scoped by their student."""

    student_path = "payment__order__enrolment__student"


class DifferenceQuerySet(ScopedQuerySet):
    """Differences, scoped by their student."""

    student_path = "enrolment__student"

    def live(self) -> Self:
        """Those that somebody still has to do something about."""
        return self.filter(status__in=[DifferenceStatus.OPEN, DifferenceStatus.SETTLING])


class Difference(models.Model):
    """差额: an enrolment that was ordered at one price would now have another.

    Nothing changes by itself: finance gives back, collects, or keeps the old price with a reason.
    Lines are those of `quote_lines`, with the key of their type. `status` is written by differences.py.
    """

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="differences")
    cause = models.CharField("原因", max_length=12, choices=DifferenceCause)
    plan_version = models.PositiveSmallIntegerField("计划版本", default=0)
    old_amount = models.DecimalField("原应缴", max_digits=8, decimal_places=2)
    new_amount = models.DecimalField("现应缴", max_digits=8, decimal_places=2)
    old_lines = models.JSONField("原缴费依据", default=list)
    new_lines = models.JSONField("现缴费依据", default=list)
    quoted_on = models.DateField("金额计算日期")
    status = models.CharField(
        "差额状态", max_length=10, choices=DifferenceStatus, default=DifferenceStatus.OPEN
    )
    clearing = models.CharField("处理方式", max_length=10, choices=Clearing, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    opened_at = models.DateTimeField("发现时间", auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="处理人",
    )
    decided_at = models.DateTimeField("处理时间", null=True, blank=True)
    closed_at = models.DateTimeField("结清时间", null=True, blank=True)

    objects = DifferenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"],
                condition=Q(status__in=[DifferenceStatus.OPEN, DifferenceStatus.SETTLING]),
                name="one_live_difference_per_enrolment",
            ),
            models.CheckConstraint(
                name="difference_differs", condition=~Q(old_amount=F("new_amount"))
            ),
        ]

    def __str__(self):
        return f"{self.enrolment} {self.old_amount} → {self.new_amount}"

    @property
    def change(self) -> Decimal:
        """What is still to be collected; below 0 what is to go back."""
        return self.new_amount - self.old_amount

    @property
    def owed(self) -> Decimal:
        """How much, whichever way it goes."""
        return abs(self.change)


class Order(models.Model):
    """支付订单: what an enrolment owes. `status` is written by flow.py and applying.py only."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="orders")
    public_id = models.UUIDField(default=public_id.new, unique=True, editable=False)
    number = models.CharField("订单号", max_length=20, unique=True, default=new_order_number)
    amount = models.DecimalField("应缴金额", max_digits=8, decimal_places=2)
    lines = models.JSONField("缴费依据", default=list)
    status = models.CharField(
        "订单状态", max_length=10, choices=OrderStatus, default=OrderStatus.OPEN
    )
    difference = models.ForeignKey(
        "Difference",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name="补收的差额",
    )
    created_at = models.DateTimeField("下单时间", auto_now_add=True)
    paid_at = models.DateTimeField("缴费时间", null=True, blank=True)
    closed_at = models.DateTimeField("关闭时间", null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"],
                condition=~Q(status=OrderStatus.CLOSED) & Q(difference__isnull=True),
                name="one_live_order_per_enrolment",
            ),
            models.UniqueConstraint(
                fields=["difference"],
                condition=~Q(status=OrderStatus.CLOSED),
                name="one_live_order_per_difference",
            ),
            models.CheckConstraint(name="order_owes_something", condition=Q(amount__gt=0)),
        ]

    def __str__(self):
        return self.number


class Payment(models.Model):
    """缴费: one attempt to pay an order through one channel, and the money that came of it."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="payments")
    channel = models.CharField("支付方式", max_length=20)
    number = models.CharField("支付单号", max_length=32, unique=True, default=new_number)
    status = models.CharField(
        "支付状态", max_length=10, choices=PaymentStatus, default=PaymentStatus.STARTED
    )
    amount = models.DecimalField("实缴金额", max_digits=8, decimal_places=2, null=True, blank=True)
    reference = models.CharField("渠道流水号", max_length=64, blank=True)
    paid_at = models.DateTimeField("到账时间", null=True, blank=True)
    cashier = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="收款人",
    )
    receipt_no = models.PositiveIntegerField("收据序号", null=True, blank=True)
    # What the number before is, so that the database itself can insist on it (migration 0005).
    receipt_before = models.GeneratedField(
        expression=NullIf(F("receipt_no") - 1, 0),
        output_field=models.PositiveIntegerField(),
        db_persist=True,
    )
    hand_over = models.ForeignKey(
        HandOver,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name="交接单",
    )
    voided_at = models.DateTimeField("作废时间", null=True, blank=True)
    raw = models.JSONField("渠道回执", default=dict)
    started_at = models.DateTimeField("发起时间", auto_now_add=True)
    expires_at = models.DateTimeField("失效时间", null=True, blank=True)
    asked_at = models.DateTimeField("最近查询时间", null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "reference"],
                condition=~Q(reference=""),
                name="one_payment_per_reference",
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status=PaymentStatus.CONFIRMED),
                name="one_applied_payment_per_order",
            ),
            models.UniqueConstraint(
                fields=["order", "channel"],
                condition=Q(status=PaymentStatus.STARTED),
                name="one_live_attempt_per_channel",
            ),
            models.UniqueConstraint(
                fields=["cashier", "receipt_no"], name="one_receipt_per_cashier_and_number"
            ),
            models.CheckConstraint(
                name="money_in_has_amount_and_time",
                condition=~Q(status__in=list(MONEY_IN))
                | Q(amount__isnull=False, paid_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                name="payment_to_ask",
                condition=Q(status=PaymentStatus.STARTED),
            ),
            models.Index(fields=["paid_at"], name="payment_paid_at"),
        ]

    def __str__(self):
        return self.number

    def is_expired(self, at: datetime) -> bool:
        """Whether the gateway no longer takes this attempt."""
        return self.expires_at is not None and self.expires_at <= at


class Refund(models.Model):
    """退费: money of one payment on its way back. Never more than was paid."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    number = models.CharField("退费单号", max_length=32, unique=True, default=new_number)
    amount = models.DecimalField("退费金额", max_digits=8, decimal_places=2)
    cause = models.CharField("退费原因", max_length=20, choices=RefundCause)
    note = models.CharField("说明", max_length=200, blank=True)
    difference = models.ForeignKey(
        "Difference",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="refunds",
        verbose_name="退还的差额",
    )
    status = models.CharField(
        "退费状态", max_length=10, choices=RefundStatus, default=RefundStatus.DUE
    )
    reference = models.CharField("渠道退费号", max_length=64, blank=True)
    by_bank = models.BooleanField("银行转账", default=False)
    created_at = models.DateTimeField("登记时间", auto_now_add=True)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="经办人",
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="复核人",
    )
    done_at = models.DateTimeField("退费时间", null=True, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="refund_is_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="refund_by_two_people",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("prepared_by")),
            ),
        ]

    def __str__(self):
        return self.number
