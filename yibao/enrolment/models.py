"""Chapter 2: one enrolment per plan and target student, its quote, and every review decision."""

from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.aggregates import StringAgg
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Concat

from yibao.common import public_id
from yibao.common.fields import EncryptedJSON
from yibao.enrolment.objection_models import objection_state
from yibao.enrolment.paper_models import paper_states
from yibao.enrolment.review_models import ReviewRecord
from yibao.enrolment.states import (
    REMINDERS,
    TO_REGISTER,
    Deadline,
    Decision,
    Intent,
    Standing,
    Status,
)
from yibao.enrolment.story import WithStory
from yibao.notify.models import Delivery, Message
from yibao.people.levels import REVIEWING
from yibao.people.models import Student
from yibao.people.scope import NOTHING, ScopedQuerySet, posts_of, reach
from yibao.people.units import counselors_of, with_all_counselors
from yibao.plans.models import (
    HardshipEntry,
    InsurancePlan,
    InsuranceType,
    OptOutReason,
    ReviewStep,
)
from yibao.plans.states import CountsAs

UNASKED = (
    "campus",
    "public_id",
    "name_pinyin",
    "id_number_index",
    "mobile",
    "mobile_index",
    "home_phone",
    "home_address",
    "postcode",
    "updated_at",
)
"""Of a student, what no rule looks at."""


class EnrolmentQuerySet(ScopedQuerySet):
    """Enrolments, scoped by their student."""

    student_path = "student"

    def awaiting(self, user: Any) -> Self:
        """待我审核: at a step that one of the user's posts does, for a student that *same* post covers."""
        mine = NOTHING
        for post in posts_of(user):
            if post.level in REVIEWING:
                mine |= Q(current_step__level=post.level) & reach(post, self.student_path)
        return self.filter(mine, status=Status.IN_REVIEW)

    def with_standing(self) -> Self:
        """Annotate `standing`: where each row is counted."""
        left = Q(required=False) | Q(off_roster=True)
        out = Q(status=Status.OPTED_OUT)
        return self.annotate(
            standing=Case(
                When(left, then=Value(Standing.NOT_REQUIRED.value)),
                When(
                    out & Q(reason__counts_as=CountsAs.LEAVES),
                    then=Value(Standing.NOT_REQUIRED.value),
                ),
                When(
                    out & Q(reason__counts_as=CountsAs.ELSEWHERE),
                    then=Value(Standing.ELSEWHERE.value),
                ),
                default=F("status"),
                output_field=models.CharField(),
            )
        )

    def to_register(self) -> Self:
        """未登记学生: who is to be insured and has no accepted decision; it is their turn."""
        return self.filter(status__in=TO_REGISTER, required=True, off_roster=False)

    def with_types(self) -> Self:
        """Annotate `type_names`: what was chosen, joined."""
        names = StringAgg("insurance_type__name", "、", order_by="pk")
        lines = QuoteLine.objects.filter(enrolment=OuterRef("pk")).order_by().values("enrolment")
        return self.annotate(type_names=Subquery(lines.annotate(names=names).values("names")))

    def with_hardship(self) -> Self:
        """Annotate `is_hardship`: on the list of the plan's school year."""
        entries = HardshipEntry.objects.standing().filter(
            student=OuterRef("student"), academic_year=OuterRef("plan__academic_year")
        )
        return self.annotate(is_hardship=Exists(entries))

    def with_counselors(self) -> Self:
        """Annotate `counselors`: who counsels the student's class."""
        return self.annotate(counselors=counselors_of("student__class_group"))

    def with_all_counselors(self) -> Self:
        """Annotate `all_counselors`: the same, to sort and search by."""
        return with_all_counselors(self, "student__class_group")

    def with_papers(self) -> Self:
        """Annotate `evidence_state` and `statement_state` of the present submission."""
        return self.annotate(**paper_states())

    def with_objections(self) -> Self:
        """Annotate `objected`: what the student says against a registration by somebody else."""
        return self.annotate(**objection_state())

    def with_returns(self) -> Self:
        """Annotate `returns` and `last_return`: how often it came back, and why the last time."""
        records = ReviewRecord.objects.standing().filter(enrolment=OuterRef("pk"))
        turned = records.exclude(decision=Decision.APPROVED)
        count = turned.order_by().values("enrolment").annotate(n=Count("pk")).values("n")
        return self.annotate(
            returns=Coalesce(Subquery(count), 0),
            last_return=Subquery(turned.order_by("-at", "-pk").values("comment")[:1]),
        )

    def with_reminders(self) -> Self:
        """Annotate the last reminder: `reminded_at`, `reminded_by`, and `reminded_ways` it took."""
        told = Message.objects.filter(
            subject_type="enrolment", subject_id=OuterRef("pk"), kind__in=REMINDERS
        ).order_by("-created_at", "-pk")
        way = Concat("channel", Value(":"), "state", output_field=models.CharField())
        ways = (
            Delivery.objects.filter(message=OuterRef("pk"))
            .order_by()
            .values("message")
            .annotate(ways=StringAgg(way, ",", order_by="channel"))
        )
        return self.annotate(
            reminded_at=Subquery(told.values("created_at")[:1]),
            reminded_by=Subquery(told.values("by__name")[:1]),
            reminded_ways=Subquery(
                told.annotate(ways=Subquery(ways.values("ways"))).values("ways")[:1]
            ),
        )

    def with_story(self) -> Self:
        """Everything that rules read, in a number of queries that does not grow."""
        told = self.select_related("student")
        told._iterable_class = WithStory
        return told

    def sparing(self) -> Self:
        """Without what no rule asks for: of thousands of students it need not be read and opened."""
        return self.defer("snapshot", *(f"student__{name}" for name in UNASKED))

    def with_quote(self) -> Self:
        """What a page says of the price: lines with their types, recognitions, the reason."""
        return self.prefetch_related("lines__insurance_type", "student__hardships", "reason")


class Enrolment(models.Model):
    """参保登记: one student in one plan. `status` is written by flow.py only."""

    # Each step of the story writes the row anew, and every index of it: no more of them than are asked.
    plan = models.ForeignKey(
        InsurancePlan, models.PROTECT, db_index=False, related_name="enrolments"
    )
    student = models.ForeignKey(Student, models.PROTECT, db_index=False, related_name="enrolments")
    public_id = models.UUIDField(default=public_id.new, unique=True, editable=False)
    status = models.CharField(
        "参保状态",
        max_length=20,
        choices=Status,
        default=Status.UNREGISTERED,
        db_default=Status.UNREGISTERED,
    )
    current_step = models.ForeignKey(
        ReviewStep,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="当前环节",
    )
    resume_step = models.ForeignKey(
        ReviewStep, models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    required = models.BooleanField("需要参保", default=True, db_default=True)
    required_note = models.CharField("不需要参保的原因", max_length=100, default="", db_default="")
    off_roster = models.BooleanField("已不在计划对象内", default=False, db_default=False)
    intent = models.CharField(
        "参保意愿", max_length=10, choices=Intent, default="", db_default="", blank=True
    )
    reason = models.ForeignKey(
        OptOutReason,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        verbose_name="不参保原因",
    )
    reason_note = models.CharField("不参保说明", max_length=200, default="", db_default="")
    consent_note = models.CharField("学生如何同意", max_length=200, default="", db_default="")
    amount_due = models.DecimalField(
        "应缴金额", max_digits=8, decimal_places=2, default=0, db_default=0
    )
    snapshot: "models.Field[dict[str, str], dict[str, str]]" = EncryptedJSON("提交时的个人信息")
    data_findings = models.CharField(
        "信息检查结果", max_length=60, default="", db_default="", blank=True
    )
    quoted_on = models.DateField("金额计算日期", null=True, blank=True)
    round = models.PositiveSmallIntegerField("提交次数", default=0, db_default=0)
    plan_version = models.PositiveSmallIntegerField("提交时的计划版本", default=0, db_default=0)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="提交人",
    )
    changed_at = models.DateTimeField("状态时间", auto_now_add=True)

    finding_codes: str  # of rows read `with_codes`
    standing: str  # of rows read `with_standing`
    evidence_state: str  # of rows read `with_papers`
    statement_state: str

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "student"], name="one_enrolment_per_plan"),
            models.CheckConstraint(
                name="in_review_iff_at_a_step",
                condition=Q(status=Status.IN_REVIEW, current_step__isnull=False)
                | (~Q(status=Status.IN_REVIEW) & Q(current_step__isnull=True)),
            ),
            models.CheckConstraint(
                name="staying_out_has_a_reason",
                condition=~Q(intent=Intent.STAY_OUT) | Q(reason__isnull=False),
            ),
            models.CheckConstraint(
                name="staying_out_owes_nothing",
                condition=~Q(intent=Intent.STAY_OUT) | Q(amount_due=0),
            ),
            models.CheckConstraint(
                name="outcome_fits_the_intent",
                condition=(~Q(status=Status.OPTED_OUT) | Q(intent=Intent.STAY_OUT))
                & (
                    ~Q(status__in=[Status.AWAITING_PAYMENT, Status.ENROLLED])
                    | Q(intent=Intent.JOIN)
                ),
            ),
            models.CheckConstraint(name="amount_due_not_negative", condition=Q(amount_due__gte=0)),
        ]
        indexes = [
            models.Index(fields=["student", "plan"], name="enrolment_student"),
            # With what lists sum: a count and a sum of a million rows read no row.
            models.Index(
                fields=["plan", "status"], name="enrolment_plan_status", include=["amount_due"]
            ),
            models.Index(
                fields=["current_step"],
                name="enrolment_step",
                condition=Q(current_step__isnull=False),
            ),
            # For whoever deletes a step or a reason: nobody may refer to it.
            models.Index(
                fields=["resume_step"],
                name="enrolment_resume_step",
                condition=Q(resume_step__isnull=False),
            ),
            models.Index(
                fields=["reason"], name="enrolment_reason", condition=Q(reason__isnull=False)
            ),
        ]

    def __str__(self):
        return f"{self.student} · {self.plan}"

    @property
    def decisions(self) -> "list[ReviewRecord]":
        """What was decided and not undone, in order."""
        return [record for record in self.reviews.all() if record.stands]


class Draft(models.Model):
    """草稿: what a student has chosen and not yet submitted. Read and written by drafts.py."""

    enrolment = models.OneToOneField(
        Enrolment, models.CASCADE, primary_key=True, related_name="draft"
    )
    data_confirmed = models.BooleanField("已核对个人信息", default=False)
    intent = models.CharField("参保意愿", max_length=10, choices=Intent, default="", blank=True)
    type_ids = ArrayField(models.BigIntegerField(), verbose_name="参保类型", default=list)
    reason = models.ForeignKey(
        OptOutReason, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField("不参保说明", max_length=200, default="", blank=True)
    saved_at = models.DateTimeField("保存时间", auto_now=True)

    def __str__(self):
        return f"{self.enrolment} 草稿"


class QuoteLine(models.Model):
    """缴费依据: one chosen type, its price and why. The lines sum to the enrolment's amount_due."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, db_index=False, related_name="lines")
    insurance_type = models.ForeignKey(
        InsuranceType, models.PROTECT, related_name="+", verbose_name="参保类型"
    )
    premium = models.DecimalField("标准", max_digits=8, decimal_places=2)
    reduced = models.DecimalField("减免", max_digits=8, decimal_places=2)
    amount = models.DecimalField("应缴", max_digits=8, decimal_places=2)
    payer = models.CharField("由谁承担", max_length=40, blank=True)
    explanation = models.CharField("缴费依据", max_length=300)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "insurance_type"], name="one_line_per_type"
            ),
            models.CheckConstraint(
                name="line_adds_up", condition=Q(amount=F("premium") - F("reduced"), amount__gte=0)
            ),
        ]
        # Few lines are reduced; who looks for them in a queue need not read every line there is.
        indexes = [
            models.Index(fields=["enrolment"], name="reduced_lines", condition=Q(reduced__gt=0))
        ]

    def __str__(self):
        return self.explanation


class DeadlineRound(models.Model):
    """截止提醒: that students were reminded of an end on a day; written by reminding.py."""

    plan = models.ForeignKey(InsurancePlan, models.CASCADE, related_name="deadline_rounds")
    deadline = models.CharField("提醒事项", max_length=10, choices=Deadline)
    on = models.DateField("日期")
    told = models.PositiveIntegerField("人数", default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "deadline", "on"], name="one_reminder_a_day")
        ]

    def __str__(self):
        return f"{self.plan} {self.get_deadline_display()} {self.on}"
