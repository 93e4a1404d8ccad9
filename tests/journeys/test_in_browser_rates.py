"""Way B at three desks: a rate that is held back, handed in, returned, decided, and seen by the school."""

import pytest

from tests.browser import expect
from tests.journeys.screens import Screen

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
HELD_BACK = "还有 2 名学生未登记（含已退回），未登记人数为 0 后才能提交"


@pytest.fixture
def at_desk(cast_b, open_page, settings):
    """Somebody of the staff before a wide screen."""
    settings.ALLOWED_HOSTS = ["*"]

    def at_desk(user) -> Screen:
        user.refresh_from_db()  # the password was given later
        return Screen(open_page(user))

    return at_desk


def live(screen: Screen, name: str) -> list[str]:
    """The live row of a unit as it can be read."""
    row = screen.page.locator("#live tbody tr", has_text=name).first
    return [cell.strip() for cell in row.locator("td, th").all_inner_texts()]


def decide(screen: Screen, action: str, opinion: str) -> None:
    """Tick what was handed in, say something, confirm."""
    page, dialog = screen.page, screen.page.locator("#list-dialog")
    page.locator("#list-tick-page").check()
    page.locator("#list").get_by_role("button", name=action).click()
    dialog.get_by_text("选中 1 条").wait_for()
    dialog.get_by_label("审核意见").fill(opinion)
    dialog.get_by_role("button", name=action, exact=True).click()
    dialog.wait_for(state="hidden")


def register_for(li: Screen, name: str, *, stays_out: str = "") -> None:
    """代登记, from the list of those who are missing."""
    page = li.page
    li.press("未登记学生").sees(name).press("添加")
    page.get_by_role("link", name=f"为{name}登记").click()
    li.sees(f"代登记：{name}", "缴费依据")
    if stays_out:
        page.get_by_label("不参保", exact=True).check()
        page.get_by_text(stays_out).click()
    page.get_by_label("学生是怎样同意的").fill("电话确认")
    li.press("保存").sees(f"已为{name}登记")


def test_a_rate_on_its_way_up(cast_b, at_desk):
    li, xu, office = at_desk(cast_b.li), at_desk(cast_b.xu), at_desk(cast_b.office)

    # Held back: by how many, in which classes, whom to ask.
    li.open("/staff/rates/grades/").sees("还不能提交", HELD_BACK, "计算机2401", "计算机2402")
    li.sees("1 人未登记", "何老师、李老师").reads_nothing_of("外国语学院")
    expect(li.page.get_by_role("button", name="提交", exact=True)).to_be_disabled()

    register_for(li, "王小明")
    register_for(li, "刘思雨", stays_out="已在户籍地参加居民医保")
    li.open("/staff/rates/grades/").sees("还不能提交", "待审核")
    li.open("/staff/reviews/").sees("王小明", "刘思雨")
    li.page.locator("#list-tick-page").check()
    li.page.locator("#list").get_by_role("button", name="审核通过").click()
    li.page.locator("#list-dialog").get_by_role("button", name="审核通过 2 条").click()
    li.sees("没有等待您审核的申请")

    # Handed in; nothing can be changed by handing it in again.
    li.open("/staff/rates/grades/").sees("2024 级")
    assert "50.00%" in live(li, "2024 级")
    li.page.get_by_role("button", name="提交", exact=True).click()
    li.sees("提交后数据和名单即冻结").press("提交 2024 级参保率")
    li.sees("计算机学院 2024 级参保率已提交，等待学院审核")

    # The college returns it with an opinion, gets it again and accepts it.
    xu.open("/staff/rates/grades/").sees("2024 级")
    decide(xu, "退回", "请核对不参保证明")
    li.open("/staff/rates/grades/").sees("已退回", "请核对不参保证明")
    li.page.get_by_role("button", name="提交", exact=True).click()
    li.press("提交 2024 级参保率").sees("已提交，等待学院审核")
    xu.open("/staff/rates/grades/")
    decide(xu, "审核通过", "数据属实，同意")
    xu.open("/staff/rates/colleges/").sees("计算机学院", "1 / 1")
    xu.page.get_by_role("button", name="提交", exact=True).click()
    xu.press("提交学院参保率").sees("计算机学院参保率已提交，等待学校审核")
    xu.open("/staff/rates/colleges/students/").sees("王小明", "刘思雨").reads_nothing_of("赵外语")

    # The school sees who is late, decides, and has its rate.
    office.open("/staff/rates/colleges/").sees("外国语学院", "未上报", "孙老师")
    decide(office, "审核通过", "同意")
    office.open("/staff/rates/school/").sees("全校", "1 / 2 个学院已通过")
    foot = office.page.locator("tfoot tr").first.locator("td").all_inner_texts()
    assert [text.strip() for text in foot] == [
        "4", "4", "1", "1", "0", "2", "0", "25.00%", "50.00%", "", "1 / 2 个学院已通过",
        "50.00% / 100.00%", "",
    ]  # fmt: skip
    li.open("/staff/rates/grades/").sees("已通过")
