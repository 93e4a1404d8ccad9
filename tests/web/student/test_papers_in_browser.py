"""不参保 on a phone in a real browser: a photo is sent as it is chosen, the text is read, a finger signs."""

from pathlib import Path

import pytest

from tests.browser import PHONE, drawn, expect, reads, soon
from tests.common.test_pictures import photo
from tests.web.student.conftest import of
from tests.web.student.test_in_browser import fits
from tests.web.student.test_papers import kind, plan
from yibao.enrolment import flow, strokes
from yibao.enrolment.flow import Choice
from yibao.enrolment.paper_models import DraftPicture, Evidence, Statement
from yibao.enrolment.states import Intent

__all__ = ["kind", "plan"]
SHAKY = "() => document.querySelector('[name=drawn]').value"


@pytest.fixture
def page(open_page, wang):
    return open_page(wang.student.user, PHONE)


@pytest.fixture
def picture(tmp_path) -> Path:
    """A large photo, as a camera makes it."""
    path = tmp_path / "IMG_0001.JPG"
    path.write_bytes(photo((3000, 4000)))
    return path


def look(page, name: str) -> None:
    """Nothing sticks out."""
    fits(page)


def draws(page, *points: tuple[int, int]) -> None:
    """A stroke over the pad, from and to in hundredths of it."""
    page.locator("canvas").scroll_into_view_if_needed()
    box = page.locator("canvas").bounding_box()
    places = [
        (box["x"] + box["width"] * x / 100, box["y"] + box["height"] * y / 100) for x, y in points
    ]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def stays_out(page) -> None:
    page.goto("/")
    page.click("text=申请参保")
    page.click("text=信息无误，下一步")
    page.wait_for_url("**/choice/")
    page.check("#intent-out")
    page.check("text=已在户籍地参加居民医保")
    page.click("text=下一步")
    page.wait_for_url("**/evidence/")


def turned(page) -> None:
    """The viewer opens, turns a photo and gives the focus back."""
    page.click(".photo-small")
    page.wait_for_selector("dialog.viewer[open]:not(.is-waiting) img")
    look(page, "viewer")
    page.keyboard.press("r")
    expect(page.locator(".viewer img")).to_have_attribute("data-turn", "1")
    page.keyboard.press("Escape")
    soon(lambda: page.evaluate("document.activeElement.className"), "photo-small")


def counselor_looks(page) -> None:
    """The row of the queue opened: the photo is there to see, the signed text to read, and it passes."""
    page.goto("/staff/reviews/")
    page.locator("tr", has_text="王小明").dblclick()
    dialog = page.locator("dialog[open]")
    dialog.get_by_text("证明材料").first.wait_for()
    drawn(dialog.locator(".photo-small img").first)
    signed = Statement.objects.get()
    link = dialog.get_by_role("link", name=signed.number).get_attribute("href")
    assert page.request.get(link).body().startswith(b"%PDF")
    dialog.get_by_role("button", name="审核通过").click()
    dialog.get_by_text("选中 1 条").wait_for()
    dialog.get_by_role("button", name="审核通过").click()
    reads(page, "已完成 1 条")


def test_a_photo_a_text_a_finger(page, wang, kind, picture, cast, open_page):
    stays_out(page)
    look(page, "evidence-empty")
    page.click("text=下一步")
    reads(page, "还缺参保凭证")
    page.context.set_offline(True)
    page.set_input_files(".photo-add input[type=file]", picture)
    reads(page, "照片还没有传上去")
    with page.expect_navigation():
        page.context.set_offline(False)  # and it is sent by itself
    drawn(page.locator(".photo-small img"))
    look(page, "evidence")
    kept = DraftPicture.objects.get().picture
    assert (kept.width, kept.height) == (1500, 2000)  # made small before it was sent

    with page.expect_navigation():
        page.set_input_files(".photo-swap input[type=file]", picture)
    expect(page.locator(".photos li")).to_have_count(1)
    assert DraftPicture.objects.get().picture != kept

    turned(page)
    page.click(".thumb-bar >> text=下一步")
    page.wait_for_url("**/confirm/")
    expect(page.locator("[name=read]")).to_be_disabled()
    look(page, "sign-top")
    page.locator("[data-text-end]").scroll_into_view_if_needed()
    page.wait_for_selector("[name=read]:enabled")
    page.check("[name=read]")
    draws(page, (10, 20), (30, 30), (20, 80))
    draws(page, (50, 20), (55, 80))
    soon(lambda: len(page.evaluate(SHAKY).split(";")), 2)
    page.click("text=撤一笔")
    soon(lambda: len(page.evaluate(SHAKY).split(";")), 1)
    page.click("text=重签")
    soon(lambda: page.evaluate(SHAKY), "")
    page.click("text=签署并提交")
    reads(page, "请先在框内手写签名")
    expect(page.locator("[name=read]")).to_be_checked()
    draws(page, (10, 20), (30, 30), (20, 80), (40, 60))
    draws(page, (50, 20), (55, 80))
    draws(page, (45, 50), (90, 45))
    look(page, "signed")
    page.click("text=签署并提交")
    page.wait_for_url("**/progress/**")
    reads(page, "我交的材料")
    look(page, "progress")
    signed = Statement.objects.get()
    assert len(strokes.read(signed.signature)) == 3
    assert Evidence.objects.count() == 1
    counselor_looks(open_page(cast.li))
    page.reload()
    reads(page, "李老师")


def test_a_signature_survives_a_fault_and_a_turned_phone(page, wang, plan):
    reason = plan.reasons.get(name="自愿放弃")
    page.goto("/")
    page.click("text=申请参保")
    page.click("text=信息无误，下一步")
    page.wait_for_url("**/choice/")
    page.check("#intent-out")
    page.check(f"text={reason}")
    page.click("text=下一步")
    page.wait_for_url("**/confirm/")
    draws(page, (10, 20), (60, 30), (20, 80), (90, 60))
    soon(lambda: page.evaluate(SHAKY) != "", wanted=True)
    before = page.evaluate(SHAKY)
    page.set_viewport_size({"width": 740, "height": 360})
    page.click("text=签署并提交")
    reads(page, "请先阅读承诺书，再勾选同意")
    expect(page.locator("#read-error")).to_be_in_viewport()  # though consent took no focus
    soon(lambda: page.evaluate(SHAKY), before)
    ink = """() => { const c = document.querySelector('canvas');
      return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v > 0); }"""
    soon(lambda: page.evaluate(ink), wanted=True)
    page.check("[name=read]")
    page.click("text=签署并提交")
    page.wait_for_url("**/progress/**")
    page.go_back()  # over the page with the fault, which the browser does not ask to send once more
    page.wait_for_url("**/progress/**")
    reads(page, "办理进度")


def test_without_a_pointer_one_types(page, wang, cast, plan):
    choice = Choice(Intent.STAY_OUT, reason=plan.reasons.all()[1], consent="电话确认")
    flow.submit(of(cast.wang), choice, by=cast.li).or_refuse()
    page.goto("/")
    page.click("text=去补交")
    reads(page, "老师记录你的同意方式：电话确认")
    look(page, "supply")
    page.focus("[name=manner][value=drawn]")
    page.keyboard.press("ArrowRight")
    expect(page.locator("canvas")).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.type("王小明")
    page.locator("[data-text-end]").scroll_into_view_if_needed()
    page.wait_for_selector("[name=read]:enabled")
    page.focus("[name=read]")
    page.keyboard.press("Space")
    page.click("text=签署并提交")
    reads(page, "已补交，辅导员可以看到")
    assert Statement.objects.get().manner == "typed"
