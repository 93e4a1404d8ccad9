"""Every number that leads somewhere is the number of rows of the list it leads to.

All pages of the staff are opened as everybody, in every plan; each link that holds a number is followed.
What is counted and leads nowhere must stand below, with the reason.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.urls import Resolver404, resolve, reverse
from lxml import html

from tests.web.matrix import PEOPLE, READ
from tests.web.matrix_acts import address_of
from tests.web.matrix_world import BACKEND, PLANS, World, world
from yibao.grid.query import GridQuery
from yibao.grid.views import GridView
from yibao.people.models import College

__all__ = ["world"]
pytestmark = pytest.mark.django_db
STAFF = [who for who in PEOPLE if who not in {"nobody", "wang", "zhao"}]
DIMENSIONS = ("", "&by=college&by=grade", "&by=class_group", "&by=major")
BY_DIMENSION = {
    "staff:enrolment_statistics",
    "staff:payment_statistics",
    "staff:hardship_statistics",
}
ALL_PLANS, RATED = PLANS, PLANS[5:]
OF_PLANS = {
    "staff:school_rate",
    "staff:grade_rates",
    "staff:college_rates",
    "staff:college_roster",
    "staff:enrolment_progress",
}
# What waits to be handed in is counted above the list of what has been.
NO_LIST = ("参保率待上报",)
# Estimates of a draft: there are no rows yet.
LEADS_NOWHERE = {"参保对象", "零缴费"}
PARTLY = {"学生总数", "应参保", "参保"}
NOT_THEIRS = {
    # Of these grades they have some classes only: their list would be shorter than the number.
    "he": PARTLY,
    "zhang": PARTLY,
    # Finance reads orders and sums, but no list of students.
    "finance": {"应缴人数", "人数"},
}
# So many at least, lest the crawler lose its way and nobody notice.
FOLLOWED = {
    "li": 500,
    "he": 350,
    "xu": 480,
    "qian": 480,
    "zhang": 600,
    "office": 700,
    "finance": 20,
}
COUNT = re.compile(r"(?:^|\s)(\d+)(?:\s*(?:人|项|笔|张|个\w*|待审核|人未登记|人已审核))?$")


@dataclass(frozen=True)
class Number:
    """A number of a page and where it leads; "" for nowhere."""

    page: str
    said: str
    number: int
    href: str


class Reader:
    """Somebody who opens pages and follows numbers."""

    def __init__(self, who: str, world: World) -> None:
        self.who = who
        self.client = Client()
        self.user = world.person(who)
        self.client.force_login(self.user, backend=BACKEND)
        self.lengths: dict[str, int | None] = {}
        self.lists: dict[str, Any] = {}

    def numbers(self, address: str) -> Iterator[Number]:
        answer = self.client.get(address)
        if answer.status_code != 200 or "html" not in answer["Content-Type"]:
            return
        tree = html.fromstring(answer.content.decode())
        for link in tree.xpath("//main//a[@href][not(ancestor::*[@id='list'])]"):
            if (number := number_in(link)) is not None:
                yield Number(address, words(link), number, full(address, link.get("href")))
        for script in tree.xpath("//script[@id='charts']"):
            for point in points(json.loads(script.text)):
                yield Number(address, "chart", int(point["value"]), point["href"])
        for cell in tree.xpath(
            "//section[contains(@class,'figures')]//td[contains(@class,'end')][not(.//a)]"
            " | //*[contains(@class,'stat')][not(self::a)]/strong[not(ancestor::a)]"
        ):
            if re.fullmatch(r"[1-9]\d*\s*人?", words(cell)):
                yield Number(address, column_of(cell), int(words(cell).split("人")[0]), "")

    def length(self, href: str) -> int | None:
        """How many rows the list behind a link has; None if there is no list."""
        if href not in self.lengths:
            self.lengths[href] = self._length(href)
        return self.lengths[href]

    def _length(self, href: str) -> int | None:
        """Counted as the list counts, without drawing its page: pages are tried elsewhere."""
        path, _, query = href.partition("?")
        if path not in self.lists:
            try:
                found = resolve(path)
            except Resolver404:
                return None
            view_class = getattr(found.func, "view_class", object)
            if not issubclass(view_class, GridView):
                return None
            request = RequestFactory().get(href)
            request.user = self.user
            view = view_class(**found.func.view_initkwargs)
            view.check(request)
            self.lists[path] = view.grid_for(request, **found.kwargs)
        # The same list asked for something else knows already which plans there are.
        here = self.lists[path]
        grid = here.asking(GridQuery.read(QueryDict(query), here.params))
        assert grid.faults == (), (self.who, href)
        return grid.narrowed.count()


def words(element) -> str:
    return " ".join(element.text_content().split())


def number_in(link) -> int | None:
    """The count that a link shows, apart from dates, amounts and names."""
    count = link.xpath(
        ".//*[contains(@class,'plans-count')]/b | .//strong | self::*[parent::li/parent::ul"
        "[contains(@class,'desk-shares')]]/b"
    )
    if count and words(count[0]).startswith("¥"):
        count = link.xpath(".//*[contains(@class,'desk-note')]")
    found = COUNT.search(words(count[0] if count else link))
    return int(found[1]) if found else None


def full(page: str, href: str) -> str:
    """A link that is only a query stays on its page."""
    return f"{page.partition('?')[0]}{href}" if href.startswith("?") else href


def points(thing) -> Iterator[dict]:
    """Whatever a chart draws that leads to a list."""
    if isinstance(thing, dict):
        if thing.get("href"):
            yield thing
        for part in thing.values():
            yield from points(part)
    elif isinstance(thing, list):
        for part in thing:
            yield from points(part)


def column_of(cell) -> str:
    """What is counted in a cell of a table, or in a box."""
    if cell.tag == "strong":
        return words(cell.getparent().xpath(".//*[contains(@class,'stat-label')]")[0])
    place = sum(int(c.get("colspan", 1)) for c in cell.xpath("preceding-sibling::*"))
    heads = cell.xpath("ancestor::table//thead//th")
    return words(heads[place]) if place < len(heads) else "?"


def addresses(world: World) -> Iterator[str]:
    """Every page of the staff, those about a plan once for each."""
    for line in READ:
        if not line.name.startswith("staff:"):
            continue
        plans = ALL_PLANS if line.name in BY_DIMENSION else RATED if line.name in OF_PLANS else ()
        for name in plans:
            several = line.name in BY_DIMENSION and name in {"paid", "rates"}
            for by in DIMENSIONS if several else ("",):
                yield f"{reverse(line.name)}?plan={world.plans[name].pk}{by}"
        if plans:
            continue
        yield address_of(world, line)


@pytest.mark.parametrize("who", STAFF)
def test_every_number_is_the_length_of_its_list(world, who):
    reader = Reader(who, world)
    nowhere, followed = set(), 0
    for number in (n for address in addresses(world) for n in reader.numbers(address)):
        if any(said in number.said for said in NO_LIST):
            continue
        if not number.href:
            nowhere.add(number.said)
        elif (length := reader.length(number.href)) is not None:
            followed += 1
            assert length == number.number, (who, number)
    assert nowhere <= LEADS_NOWHERE | NOT_THEIRS.get(who, set())
    assert followed >= FOLLOWED.get(who, 0)


def test_a_college_whose_name_has_a_comma_and_brackets(world):
    with transaction.atomic():
        College.objects.filter(pk=world.computing.pk).update(name="能源,环境（合作）学院")
        reader = Reader("office", world)
        plan = world.plans["rates"].pk
        pages = [f"{reverse(name)}?plan={plan}" for name in (*sorted(BY_DIMENSION), *OF_PLANS)]
        numbers = [n for page in pages for n in reader.numbers(page) if n.href]
        about = [
            n for n in numbers if quote("能源") in n.href and reader.length(n.href) is not None
        ]
        assert len(about) > 10
        assert [n for n in about if reader.length(n.href) != n.number] == []
        transaction.set_rollback(True)
