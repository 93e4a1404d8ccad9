"""What reconciliation keeps: the bill of a channel and day, and each of its lines held against ours."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import (
    Case,
    Count,
    F,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Abs, Coalesce

from yibao.payments.providers.base import LineKind
from yibao.payments.states import (
    AGREES,
    HANDED,
    IN_HAND,
    MONEY_IN,
    BillResult,
    BillStatus,
    HandOverStatus,
    LineClearing,
)
from yibao.people.levels import Level
from yibao.people.scope import holds

YES_OR_NO = models.BooleanField()
YUAN = models.DecimalField(max_digits=12, decimal_places=2)
UNEXPLAINED = Q(clearing="") & ~Q(result__in=AGREES)
# 待交接: cash that was taken and that nobody has counted yet. That is work under way, no difference.
HANDING = Q(
    Q(payment__hand_over__isnull=True) | Q(payment__hand_over__status=HandOverStatus.HANDED),
    clearing="",
    result=BillResult.OURS_ONLY,
    payment__receipt_no__isnull=False,
    payment__status__in=list(MONEY_IN),
)


class BillDayQuerySet(models.QuerySet["BillDay"]):
    """Days of reconciliation; they are about all students, so finance alone sees them."""

    def visible_to(self, user: Any) -> Self:
        """All for finance, nothing for anybody else."""
        return self.all() if holds(user, Level.FINANCE) else self.none()

    def with_sums(self) -> Self:
        """Annotate `theirs` and `ours` (received less given back), `waiting` lines and their `gap`.

        Cash that is still to be handed over stands apart: so many lines of it in `handing`.
        """
        lines = BillLine.objects.filter(bill=OuterRef("pk")).order_by().values("bill")
        back = Case(
            When(kind=LineKind.REFUND.value, then=Value(-1)), default=Value(1), output_field=YUAN
        )
        differing = lines.filter(UNEXPLAINED)
        found = differing.exclude(pk__in=BillLine.objects.filter(HANDING).values("pk"))
        gap = Abs(
            Coalesce("their_amount", 0, output_field=YUAN)
            - Coalesce("our_amount", 0, output_field=YUAN)
        )

        def total(rows: Any, of: Any) -> Coalesce:
            summed = rows.annotate(sum=Sum(of, output_field=YUAN)).values("sum")
            return Coalesce(Subquery(summed, output_field=YUAN), Value(0, output_field=YUAN))

        def number(rows: Any) -> Coalesce:
            return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)

        return self.annotate(
            theirs=total(lines, F("their_amount") * back),
            ours=total(lines, F("our_amount") * back),
            waiting=number(found),
            handing=number(lines.filter(HANDING)),
            gap=total(found, gap),
        )


class BillLineQuerySet(models.QuerySet["BillLine"]):
    """Lines of bills."""

    def visible_to(self, user: Any) -> Self:
        """All for finance, nothing for anybody else."""
        return self.all() if holds(user, Level.FINANCE) else self.none()

    def unexplained(self) -> Self:
        """What nobody has cleared yet, cash that is still to be handed over among it."""
        return self.filter(UNEXPLAINED)

    def handing(self) -> Self:
        """Cash that was taken and that finance has not counted yet."""
        return self.filter(HANDING)

    def with_gap(self) -> Self:
        """Annotate `gap`, by how much a line differs, whether it `waits` for somebody, and the result as `shown`.

        Cash that finance has not counted yet is shown as that.
        """
        theirs = Coalesce("their_amount", 0, output_field=YUAN)
        ours = Coalesce("our_amount", 0, output_field=YUAN)
        return self.annotate(
            gap=Case(When(HANDING, then=Value(0)), default=Abs(theirs - ours), output_field=YUAN),
            shown=Case(
                When(HANDING & Q(payment__hand_over__isnull=True), then=Value(IN_HAND)),
                When(HANDING, then=Value(HANDED)),
                default=F("result"),
            ),
            waits=Case(
                When(HANDING, then=False),
                When(UNEXPLAINED, then=True),
                default=False,
                output_field=YES_OR_NO,
            ),
        )


class BillDay(models.Model):
    """对账日: one channel's money of one day in China. `status` is written by reconciling.py only."""

    channel = models.CharField("支付方式", max_length=20)
    day = models.DateField("账单日期")
    status = models.CharField(
        "对账状态", max_length=10, choices=BillStatus, default=BillStatus.WAITING
    )
    source = models.CharField("账单来源", max_length=100, blank=True)
    digest = models.CharField("文件摘要", max_length=64, blank=True)
    problem = models.CharField("未取得的原因", max_length=200, blank=True)
    read_at = models.DateTimeField("取得时间", null=True, blank=True)
    closed_at = models.DateTimeField("关闭时间", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="关闭人",
    )

    objects = BillDayQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "day"], name="one_bill_per_channel_and_day"),
            models.CheckConstraint(
                name="closed_bill_was_read",
                condition=~Q(status=BillStatus.CLOSED) | Q(read_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.channel} {self.day}"


class BillLine(models.Model):
    """对账明细: one fact that the channel, we, or both have. Differences wait until they are cleared."""

    bill = models.ForeignKey(BillDay, models.PROTECT, related_name="lines")
    key = models.CharField(max_length=200)
    kind = models.CharField(
        "类型",
        max_length=10,
        choices=[(LineKind.PAYMENT.value, "收款"), (LineKind.REFUND.value, "退款")],
    )
    result = models.CharField("核对结果", max_length=12, choices=BillResult)
    number = models.CharField("支付单号", max_length=64, blank=True)
    reference = models.CharField("渠道流水号", max_length=64, blank=True)
    refund_number = models.CharField("退费单号", max_length=64, blank=True)
    their_amount = models.DecimalField(
        "渠道金额", max_digits=10, decimal_places=2, null=True, blank=True
    )
    our_amount = models.DecimalField(
        "系统金额", max_digits=10, decimal_places=2, null=True, blank=True
    )
    happened_at = models.DateTimeField("发生时间")
    payment = models.ForeignKey(
        "payments.Payment",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="bill_lines",
        verbose_name="缴费",
    )
    refund = models.ForeignKey(
        "payments.Refund",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="bill_lines",
        verbose_name="退费",
    )
    raw = models.JSONField("账单原文", default=dict)
    clearing = models.CharField("处理方式", max_length=10, choices=LineClearing, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="处理人",
    )
    cleared_at = models.DateTimeField("处理时间", null=True, blank=True)

    objects = BillLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bill", "key"], name="one_line_per_fact_and_bill"),
            models.CheckConstraint(
                name="cleared_by_somebody",
                condition=Q(clearing="") | Q(cleared_by__isnull=False, cleared_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_note_says_why", condition=~Q(clearing=LineClearing.NOTED) | ~Q(note="")
            ),
        ]
        indexes = [
            models.Index(F("bill"), name="bill_line_open", condition=Q(clearing="")),
        ]

    def __str__(self):
        return self.key

    @property
    def explained(self) -> bool:
        """Whether the day may close over it."""
        return bool(self.clearing) or self.result in AGREES
