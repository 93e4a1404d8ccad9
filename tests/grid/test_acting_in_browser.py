"""Acting on rows under real fingers: 撤销, 常用语."""

import pytest

from tests.browser import PHONE, expect, soon
from tests.grid.on_page import HERE, closed, row, title
from yibao.people.models import Student

pytestmark = pytest.mark.urls("tests.grid.lists")


def suspended():
    return Student.objects.filter(roster_status="suspended").count()


def suspend(page):
    dialog = page.locator("#list-dialog")
    page.get_by_role("button", name="办理休学").first.click()
    dialog.get_by_label("休学原因").fill("因病")
    dialog.locator("button[type=submit]").last.click()


def test_a_batch_is_undone_above_the_list(page):
    row(page, 5).locator("input").click()
    row(page, 8).locator("input").click(modifiers=["Shift"])
    suspend(page)
    bar = page.locator("#list-undoable")
    bar.get_by_text("刚才办理休学 4 条").wait_for()
    page.locator("#list-dialog").wait_for(state="hidden")
    row(page, 5).get_by_text("休学").wait_for()
    bar.get_by_role("link", name="查看结果").click()
    page.locator("#list-dialog").get_by_text("已完成 4 条").wait_for()
    page.keyboard.press("Escape")
    page.locator("#list-dialog").wait_for(state="hidden")
    bar.get_by_role("button", name="撤销").click()
    page.get_by_text("撤销办理休学：已完成 4 条").wait_for()
    bar.wait_for(state="detached")
    closed(page)
    row(page, 5).get_by_text("在读").wait_for()
    assert suspended() == 3


def test_one_is_undone_in_its_dialog(page):
    page.goto(f"{HERE}?f=status.active")
    row(page, 2).dblclick()
    dialog = page.locator("#list-dialog")
    dialog.get_by_role("button", name="办理休学").click()
    dialog.get_by_label("休学原因").fill("因病")
    dialog.locator("button[type=submit]").click()
    dialog.get_by_text("20250005 生5 办理休学：已完成").wait_for()
    dialog.get_by_role("button", name="撤销").click()
    dialog.get_by_text("20250005 生5 撤销办理休学：已完成").wait_for()
    title(page, "20250005 生5")
    page.keyboard.press("Escape")
    row(page, 2).get_by_text("20250005").wait_for()
    assert suspended() == 3


def test_what_is_not_undone_is_told_on_a_phone_too(transactional_db, campus, open_page):
    page = open_page(campus.school, PHONE)
    page.goto(HERE)
    for place in (5, 6, 7):
        row(page, place).locator("input").tap()
    suspend(page)
    page.get_by_text("刚才办理休学 3 条").wait_for()
    Student.objects.filter(student_no="20250006").update(roster_status="withdrawn")
    page.locator("#list-undoable").get_by_role("button", name="撤销").tap()
    page.get_by_text("撤销办理休学：完成 2 条，1 条未完成").wait_for()
    page.get_by_text("已经退学").wait_for()
    soon(lambda: page.evaluate("document.documentElement.scrollWidth"), 360)
    assert suspended() == 3


def test_an_opinion_is_kept_as_a_phrase_and_dropped_in_place(page):
    row(page, 5).locator("input").click()
    page.get_by_role("button", name="办理休学").first.click()
    dialog = page.locator("#list-dialog")
    words = dialog.get_by_label("休学原因")
    words.fill("材料齐全")
    dialog.get_by_role("button", name="存为常用语").click()
    own = dialog.locator(".list-own")
    own.get_by_text("材料齐全").wait_for()
    expect(words).to_have_value("材料齐全")
    words.fill("因病")
    own.get_by_role("button", name="材料齐全", exact=True).click()
    expect(words).to_have_value("因病；材料齐全")
    own.get_by_role("button", name="删除常用语：材料齐全").click()
    own.wait_for(state="detached")
    expect(words).to_have_value("因病；材料齐全")
    dialog.locator("button[type=submit]").last.click()
    page.get_by_text("刚才办理休学").wait_for()
    assert Student.objects.get(student_no="20250005").postcode == "因病；材料齐"


def test_names_with_commas_are_picked_in_a_query(page, campus):
    campus.languages.name = "能源,环境学院"
    campus.languages.save()
    for names in (["能源,环境学院"], ["能源,环境学院", "计算机学院"]):
        page.goto(HERE)
        page.get_by_role("link", name="自定义查询").click()
        page.locator(".list-c-field").first.select_option("college")
        for name in names:
            page.get_by_label(name, exact=True).check()
        page.locator("#list-query").get_by_role("button", name="查询", exact=True).click()
        page.locator(".list-counts", has_text=f"共 {1 if len(names) == 1 else 61} 条").wait_for()
        page.get_by_role("link", name="自定义查询").click()
        page.locator(".list-condition").wait_for()
        for name in names:
            expect(page.get_by_label(name, exact=True)).to_be_checked()
