"""What a person keeps about lists: 列配置, 自定义查询, and work that takes its time."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

KEPT_FOR = timedelta(hours=24)
UNDO_WITHIN = timedelta(minutes=10)


class ColumnLayout(models.Model):
    """列配置: the columns, page size and row height a person wants in one list."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    grid = models.CharField(max_length=40)
    columns = models.JSONField(default=list)
    size = models.PositiveSmallIntegerField(default=0)
    density = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "grid"], name="one_layout_per_list"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.grid}"


class SavedQuery(models.Model):
    """自定义查询: a query string with a name, private or shared within one's unit."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    grid = models.CharField(max_length=40)
    name = models.CharField("名称", max_length=40)
    params = models.TextField()
    unit = models.CharField("共享范围", max_length=60, blank=True)
    is_default = models.BooleanField("默认", default=False)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "grid", "name"], name="one_query_per_name"),
            models.UniqueConstraint(
                fields=["user", "grid"],
                condition=models.Q(is_default=True),
                name="one_default_query_per_list",
            ),
        ]
        indexes = [
            models.Index(fields=["grid", "unit"], name="shared_queries"),
        ]

    def __str__(self) -> str:
        return self.name


class Phrase(models.Model):
    """意见常用语: words that a person often writes in one kind of action."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    text = models.CharField("常用语", max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "text"], name="one_phrase_once"),
        ]

    def __str__(self) -> str:
        return self.text


class Progress(models.TextChoices):
    """How far a piece of background work is."""

    WAITING = "waiting", "排队中"
    RUNNING = "running", "进行中"
    READY = "ready", "已完成"
    FAILED = "failed", "没有完成"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        tones = {Progress.READY: "green", Progress.FAILED: "red", Progress.RUNNING: "blue"}
        return tones.get(self, "grey")


class Errand(models.Model):
    """Background work on a list. `path` and `query` are the address it was asked at."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    grid = models.CharField(max_length=40)
    title = models.CharField("列表", max_length=80)
    path = models.CharField(max_length=200)
    query = models.TextField(blank=True)
    progress = models.CharField("进度", max_length=10, choices=Progress, default=Progress.WAITING)
    total = models.PositiveIntegerField("条数", default=0)
    through = models.PositiveIntegerField("已处理", default=0)
    asked_at = models.DateTimeField("提出时间", auto_now_add=True)
    moved_at = models.DateTimeField(auto_now=True)
    said = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        abstract = True

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.progress in (Progress.READY, Progress.FAILED)

    @property
    def percent(self) -> int:
        """How far it is."""
        return min(100, 100 * self.through // self.total) if self.total else 0

    @property
    def label(self) -> str:
        """The progress in words."""
        return Progress(self.progress).label


class Download(Errand):
    """我的下载: a file that is made in the background and kept for a day, for one person only."""

    ending = models.CharField("格式", max_length=4, default="xlsx")
    name = models.CharField("文件", max_length=160, blank=True)
    pks = ArrayField(models.BigIntegerField(), null=True)
    reach = models.TextField(blank=True)
    content = models.BinaryField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-asked_at"], name="my_downloads")]

    def __str__(self) -> str:
        return self.name or self.title

    @property
    def expires_at(self) -> datetime:
        """When it is thrown away."""
        return self.asked_at + KEPT_FOR

    @property
    def href(self) -> str:
        """The address of the file: that of its list, whose guards are asked again."""
        return f"{self.path}?{self.query}&part=download&pk={self.pk}"


class Batch(Errand):
    """批量操作: an action on rows. Many are done piece by piece; a killed worker loses no piece.

    What was done at once is kept as well if it can be undone; an undo is a batch that `undoes` one.
    """

    action = models.CharField(max_length=40)
    label = models.CharField("操作", max_length=40)
    data = models.JSONField(default=dict)
    pks = ArrayField(models.BigIntegerField())
    done = ArrayField(models.BigIntegerField(), default=list)
    refused = models.JSONField(default=dict)
    undoes = models.OneToOneField(
        "self", models.CASCADE, null=True, editable=False, related_name="undone_by"
    )

    class Meta:
        indexes = [models.Index(fields=["user", "grid", "-asked_at"], name="my_batches")]

    def __str__(self) -> str:
        return f"{self.title} {self.label}"

    @property
    def undo_until(self) -> datetime:
        """When it is too late to undo it."""
        return self.asked_at + UNDO_WITHIN
