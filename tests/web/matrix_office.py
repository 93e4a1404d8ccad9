"""The lines of the matrix about the school office's tables: which row, and what is sent."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils.timezone import localdate, now

from yibao.people.phrase_models import OfficePhrase
from yibao.people.states import TransitionKind
from yibao.people.transition_models import Transition


def phrase(text: str = "请补交材料", *, retired: bool = False) -> OfficePhrase:
    """A line of what is offered when an application is sent back; there are three."""
    for at, words in enumerate(("情况不符", "请补交材料", "照片太暗"), 1):
        OfficePhrase.objects.get_or_create(kind="send_back", text=words, defaults={"position": at})
    OfficePhrase.objects.filter(text=text).update(retired_at=now() if retired else None)
    return OfficePhrase.objects.get(text=text)


def on_phrase(action: str, *, retired: bool = False) -> Callable[[Any], dict[str, Any]]:
    """An action on one of them."""
    return lambda _: {"do": "run", "action": action, "pk": phrase(retired=retired).pk}


def waits(w: Any) -> Transition:
    """王 will be on leave from next month."""
    there = {
        "kind": TransitionKind.SUSPEND,
        "effective_on": localdate() + timedelta(days=30),
        "entered_by": w.cast.office,
    }
    return Transition.objects.get_or_create(
        student=w.cast.wang, basis="休学审批表", defaults=there
    )[0]


SUSPENDED = {"kind": "suspend", "basis": "休学审批表"}
ADDRESSES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "staff:phrase": lambda _: {"pk": phrase().pk},
    "staff:transition_new": lambda w: {"public_id": w.cast.wang.public_id},
}
DATA: dict[str, Callable[[Any], dict[str, Any]]] = {
    "staff:phrase_new": lambda _: {"kind": "send_back", "text": "请重新拍照"},
    "staff:phrase": lambda _: {"text": "请补交证明材料"},
    "staff:transition_new": lambda _: SUSPENDED | {"effective_on": str(localdate())},
    "staff:transitions cancel": lambda w: {"do": "run", "action": "cancel", "pk": waits(w).pk},
    "staff:students transition": lambda w: {
        "do": "run",
        "action": "transition",
        "pk": w.cast.wang.pk,
        "effective_on": str(localdate()),
        **SUSPENDED,
    },
    "staff:phrases up": on_phrase("up"),
    "staff:phrases down": on_phrase("down"),
    "staff:phrases retire": on_phrase("retire"),
    "staff:phrases restore": on_phrase("restore", retired=True),
}
