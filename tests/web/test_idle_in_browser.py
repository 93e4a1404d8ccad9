"""A page that nobody uses is left by itself, and what was typed is there again afterwards."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from tests.browser import expect, reads, soon
from tests.cast import make_cast
from yibao.web import idle

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "七月 流火 July"
NEW = "/staff/people/new/"


@pytest.fixture
def admin(transactional_db):
    person = make_cast().admin
    person.set_password(PASSWORD)
    person.save()
    return person


class Clock:
    """The time of the server and of the pages, moved on together."""

    def __init__(self):
        self.ahead = timedelta(0)
        self.pages = []

    def now(self):
        return now() + self.ahead

    def page(self, page):
        page.clock.install()
        self.pages.append(page)
        return page

    def run(self, **time):
        self.ahead += timedelta(**time)
        for page in self.pages:
            page.clock.run_for(timedelta(**time) // timedelta(milliseconds=1))


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(idle, "now", clock.now)
    return clock


def drafts(page):
    return page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('draft:'))")


def test_left_alone_and_found_again(admin, clock, open_page):
    page = clock.page(open_page(admin))
    page.goto(f"{NEW}?a=1")
    page.get_by_label("姓名").fill("新老师")
    page.get_by_label("工号").fill("13905914857")
    clock.run(minutes=14, seconds=30)
    reads(page, "1 分钟后将退出登录")
    clock.run(minutes=1)
    reads(page, "已有 15 分钟没有操作，为保护个人信息已退出")
    page.wait_for_url("**/accounts/sign-in/?next=**")
    assert "13905914857" not in page.evaluate("JSON.stringify(sessionStorage)")
    page.get_by_label("学号/工号").fill("T041")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"**{NEW}?a=1")
    expect(page.get_by_label("姓名")).to_have_value("新老师")
    soon(lambda: drafts(page), [])
    page.reload()
    expect(page.get_by_label("姓名")).to_have_value("")


def test_whoever_is_at_work_stays(admin, clock, open_page):
    page = clock.page(open_page(admin))
    page.goto(NEW)
    for letter in "新老师":
        clock.run(minutes=10)
        with page.expect_response("**/accounts/still-here/"):
            page.get_by_label("姓名").press_sequentially(letter)
    page.get_by_label("工号").fill("T099")
    page.get_by_role("button", name="添加").click()
    reads(page, "已添加新老师")


def test_a_laptop_that_slept_sends_its_form_twice(admin, clock, open_page):
    """The first time into the void; after signing in again all of it is there to be sent."""
    page = clock.page(open_page(admin))
    page.goto(NEW)
    page.get_by_label("姓名").fill("新老师")
    page.get_by_label("工号").fill("T099")
    clock.ahead += timedelta(minutes=20)
    page.clock.set_system_time(clock.now())
    page.get_by_role("button", name="添加").click()
    page.wait_for_url("**/accounts/sign-in/?next=**")
    page.get_by_label("学号/工号").fill("T041")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"**{NEW}")
    page.get_by_role("button", name="添加").click()
    reads(page, "已添加新老师")


def test_another_window_keeps_this_one(admin, clock, open_page):
    page = clock.page(open_page(admin))
    page.goto(NEW)
    page.get_by_label("姓名").fill("新老师")
    other = page.context.new_page()
    clock.run(minutes=10)
    other.goto("/staff/")
    with page.expect_response("**/accounts/still-here/") as asked:
        clock.run(minutes=6)
    assert asked.value.status == 204
    expect(page.get_by_label("姓名")).to_have_value("新老师")


def test_signing_out_leaves_nothing_typed_behind(admin, open_page):
    page = open_page(admin)
    page.goto(NEW)
    page.evaluate("sessionStorage.setItem('draft:1:x', '[]')")
    page.locator("details.person summary").click()
    page.get_by_role("button", name="退出登录").click()
    reads(page, "您已退出")
    soon(lambda: drafts(page), [])
