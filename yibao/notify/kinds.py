"""What messages are about. Chapters declare their kinds, and settings.MESSAGE_KINDS names them.

So this package asks whether a message still holds without knowing what it is about.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

SECOND_THOUGHTS = timedelta(minutes=10)
"""What can be undone for so long is told outside only afterwards."""


@dataclass(frozen=True)
class Kind:
    """A kind of message.

    `still_true` answers which of some subjects a message still holds for; a kind with it is about
    something to be done, one without it tells a fact. `label` is all that a robot says in a group.
    """

    key: str
    label: str
    icon: str = "message"
    still_true: Callable[[Collection[int]], set[int]] | None = None
    outside: bool = True  # also by e-mail and robot, not only in the inbox
    wait: timedelta = timedelta(0)  # before it goes outside
    for_staff: bool = False


@cache
def kinds() -> dict[str, Kind]:
    """Every kind of message by its key."""
    found: dict[str, Kind] = {}
    for name in settings.MESSAGE_KINDS:
        for kind in import_string(name):
            if kind.key in found:
                message = f"two kinds of messages are called {kind.key}"
                raise ValueError(message)
            found[kind.key] = kind
    return found


def passing() -> list[str]:
    """The kinds that end when their subject moves on."""
    return [kind.key for kind in kinds().values() if kind.still_true]
