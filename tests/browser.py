"""A real browser for tests: Debian's Chromium, or one that is installed; else the test is skipped."""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from django.conf import settings
from django.test import Client

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


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    """One browser for the tests of a module; its event loop is gone for those that follow."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found or not find_spec("playwright"):
        pytest.skip("no browser; install one: sudo apt-get install chromium fonts-noto-cjk")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - skipped without it

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
    """`open_page(user, size)`: a window of its own, signed in; faults on its console fail the test."""
    contexts, faults = [], []

    def open_page(user=None, size=DESK):
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            has_touch=size == PHONE,
            locale="zh-CN",
            base_url=live_server.url,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
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
