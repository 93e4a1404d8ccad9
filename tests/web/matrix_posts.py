"""The lines of the matrix about posts, deputies and class helpers: what they are about, and what is sent."""

from collections.abc import Callable
from typing import Any

from django.utils.timezone import localdate


def post(w: Any) -> dict[str, Any]:
    """What 李 holds."""
    return {"pk": w.cast.li.posts.get().pk}


def stands_in(w: Any) -> dict[str, Any]:
    """何 stands in for 李."""
    days = dict.fromkeys(("from_on", "until"), localdate())
    held = w.cast.li.posts.get()
    return {"pk": held.deputies.get_or_create(user=w.cast.he, defaults=days)[0].pk}


def helps(w: Any) -> dict[str, Any]:
    """王 is 班长 of his class."""
    group, ends = w.cast.wang.class_group, {"given_by": w.cast.li, "until": localdate()}
    group.helpers.get_or_create(student=w.cast.wang, defaults=ends)
    return {}


ADDRESSES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "staff:post_end": post,
    "staff:post_phone": post,
    "staff:post_deputy": post,
    "staff:post_hand_over": post,
    "staff:deputy_end": stands_in,
    "student:class_progress": helps,
}
DATA: dict[str, Callable[[Any], dict[str, Any]]] = {
    "staff:post_phone": lambda _: {"phone": "0591-83376001"},
    "staff:post_deputy": lambda w: {
        "number": w.cast.he.username,
        **dict.fromkeys(("from_on", "until"), str(localdate())),
    },
    "staff:post_hand_over": lambda w: {
        "number": w.cast.sun.username,
        "classes": w.cast.classes.cs1.pk,
    },
    "staff:students appoint": lambda w: {
        "do": "run",
        "action": "appoint",
        "pk": w.cast.wang.pk,
    },
    "staff:students dismiss": lambda w: (
        helps(w) | {"do": "run", "action": "dismiss", "pk": w.cast.wang.pk}
    ),
}
