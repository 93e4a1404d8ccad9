"""Chapter 1: plans, their types, review chain, reasons, fee rules; the hardship list."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.aggregates import StringAgg
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Concat

from yibao.people.codes import Origin, RosterStatus, TrainingLevel
from yibao.people.levels import REVIEWING, Level
from yibao.people.models import Student
from yibao.people.scope import holds
from yibao.plans import statement
from yibao.plans.hardship_models import ProvenQuerySet
from yibao.plans.states import Choosing, CountsAs, Need, Offered, PlanStatus, Reduction


def usual_reminders() -> list[int]:
    """A week, three days and one day before something ends."""
    return [7, 3, 1]


class PlanQuerySet(models.QuerySet):
    """Plans are no secret: what differs is who acts on them. Drafts are the school office's."""

    def visible_to(self, user: Any) -> Self:
        """What somebody's pages show."""
        return self if holds(user, Level.SCHOOL) else self.published()

    def with_words(self) -> Self:
        """Annotate what a list says of a plan's parts: `chain_words`, `price_words`."""
        here = OuterRef("pk")
        steps = ReviewStep.objects.filter(plan=here).order_by().values("plan")
        types = InsuranceType.objects.filter(plan=here).order_by().values("plan")
        premium = Cast("premium", models.CharField())
        price = Concat("name", Value(" "), premium, Value(" 元"), output_field=models.CharField())
        return self.annotate(
            chain_words=Subquery(
                steps.annotate(words=StringAgg("name", " → ", order_by="position")).values("words")
            ),
            price_words=Subquery(
                types.annotate(words=StringAgg(price, "；", order_by="position")).values("words")
            ),
        )

    def published(self):
        """Plans that ever opened: what students and staff see."""
        return self.exclude(status=PlanStatus.DRAFT)

    def open(self):
        """Plans that students can act in now."""
        return self.filter(status=PlanStatus.OPEN)


def from_everywhere() -> list[str]:
    """Usually a plan is for students from anywhere."""
    return [origin.value for origin in Origin]


def days_in_order(start: str, end: str) -> Q:
    """Both days, the second later, or neither."""
    neither = Q(**{f"{start}__isnull": True, f"{end}__isnull": True})
    # A comparison with NULL is not false, and a constraint lets pass whatever is not false.
    both = Q(**{f"{start}__isnull": False, f"{end}__isnull": False, f"{start}__lt": F(end)})
    return neither | both


class InsurancePlan(models.Model):
    """医保计划: one campaign of a school year. `status` is written by flow.py only."""

    name = models.CharField("计划名称", max_length=80, unique=True)
    academic_year = models.PositiveSmallIntegerField("学年")
    status = models.CharField(
        "计划状态", max_length=10, choices=PlanStatus, default=PlanStatus.DRAFT
    )
    apply_from = models.DateTimeField("申请开始时间")
    apply_until = models.DateTimeField("申请截止时间")
    pay_from = models.DateTimeField("缴费开始时间")
    pay_until = models.DateTimeField("缴费截止时间")
    rate_reporting = models.BooleanField("参保率上报", default=False)
    rate_from = models.DateTimeField("参保率上报开始时间", null=True, blank=True)
    rate_until = models.DateTimeField("参保率上报截止时间", null=True, blank=True)
    coverage_start = models.DateField("参保开始日期")
    coverage_end = models.DateField("参保结束日期")
    freshman_coverage_start = models.DateField("新生参保开始日期", null=True, blank=True)
    freshman_coverage_end = models.DateField("新生参保结束日期", null=True, blank=True)
    instructions = models.TextField("参保说明", blank=True)
    training_levels = ArrayField(
        models.CharField(max_length=12, choices=TrainingLevel), verbose_name="培养层次"
    )
    roster_statuses = ArrayField(
        models.CharField(max_length=12, choices=RosterStatus), verbose_name="学籍状态"
    )
    grades = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name="年级", default=list, blank=True
    )
    campuses = ArrayField(
        models.CharField(max_length=40), verbose_name="校区", default=list, blank=True
    )
    origins = ArrayField(
        models.CharField(max_length=10, choices=Origin),
        verbose_name="国籍或地区",
        default=from_everywhere,
    )
    resume_after_return = models.BooleanField("退回后从退回环节继续", default=False)
    channels = ArrayField(models.CharField(max_length=20), verbose_name="支付渠道", default=list)
    statement_required = models.BooleanField("不参保须签署承诺书", default=True)
    statement_text = models.TextField("承诺书正文", default=statement.default_text, blank=True)
    reminder_days = ArrayField(
        models.PositiveSmallIntegerField(),
        verbose_name="截止前几天提醒",
        default=usual_reminders,
        blank=True,
    )
    english = models.JSONField("英文", default=dict, blank=True)
    opened_at = models.DateTimeField("开放时间", null=True, blank=True)
    version = models.PositiveSmallIntegerField("版本", default=0, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-academic_year", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="plan_windows_in_order",
                condition=Q(apply_from__lt=F("apply_until"))
                & Q(pay_from__lt=F("pay_until"))
                & Q(coverage_start__lt=F("coverage_end")),
            ),
            models.CheckConstraint(
                name="plan_freshman_coverage_in_order",
                condition=days_in_order("freshman_coverage_start", "freshman_coverage_end"),
            ),
            models.CheckConstraint(
                name="plan_rate_window_when_reporting",
                condition=Q(rate_reporting=False)
                | Q(
                    rate_from__isnull=False, rate_until__isnull=False, rate_from__lt=F("rate_until")
                ),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def year_label(self) -> str:
        """The school year as people write it: 2026-2027."""
        return f"{self.academic_year}-{self.academic_year + 1}"


class InsuranceType(models.Model):
    """参保类型 (医保项目): what a student may buy in a plan. Types of one group exclude each other."""

    plan = models.ForeignKey(InsurancePlan, models.CASCADE, related_name="types")
    position = models.PositiveSmallIntegerField("顺序", default=1)
    name = models.CharField("参保类型", max_length=60)
    premium = models.DecimalField("参保金额", max_digits=8, decimal_places=2)
    government_subsidy = models.DecimalField("财政补助", max_digits=8, decimal_places=2, default=0)
    group = models.CharField("分组", max_length=20, blank=True)
    choosing = models.CharField(
        "选择方式", max_length=10, choices=Choosing, default=Choosing.REQUIRED
    )
    coverage_start = models.DateField("参保开始日期", null=True, blank=True)
    coverage_end = models.DateField("参保结束日期", null=True, blank=True)
    freshman_coverage_start = models.DateField("新生参保开始日期", null=True, blank=True)
    freshman_coverage_end = models.DateField("新生参保结束日期", null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "name"], name="one_type_per_name"),
            models.CheckConstraint(
                name="type_coverage_in_order",
                condition=days_in_order("coverage_start", "coverage_end")
                & days_in_order("freshman_coverage_start", "freshman_coverage_end"),
            ),
            models.CheckConstraint(
                name="type_amounts_not_negative",
                condition=Q(premium__gte=0, government_subsidy__gte=0),
            ),
        ]

    def __str__(self):
        return self.name


class ReviewStep(models.Model):
    """审核环节: the plan's chain is its steps in order of position; none at all is allowed."""

    plan = models.ForeignKey(InsurancePlan, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField("顺序")
    level = models.CharField(
        "审核级别", max_length=12, choices=[(level.value, level.label) for level in REVIEWING]
    )
    name = models.CharField("环节名称", max_length=20)
    opens_at = models.DateTimeField("审核开始时间", null=True, blank=True)
    closes_at = models.DateTimeField("审核截止时间", null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "position"],
                name="one_step_per_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                name="step_level_reviews", condition=Q(level__in=list(REVIEWING))
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def level_label(self) -> str:
        """Who reviews at this step."""
        return Level(self.level).label


class OptOutReason(models.Model):
    """不参保原因: why a student may stay out, which evidence it needs (`needs`), how it counts."""

    plan = models.ForeignKey(InsurancePlan, models.CASCADE, related_name="reasons")
    position = models.PositiveSmallIntegerField("顺序", default=1)
    name = models.CharField("不参保原因", max_length=40)
    note_required = models.BooleanField("须填写说明", default=False)
    counts_as = models.CharField(
        "统计口径", max_length=10, choices=CountsAs, default=CountsAs.OPTED_OUT
    )
    offered_to = models.CharField("提供给", max_length=10, choices=Offered, default=Offered.ALL)
    categories = ArrayField(
        models.CharField(max_length=40), verbose_name="认定类别", default=list, blank=True
    )

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["plan", "name"], name="one_reason_per_name")]

    def __str__(self):
        return self.name

    @property
    def evidence_words(self) -> str:
        """参保凭证、缴费截图（选填）; "" if nothing is asked for."""
        needs = self.needs.all()
        return "、".join(f"{n.kind}{'' if n.required else '（选填）'}" for n in needs)


class EvidenceKind(models.Model):
    """证明材料的种类: what a student may be asked to photograph, and what must be seen on it."""

    plan = models.ForeignKey(InsurancePlan, models.CASCADE, related_name="evidence_kinds")
    position = models.PositiveSmallIntegerField("顺序", default=1)
    name = models.CharField("证明材料", max_length=40)
    hint = models.CharField("拍摄要求", max_length=120, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "name"], name="one_evidence_kind_per_name")
        ]

    def __str__(self):
        return self.name


class EvidenceNeed(models.Model):
    """A reason asks for a kind of evidence: it must be there, or it may."""

    reason = models.ForeignKey(OptOutReason, models.CASCADE, related_name="needs")
    kind = models.ForeignKey(EvidenceKind, models.CASCADE, related_name="needs")
    required = models.BooleanField("必交", default=True)

    class Meta:
        ordering = ["kind__position", "kind"]
        constraints = [models.UniqueConstraint(fields=["reason", "kind"], name="one_need_per_kind")]

    def __str__(self):
        return f"{self.kind}（{'必交' if self.required else '选填'}）"

    @property
    def need(self) -> Need:
        """As the editor has it."""
        return Need.REQUIRED if self.required else Need.OPTIONAL


class FeeRule(models.Model):
    """减免规则: what a recognised category pays less, for one type or all, and who pays it instead."""

    plan = models.ForeignKey(InsurancePlan, models.CASCADE, related_name="fee_rules")
    category = models.CharField(
        "认定类别", max_length=40, blank=True, help_text="留空表示全部认定类别"
    )
    insurance_type = models.ForeignKey(
        InsuranceType, models.CASCADE, null=True, blank=True, verbose_name="参保类型"
    )
    reduction = models.CharField(
        "减免方式", max_length=10, choices=Reduction, default=Reduction.FULL
    )
    value = models.DecimalField(
        "减免数值", max_digits=8, decimal_places=2, default=0, help_text="定额填元，按比例填百分数"
    )
    payer = models.CharField("由谁承担", max_length=40, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="fee_rule_value_in_range",
                condition=Q(value__gte=0) & (~Q(reduction=Reduction.PERCENT) | Q(value__lte=100)),
            ),
        ]

    def __str__(self):
        return f"{self.category or '困难认定'}{self.get_reduction_display()}"


class PlanVersion(models.Model):
    """版本: an opened plan as it was from a moment on. Written by versions.py, never changed.

    `changes` is what differs from the version before, `content` everything as stored, `said` the same
    in words.
    """

    plan = models.ForeignKey(InsurancePlan, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField("版本")
    at = models.DateTimeField("时间", auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="修改人"
    )
    changes = models.JSONField("修改内容", default=list)
    content = models.JSONField("全部内容", default=dict)
    said = models.JSONField("全部内容（文字）", default=list)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="one_version_per_number")
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self):
        return f"第 {self.number} 版"


class HardshipQuerySet(ProvenQuerySet):
    """Recognitions, scoped by their student."""

    def standing(self) -> Self:
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


class HardshipEntry(models.Model):
    """困难认定 (贫困生名单): one recognition of a student in a school year."""

    academic_year = models.PositiveSmallIntegerField("学年")
    student = models.ForeignKey(Student, models.PROTECT, related_name="hardships")
    category = models.CharField("认定类别", max_length=40)
    level = models.CharField("困难等级", max_length=20)
    valid_from = models.DateField("有效期起", null=True, blank=True)
    valid_until = models.DateField("有效期止", null=True, blank=True)
    source = models.CharField("来源", max_length=80, blank=True)
    listed_name = models.CharField("名单上的姓名", max_length=60, blank=True)
    withdrawn_at = models.DateTimeField("撤销时间", null=True, blank=True, editable=False)
    withdrawn_note = models.CharField("撤销原因", max_length=100, blank=True)

    objects = HardshipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["academic_year", "student", "category"], name="one_hardship_per_category"
            ),
            models.CheckConstraint(
                name="hardship_dates_in_order",
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_from__lte=F("valid_until")),
            ),
        ]

    def __str__(self):
        return f"{self.category} {self.level}"
