"""常用语 of the school: words for an opinion or a reason that everybody is offered."""

from typing import Any, Self

from django.db import models

from yibao.people.levels import Level
from yibao.people.scope import holds


class OfficePhraseQuerySet(models.QuerySet):
    """The table is the school office's to keep; what it offers, everybody is offered."""

    def visible_to(self, user: Any) -> Self:
        """What the office keeps; nobody else has a list of them."""
        return self if holds(user, Level.SCHOOL) else self.none()

    def offered(self) -> Self:
        """Those in use, in the office's order."""
        return self.filter(retired_at__isnull=True).order_by("position", "pk")


class OfficePhrase(models.Model):
    """学校常用语: one line of what is offered where something of a `kind` is asked.

    Never deleted: what was written with it holds the words themselves, and a retired line may return.
    """

    kind = models.CharField("用于", max_length=40)
    text = models.CharField("内容", max_length=200)
    position = models.PositiveSmallIntegerField("顺序", default=1)
    retired_at = models.DateTimeField("停用时间", null=True, blank=True, editable=False)
    changed_at = models.DateTimeField("修改时间", auto_now=True)

    objects = OfficePhraseQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "text"], name="one_office_phrase_once")
        ]

    def __str__(self):
        return self.text
