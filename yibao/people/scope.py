"""Who may see which rows. Every list, page and export goes through here."""

from typing import Any, Self

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.utils.timezone import localdate

from yibao.common.bulk import OneOf
from yibao.common.statements import Given, Kept
from yibao.people.levels import Level

NOTHING = Q(pk__in=[])
HELD = "held_posts"


def posts_of(user: Any) -> list[Any]:
    """The posts a person holds now; read once per request's user object."""
    if not user.is_authenticated or not user.is_active:
        return []
    # A page asks a hundred times: neither look it up nor make a manager each time.
    if HELD not in getattr(user, "_prefetched_objects_cache", ()):
        # The place that `refresh_from_db` empties.
        if not hasattr(user, "_prefetched_objects_cache"):
            user._prefetched_objects_cache = {}
        user._prefetched_objects_cache[HELD] = _held(user)
    posts: list[Any] = user._prefetched_objects_cache[HELD]
    return posts


def _held(user: Any) -> list[Any]:
    """Own posts, and those of people who are away and whose deputy the person is today."""
    return HELD_BY.rows(user=user.pk, today=localdate())


def _held_by() -> QuerySet[Any]:
    user, today = Given("user"), Given("today")
    post = apps.get_model("people", "Post")
    deputy = Q(deputies__user=user, deputies__from_on__lte=today, deputies__until__gte=today)
    classes = post.class_groups.through.objects.filter(post=OuterRef("pk")).values("classgroup")
    held = post.objects.filter(Q(user=user) | deputy, is_active=True).order_by("pk").distinct()
    return held.annotate(class_keys=ArraySubquery(classes))


HELD_BY = Kept(_held_by)


def holds(user: Any, *levels: Level) -> bool:
    """Whether the person holds a post at one of the levels."""
    return any(post.level in levels for post in posts_of(user))


def only_counsels(user: Any) -> bool:
    """Whether all that the person sees are the students of a few classes."""
    posts = posts_of(user)
    return bool(posts) and all(post.level == Level.COUNSELOR for post in posts)


def class_keys(user: Any) -> list[int]:
    """The classes that the person counsels."""
    return [key for post in posts_of(user) for key in post.class_keys]


def reach(post: Any, path: str = "") -> Q:
    """Rows whose student one post of `posts_of` covers; `path` leads from the row to the student.

    An administrator manages accounts and an auditor reads the trail: neither sees students.
    """
    to = f"{path}__" if path else ""
    match post.level:
        case Level.SCHOOL | Level.FINANCE:
            return Q()
        case Level.COLLEGE:
            return Q(**{f"{to}class_group__major__college": post.college_id})
        case Level.COUNSELOR:
            # Keys, not a join: a class has several counselors and a join doubles rows.
            return Q(OneOf(f"{to}class_group", post.class_keys))
        case _:
            return NOTHING


def within_scope(user: Any, path: str = "") -> Q:
    """Rows whose student `user` may see: their own, and those their posts cover."""
    posts = posts_of(user)
    if any(post.level in (Level.SCHOOL, Level.FINANCE) for post in posts):
        return Q()
    # Never OR onto an empty Q(): Django drops it, and alone it means "all rows".
    seen = Q(**{f"{path}__user" if path else "user": user.pk})
    for post in posts:
        seen |= reach(post, path)
    return seen


class ScopedQuerySet(QuerySet):
    """Rows that lead to a student by `student_path`."""

    student_path = ""

    def visible_to(self, user: Any) -> Self:
        """The only door for pages: rows of students within the user's scope."""
        return self.filter(within_scope(user, self.student_path))

    def covered_by(self, user: Any, *levels: Level) -> Self:
        """Rows of students whom the person's posts at these levels cover; not their own row."""
        wide = (Level.SCHOOL, Level.FINANCE)
        posts = [post for post in posts_of(user) if post.level in levels]
        if any(post.level in wide for post in posts):
            return self.all()
        covered = NOTHING
        for post in posts:
            covered |= reach(post, self.student_path)
        return self.filter(covered)
