"""Where somebody is: scanning to a row, two tabs, a session that ended, the page to jump to."""

import re

import pytest

from tests.browser import PHONE, expect, quiet, soon
from tests.grid.on_page import HERE, chosen, row
from yibao.people.models import Student

pytestmark = pytest.mark.urls("tests.grid.lists")
PASSWORD = "海边的第9座灯塔"


def focused(page, number):
    row = "document.activeElement.closest('#list tbody tr')"
    soon(lambda: page.evaluate(f"{row}?.querySelector('.list-open').innerText"), number)


def scan(page, number):
    """As a scanner does: digits and Enter, wherever the focus is."""
    quiet(page)
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    page.get_by_text(f"搜索“{number}”").wait_for()


def test_one_number_after_the_other_is_scanned(page):
    row(page, 3).locator("td[data-label='性别']").click()
    for number in ("20250041", "20250007", "20260001"):
        scan(page, number)
        focused(page, number)
    page.keyboard.press("Enter")
    page.locator("#list-dialog-title", has_text="20260001").wait_for()


def test_a_number_that_is_part_of_another_is_still_the_row_meant(page, campus):
    Student.objects.filter(student_no="20250050").update(student_no="920250041")
    scan(page, "20250041")
    focused(page, "20250041")
    expect(page.locator("#list tbody tr")).to_have_count(2)


def test_two_tabs_do_not_disturb_each_other(page, campus, open_page):
    other = page.context.new_page()
    other.goto(f"{HERE}?f=status.suspended")
    page.locator("#list-q").fill("生3")
    page.locator("#list-q").press("Enter")
    page.get_by_text("搜索“生3”").wait_for()
    row(page, 2).locator("input").click()
    other.locator("#list-sort-name").click()
    other.locator("th[aria-sort=ascending]", has_text="姓名").wait_for()
    other.locator("#list-tick-page").click()
    chosen(page, 1)
    chosen(other, 3)
    with page.expect_response("**/students/?**"):
        page.locator("#list-refresh").click()
    quiet(page)
    page.wait_for_url("**?q=%E7%94%9F3")
    other.wait_for_url("**?f=status.suspended&sort=name")
    chosen(page, 1)
    chosen(other, 3)
    page.reload()
    page.get_by_text("搜索“生3”").wait_for()
    expect(page.locator(".list-counts")).to_contain_text("共 11 条")


def test_after_signing_in_again_the_same_list_is_there(transactional_db, campus, open_page):
    user = campus.school
    user.set_password(PASSWORD)
    user.save()
    page = open_page(user)
    page.goto(f"{HERE}?q=生3&f=status.active&sort=-student_no")
    page.context.clear_cookies()
    page.locator("#list-sort-name").click()
    page.wait_for_url(re.compile("/accounts/sign-in/"))
    page.locator("input[name=username]").fill(user.username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit], form button[type=submit]").first.click()
    page.get_by_text("搜索“生3”").wait_for()
    page.wait_for_url("**?q=%E7%94%9F3&f=status.active&sort=-student_no")
    expect(page.locator("th[aria-sort=descending]")).to_have_text("学号")


def test_pages_are_jumped_to_and_heights_kept(page):
    page.locator("#list-size").select_option("10")
    page.locator("#list-jump").wait_for()
    page.locator("#list-jump").fill("5")
    page.locator("#list-jump").press("Enter")
    page.locator("#list .page-item.active", has_text="5").wait_for()
    expect(row(page, 40).get_by_text("20250040")).to_be_visible()
    before = row(page, 40).bounding_box()["height"]
    page.get_by_label("更多").click()
    page.get_by_role("button", name="紧凑行高").click()
    page.locator("#list.list-compact").wait_for()
    soon(lambda: row(page, 40).bounding_box()["height"] < before, wanted=True)
    page.goto(HERE)
    expect(page.locator("#list.list-compact")).to_have_count(1)


def test_a_time_of_day_can_be_asked_for_and_is_still_there(page):
    Student.objects.filter(student_no="20250005").update(updated_at="2026-03-02T00:30:00Z")
    Student.objects.exclude(student_no="20250005").update(updated_at="2026-03-02T02:00:00Z")
    page.get_by_role("link", name="自定义查询").click()
    page.locator(".list-c-field").select_option("updated_at")
    page.locator(".list-c-operator").select_option("le")
    page.get_by_label("关键字", exact=True).last.fill("2026-03-02")
    page.get_by_label("时刻（可不填）").fill("08:30")
    page.locator("#list-query").get_by_role("button", name="查询", exact=True).click()
    page.get_by_text("更新时间 不晚于 2026-03-02 08:30").wait_for()
    page.locator(".list-counts", has_text="共 1 条").wait_for()
    page.get_by_role("link", name="自定义查询").click()
    page.get_by_label("时刻（可不填）").wait_for()
    expect(page.get_by_label("时刻（可不填）")).to_have_value("08:30")
    page.locator(".list-c-operator").select_option("within")
    page.get_by_label("到", exact=True).fill("2026-03-01")
    page.locator("#list-query").get_by_role("button", name="查询", exact=True).click()
    page.get_by_text("更新时间 介于 2026-03-02 08:30 至 2026-03-01").wait_for()
    page.locator(".list-counts", has_text="共 1 条").wait_for()
    page.get_by_role("link", name="自定义查询").click()
    page.get_by_label("到", exact=True).wait_for()
    expect(page.get_by_label("到", exact=True)).to_have_value("2026-03-01")
    page.locator(".list-c-operator").select_option("le")
    page.get_by_label("时刻（可不填）").fill("")
    page.locator("#list-query").get_by_role("button", name="查询", exact=True).click()
    page.locator(".list-counts", has_text="共 61 条").wait_for()


def test_on_a_phone_the_count_stays_in_sight(transactional_db, campus, open_page):
    page = open_page(campus.school, PHONE)
    page.goto(HERE)
    row(page, 0).locator("input").tap()
    chosen(page, 1)

    def in_sight():
        counts = page.locator(".list-counts").bounding_box()
        acts = page.locator(".list-acts").bounding_box()
        below = counts["y"] + counts["height"] <= acts["y"] + 1
        return 0 < counts["y"] < acts["y"] < PHONE[1] and below

    soon(in_sight, wanted=True)
    soon(lambda: page.evaluate("document.documentElement.scrollWidth"), PHONE[0])
