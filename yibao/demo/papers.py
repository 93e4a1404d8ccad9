"""Papers of the invented students who stay out by themselves: a screenshot as evidence, a scrawl below."""

from functools import cache
from io import BytesIO
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

from yibao.accounts.models import User
from yibao.common import papers, pictures
from yibao.enrolment import evidence
from yibao.enrolment.models import Enrolment
from yibao.enrolment.statement import Signature
from yibao.enrolment.states import Manner
from yibao.enrolment.strokes import HEIGHT, WIDTH
from yibao.plans.models import OptOutReason

SIZE = (720, 1180)
CONSENTS = ("电话确认，学生知道后果", "本人当面确认", "微信确认，截图已留存")


def consent(place: int) -> str:
    """How a student agreed, as a counselor writes it."""
    return CONSENTS[place % len(CONSENTS)]


def make_ready(row: Enrolment, reason: OptOutReason, *, by: User) -> None:
    """Upload what the reason must have."""
    for need in reason.needs.filter(required=True).select_related("kind"):
        file = SimpleUploadedFile("screenshot.png", screenshot(row, need.kind.name), "image/png")
        evidence.add(row, need.kind, pictures.keep(file, by=by), by=by)


def screenshot(row: Enrolment, title: str) -> bytes:
    """What an app might show; that it is invented stands on it."""
    sheet = Image.new("RGB", SIZE, "#f2f4f8")
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((0, 0, SIZE[0], 150), fill="#1f6fd1")
    pen.text((40, 62), title, fill="white", font=_font(44))
    pen.rounded_rectangle((30, 190, SIZE[0] - 30, 820), 24, fill="white")
    facts = (
        ("姓名", row.student.name),
        ("参保年度", str(row.plan.coverage_start.year)),
        ("险种", "城乡居民基本医疗保险"),
        ("参保地", "示例市示例区"),
        ("缴费状态", "已缴费"),
        ("参保状态", "正常参保"),
    )
    for place, (label, value) in enumerate(facts):
        pen.text((66, 230 + place * 98), label, fill="#5b6678", font=_font(32))
        pen.text((260, 230 + place * 98), value, fill="#16202e", font=_font(34))
    pen.text((66, 880), "演示数据，非真实凭证", fill="#9aa3b2", font=_font(30))
    target = BytesIO()
    sheet.save(target, "PNG")
    return target.getvalue()


def signature(random: Random) -> Signature:
    """Three characters as a hurried hand writes them."""
    strokes = []
    for place in range(3):
        left, top = 90 + place * WIDTH * 3 // 10, HEIGHT // 5
        for _ in range(random.randint(3, 5)):
            x, y = left + random.randint(0, 90), top + random.randint(0, 200)
            dx, dy = random.choice([(150, 12), (20, 190), (-70, 150), (110, 120)])
            points = [(x + dx * n // 8, y + dy * n // 8 + random.randint(-7, 7)) for n in range(9)]
            strokes.append(" ".join(f"{max(0, px)},{max(0, py)}" for px, py in points))
    return Signature(Manner.DRAWN, ";".join(strokes))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(papers.FONTS / "NotoSansSC-Regular.ttf"), size)
