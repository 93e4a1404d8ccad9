"""In templates: a binding Chinese text, read in English."""

from django import template

from yibao.common.english.catalogue import reading_of

register = template.Library()


@register.filter
def reading(text: str) -> list[str]:
    """Its paragraphs in English."""
    return reading_of(text)
