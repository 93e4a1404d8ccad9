"""Our clock beside the gateways': true notices are believed for five minutes, so ours must be right.

A wrong clock loses no money, since whatever no notice told is asked; but somebody has to mend it.
"""

import logging
from datetime import timedelta

from django.utils.timezone import now

from yibao.payments.models import GatewayClock
from yibao.payments.providers.calling import clock_offset

WRONG = 120  # seconds
FRESH = timedelta(minutes=15)
ONLY = 1

log = logging.getLogger(__name__)


def note() -> None:
    """Keep what the answers of this process said of the time; no answer, no news."""
    seconds = clock_offset()
    if seconds is None:
        return
    GatewayClock.objects.update_or_create(pk=ONLY, defaults={"at": now(), "seconds": seconds})
    if abs(seconds) > WRONG:
        log.error("our clock is wrong: true notices are refused", extra={"seconds": seconds})


def how_wrong() -> int:
    """By how many seconds our clock is behind (more than 0) or ahead of the gateways'; 0 if it is right."""
    row = GatewayClock.objects.filter(pk=ONLY, at__gt=now() - FRESH).first()
    return row.seconds if row and abs(row.seconds) > WRONG else 0
