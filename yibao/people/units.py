"""The colleges, majors and classes that somebody's posts cover, and who counsels a class."""

from functools import cache
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import OuterRef, Q, QuerySet, Subquery, TextField

from yibao.common.bulk import OneOf
from yibao.common.statements import Given, Kept, Text, ToldOnce, text_of
from yibao.people.levels import Level
from yibao.people.models import ClassGroup, Post, Student
from yibao.people.scope import NOTHING, class_keys, only_counsels, posts_of

CLASSES = "counseled_classes"
ASKED = ("name", "grade", "major__name", "major__college", "major__college__name")
"""Of a class, what lists offer to choose from."""
OF_KEYS = Kept(lambda: ClassGroup.objects.filter(OneOf("pk", Given("keys"))).values_list(*ASKED))


def classes_of(user: Any) -> QuerySet[ClassGroup]:
    """The classes whose students the person's posts cover."""
    posts = posts_of(user)
    if any(post.level in (Level.SCHOOL, Level.FINANCE) for post in posts):
        return ClassGroup.objects.all()
    covered = NOTHING
    for post in posts:
        if post.level == Level.COLLEGE:
            covered |= Q(major__college=post.college_id)
        elif post.level == Level.COUNSELOR:
            covered |= Q(pk__in=post.class_keys)
    return ClassGroup.objects.filter(covered)


def classes_in(*colleges: int | None) -> QuerySet[ClassGroup]:
    """The classes of colleges to choose from, the youngest first."""
    found = ClassGroup.objects.filter(major__college__in=[pk for pk in colleges if pk])
    return found.select_related("major__college").order_by(
        "major__college__name", "major__name", "-grade", "name"
    )


def names_of(user: Any, path: str, most: int = 0) -> list[Any]:
    """Different values of a path of the covered classes in order; at most so many."""
    if (few := _few_classes(user)) is not None:
        here = sorted({row[path] for row in few})
        return here[:most] if most else here
    values = classes_of(user).order_by(path).values_list(path, flat=True).distinct()
    return list(values[:most] if most else values)


def campuses_of(user: Any) -> list[str]:
    """The campuses of the students whom the person's posts cover."""
    mine = Student.objects.covered_by(user, *Level).exclude(campus="")
    return list(mine.order_by("campus").values_list("campus", flat=True).distinct())


def counselors_of(class_path: str) -> Subquery:
    """An annotation: the names of the counselors of the class at this path."""
    posts = Post.objects.filter(
        level=Level.COUNSELOR, is_active=True, class_groups=OuterRef(class_path)
    )
    names = StringAgg("user__name", "、", order_by="user__name")
    return Subquery(posts.order_by().values("class_groups").annotate(names=names).values("names"))


def with_all_counselors(rows: QuerySet[Any], class_path: str = "class_group") -> Any:
    """Annotate `all_counselors`, the same to sort and search by: a million students have few classes."""
    names = ToldOnce(_counselors(), "names", TextField(), path=class_path)
    return rows.annotate(all_counselors=names)


@cache
def _counselors() -> Text:
    names = StringAgg("posts__user__name", "、", order_by="posts__user__name")
    counseled = ClassGroup.objects.filter(posts__level=Level.COUNSELOR, posts__is_active=True)
    return text_of(counseled.order_by().values("pk").annotate(names=names))


def _few_classes(user: Any) -> list[dict[str, Any]] | None:
    """What may be asked of each class of a counselor: so few that they are read once per request's user."""
    if not only_counsels(user):
        return None
    kept: dict[str, Any] = user._prefetched_objects_cache  # beside the posts, see `posts_of`
    if CLASSES not in kept:
        found = OF_KEYS.tuples(keys=class_keys(user))
        kept[CLASSES] = [dict(zip(ASKED, row, strict=True)) for row in found]
    return kept[CLASSES]


def unit_key(user: Any) -> str:
    """The unit within which a person shares things; "" if there is no single one."""
    posts = posts_of(user)
    if any(post.level in (Level.SCHOOL, Level.FINANCE) for post in posts):
        return "school"
    colleges = set(names_of(user, "major__college"))
    colleges |= {post.college_id for post in posts if post.college_id}
    return f"college:{colleges.pop()}" if len(colleges) == 1 else ""
