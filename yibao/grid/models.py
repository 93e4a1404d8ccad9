"""What a person keeps about lists: 列配置 and 自定义查询."""

from django.conf import settings
from django.db import models


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
