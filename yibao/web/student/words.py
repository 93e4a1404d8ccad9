"""How these pages say an amount, a deadline and whom to ask."""

from datetime import datetime
from decimal import Decimal

from django.utils.timezone import localdate, localtime

from yibao.common.templatetags.ui import money
from yibao.enrolment.models import Enrolment

SOON_DAYS = 7


def minute(moment: datetime) -> str:
    """2026-11-21 14:05."""
    return f"{localtime(moment):%Y-%m-%d %H:%M}"


def left_until(moment: datetime, at: datetime) -> str:
    """How long that is from now, once it is near: 还剩 3 天, 今天截止."""
    days = (localdate(moment) - localdate(at)).days
    if days > SOON_DAYS:
        return ""
    return f"还剩 {days} 天" if days else "今天截止"


def deadline(moment: datetime, at: datetime) -> str:
    """2026-11-21 14:05（还剩 3 天）."""
    left = left_until(moment, at)
    return f"{minute(moment)}（{left}）" if left else minute(moment)


def yuan(amount: Decimal) -> str:
    """¥533.00, or in words that nothing is to be paid."""
    return money(amount) if amount else "无需缴费"


def counselors(row: Enrolment) -> str:
    """Whom to ask: 辅导员李老师、何老师 (of a row read `with_counselors`)."""
    names = getattr(row, "counselors", None)
    return f"辅导员{names}" if names else "辅导员"
