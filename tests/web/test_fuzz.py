"""Nonsense everywhere: in paths, queries, lists, forms, headers. Never our fault, always Chinese.

By default a share of all values, chosen by what is tried; YIBAO_FUZZ=all tries each of them everywhere.
"""

import random
import re
from urllib.parse import quote, unquote

import pytest
from django.urls import resolve, reverse
from lxml import html

from tests.every_grid import EVERY, grid_of
from tests.web.matrix import READ, WRITTEN, Line
from tests.web.matrix_acts import ADDRESSES, act_of, address_of
from tests.web.matrix_world import world
from tests.web.nasty import ALL, VALUES, some
from tests.web.visitor import visitor
from yibao.grid.query import Condition, GridQuery, queryable
from yibao.plans.sections import SECTIONS

__all__ = ["visitor", "world"]
pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}
FORM = "application/x-www-form-urlencoded"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
RUNS = ("<script>alert(1)", "<img src=x")
MACHINES = {"livez", "readyz", "pay:notify"}
PEOPLE = ("wang", "li", "office", "finance", "xu", "admin", "auditor", "nobody")

# Every key that some page reads, and some that none does.
LIST_KEYS = (
    "q",
    "where",
    "f",
    "sort",
    "cols",
    "page",
    "size",
    "density",
    "part",
    "pk",
    "at",
    "plan",
)
KEYS = (*LIST_KEYS, "by", "n", "next", "number", "code", "faulty", "types", "intent", "reason", "x")
CONDITIONS = ("and.{}.has.{}", "or.{}.ge.{}", "xor.{}.in.{}", "and.{}.empty.{}", "and.{}.eq.{}")


def reader(line: Line) -> str:
    """Somebody who gets something else than a refusal."""
    return next(who for who in PEOPLE if line.answers[who] not in {"in", "403", "404"})


def readers(line: Line) -> list[str]:
    """A student, a counselor, the school office, finance; else whoever may."""
    mine = [who for who in PEOPLE[:4] if line.answers[who] not in {"in", "403", "404"}]
    return mine or [reader(line)]


def each(lines):
    return pytest.mark.parametrize("line", lines, ids=lambda line: line.key)


def is_bearable(line: Line, answer) -> None:
    """No fault of ours (the visitor asserts that), readable, and nothing of it runs."""
    kind = answer.headers.get("Content-Type", "")
    if line.name in MACHINES or not kind.startswith("text/html"):
        return
    body = answer.content.decode()
    assert not any(run in body for run in RUNS), line.key
    if answer.status_code not in (301, 302) and body.strip():
        assert CHINESE.search(body), (line.key, answer.status_code, body[:500])


def query(rng: random.Random, keys, values, pairs: int) -> str:
    """Some keys with nonsense, now and then the same one twice or as an array."""
    chosen = [rng.choice(keys) for _ in range(pairs)]
    chosen += chosen[:1] if rng.random() < 0.3 else []
    ends = ("", "", "", "[]", "[0]", "%00") if rng.random() < 0.2 else ("",)
    return "&".join(f"{key}{rng.choice(ends)}={value_for(key, rng, values)}" for key in chosen)


def value_for(key: str, rng: random.Random, values) -> str:
    value = rng.choice(values)
    if key == "where" and rng.random() < 0.7:
        column = rng.choice(("student_no", "name", "status", "amount_due", "id_number", "grade"))
        return rng.choice(CONDITIONS).format(column, value)
    if key == "f" and rng.random() < 0.7:
        return f"{rng.choice(('status', 'college', 'is_hardship', 'grade'))}.{value}"
    if key == "part" and rng.random() < 0.7:
        return rng.choice(("detail", "columns", "query", "reveal", "download", "batch", "plans"))
    return value


# Paths --------------------------------------------------------------------------------------
@each([line for line in READ if line.name in ADDRESSES and " " not in line.key])
def test_paths(world, visitor, line):
    """Every argument of an address, one after the other."""
    address = address_of(world, line)
    parts = address.strip("/").split("/")
    route = resolve(address).route.strip("/").split("/")
    for place in [place for place, part in enumerate(route) if part.startswith("<")]:
        for n, value in enumerate(some(VALUES, 5, f"{line.key} {place}")):
            broken = "/".join([*parts[:place], value, *parts[place + 1 :]])
            method = ("GET", "POST")[n % 2]
            is_bearable(line, visitor.send(reader(line), method, f"/{broken}/"))


# Queries ------------------------------------------------------------------------------------
@each(READ)
def test_queries(world, visitor, line):
    for who in some(readers(line), 1, line.key):
        rng = random.Random(f"{line.key} {who}")
        address = address_of(world, line)
        for n in range(40 if ALL else 2):
            more = {"headers": HX} if n % 2 else {}
            asked = query(rng, KEYS, VALUES, 1 + n % 4)
            is_bearable(line, visitor.send(who, "GET", f"{address}?{asked}", **more))


@pytest.mark.parametrize("key", LIST_KEYS)
def test_one_key_at_a_time(world, visitor, key):
    """On a list that is quick: so that no fault hides another."""
    line = next(line for line in READ if line.key == "staff:plans")
    for value in some(VALUES, 6, key):
        answer = visitor.send("office", "GET", f"{reverse(line.name)}?{key}={value}")
        is_bearable(line, answer)


@pytest.mark.parametrize("name", EVERY)
def test_conditions(world, name):
    """Every column with every operator: whatever is no condition is named, all else is asked."""
    line = next(line for line in READ if line.key == name)
    grid = world.grid(grid_of(name), reader(line), "", **world.context(name))
    texts = [unquote(value, errors="replace").replace("\0", "") for value in VALUES]
    total = grid.narrowed.count()
    asked = [(column.name, operator) for column in grid.columns for operator in queryable(column)]
    for column, operator in some(asked, 12, name):
        for text in some(texts, 1, f"{name} {column} {operator}"):
            condition = Condition("and", column, operator, text)
            found = grid.asking(GridQuery(conditions=(condition,), extra=grid.query.extra))
            assert found.narrowed.count() <= total


# What is sent to lists ----------------------------------------------------------------------
WORKS = (
    "find",
    "preview",
    "run",
    "export",
    "layout",
    "save_query",
    "drop_query",
    "prefer_query",
    "x",
)
WORK_KEYS = (
    *LIST_KEYS, "all", "but", "seen", "format", "name", "saved", "reason", "full", "shared", "reset",
    "q_sealed", "comment", "note", "opinion", "handed_over", "is_default", "columns",
)  # fmt: skip


@pytest.mark.parametrize("name", EVERY)
def test_works_of_lists(world, visitor, name):
    line = next(line for line in READ if line.key == name)
    actions = [action.name for action in grid_of(name).actions] or ["x"]
    for who in some(readers(line), 1, name):
        rng = random.Random(f"{name} {who}")
        address = address_of(world, line)
        for work in WORKS:
            for _ in range(12 if ALL else 1):
                sent = f"do={work}&action={rng.choice(actions)}&all={rng.choice(('', '1'))}&"
                sent += query(rng, WORK_KEYS, VALUES, 5)
                more = {"headers": HX} if rng.random() < 0.5 else {}
                asked = f"{address}?{query(rng, LIST_KEYS, VALUES, 1)}"
                answer = visitor.send(who, "POST", asked, sent.encode(), content_type=FORM, **more)
                is_bearable(line, answer)


# Forms --------------------------------------------------------------------------------------
def forms_of(page: str):
    """The forms of a page that are sent by POST, but for searching and for going away."""
    for form in html.fromstring(page).forms:
        action = form.get("action") or ""
        if form.method == "POST" and form.get("role") != "search" and "sign-out" not in action:
            yield form


@each([line for line in READ if line.name not in MACHINES])
def test_forms_as_they_stand_on_the_page(world, visitor, line):
    for who in some(readers(line), 1, line.key):
        address = address_of(world, line)
        page = visitor.send(who, "GET", address)
        if page.status_code == 200 and page.headers["Content-Type"].startswith("text/html"):
            for form in forms_of(page.content.decode()):
                fill_in_badly(visitor, line, who, address, form)


@pytest.mark.parametrize("key", SECTIONS)
def test_the_sections_of_a_plan(world, visitor, key):
    line = Line("staff:plan_edit", key, {})
    address = reverse("staff:plan_edit", args=[world.plans["draft"].pk, key])
    page = visitor.send("office", "GET", address).content.decode()
    for form in forms_of(page):
        fill_in_badly(visitor, line, "office", address, form)


def fill_in_badly(visitor, line: Line, who: str, address: str, form, most: int = 5) -> None:
    """One field at a time, and once all of them; as a page and as a fragment."""
    fields = [(name, value or "") for name, value in form.form_values()]
    # Of several rows with the same fields the first stands for all.
    own = {name for name in form.fields if name and not re.search(r"-[1-9]\d*-", name)}
    names = sorted(own - {"csrfmiddlewaretoken"})
    to = form.get("action") or address
    to = address.partition("?")[0] + to if to.startswith("?") else to
    tried = some(names, most, line.key)
    tries = [(name, value) for name in tried for value in some(VALUES, 1, f"{line.key} {name}")]
    tries += [("", value) for value in some(VALUES, 1, f"{line.key} {who}")]
    for n, (name, value) in enumerate(tries):
        kept = [(k, v) for k, v in fields if name and k != name]
        bad = [(name, value)] if name else [(each_name, value) for each_name in names]
        sent = "&".join(f"{quote(k)}={quote(v)}" for k, v in kept)
        sent += "".join(f"&{quote(k)}={v}" for k, v in bad)
        more = {"headers": HX} if n % 3 == 2 else {}
        answer = visitor.send(who, "POST", to, sent.encode(), content_type=FORM, **more)
        is_bearable(line, answer)
        loses_nothing(line, answer, [(k, v) for k, v in kept if k in names])


def loses_nothing(line: Line, answer, sent: list[tuple[str, str]]) -> None:
    """A form that comes back still holds what was right, but for passwords."""
    if answer.status_code not in (200, 422) or answer.streaming:
        return
    page = answer.content.decode(errors="replace")
    if answer.status_code == 200 and 'class="field-error"' not in page:
        return
    there = [pair for form in forms_of(page) for pair in form.form_values()] if page else []
    asked = {name for name, _ in there if "password" not in name and name != "repeated"}
    kept = {(name, (value or "").strip()) for name, value in there}
    assert {(k, v.strip()) for k, v in sent if k in asked} <= kept, line.key


# What goes with a request -------------------------------------------------------------------
HEADERS = (
    "Referer", "User-Agent", "HX-Request", "HX-Current-URL", "HX-Target", "HX-Trigger", "HX-Prompt",
    "HX-History-Restore-Request", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Accept",
    "Accept-Language", "If-Modified-Since", "If-None-Match", "Range", "X-CSRFToken", "Content-Length",
)  # fmt: skip
LATIN = (
    "",
    "-1",
    "x" * 8000,
    "\xff\xfe",
    "<script>alert(1)</script>",
    "https://[",
    "//",
    "%00",
    "NaN",
)


@pytest.mark.parametrize("header", HEADERS)
def test_headers(world, visitor, header):
    line = Line("staff:reviews", header, {})
    for value in some(LATIN, 2, header):
        key = header.upper().replace("-", "_")
        more = {key if key == "CONTENT_LENGTH" else f"HTTP_{key}": value}
        for who in ("nobody", "li"):
            is_bearable(line, visitor.send(who, "GET", reverse(line.name), **more))
            is_bearable(line, visitor.send(who, "POST", reverse(line.name), {"do": "x"}, **more))


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "text/plain", "x", ""])
def test_bodies_that_are_no_forms(world, visitor, kind):
    bodies = (
        b"",
        b"{",
        b"\xff" * 100,
        b"[" * 10_000,
        b'{"a": "\\ud800"}',
        b"--x\r\n\r\n",
        b"=&=&&;=%",
    )
    for line in some([line for line in WRITTEN if "do" in line.answers.values()], 2, kind):
        who = next(who for who, word in line.answers.items() if word == "do")
        for body in bodies:
            address, _ = act_of(world, line)
            is_bearable(line, visitor.send(who, "POST", address, body, content_type=kind))


@pytest.mark.parametrize("cookie", ["yibao_session", "yibao_csrf", "messages", "x"])
def test_cookies(world, visitor, cookie):
    line = Line("staff:reviews", cookie, {})
    for value in (*LATIN[:3], "\x01", "a" * 32, '"', "%00", "é"):
        jar = f"{cookie}={value}"
        is_bearable(line, visitor.send("nobody", "GET", "/staff/reviews/", HTTP_COOKIE=jar))
