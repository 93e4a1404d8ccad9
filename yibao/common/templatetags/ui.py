"""Icons, amounts, dates and state tags, the same on every page."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

TONES = frozenset({"grey", "blue", "orange", "green", "neutral", "red"})


@register.simple_tag
@cache  # a page has sixty
def icon(name: str, css: str = "") -> SafeString:
    """An icon of the sprite; decoration, so hidden from screen readers."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#i-{}"/></svg>',
        css,
        static("vendor/icons.svg"),
        name,
    )


@register.filter
def money(amount: Decimal | float | None) -> str:
    """¥1,234.00 or -¥380.00; nothing for nothing."""
    if amount is None or amount == "":
        return ""
    value = Decimal(amount)
    return f"{'-' if value < 0 else ''}¥{abs(value):,.2f}"


@register.filter
def day(value: date | datetime | None) -> str:
    """2026-11-21, in the school's time zone."""
    if not value:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return value.isoformat()


@register.filter
def moment(value: datetime | None) -> str:
    """2026-11-21 14:05, in the school's time zone."""
    if not value:
        return ""
    return timezone.localtime(value).replace(tzinfo=None).isoformat(" ", "minutes")


@register.filter
def tag(label: str, tone: str = "") -> SafeString:
    """A quiet tag; the same state has the same tone everywhere."""
    return format_html(
        '<span class="tone tone-{}">{}</span>', tone if tone in TONES else "grey", label
    )
