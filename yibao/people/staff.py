"""Who works here, as an administrator sees it: accounts and posts, and nothing of any student."""

from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, CharField, OuterRef, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Coalesce, Concat

from yibao.accounts.models import User
from yibao.common.models import AuditEntry
from yibao.people.levels import Level
from yibao.people.models import ClassGroup, College, Deputy, Post
from yibao.people.scope import holds


def staff_seen_by(viewer: Any) -> QuerySet[User]:
    """Everybody who is no student, with `post_words`; nobody for whoever is no administrator."""
    if not holds(viewer, Level.ADMIN):
        return User.objects.none()
    labels = Case(
        *(When(level=level.value, then=Value(str(level.label))) for level in Level),
        output_field=CharField(),
    )
    # As `str(post)` says it.
    of_college = Concat("college__name", Value("（院级）"), output_field=TextField())
    words = Case(When(college=None, then=labels), default=of_college, output_field=TextField())
    held = (
        Post.objects.filter(user=OuterRef("pk"), is_active=True)
        .order_by()
        .values("user")
        .annotate(words=StringAgg(words, "、"))
        .values("words")
    )
    return User.objects.filter(student__isnull=True).annotate(
        post_words=Coalesce(Subquery(held), Value(""), output_field=TextField())
    )


def posts_seen_by(viewer: Any) -> QuerySet[Post]:
    """The posts that are held now."""
    held = Post.objects.filter(is_active=True, user__in=staff_seen_by(viewer))
    return (
        held.select_related("user", "college")
        .prefetch_related("class_groups__major__college", "deputies__user")
        .order_by("level", "pk")
    )


def deputies_seen_by(viewer: Any) -> QuerySet[Deputy]:
    """Who stands in for whom."""
    held = Deputy.objects.filter(post__in=posts_seen_by(viewer).order_by())
    return held.select_related("user", "post__user", "post__college")


def trail_seen_by(viewer: Any) -> QuerySet[AuditEntry]:
    """The audit trail, for auditors."""
    return AuditEntry.objects.all() if holds(viewer, Level.AUDITOR) else AuditEntry.objects.none()


def colleges() -> QuerySet[College]:
    """学院 to choose from."""
    return College.objects.order_by("name")


def classes() -> QuerySet[ClassGroup]:
    """班级 to choose from, by college and grade."""
    return ClassGroup.objects.select_related("major__college").order_by(
        "major__college__name", "-grade", "name"
    )
