"""A counselor's morning at a desk: look, tick, decide in batch, return, search, take home a file."""

from io import BytesIO

import openpyxl
import pytest

from tests.browser import expect, quiet, soon
from tests.factories import make_student
from tests.journeys.screens import Screen
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Status
from yibao.people.models import Student
from yibao.plans.models import InsurancePlan

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
STUDENTS = 26
DIGITS = "零一二三四五六七八九"
HEADING = 4  # lines above the rows of a file: title, condition, by whom, columns


@pytest.fixture
def waiting(cast_a):
    """Twenty-six applications wait for 李, one for 孙 of another college."""
    for n in range(STUDENTS - 1):
        name = f"张{DIGITS[n // 10]}{DIGITS[n % 10]}"
        make_student(cast_a.classes.cs1, name, f"20240101{n:02d}")
    plan = InsurancePlan.objects.get()
    enlist(plan, by=cast_a.office)
    rows = Enrolment.objects.exclude(student__in=[cast_a.liu, cast_a.zhou_en])
    assert flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast_a.office).refused == {}
    return cast_a


@pytest.fixture
def li(waiting, open_page, settings) -> Screen:
    settings.ALLOWED_HOSTS = ["*"]
    waiting.li.refresh_from_db()  # the password was given later
    return Screen(open_page(waiting.li))


def row(page, place):
    return page.locator(f"#list tbody tr[data-at='{place}']")


def tick(page, first, last):
    """From here to there, with the shift key."""
    row(page, first).locator("input").click()
    row(page, last).locator("input").click(modifiers=["Shift"])


def number(page, place):
    return row(page, place).locator("td[data-label='学号']").inner_text().strip()


def cells(page):
    """The rows of the list as they can be read."""
    return page.evaluate(
        """() => [...document.querySelectorAll("#list tbody tr")].map((row) =>
             [...row.querySelectorAll("td[data-label]")].map((cell) => cell.innerText.trim()))"""
    )


def statuses():
    found = Enrolment.objects.order_by("status").values_list("status", flat=True)
    return {status: list(found).count(status) for status in set(found)}


def test_review_by_mouse(li, waiting):
    page = li.page
    li.open("/staff/").sees("工作台").press("审核")
    li.sees("审核", "王小明", f"共 {STUDENTS} 条").reads_nothing_of("赵外语")

    # A double click opens one; the next and the one before follow without closing.
    row(page, 3).dblclick()
    dialog = page.locator("#list-dialog")
    dialog.get_by_text(f"第 4 / {STUDENTS} 条").wait_for()
    expect(dialog.locator("h2")).to_contain_text(number(page, 3))
    dialog.get_by_label("下一条").click()
    dialog.get_by_text(f"第 5 / {STUDENTS} 条").wait_for()
    dialog.get_by_label("上一条").click()
    dialog.get_by_text(f"第 4 / {STUDENTS} 条").wait_for()
    li.fits()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")

    # Five in one go, counted before and after.
    tick(page, 2, 6)
    approved = {number(page, n) for n in range(2, 7)}
    li.press("审核通过").sees("选中 5 条：5 条可审核通过")
    dialog.get_by_role("button", name="情况属实，同意").click()
    dialog.get_by_role("button", name="审核通过 5 条").click()
    li.sees("审核通过：已完成 5 条", f"共 {STUDENTS - 5} 条")
    passed = Enrolment.objects.filter(current_step__name="学院审核")
    assert set(passed.values_list("student__student_no", flat=True)) == approved
    assert set(passed.values_list("reviews__comment", flat=True)) == {"情况属实，同意"}

    # One back, from its own dialog, with a reason that is asked for.
    returned = number(page, 0)
    row(page, 0).dblclick()
    dialog.get_by_text(f"第 1 / {STUDENTS - 5} 条").wait_for()
    dialog.get_by_role("button", name="退回").click()
    dialog.get_by_text("将退回 1 人").wait_for()
    dialog.get_by_role("button", name="退回", exact=True).click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="证件号码有误，请核对后重新提交").click()
    dialog.get_by_role("button", name="退回", exact=True).click()
    li.sees("退回：已完成")
    page.keyboard.press("Escape")
    li.sees(f"共 {STUDENTS - 6} 条", "撤销")
    expect(page.locator(".list-table tbody")).not_to_contain_text(returned)
    back = Enrolment.objects.get(status=Status.RETURNED)
    assert back.student.student_no == returned
    assert back.reviews.get().comment == "证件号码有误，请核对后重新提交"

    # The rest all at once.
    page.locator("#list-tick-page").click()
    li.press("审核通过").sees(f"选中 {STUDENTS - 6} 条：{STUDENTS - 6} 条可审核通过")
    dialog.get_by_role("button", name=f"审核通过 {STUDENTS - 6} 条").click()
    li.sees("没有等待您审核的申请")
    assert statuses() == {Status.IN_REVIEW: STUDENTS, Status.RETURNED: 1, Status.UNREGISTERED: 2}


def test_a_query_is_in_the_file_and_survives_the_way_back(li, waiting):
    page = li.page
    li.open("/staff/enrolments/").sees("参保名单详情", f"共 {STUDENTS + 1} 条")
    page.locator("#list-q").fill("张一")
    page.locator("#list-find").click()
    li.sees("搜索“张一”", "共 10 条")
    page.locator("#list-sort-student_no").click()
    page.locator("th[aria-sort=descending]", has_text="学号").wait_for()
    quiet(page)
    here, shown = page.url, cells(page)
    assert [line[0] for line in shown] == [f"20240101{n}" for n in range(19, 9, -1)]

    with page.expect_download() as download:
        li.press("导出全部")
    assert download.value.suggested_filename.endswith(".xlsx")
    assert lines(download.value) == shown

    row(page, 1).locator("input").click()
    row(page, 4).locator("input").click()
    with page.expect_download() as download:
        li.press("选中导出")
    assert lines(download.value) == [shown[1], shown[4]]

    li.press("未登记学生").sees("刘思雨")
    page.go_back()
    li.sees("搜索“张一”", "共 10 条")
    soon(lambda: page.url, here)
    soon(lambda: cells(page), shown)
    expect(page.locator("#list-q")).to_have_value("张一")
    secrets = list(Student.objects.values_list("id_number", flat=True))
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage, history.state])")
    assert not any(secret in kept for secret in secrets)


def lines(download) -> list[list[str]]:
    """The rows of a downloaded list, each cell as the screen would show it."""
    with open(download.path(), "rb") as file:  # noqa: PTH123 - a path of the browser's
        sheet = openpyxl.load_workbook(BytesIO(file.read())).active
    return [[as_shown(cell) for cell in row] for row in sheet.iter_rows(min_row=HEADING + 1)]


def as_shown(cell) -> str:
    """Amounts and times have their own formats in a workbook."""
    if cell.value is None:
        return "—"
    if cell.is_date:
        return f"{cell.value:%Y-%m-%d %H:%M}"
    return f"¥{cell.value:,.2f}" if "0.00" in cell.number_format else str(cell.value)
