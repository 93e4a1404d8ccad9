"""Chapter 0: colleges, majors, classes, students and their corrections, the posts of staff."""

from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Upper
from django.utils.timezone import now

from yibao.common import public_id
from yibao.common.fields import EncryptedJSON, EncryptedText
from yibao.common.models import Picture
from yibao.people.codes import DocumentType, RosterStatus, Sex, TrainingLevel
from yibao.people.levels import Level
from yibao.people.phrase_models import OfficePhrase
from yibao.people.scope import ScopedQuerySet, holds, posts_of
from yibao.people.states import CorrectionStatus, Showing, Topic
from yibao.people.transition_models import Transition

# Tables that stand in files of their own.
__all__ = [
    "Announcement", "ClassGroup", "ClassHelper", "College", "Correction", "Deputy", "Major",
    "OfficePhrase", "Post", "Student", "Transition",
]  # fmt: skip

STUDENTS = "student"
AUDIENCE = [(STUDENTS, "学生"), *Level.choices]


def read_by(audience: Iterable[str]) -> str:
    """学生、辅导员."""
    said = dict(AUDIENCE)
    return "、".join(said[name] for name in audience)


class College(models.Model):
    """学院."""

    name = models.CharField("学院", max_length=60, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Major(models.Model):
    """专业."""

    college = models.ForeignKey(College, models.PROTECT, related_name="majors", verbose_name="学院")
    name = models.CharField("专业", max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["college", "name"], name="one_major_per_college")
        ]

    def __str__(self):
        return self.name


class ClassGroup(models.Model):
    """班级: `grade` is the year of entry, the 年级 of its students."""

    major = models.ForeignKey(Major, models.PROTECT, related_name="classes", verbose_name="专业")
    grade = models.PositiveSmallIntegerField("年级")
    name = models.CharField("班级", max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["major", "grade", "name"], name="one_class_per_major_and_grade"
            )
        ]

    def __str__(self):
        return self.name


class Student(models.Model):
    """学生: the master data as the roster gives them. The class leads to major, grade, college."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="student", verbose_name="账号"
    )
    public_id = models.UUIDField(default=public_id.new, unique=True, editable=False)
    student_no = models.CharField("学号", max_length=32, unique=True)
    name = models.CharField("姓名", max_length=60)
    name_pinyin = models.CharField("姓名拼音", max_length=200, blank=True)
    sex = models.CharField("性别", max_length=1, choices=Sex, blank=True)
    ethnicity = models.CharField("民族", max_length=20, blank=True)
    document_type = models.CharField("证件类型", max_length=2, choices=DocumentType, blank=True)
    id_number = EncryptedText("证件号码")
    id_number_index = models.BinaryField(max_length=16, editable=False, default=b"")
    birth_date = models.DateField("出生日期", null=True, blank=True)
    class_group = models.ForeignKey(
        ClassGroup, models.PROTECT, related_name="students", verbose_name="班级"
    )
    campus = models.CharField("校区", max_length=40, blank=True)
    training_level = models.CharField(
        "培养层次", max_length=12, choices=TrainingLevel, default=TrainingLevel.BACHELOR
    )
    roster_status = models.CharField(
        "学籍状态", max_length=12, choices=RosterStatus, default=RosterStatus.ACTIVE
    )
    entered_on = models.DateField("入学时间", null=True, blank=True)
    graduates_on = models.DateField("拟毕业时间", null=True, blank=True)
    mobile = EncryptedText("手机号")
    mobile_index = models.BinaryField(max_length=16, editable=False, default=b"")
    home_phone = EncryptedText("家庭电话")
    home_address = EncryptedText("家庭地址")
    postcode = models.CharField("邮编", max_length=6, blank=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["class_group", "student_no"], name="student_class"),
            models.Index(fields=["id_number_index"], name="student_id_number"),
            models.Index(fields=["mobile_index"], name="student_mobile"),
            models.Index(fields=["name"], name="student_name"),
            # What the search box asks: part of a name or number, whatever the case.
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="student_name_part"),
            GinIndex(OpClass(Upper("student_no"), "gin_trgm_ops"), name="student_no_part"),
        ]

    def __str__(self):
        return self.name


class Post(models.Model):
    """岗位: a job somebody holds; one person may hold several, and each covers its own students."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="posts", verbose_name="人员"
    )
    level = models.CharField("级别", max_length=12, choices=Level)
    college = models.ForeignKey(
        College, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name="学院"
    )
    class_groups = models.ManyToManyField(
        ClassGroup, blank=True, related_name="posts", verbose_name="所带班级"
    )
    phone = models.CharField("办公电话", max_length=30, blank=True, default="", db_default="")
    is_active = models.BooleanField("在岗", default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="post_college_iff_college_level",
                condition=Q(level=Level.COLLEGE, college__isnull=False)
                | (~Q(level=Level.COLLEGE) & Q(college__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["user", "level", "college"], name="one_post_per_unit", nulls_distinct=False
            ),
        ]

    def __str__(self):
        return f"{self.college}（院级）" if self.college else self.get_level_display()


class Deputy(models.Model):
    """代理: somebody does the work of a post while its holder is away, and no longer than until."""

    post = models.ForeignKey(
        Post, models.CASCADE, related_name="deputies", verbose_name="代理的岗位"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="deputyships", verbose_name="代理人"
    )
    from_on = models.DateField("开始日期")
    until = models.DateField("结束日期")
    reason = models.CharField("原因", max_length=60, blank=True)

    class Meta:
        ordering = ["from_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="deputy_dates_in_order", condition=Q(from_on__lte=models.F("until"))
            )
        ]

    def __str__(self):
        return f"{self.user}代理{self.post}"


class ClassHelper(models.Model):
    """班长: a student who sees who of one class is done, by name, and nothing else; ends by itself."""

    class_group = models.ForeignKey(
        ClassGroup, models.PROTECT, related_name="helpers", verbose_name="班级"
    )
    student = models.ForeignKey(Student, models.PROTECT, related_name="helps", verbose_name="班长")
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="指定人"
    )
    given_at = models.DateTimeField("指定时间", auto_now_add=True)
    until = models.DateField("有效期至")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["class_group", "student"], name="one_helper_per_class")
        ]

    def __str__(self):
        return f"{self.class_group}班长{self.student}"


class CorrectionQuerySet(ScopedQuerySet):
    """Corrections, scoped by their student."""

    student_path = "student"

    def open(self) -> Self:
        """待处理."""
        return self.filter(status=CorrectionStatus.OPEN)

    def with_story(self) -> Self:
        """With all that the rules read."""
        return self.select_related("student__class_group__major__college", "student__user")


class Correction(models.Model):
    """更正申请: what a student says their master data should be. `status` is written by flow.py only.

    `old` and `new` hold field → value; once accepted, exactly what was written.
    """

    student = models.ForeignKey(
        Student, models.PROTECT, related_name="corrections", verbose_name="学生"
    )
    public_id = models.UUIDField(default=public_id.new, unique=True, editable=False)
    topic = models.CharField("更正项目", max_length=12, choices=Topic)
    old: "models.Field[dict[str, str], dict[str, str]]" = EncryptedJSON("原值")
    new: "models.Field[dict[str, str], dict[str, str]]" = EncryptedJSON("新值")
    reason = EncryptedText("更正原因")
    proof = models.OneToOneField(
        Picture, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="证明照片"
    )
    status = models.CharField(
        "状态", max_length=10, choices=CorrectionStatus, default=CorrectionStatus.OPEN
    )
    asked_at = models.DateTimeField("申请时间", auto_now_add=True)
    decided_at = models.DateTimeField("处理时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="处理人",
    )
    comment = models.CharField("处理意见", max_length=200, blank=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["student", "topic"],
                name="one_open_correction_per_topic",
                condition=Q(status=CorrectionStatus.OPEN),
            ),
            models.CheckConstraint(
                name="correction_decided_unless_open",
                condition=Q(status=CorrectionStatus.OPEN, decided_at__isnull=True)
                | (~Q(status=CorrectionStatus.OPEN) & Q(decided_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["status", "asked_at"], name="correction_status")]

    def __str__(self):
        return f"{self.student} {self.get_topic_display()}"


class AnnouncementQuerySet(models.QuerySet):
    """公告: the school office's to write, for whom it names to read."""

    def visible_to(self, user: Any) -> Self:
        """What the office keeps; nobody else has a list of them."""
        return self if holds(user, Level.SCHOOL) else self.none()

    def shown_to(self, user: Any) -> Self:
        """What stands on somebody's home page now."""
        audience = [post.level for post in posts_of(user)]
        if hasattr(user, "student"):
            audience.append(STUDENTS)
        at = now()
        return self.filter(
            withdrawn_at__isnull=True, shown_from__lte=at, shown_until__gt=at,
            audience__overlap=audience,
        )  # fmt: skip

    def with_showing(self) -> Self:
        """Annotate `showing`: how each stands now."""
        at = now()
        return self.annotate(
            showing=Case(
                When(withdrawn_at__isnull=False, then=Value(Showing.WITHDRAWN.value)),
                When(shown_from__gt=at, then=Value(Showing.LATER.value)),
                When(shown_until__gt=at, then=Value(Showing.SHOWN.value)),
                default=Value(Showing.OVER.value),
                output_field=models.CharField(),
            )
        )


class Announcement(models.Model):
    """公告: plain text on the home pages of chosen posts and of students, for a time."""

    title = models.CharField("标题", max_length=60)
    text = models.TextField("正文", max_length=2000)
    audience = ArrayField(models.CharField(max_length=12, choices=AUDIENCE), verbose_name="给谁看")
    shown_from = models.DateTimeField("显示开始时间")
    shown_until = models.DateTimeField("显示截止时间")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="发布人"
    )
    at = models.DateTimeField("发布时间", auto_now_add=True)
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True, editable=False)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = ["-shown_from", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="announcement_window_in_order",
                condition=Q(shown_from__lt=models.F("shown_until")),
            ),
            models.CheckConstraint(
                name="announcement_for_somebody", condition=Q(audience__len__gt=0)
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def audience_words(self) -> str:
        """学生、辅导员."""
        return read_by(self.audience)

    @property
    def state(self) -> tuple[str, str]:
        """Word and tone as of now."""
        at = now()
        if self.withdrawn_at:
            showing = Showing.WITHDRAWN
        elif at < self.shown_from:
            showing = Showing.LATER
        else:
            showing = Showing.SHOWN if at < self.shown_until else Showing.OVER
        return showing.label, showing.tone
