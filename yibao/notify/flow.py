"""Tell people something. `tell` is the one door for every chapter; rows are written with it or not.

What goes outside is written beside the message, in the same transaction, and sent by a job after it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import bulk
from yibao.common.bulk import OneOf
from yibao.common.statements import Given, KeptWrite, text_of_update
from yibao.notify import jobs
from yibao.notify.channels import channels
from yibao.notify.kinds import Kind, kinds, passing
from yibao.notify.models import Delivery, Message

NUMBERS = re.compile(r"\d{17}[\dXx]|\d{11,}")
SHOWN, TAIL = 3, 2
_WITHDRAW = KeptWrite(
    lambda: text_of_update(
        Message.objects.filter(
            OneOf("subject_id", Given("keys")),
            OneOf("kind", Given("kinds"), "text"),
            subject_type=Given("about"),
            withdrawn_at__isnull=True,
        ),
        withdrawn_at=Given("at"),
    )
)


@dataclass(frozen=True)
class Note:
    """What to tell one account. `about` is the row it concerns; `link` a page of ours."""

    to: int
    kind: Kind
    title: str
    text: str = ""
    link: str = ""
    about: Model | None = None


def tell(notes: Iterable[Note], *, by: User | None) -> int:
    """Put messages into inboxes, and on their way outside; never to whoever has just done it.

    `by` is who did it, None for a job or a gateway. Returns how many were told. The number of queries
    does not grow with the notes.
    """
    told = [(note, _message(note, by)) for note in notes if by is None or note.to != by.pk]
    if not told:
        return 0
    with transaction.atomic(savepoint=False):
        bulk.insert([message for _, message in told])
        _send_outside(told)
    return len(told)


def withdraw(subjects: Sequence[Model]) -> int:
    """These rows have moved on: what was still to be done about them no longer counts as unread."""
    if not subjects:
        return 0
    keys = [row.pk for row in subjects]
    return _WITHDRAW.run(about=_type(subjects[0]), keys=keys, kinds=passing(), at=now())


def read(message: Message) -> Message:
    """Opened by the person it was for; the first time counts."""
    if message.read_at is None:
        message.read_at = now()
        message.save(update_fields=["read_at"])
    return message


def read_all(user: User) -> int:
    """全部标为已读."""
    return Message.objects.visible_to(user).filter(read_at__isnull=True).update(read_at=now())


def without_numbers(text: str) -> str:
    """No ID number and no phone number leaves by a message, whoever typed it."""

    def masked(found: re.Match[str]) -> str:
        number = found.group()
        return number[:SHOWN] + "*" * (len(number) - SHOWN - TAIL) + number[-TAIL:]

    return NUMBERS.sub(masked, text)


def _message(note: Note, by: User | None) -> Message:
    if kinds().get(note.kind.key) is not note.kind:
        message = f"settings.MESSAGE_KINDS does not name the kind {note.kind.key}"
        raise ValueError(message)
    return Message(
        to_id=note.to,
        kind=note.kind.key,
        title=_short(note.title, "title"),
        text=_short(note.text, "text"),
        link=note.link,
        subject_type=_type(note.about) if note.about else "",
        subject_id=note.about.pk if note.about else None,
        by=by,
    )


@lru_cache(maxsize=100)
def _short(text: str, name: str) -> str:
    """As long as the field takes, without numbers; thousands are told the same."""
    field: Any = Message._meta.get_field(name)
    most = field.max_length
    tidy = without_numbers(text)
    return tidy if len(tidy) <= most else f"{tidy[: most - 1]}…"


def _type(row: Model) -> str:
    return str(row._meta.model_name)


def _send_outside(told: Sequence[tuple[Note, Message]]) -> None:
    outside = [(note.kind, message) for note, message in told if note.kind.outside]
    if not outside or not channels():
        return
    people = User.objects.filter(pk__in={m.to_id for _, m in outside}, is_active=True)
    public_ids = [message.public_id for _, message in outside]
    keys = dict(Message.objects.filter(public_id__in=public_ids).values_list("public_id", "pk"))
    at = now()
    deliveries = []
    for name, channel in channels().items():
        reached = set(channel.reached(people).values_list("pk", flat=True))
        deliveries += [
            Delivery(message_id=keys[message.public_id], channel=name, due_at=at + kind.wait)
            for kind, message in outside
            if message.to_id in reached and channel.takes(kind)
        ]
    bulk.insert(deliveries)
    if any(delivery.due_at <= at for delivery in deliveries):
        jobs.send_now.defer()
