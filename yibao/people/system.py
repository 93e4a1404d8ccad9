"""What an administrator looks after: jobs, messages going outside, sign-in. Nothing of any student."""

from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast
from django.utils.timezone import now
from procrastinate.contrib.django.models import ProcrastinateJob

from yibao.common.models import BackupNote
from yibao.notify.models import Delivery, DeliveryState
from yibao.people.levels import Level
from yibao.people.scope import holds

RECENT = timedelta(days=7)


def failed_jobs_seen_by(viewer: Any) -> QuerySet[Any]:
    """Jobs that were given up."""
    failed = ProcrastinateJob.objects.filter(status="failed")
    return failed if holds(viewer, Level.ADMIN) else failed.none()


def failed_deliveries_seen_by(viewer: Any) -> QuerySet[Delivery]:
    """Messages of this week that did not get outside, or of which nobody knows."""
    stuck = Delivery.objects.filter(
        state__in=(DeliveryState.FAILED, DeliveryState.UNKNOWN), moved_at__gte=now() - RECENT
    )
    return stuck if holds(viewer, Level.ADMIN) else stuck.none()


def locks_seen_by(viewer: Any) -> QuerySet[Any]:
    """Tries that are locked now: by which address, not under which name (that is not kept)."""
    since = now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    locked = AccessAttempt.objects.filter(
        failures_since_start__gte=settings.AXES_FAILURE_LIMIT, attempt_time__gte=since
    )
    # As text, which may be searched for a part of it.
    locked = locked.annotate(address=Cast("ip_address", CharField()))
    return locked if holds(viewer, Level.ADMIN) else locked.none()


def last_backup() -> datetime | None:
    """When the database was last written to a file by `yibao backup`."""
    return BackupNote.objects.values_list("at", flat=True).first()
