"""A student's whole way on a phone, from the first sign-in to the receipt."""

import pytest

from tests.browser import PHONE
from tests.journeys.screens import Screen
from tests.story.person import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def decide(staff, action, comment):
    """The others work as everyday: over HTTP."""
    staff.open("/staff/reviews/")
    staff.post(staff.url, do="run", action=action, all="1", comment=comment)


def sign_in_for_the_first_time(wang: Screen, student) -> None:
    page = wang.page
    wang.open("/").sees("登录")
    page.get_by_label("学号/工号").fill(student.student_no)
    page.get_by_label("密码", exact=True).fill(student.id_number[-6:])
    wang.press("登录").sees("您还在使用初始密码")
    page.goto("/me/")
    wang.sees("您还在使用初始密码")
    page.get_by_label("新密码", exact=True).fill(student.id_number[-6:])
    page.get_by_label("再次输入新密码").fill(student.id_number[-6:])
    wang.press("保存并继续").sees("密码至少 8 个字符")
    page.get_by_label("新密码", exact=True).fill(PASSWORD)
    page.get_by_label("再次输入新密码").fill(PASSWORD)
    wang.press("保存并继续").sees("密码已修改")


def apply_to_join(wang: Screen, mobile: str) -> None:
    page = wang.page
    page.wait_for_url("**/data/")
    wang.sees("核对信息").reads_nothing_of(mobile)
    page.get_by_label("手机号").fill(mobile)
    wang.press("信息无误，下一步").sees("你今年要在学校参保吗？")
    page.locator("#intent-join").check()
    wang.press("下一步").sees("应缴金额", "¥533.00")
    wang.press("下一步")
    page.wait_for_url("**/confirm/")
    wang.sees("王小明", f"{mobile[:3]}****{mobile[-4:]}").reads_nothing_of(mobile)
    wang.press("提交参保申请").sees("已提交，等待辅导员审核", "审核中")


def test_a_student_on_a_phone(cast_a, arrive, open_page, gateway):
    student = cast_a.wang
    li, xu, office = arrive(cast_a.li), arrive(cast_a.xu), arrive(cast_a.office)
    wang = Screen(open_page(size=PHONE))
    page = wang.page

    sign_in_for_the_first_time(wang, student)
    wang.open("/").sees("王小明，你好", "2024010001", "未登记", "申请参保")
    wang.press("申请参保")
    apply_to_join(wang, "13905914857")
    wang.open("/").sees("审核中", "查看进度").press("查看进度")
    wang.sees("辅导员审核", "学院审核", "学校审核")

    decide(li, "send_back", "手机号请换成本人的")
    wang.open("/").sees("已退回", "手机号请换成本人的", "去修改").press("去修改")
    apply_to_join(wang, "13905914858")
    page.get_by_text("以前几次提交的审核").click()
    wang.sees("手机号请换成本人的")

    for staff in (li, xu, office):
        decide(staff, "approve", "同意")
    wang.open("/").sees("待缴费", "¥533.00").press("在线缴费")
    wang.sees("确认支付", "城乡居民基本医疗保险").press("确认支付 ¥533.00")
    page.wait_for_url(f"{gateway.base_url}/cashier/**")
    wang.sees("手机支付账户付款", "533.00")
    page.get_by_label("手机号").fill("13905914858")
    page.get_by_label("支付密码").fill("123456")
    wang.press("确认支付 ¥533.00").sees("支付成功").press("返回商户")
    page.wait_for_url("**/return/**")
    wang.sees("已缴费 ¥533.00")

    wang.open("/").sees("已参保").press("查看收据")
    wang.sees("王小明", "伍佰叁拾叁元整", "校验码").reads_nothing_of(student.id_number)
    paper = page.get_by_role("link", name="下载 PDF").get_attribute("href")
    assert page.context.request.get(paper).body().startswith(b"%PDF")
    for address in ("/", "/me/", "/me/contact/", "/history/"):
        wang.open(address)
    assert student.id_number not in page.evaluate("JSON.stringify([localStorage, sessionStorage])")
