"""A change of a plan as staff read it: payment channels by what they are called."""

from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from yibao.payments.providers.base import label
from yibao.plans import words

CHANNELS = words.label_of("channels")
BEFORE = 15  # characters that stay in sight before what differs


def with_labels(change: Mapping[str, Any]) -> dict[str, Any]:
    """One field from what to what."""
    field = change.get("field", "")
    was, now = (channels_in_words(field, change.get(key)) for key in ("was", "now"))
    return {**change, **dict(zip(("was", "now"), _from_the_difference(was, now), strict=True))}


def channels_in_words(field: str, said: Any) -> Any:
    """Payment channels are kept by their names: plans do not know what payments call them."""
    if field != CHANNELS or not isinstance(said, str) or not said:
        return said
    return "、".join(label(name) for name in said.split("、"))


def _from_the_difference(was: Any, now: Any) -> tuple[Any, Any]:
    """Of long texts that begin alike, what differs: lists cut them after sixty characters."""
    if not (isinstance(was, str) and isinstance(now, str)):
        return was, now
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(was, now, strict=False))
    start = sum(1 for _ in alike) - BEFORE
    return (f"…{was[start:]}", f"…{now[start:]}") if start > BEFORE else (was, now)
