"""What the school's offices keep beside the plans: transitions, proofs, announcements, phones."""

from datetime import date, timedelta
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import localdate, now
from PIL import Image, ImageDraw, ImageFont

from yibao.accounts.models import User
from yibao.common import papers, pictures
from yibao.demo import cast
from yibao.demo.progress import School
from yibao.enrolment.master_data import enter_and_enlist
from yibao.people import announcing, transitions
from yibao.people.codes import RosterStatus
from yibao.people.levels import Level
from yibao.people.models import Announcement, ClassGroup, Post, Student, Transition
from yibao.people.states import TransitionKind
from yibao.people.transitions import Change
from yibao.plans import hardship_proofs
from yibao.plans.models import HardshipEntry

FILE = "教务处学籍异动文件〔{year}〕18 号"
PROVEN = 4
SAID = (
    ("医保集中缴费即将截止", "还没有缴费的同学请登录后在线缴费。", ["student", "counselor"], -2, 8),
    ("请尽快复核退回后重新提交的申请", "退回的申请请联系学生。", ["counselor", "college"], -1, 3),
    ("系统维护，当晚暂停办理", "维护期间不能登录，已填写的内容不会丢失。", ["student"], 12, 14),
)


def keep(school: School) -> None:
    """All of it."""
    _phones()
    _announce(school)
    known = User.objects.filter(name=cast.COUNSELOR, posts__level=Level.COUNSELOR)
    for counselor in known.order_by("pk")[:1]:
        _transitions(counselor)
        _prove(counselor)


def _phones() -> None:
    """办公电话 of counselors and colleges."""
    posts = list(Post.objects.filter(level__in=[Level.COUNSELOR, Level.COLLEGE]).order_by("pk"))
    for place, post in enumerate(posts):
        post.phone = f"8337{6001 + place}"
    Post.objects.bulk_update(posts, ["phone"])


def _transitions(counselor: User) -> None:
    """Some of the counselor who is met by name: waiting, in effect, cancelled."""
    mine = Student.objects.filter(class_group__posts__user=counselor)
    active = mine.filter(roster_status=RosterStatus.ACTIVE).exclude(name=cast.STUDENT)
    chosen = list(active.order_by("-student_no").select_related("class_group__major")[:4])
    today, basis = localdate(), FILE.format(year=localdate().year)
    entered: tuple[tuple[TransitionKind, date], ...] = (
        (TransitionKind.SUSPEND, today + timedelta(days=9)),
        (TransitionKind.RETAIN, today),
        (TransitionKind.SUSPEND, today + timedelta(days=3)),
    )
    for student, (kind, day) in zip(chosen, entered, strict=False):
        one = Student.objects.filter(pk=student.pk)
        enter_and_enlist(one, Change(kind, day, basis), by=counselor).or_refuse()
    if len(chosen) > len(entered):
        _transfer(chosen[-1], counselor)
    cancelled = Transition.objects.waiting().filter(effective_on=today + timedelta(days=3))
    transitions.cancel(cancelled, by=counselor, note="学生撤回了申请")


def _transfer(student: Student, counselor: User) -> None:
    """To another class of the college from next month on."""
    here = student.class_group
    alike = ClassGroup.objects.filter(major__college=here.major.college_id, grade=here.grade)
    other = alike.exclude(pk=here.pk).order_by("pk").first()
    if other is not None:
        one = Student.objects.filter(pk=student.pk)
        day = localdate() + timedelta(days=30)
        change = Change(TransitionKind.TRANSFER, day, "转专业公示名单", other)
        enter_and_enlist(one, change, by=counselor).or_refuse()


def _prove(counselor: User) -> None:
    """A photo each of the first recognitions that the counselor has."""
    entries = HardshipEntry.objects.covered_by(counselor, Level.COUNSELOR).standing()
    for entry in entries.select_related("student").order_by("-academic_year", "pk")[:PROVEN]:
        file = SimpleUploadedFile("proof.png", _certificate(entry), "image/png")
        kept = pictures.keep(file, by=counselor)
        hardship_proofs.add(entry, kept, f"{entry.category}证明", by=counselor)


def _certificate(entry: HardshipEntry) -> bytes:
    """A sheet with name and category; that it is no certificate stands on it."""
    sheet = Image.new("RGB", (860, 600), "#f6efe2")
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(str(papers.FONTS / "NotoSansSC-Regular.ttf"), 40)
    pen.rectangle((30, 30, 830, 570), outline="#8a5a2b", width=6)
    pen.text((80, 110), entry.category, fill="#16202e", font=font)
    pen.text((80, 210), f"姓名  {entry.student.name}", fill="#16202e", font=font)
    pen.text((80, 480), "演示数据，非真实证件", fill="#9aa3b2", font=font)
    target = BytesIO()
    sheet.save(target, "PNG")
    return target.getvalue()


def _announce(school: School) -> None:
    """One that shows, one for staff, one to come."""
    at = now().replace(minute=0, second=0, microsecond=0)
    for title, text, audience, start, end in SAID:
        values = {
            "title": title,
            "text": text,
            "audience": audience,
            "shown_from": at + timedelta(days=start),
            "shown_until": at + timedelta(days=end),
        }
        announcing.publish(Announcement(), values, by=school.office)
