"""The ways out. A channel talks to the outside and knows no row; sending.py writes what became of it."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Protocol

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from yibao.accounts.models import User
from yibao.notify.kinds import Kind

LABELS = {"mail": "邮件", "robot": "群机器人"}


@dataclass(frozen=True)
class Letter:
    """What a channel may say of a message, and to whom: an address, or the number one signs in with.

    `headline` may be read by others, in a group; title and text are for the person alone.
    """

    number: str
    to: str
    headline: str
    title: str
    text: str
    link: str
    english: bool = False


class NotSentError(Exception):
    """Certainly not sent; the sentence holds no secret.

    `for_good` when trying again is of no use, `for_all` when the others need not be tried now.
    """

    def __init__(self, said: str, *, for_good: bool = False, for_all: bool = False) -> None:
        super().__init__(said)
        self.for_good, self.for_all = for_good, for_all


class UnclearError(Exception):
    """It was handed over and no answer came: perhaps it has arrived, so it is not sent again."""


class Line(Protocol):
    """An open connection. What `ready` says can be taken back, what `hand_over` says cannot."""

    def ready(self, letters: Sequence[Letter]) -> None:
        """Everything that comes before it counts. Raises `NotSentError`."""

    def hand_over(self, letters: Sequence[Letter]) -> None:
        """Send. Raises `NotSentError` or `UnclearError`."""


class Channel(Protocol):
    """A way out of the system."""

    together: ClassVar[int]  # so many letters of one kind in one parcel
    at_once: ClassVar[int]  # so many parcels over one connection
    rounds: ClassVar[int]  # so many connections a minute

    def takes(self, kind: Kind) -> bool:
        """Whether messages of a kind go this way."""

    def reached(self, people: QuerySet[User]) -> QuerySet[User]:
        """Whom of these it can reach."""

    def address(self, user: User) -> str:
        """How it calls somebody; "" if it cannot reach them any more."""

    def open(self) -> AbstractContextManager[Line]:
        """Connect. Raises `NotSentError` when nobody answers."""


@cache
def channels() -> dict[str, Channel]:
    """The channels that are set up, by name; that there is none is usual."""
    return {name: import_string(path)() for name, path in settings.MESSAGE_CHANNELS.items()}


def labels(names: Iterable[str]) -> str:
    """What channels are called, also those that were switched off since."""
    return "、".join(LABELS.get(name, name) for name in names)
