"""Every act that somebody can do, with one thing wrong at a time: it is said where, and the rest is kept.

`test_fuzz.py` takes the forms as they stand on the pages; these are what is sent otherwise: dialogs of lists,
buttons, photos and files, the screens between. Each act of the matrix is taken by itself, so a new one is tried too.
"""

import re

import pytest
from django.contrib.messages import get_messages
from lxml import html

from tests.common.test_pictures import photo, upload
from tests.web.matrix import WRITTEN, Line
from tests.web.matrix_acts import act_of, address_of
from tests.web.matrix_world import world
from tests.web.nasty import TEXTS, some
from tests.web.test_fuzz import HX, each, fill_in_badly, forms_of, is_bearable
from tests.web.visitor import visitor
from yibao.plans.sections import SECTIONS

__all__ = ["visitor", "world"]
pytestmark = pytest.mark.django_db
SAID = re.compile(r'class="[^"]*(?:field-error|errorlist|alert-box|list-said|empty)')
TOKEN = {"csrfmiddlewaretoken": "x"}
# What the program itself puts into a form: nobody mistypes it, and a wrong one is answered by 404 or a notice.
NAMED = {"do", "action", "pk", "seen", "batch", "saved", "key", "add"}
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
FILES = {
    "nothing in it": b"",
    "no picture and no list": b"\xff" * 200,
    "half a photo": photo()[:1500],
    "HEIC": HEIC,
    "a page": b"<html><script>alert(1)</script>",
    "an archive": b"PK\x03\x04" + bytes(100),
}


def acts() -> list[Line]:
    return [line for line in WRITTEN if {"do", "200"} & {*line.answers.values()}]


def doer(line: Line) -> str:
    """Whoever can do it, else whoever gets the form back."""
    return next(who for word in ("do", "200") for who, is_ in line.answers.items() if is_ == word)


@each([line for line in acts() if line.name != "accounts:sign_in"])
def test_one_thing_wrong_at_a_time(world, visitor, line):
    _, data = act_of(world, line)
    # What picks rows of a list is tried there, list by list.
    names = [name for name in data if name not in {"do", "action", "pk"}]
    for name in some(names, 4, line.key):
        is_file = hasattr(data[name], "read")
        wrong = FILES.values() if is_file else [None, *TEXTS]
        # Nobody leaves half of what a page says itself; one try shows that it is not our fault.
        for value in some(list(wrong), 1 if name in NAMED else 2, f"{line.key} {name}"):
            try_it(visitor, world, line, name, value)


def try_it(visitor, world, line: Line, name: str, value: str | bytes | None) -> None:
    address, data = act_of(world, line)
    data = TOKEN | data
    if value is None:
        del data[name]
    else:
        data[name] = upload(value) if isinstance(value, bytes) else value
    # A dialog of a list is sent by htmx.
    more = {"headers": HX} if data.get("do") == "run" else {}
    answer = visitor.send(doer(line), "POST", address, data, **more)
    is_bearable(line, answer)
    if answer.changed or answer.status_code in (404, 422) or name in NAMED:
        return
    page = "" if answer.streaming else answer.content.decode()
    said = SAID.search(page) or any(get_messages(answer.wsgi_request)) or "HX-Trigger" in answer
    assert said, (line.key, name, value)
    if 'class="field-error"' in page:
        texts = {k: v for k, v in data.items() if isinstance(v, str) and k not in {*TOKEN, name}}
        comes_back(line, page, texts)


def comes_back(line: Line, page: str, sent: dict[str, str]) -> None:
    """Of what was sent, all that the page asks for still stands in it."""
    pairs = [pair for form in html.fromstring(page).forms for pair in form.form_values()]
    asked = {name for name, _ in pairs}
    kept = {(name, (value or "").strip()) for name, value in pairs}
    assert {(k, v.strip()) for k, v in sent.items() if k in asked} <= kept, line.key


@pytest.mark.parametrize("kind", FILES)
def test_files_that_are_no_photos(world, visitor, kind):
    """Each at one place where a student sends a photo; the field itself is tried in common/test_pictures.py."""
    places = [
        line
        for line in WRITTEN
        if line.key.startswith(("student:supply", "student:apply_step evi"))
    ]
    for line in some(places, 1, kind):
        address, data = act_of(world, line)
        field = next(name for name, value in data.items() if hasattr(value, "read"))
        answer = visitor.send("wang", "POST", address, data | {field: upload(FILES[kind])})
        assert "field-error" in answer.said
        assert not answer.changed


def test_forms_of_screens_that_only_acts_lead_to(world, visitor):
    for line in acts():
        address, data = act_of(world, line)
        if address.partition("?")[0] == address_of(world, line) or data.get("do") == "run":
            continue
        page = visitor.send(doer(line), "GET", address)
        if page.status_code == 200 and page.headers["Content-Type"].startswith("text/html"):
            for form in forms_of(page.content.decode()):
                fill_in_badly(visitor, line, doer(line), address, form, most=3)


@pytest.mark.parametrize("key", SECTIONS)
def test_the_sections_of_an_open_plan(world, visitor, key):
    """What may not change there is as safe from nonsense as what may."""
    line = Line("staff:plan_edit", f"open {key}", {})
    address = f"/staff/plans/{world.plans['review'].pk}/edit/{key}/"
    page = visitor.send("office", "GET", address)
    assert page.status_code == 200
    for form in forms_of(page.content.decode()):
        fill_in_badly(visitor, line, "office", address, form, most=2)
