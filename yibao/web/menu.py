"""The menu of a post, read from the table in access.py."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, get_script_prefix, reverse

from yibao.people.scope import posts_of
from yibao.web.access import PAGES, levels_of


@dataclass(frozen=True)
class Entry:
    """One line of the menu."""

    name: str
    label: str
    icon: str
    href: str


@dataclass
class Group:
    """A heading and its lines."""

    label: str
    entries: list[Entry]


# What a student finds at the foot of every page.
STUDENT_PAGES = (
    ("student:home", "首页", "home"),
    ("student:history", "记录", "history"),
    ("student:me", "我的", "user"),
)


def address_of(name: str, **arguments: Any) -> str:
    """The address of a page, "" while it has none (a test asserts that every entry has one)."""
    try:
        return reverse(name, kwargs=arguments)
    except NoReverseMatch:
        return ""


def menu_of(user: Any) -> list[Group]:
    """The entries that somebody's posts open, under their headings."""
    levels = frozenset(post.level for post in posts_of(user))
    return _menu(levels, settings.ROOT_URLCONF, get_script_prefix())


@cache
def _menu(levels: frozenset[str], _urls: str, _prefix: str) -> list[Group]:
    """Put together once for each set of levels; addresses depend on the other two."""
    groups: dict[str, Group] = {}
    for name, page in PAGES.items():
        opens = page.group and not levels.isdisjoint(levels_of(name))
        href = address_of(name) if opens else ""
        if href:
            group = groups.setdefault(page.group, Group(page.group, []))
            group.entries.append(Entry(name, page.label, page.icon, href))
    return list(groups.values())


def student_menu() -> list[Entry]:
    """The students' pages."""
    return [
        Entry(name, label, icon, href)
        for name, label, icon in STUDENT_PAGES
        if (href := address_of(name))
    ]
