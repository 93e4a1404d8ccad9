"""The student's pages on a phone in a real browser: one thumb, a bad line, large letters."""

import pytest

from tests.browser import PHONE, expect, no_wider, reads, reads_nothing_of, soon
from tests.web.student.conftest import of
from yibao.enrolment import flow
from yibao.enrolment.models import Draft

SMALL = """() => [...document.querySelectorAll("main a.btn, main button, main summary, .thumb-bar .btn, nav a, main label.choice-card")]
  .filter((el) => el.offsetParent && el.getBoundingClientRect().height < 44).map((el) => el.textContent.trim())"""
HIDDEN_BY_A_BAR = """() => {
  window.scrollTo({ top: document.body.scrollHeight, behavior: "instant" });
  const bar = document.querySelector(".thumb-bar, .phone-nav").getBoundingClientRect();
  const last = [...document.querySelectorAll("main > *")].filter((el) => el.offsetHeight).pop();
  return last.getBoundingClientRect().bottom > bar.top;
}"""


@pytest.fixture
def page(open_page, wang):
    return open_page(wang.student.user, PHONE)


def fits(page):
    """Nothing sideways, nothing too small for a thumb, nothing under the bar."""
    no_wider(page)
    soon(lambda: page.evaluate(SMALL), [])
    soon(lambda: page.evaluate(HIDDEN_BY_A_BAR), wanted=False)


def test_from_home_to_paid(page, wang, cast, gateway):
    page.goto("/")
    fits(page)
    page.click("text=申请参保")
    page.wait_for_url("**/data/")
    fits(page)
    page.fill("[name=mobile]", "139")
    page.click("text=信息无误，下一步")
    reads(page, "手机号应为 11 位")
    soon(lambda: page.evaluate("document.activeElement.name"), "mobile")
    page.fill("[name=mobile]", "13905914858")
    page.click("text=信息无误，下一步")
    page.wait_for_url("**/choice/")
    page.click("text=下一步")
    reads(page, "请选择参保或不参保")
    reads_nothing_of(page, "参保类型")
    page.check("#intent-out")
    reads(page, "为什么不参保？")
    page.check("#intent-join")
    reads(page, "参保类型")
    reads_nothing_of(page, "为什么不参保？", "请选择参保或不参保")
    fits(page)
    page.click("text=下一步")
    page.wait_for_url("**/amount/")
    fits(page)
    page.click("text=下一步")
    page.wait_for_url("**/confirm/")
    fits(page)
    page.click("text=提交参保申请")
    page.wait_for_url("**/progress/**")
    reads(page, "已提交，等待辅导员审核")
    fits(page)
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(of(cast.wang), by=by).or_refuse()
    page.goto("/")
    page.click("text=在线缴费")
    page.wait_for_url("**/checkout/**")
    fits(page)
    page.click("text=确认支付 ¥533.00")
    page.wait_for_url(f"{gateway.base_url}/cashier/**")
    page.go_back()
    page.wait_for_url("**/checkout/**")
    page.goto(wang.address("payment_return", wang.order.public_id))
    reads(page, "还没有收到付款")
    gateway.pay(wang.order.payments.get().number)
    reads(page, "已缴费 ¥533.00")  # it asks again by itself
    fits(page)
    page.click("text=查看收据")
    reads(page, "伍佰叁拾叁元整")
    fits(page)


def test_a_choice_survives_closing_the_page(page, wang):
    wang.confirm_data()
    page.goto(wang.screen("choice"))
    page.click("text=下一步")
    reads(page, "请选择参保或不参保")
    with page.expect_response(lambda answer: answer.status == 204):
        page.check("#intent-out")
    expect(page.locator("text=请选择参保或不参保")).to_have_count(0)
    with page.expect_response(lambda answer: answer.status == 204):
        page.click("text=自愿放弃")
    with page.expect_response(lambda answer: answer.status == 204):
        page.fill("[name=note]", "家里给我买了")  # and not left the field
    page.goto("/")
    page.click("text=继续")
    page.wait_for_url("**/confirm/")
    reads(page, "自愿放弃")
    draft = Draft.objects.get()
    assert (draft.intent, draft.note) == ("stay_out", "家里给我买了")


def test_a_line_that_breaks_loses_nothing(page, wang):
    page.goto(wang.screen("data"))
    page.fill("[name=home_address]", "东街 1 号 502 室")
    page.context.set_offline(True)
    page.click("text=信息无误，下一步")
    reads(page, "网络不通")
    expect(page.locator("[name=home_address]")).to_have_value("东街 1 号 502 室")
    page.context.set_offline(False)
    # Nor does a session that has ended meanwhile.
    cookies = page.context.cookies()
    page.context.clear_cookies(name="yibao_session")
    page.click("text=信息无误，下一步")
    page.wait_for_url("**/accounts/sign-in/**")
    page.context.add_cookies(cookies)
    page.evaluate("address => location.assign(address)", wang.screen("data"))
    page.wait_for_url("**/data/")
    expect(page.locator("[name=home_address]")).to_have_value("东街 1 号 502 室")
    # And what is wrong comes into sight, far below the top of the page.
    page.fill("[name=mobile]", "123")
    page.click("text=信息无误，下一步")
    reads(page, "手机号应为 11 位")
    expect(page.locator("[name=mobile]")).to_be_in_viewport()
    page.fill("[name=mobile]", "13805910001")
    page.click("text=信息无误，下一步")
    page.wait_for_url("**/choice/")


def test_large_letters_and_long_names(page, wang, cast):
    student = cast.wang
    student.name = "迪丽热巴·阿卜杜热依木江·买买提"
    student.save()
    group = student.class_group
    group.name = "思想政治教育（师范类公费定向培养）2024级2班"
    group.save()
    wang.submit()
    flow.send_back(of(student), by=cast.li, comment="请" * 100).or_refuse()
    page.goto("/")
    for address in ("/", wang.address("progress"), wang.screen("data"), "/me/", "/history/"):
        page.goto(address)
        no_wider(page)
        page.set_viewport_size({"width": 280, "height": 653})
        no_wider(page)
        page.set_viewport_size({"width": 360, "height": 740})
