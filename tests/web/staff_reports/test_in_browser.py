"""In a real browser: rows move and keep what was typed, pictures draw under the content policy."""

import pytest
from django.urls import reverse

from tests.browser import DESK, PHONE, expect, reads, soon
from tests.web.staff_reports.conftest import of, rows
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.states import Intent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_steps_are_added_moved_and_removed(cast, draft, open_page):
    page = open_page(cast.office, DESK)
    page.goto(reverse("staff:plan_edit", args=[draft.pk, "review"]))
    shown = page.locator("[data-row]:visible")
    expect(shown).to_have_count(3)
    page.get_by_role("button", name="添加审核环节").click()
    shown.nth(3).locator("[name$=-name]").fill("资助中心复核")
    shown.nth(3).locator("[name$=-level]").select_option("school")
    shown.nth(3).get_by_role("button", name="上移").click()
    shown.nth(0).get_by_role("button", name="下移").click()
    shown.nth(0).get_by_role("button", name="删除这一行").click()
    expect(shown.locator("[data-row-number]")).to_have_text(["1", "2", "3"])
    page.get_by_role("button", name="保存", exact=True).click()
    # Asked of the database: the sentence about it goes away by itself.
    names = draft.steps.values_list("name", flat=True)
    soon(lambda: list(names.all()), ["辅导员审核", "资助中心复核", "学校审核"])


def test_a_fault_keeps_the_new_row_and_the_one_taken_away(cast, draft, open_page):
    page = open_page(cast.office, PHONE)
    page.goto(reverse("staff:plan_edit", args=[draft.pk, "types"]))
    page.get_by_role("button", name="添加参保类型").click()
    shown = page.locator("[data-row]:visible")
    shown.nth(1).locator("[name$=-name]").fill("二档")
    shown.nth(1).locator("[name$=-premium]").fill("-5")
    page.get_by_role("button", name="保存", exact=True).click()
    reads(page, "不能小于")
    expect(shown.nth(1).locator("[name$=-name]")).to_have_value("二档")
    soon(lambda: page.evaluate("document.documentElement.scrollWidth"), PHONE[0])


def test_the_count_beside_the_targets_is_live(cast, draft, open_page):
    page = open_page(cast.office, DESK)
    page.goto(reverse("staff:plan_edit", args=[draft.pk, "targets"]))
    expect(page.locator("#counted b").first).to_have_text("0")
    page.get_by_label("硕士").check()
    page.wait_for_selector("#counted b:text('4')")


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_pictures_are_drawn_and_lead_to_the_list(cast, way_a, open_page, size):
    flow.submit(of(*rows(way_a)[:6]), Choice(Intent.JOIN, consent="当面"), by=cast.office)
    page = open_page(cast.office, size)
    page.goto(f"{reverse('staff:enrolment_statistics')}?plan={way_a.pk}")
    page.wait_for_selector("[data-chart=units] svg")
    for step in ("学生人数", "已申请"):
        expect(page.locator("[data-chart=funnel] svg text", has_text=step).first).to_be_visible()
    soon(lambda: page.evaluate("document.documentElement.scrollWidth"), size[0])
    page.locator("[data-chart=funnel] svg path[fill='#3f83d6']").first.click(force=True)
    page.wait_for_url("**/staff/enrolments/**")
