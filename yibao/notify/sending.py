"""Send what is due, never twice, with any number of workers, and go on when one was killed.

A delivery is *taken* by putting its `due_at` ahead: a worker that dies gives it back by doing nothing.
Right before the point of no return it becomes HANDED, if nobody else has taken it meanwhile. What is
HANDED and gets no answer is UNKNOWN and stays so: the message stands in the inbox anyway, and twice
outside is worse than once in the inbox alone.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.module_loading import import_string
from django.utils.timezone import localtime, now

from yibao.accounts.models import Language
from yibao.common.english.catalogue import in_english, with_own
from yibao.notify.channels import Channel, Letter, Line, NotSentError, UnclearError, channels
from yibao.notify.kinds import kinds
from yibao.notify.models import Delivery, DeliveryState, Message

LEASE = timedelta(minutes=5)  # longer than what is taken at once takes to be sent
SILENCE = timedelta(minutes=10)
MOST_TRIES = 20
LONGEST_PAUSE = 60  # minutes
Parcel = list[Delivery]

log = logging.getLogger(__name__)


def quiet_until(at: datetime) -> datetime | None:
    """免打扰: when messages may go outside again; None when they may now."""
    if settings.QUIET_HOURS is None:
        return None
    begins, ends = settings.QUIET_HOURS
    here = localtime(at)
    if not _within(here.time(), begins, ends):
        return None
    end = here.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0)
    return end if end > here else end + timedelta(days=1)


def _within(clock: time, begins: time, ends: time) -> bool:
    if begins <= ends:
        return begins <= clock < ends
    return clock >= begins or clock < ends


def send_due() -> int:
    """What can go in a minute, by every channel; returns how many messages went out."""
    return sum(_by(name, channel) for name, channel in channels().items())


def give_up_on_silent() -> int:
    """Handed over by a worker that did not live to hear the answer."""
    silent = Delivery.objects.filter(state=DeliveryState.HANDED, moved_at__lt=now() - SILENCE)
    return silent.update(
        state=DeliveryState.UNKNOWN, moved_at=now(), said="发送时中断，不知道是否送达"
    )


def _by(name: str, channel: Channel) -> int:
    sent = 0
    for _ in range(channel.rounds):
        if quiet_until(now()):
            break
        taken = _take(name, channel.at_once * channel.together)
        if not taken:
            break
        sent += _send_all(channel, _needed(taken))
    return sent


def _take(name: str, most: int) -> Parcel:
    """The next ones, which nobody else takes for the time of the lease."""
    at = now()
    with transaction.atomic():
        due = Delivery.objects.filter(channel=name, state=DeliveryState.WAITING, due_at__lte=at)
        locked = due.order_by("due_at", "pk").select_for_update(skip_locked=True, of=("self",))
        pks = list(locked.values_list("pk", flat=True)[:most])
        Delivery.objects.filter(pk__in=pks).update(due_at=at + LEASE, tries=F("tries") + 1)
    taken = Delivery.objects.filter(pk__in=pks).select_related("message__to")
    return list(taken.order_by("message__kind", "pk"))


def _needed(taken: Parcel) -> Parcel:
    """Asked again at the last second: without what no longer holds or has been read already."""
    gone = set(_untrue([delivery.message for delivery in taken]))
    if gone:
        Message.objects.filter(pk__in=gone, withdrawn_at__isnull=True).update(withdrawn_at=now())
    needed = []
    for delivery in taken:
        message = delivery.message
        if message.pk in gone or not message.is_unread or not message.to.is_active:
            _move([delivery], DeliveryState.NEEDLESS)
        else:
            needed.append(delivery)
    return needed


def _untrue(messages: Sequence[Message]) -> Iterator[int]:
    """Those that no longer hold, asked kind by kind."""
    for key, group in groupby(messages, key=lambda message: message.kind):
        kind, alike = kinds().get(key), list(group)
        if kind and kind.still_true:
            asked = {message.subject_id for message in alike if message.subject_id is not None}
            hold = kind.still_true(asked)
            yield from (message.pk for message in alike if message.subject_id not in hold)


def _send_all(channel: Channel, needed: Parcel) -> int:
    """Over one connection. When that is down, what was not handed over waits."""
    sent, left = 0, list(needed)
    try:
        with channel.open() as line:
            for parcel in _parcels(channel, needed):
                sent += _send(channel, line, parcel)
                left = left[len(parcel) :]
    except NotSentError as error:
        _put_off(left, error)
    return sent


def _parcels(channel: Channel, needed: Parcel) -> Iterator[Parcel]:
    """Letters of one kind together, as many as the channel carries."""
    for _, group in groupby(needed, key=lambda delivery: delivery.message.kind):
        alike = list(group)
        for start in range(0, len(alike), channel.together):
            yield alike[start : start + channel.together]


def _send(channel: Channel, line: Line, parcel: Parcel) -> int:
    """One parcel; returns how many messages went out. Raises `NotSentError` when the line is down."""
    addressed = [(delivery, channel.address(delivery.message.to)) for delivery in parcel]
    _move([delivery for delivery, to in addressed if not to], DeliveryState.FAILED, "没有登记地址")
    parcel = [delivery for delivery, to in addressed if to]
    letters = [_letter(delivery.message, to) for delivery, to in addressed if to]
    if not parcel:
        return 0
    try:
        line.ready(letters)
        if not _hand(parcel):
            return 0
        line.hand_over(letters)
    except NotSentError as error:
        if error.for_all:
            raise
        _put_off(parcel, error)
        return 0
    except UnclearError:
        _move(parcel, DeliveryState.UNKNOWN, "对方没有回应，不知道是否送达")
        return 0
    _move(parcel, DeliveryState.SENT)
    return len(parcel)


def _letter(message: Message, to: str) -> Letter:
    kind = kinds().get(message.kind)
    personal = kind is not None and not kind.for_staff
    if message.to.language == Language.ENGLISH and personal:
        return _english(message, to, kind.label if kind else "")
    return Letter(
        number=str(message.public_id),
        to=to,
        headline=kind.label if kind and personal else message.title,
        title=message.title,
        text=message.text,
        link=f"{settings.PUBLIC_URL}{message.link or '/'}",
    )


def _english(message: Message, to: str, label: str) -> Letter:
    """For a student who reads English; what others may read of it stays Chinese."""
    with with_own(import_string(settings.OWN_ENGLISH)):
        title, text = in_english(message.title), in_english(message.text)
    return Letter(
        number=str(message.public_id),
        to=to,
        headline=label,
        title=title,
        text=text,
        link=f"{settings.PUBLIC_URL}{message.link or '/'}",
        english=True,
    )


def _hand(parcel: Parcel) -> bool:
    """The point of no return, for all of a parcel or none; `tries` says that it is still ours."""
    with transaction.atomic():
        pks = [delivery.pk for delivery in parcel]
        ours = Delivery.objects.filter(pk__in=pks, state=DeliveryState.WAITING)
        locked = ours.order_by("pk").select_for_update(of=("self",))
        if dict(locked.values_list("pk", "tries")) != {d.pk: d.tries for d in parcel}:
            return False  # the lease ran out and somebody else has them
        ours.update(state=DeliveryState.HANDED, moved_at=now())
    return True


def _put_off(parcel: Parcel, error: NotSentError) -> None:
    """Certainly not sent: again later, each time later, and at last not at all."""
    log.warning("messages not sent", extra={"why": str(error), "count": len(parcel)})
    for delivery in parcel:
        if error.for_good or delivery.tries >= MOST_TRIES:
            _move([delivery], DeliveryState.FAILED, str(error))
        else:
            pause = timedelta(minutes=min(2 ** (delivery.tries - 1), LONGEST_PAUSE))
            _move([delivery], DeliveryState.WAITING, str(error), due_at=now() + pause)


def _move(
    parcel: Parcel, to: DeliveryState, said: str = "", *, due_at: datetime | None = None
) -> None:
    """Write what became of them, but for those that another worker has taken since."""
    later = {} if due_at is None else {"due_at": due_at}
    for tries, group in groupby(sorted(parcel, key=_tries), key=_tries):
        pks = [delivery.pk for delivery in group]
        ours = Delivery.objects.filter(
            pk__in=pks, tries=tries, state__in=[DeliveryState.WAITING, DeliveryState.HANDED]
        )
        ours.update(state=to, said=said[:120], moved_at=now(), **later)


def _tries(delivery: Delivery) -> int:
    return delivery.tries
