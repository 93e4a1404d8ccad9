"""What the frame's scripts do, in a real browser."""

import re

import pytest

from tests.browser import DESK, LAPTOP, PHONE, expect, quiet, sign_in, soon
from tests.cast import make_cast
from tests.web.stand_ins import SENTENCE, posted

pytestmark = [
    pytest.mark.browser,
    pytest.mark.urls("tests.web.stand_ins"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def cast(transactional_db):
    return make_cast()


def tabs(page, *labels):
    expect(page.locator(".opened-tab")).to_have_text(labels)


def here(page, wanted):
    soon(lambda: page.url.partition("//")[2].partition("/")[2], wanted)
    quiet(page)


def focused(page, what, wanted):
    soon(lambda: page.evaluate(f"document.activeElement.{what}"), wanted)


def test_opened_pages_stay_as_tabs_each_with_its_query(cast, open_page):
    page = open_page(cast.li)
    page.goto("/staff/reviews/?q=王&page=2")
    page.goto("/staff/orders/?f=status.paid")
    page.goto("/staff/cash/")
    tabs(page, "工作台", "审核", "支付订单明细", "现金缴费")
    page.get_by_role("link", name="审核", exact=True).last.click()
    here(page, "staff/reviews/?q=%E7%8E%8B&page=2")
    expect(page.locator(".opened-tab.is-here")).to_have_text("审核")
    page.get_by_label("关闭“现金缴费”").click()
    tabs(page, "工作台", "审核", "支付订单明细")
    page.get_by_label("关闭“审核”").click()
    page.wait_for_url("**/staff/orders/?f=status.paid")
    tabs(page, "工作台", "支付订单明细")


def test_tabs_are_each_persons_own_and_there_again(cast, open_page, live_server):
    page = open_page(cast.li)
    page.goto("/staff/orders/")
    sign_in(page.context, live_server.url, cast.sun)
    page.goto("/staff/")
    tabs(page, "工作台")
    sign_in(page.context, live_server.url, cast.li)
    page.goto("/staff/")
    tabs(page, "工作台", "支付订单明细")


def test_the_trail_leads_back_to_the_list_with_its_query(cast, open_page):
    page = open_page(cast.li)
    page.goto("/staff/enrolments/?q=王")
    page.goto("/staff/register/")
    page.locator(".crumbs").get_by_role("link", name="参保名单详情").click()
    page.wait_for_url("**/staff/enrolments/?q=*")
    here(page, "staff/enrolments/?q=%E7%8E%8B")


def test_no_long_number_is_kept_in_the_browser(cast, open_page):
    page = open_page(cast.li)
    page.goto("/staff/reviews/?q=350102200503020014&f=status.returned")
    page.goto("/staff/orders/?where=and.mobile.is.13905910001")
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "350102200503020014" not in kept
    assert "13905910001" not in kept
    assert "f=status.returned" in kept


def test_a_refusal_is_said_where_the_eyes_are(cast, open_page):
    page = open_page(cast.wang.user, PHONE)
    page.goto("/play/")
    page.click("#ask")
    notice = page.locator("#notices .notice-red")
    expect(notice).to_have_text(SENTENCE)
    expect(page.locator("#place")).to_have_text("GET")
    notice.evaluate("it => it.classList.add('first')")
    page.locator("#ask").dispatch_event("click")  # the same again, from below the notice
    page.locator("#notices .notice-red:not(.first)").wait_for()
    expect(notice).to_have_count(1)
    notice.get_by_label("关闭提示").click()
    expect(notice).to_have_count(0)


def test_a_refusal_is_said_inside_an_open_dialog(cast, open_page):
    page = open_page(cast.wang.user)
    page.goto("/play/")
    page.click("#open")
    page.click("#ask-inside")
    inside = page.locator("#d1 .notice-red")
    inside.wait_for()
    page.click("#d1 [data-close-dialog]")
    expect(page.locator("#notices .notice-red")).to_have_text(SENTENCE)
    focused(page, "id", "open")


def test_an_expired_session_leads_to_the_sign_in_page_and_back(cast, open_page):
    page = open_page(cast.wang.user)
    page.goto("/play/?a=1")
    page.context.clear_cookies()
    page.click("#look")
    page.wait_for_url("**/accounts/sign-in/?next=%2Fplay%2F%3Fa%3D1")
    expect(page.locator("#id_username")).to_be_visible()


def test_a_broken_line_is_said_and_nothing_is_lost(cast, open_page):
    page = open_page(cast.wang.user)
    page.goto("/play/")
    page.fill("[name=mobile]", "139")
    page.context.set_offline(True)
    page.click("#ask")
    page.get_by_text("网络不通，请检查网络后再试。已填写的内容还在页面上").wait_for()
    expect(page.locator("[name=mobile]")).to_have_value("139")


def test_a_double_tap_sends_once(cast, open_page):
    page = open_page(cast.wang.user)
    page.goto("/play/")
    posted.clear()
    page.fill("[name=mobile]", "13905910001")
    page.get_by_role("button", name="提交").dblclick()
    page.locator("#place", has_text="POST").wait_for()
    assert posted == ["13905910001"]


def test_what_was_typed_is_there_again(cast, open_page):
    page = open_page(cast.wang.user)
    page.goto("/play/")
    page.fill("[name=mobile]", "139")
    page.check("[name=join][value=n]")
    page.fill("[name=secret]", "geheim")
    page.goto("/")
    page.goto("/play/")
    expect(page.locator("[name=mobile]")).to_have_value("139")
    expect(page.locator("[name=join][value=n]")).to_be_checked()
    expect(page.locator("[name=secret]")).to_have_value("")
    assert "geheim" not in page.evaluate("JSON.stringify(sessionStorage)")


def test_the_menu_of_a_phone_opens_and_closes_by_keyboard(cast, open_page):
    page = open_page(cast.li, PHONE)
    page.goto("/staff/reviews/")
    opener = page.get_by_label("打开菜单")
    opener.focus()
    page.keyboard.press("Enter")
    page.locator(".side-link:focus").wait_for()
    expect(opener).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(opener).to_have_attribute("aria-expanded", "false")
    focused(page, "ariaLabel", "打开菜单")


def test_the_persons_menu_closes_by_escape_and_by_a_click_beside(cast, open_page):
    page = open_page(cast.li)
    page.goto("/staff/")
    menu = page.locator("details.person")
    for close in (lambda: page.keyboard.press("Escape"), lambda: page.mouse.click(600, 600)):
        menu.locator("summary").click()
        expect(page.get_by_text("退出登录")).to_be_visible()
        close()
        expect(page.locator("details.person:not([open])")).to_have_count(1)


@pytest.mark.parametrize("size", [PHONE, LAPTOP, DESK])
def test_nothing_scrolls_sideways(cast, open_page, size):
    cast.li.name = "欧阳司马诸葛上官慕容"
    cast.li.save()
    for user, address in ((cast.li, "/staff/reviews/"), (cast.wang.user, "/"), (None, "/start/")):
        page = open_page(user, size)
        page.goto(address)
        soon(lambda: page.evaluate("document.documentElement.scrollWidth"), size[0])  # noqa: B023


def test_what_a_thumb_must_hit_is_large_enough(cast, open_page):
    page = open_page(cast.wang.user, PHONE)
    for address in ("/", "/accounts/password/"):
        page.goto(address)
        for target in page.locator(
            "a:visible, button:visible, summary:visible, input:visible"
        ).all():
            name = target.evaluate("it => it.outerHTML")
            if re.search("skip-link|notice-close|visually-hidden", name):
                continue
            assert target.bounding_box()["height"] >= 44, name
