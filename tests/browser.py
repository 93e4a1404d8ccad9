"""A real browser for tests: Debian's Chromium, or one that is installed; else the test is skipped."""

import os
import shutil
from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Error, expect, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox",  # root may not use it
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE, LAPTOP, DESK = (360, 740), (1024, 720), (1440, 860)
PATIENCE = 30  # seconds; a busy machine is slow, not wrong
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
AT_WORK = ".htmx-request, .htmx-swapping, .htmx-settling"

expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    """One browser for the tests of a module; its event loop is gone for those that follow."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        pytest.skip("no browser; install one: sudo apt-get install chromium fonts-noto-cjk")
    # Playwright's loop runs in this thread; without this Django refuses the test its database.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(chromium, live_server) -> Iterator:
    """`open_page(user, size, agent)`: a window of its own, signed in; faults on its console fail the test."""
    contexts, faults = [], []

    def open_page(user=None, size=DESK, agent=None):
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            has_touch=size == PHONE,
            user_agent=agent,
            locale="zh-CN",
            base_url=live_server.url,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        # What is pressed or looked at while a part is exchanged would be the old part, or not yet alive.
        page.add_locator_handler(page.locator(AT_WORK).first, lambda: None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda said: (
                faults.append(said.text) if "Content Security Policy" in said.text else None
            ),
        )
        if user is not None:
            sign_in(context, live_server.url, user)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def sign_in(context, address, user) -> None:
    """A session without the sign-in page: that has tests of its own."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])


def soon(look: Callable[[], Any], wanted: Any) -> None:
    """Look again until it is so: a page, and the server behind it, may be at work when first looked at."""
    until = monotonic() + PATIENCE
    seen = look_once(look)
    while seen != wanted and monotonic() < until:
        sleep(0.03)
        seen = look_once(look)
    assert seen == wanted, f"{seen!r} instead of {wanted!r}"


def look_once(look: Callable[[], Any]) -> Any:
    """What is seen; the fault, while one page gives way to the next."""
    try:
        return look()
    except Error as fault:
        return fault


def quiet(page) -> None:
    """Wait until the page has come whole, its scripts run, and no part of it is being exchanged."""
    page.wait_for_load_state()
    expect(page.locator(AT_WORK)).to_have_count(0)


def reads(page, *words: str) -> None:
    """Wait until all of this can be read on a page that has come whole."""
    for word in words:
        page.get_by_text(word).locator("visible=true").first.wait_for()
    quiet(page)


def reads_nothing_of(page, *words: str) -> None:
    """None of this can be read, or soon none."""
    for word in words:
        expect(page.get_by_text(word).locator("visible=true")).to_have_count(0)


def no_wider(page) -> None:
    """Nothing sticks out at the side."""
    soon(lambda: page.evaluate(SIDEWAYS) <= 0, wanted=True)


def drawn(image) -> None:
    """A picture has arrived and can be seen."""
    image.scroll_into_view_if_needed()
    soon(lambda: image.evaluate("it => it.complete && it.naturalWidth > 0"), wanted=True)
