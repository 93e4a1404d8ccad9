"""Whole ways on a phone in a real browser: returned, corrected and submitted again; last year's choice in English."""

import pytest

from tests.browser import DESK, PHONE, expect, no_wider, reads, reads_nothing_of, soon
from tests.factories import make_plan
from tests.web.student.conftest import of
from tests.web.student.test_in_browser import fits
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Place, Status
from yibao.people import flow as people_flow
from yibao.people.models import Correction

LARGE = "document.documentElement.style.fontSize = '200%'"
# Texts that have so little room that they stand letter by letter.
SQUEEZED = """() => [...document.querySelectorAll("main *")].filter((el) => el.offsetParent).flatMap(
  (el) => [...el.childNodes].filter((node) => node.nodeType === 3 && node.data.trim().length > 5).map((node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size;
    return { text: node.data.trim(), lines };
  })).filter(({ text, lines }) => lines > 2 && text.length / lines < 3).map(({ text }) => text)"""


@pytest.fixture
def page(open_page, wang):
    return open_page(wang.student.user, PHONE)


def fits_large(page):
    """In letters of twice the size too."""
    page.evaluate(LARGE)
    no_wider(page)
    soon(lambda: page.evaluate(SQUEEZED), [])


def test_returned_corrected_and_submitted_again(page, open_page, wang, cast, plan):
    wang.submit()
    flow.send_back(of(cast.wang), by=cast.li, comment="民族不对", places=[Place.DATA]).or_refuse()
    page.goto("/")
    reads(page, "民族不对")
    page.click("text=去修改")
    page.wait_for_url("**/data/")
    reads(page, "老师指出这一步需要修改")
    fits(page)
    page.click("text=申请更正 >> nth=0")
    reads(page, "哪一项有误？")
    page.click("a[href*='/new/ethnicity/']")
    page.select_option("[name=ethnicity]", "畲")
    page.fill("[name=reason]", "登记时写错了")
    fits(page)
    page.click("text=提交更正申请")
    reads(page, "民族的更正申请已提交")

    desk = open_page(cast.li, DESK)
    desk.goto("/staff/corrections/")
    reads(desk, "登记时写错了")
    people_flow.accept_corrections(Correction.objects.all(), by=cast.li).or_refuse()

    page.goto(wang.screen("data"))
    expect(page.locator("dd", has_text="畲族")).to_be_visible()
    fits_large(page)
    page.click("text=信息无误，下一步")
    page.wait_for_url("**/choice/")
    reads_nothing_of(page, "老师指出这一步需要修改")
    page.click("text=下一步")
    page.wait_for_url("**/amount/")
    page.click("text=下一步")
    page.click("text=提交参保申请")
    reads(page, "已提交，等待辅导员审核")
    fits_large(page)
    assert wang.row.round == 2


def test_last_year_once_more_in_english(page, wang, cast):
    last = make_plan("2025年大学生医保", academic_year=2025)
    enlist(last, by=cast.office)
    mine = Enrolment.objects.filter(student=cast.wang, plan=last)
    flow.submit(mine, Choice(Intent.JOIN, consent="当面"), by=cast.wang.user).or_refuse()
    mine.update(status=Status.ENROLLED, current_step=None)
    page.goto("/")
    page.click("header details summary")
    page.click("text=English")
    reads(page, "Hello, 王小明")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    fits(page)
    page.click("text=Same as last year")
    page.wait_for_url("**/again/")
    fits(page)
    fits_large(page)
    page.click("text=Nothing changed, submit")
    reads(page, "Submitted, waiting for: Counselor review")
    assert wang.row.status == Status.IN_REVIEW
    page.click("header details summary")
    page.click("text=中文")
    reads(page, "办理进度")
