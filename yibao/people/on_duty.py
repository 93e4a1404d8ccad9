"""Who does the work of posts today, the holder and whoever stands in: whom to tell, whom to call."""

from django.db.models import QuerySet
from django.utils.timezone import localdate

from yibao.people.models import Deputy, Post


def deputies_today(posts: QuerySet[Post]) -> QuerySet[Deputy]:
    """代理 of these posts today."""
    today = localdate()
    return Deputy.objects.filter(
        post__in=posts.order_by().values("pk"),
        from_on__lte=today,
        until__gte=today,
        user__is_active=True,
    )


def people_at(posts: QuerySet[Post]) -> list[int]:
    """Everybody who is told what concerns one of these posts; a holder who is away too."""
    held = posts.filter(is_active=True)
    holders = held.filter(user__is_active=True).order_by().values_list("user", flat=True)
    return sorted({*holders, *deputies_today(held).values_list("user", flat=True)})


def classes_at(posts: QuerySet[Post]) -> set[tuple[int, int]]:
    """Person and class of counselors' posts, once each."""
    held = posts.filter(is_active=True)
    own = held.filter(user__is_active=True, class_groups__isnull=False)
    found = set(own.order_by().values_list("user", "class_groups"))
    away = deputies_today(held).filter(post__class_groups__isnull=False)
    return found | set(away.values_list("user", "post__class_groups"))


def whom_to_call(posts: QuerySet[Post]) -> dict[int, str]:
    """By post: 李老师（8001；至 11-30 由何老师 8002代理）. Three queries, whatever the number."""
    held = posts.filter(is_active=True, user__is_active=True).select_related("user")
    away: dict[int, list[Deputy]] = {}
    for deputy in deputies_today(held).select_related("user").order_by("until", "pk"):
        away.setdefault(deputy.post_id, []).append(deputy)
    deputies = {deputy.user_id for found in away.values() for deputy in found}
    phones = dict(
        Post.objects.filter(user__in=deputies, is_active=True)
        .exclude(phone="")
        .order_by("-pk")
        .values_list("user", "phone")
    )

    def words(post: Post) -> str:
        instead = (
            f"至 {one.until:%m-%d} 由{' '.join(filter(None, [one.user.name, phones.get(one.user_id)]))}代理"
            for one in away.get(post.pk, ())
        )
        known = "；".join(filter(None, [post.phone, *instead]))
        return f"{post.user.name}（{known}）" if known else post.user.name

    return {post.pk: words(post) for post in held.order_by("user__name", "pk")}
