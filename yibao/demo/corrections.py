"""更正申请 of the invented students: some wait on the counselors' desks, some are decided."""

from datetime import date, timedelta
from io import BytesIO
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import now
from PIL import Image, ImageDraw, ImageFont

from yibao.common import papers, pictures
from yibao.demo import cast
from yibao.demo.progress import School
from yibao.enrolment.master_data import accept_and_enlist
from yibao.people import flow
from yibao.people.codes import ETHNICITIES, DocumentType
from yibao.people.flow import Wish
from yibao.people.identity import check_character
from yibao.people.models import Correction, Student
from yibao.people.states import Topic

ASKED, OF_EACH = 36, 3
WAIT_HOURS = 90


def ask_for_corrections(school: School, random: Random) -> None:
    """Students of all classes, and some of the counselor who is met by name."""
    students = Student.objects.filter(document_type=DocumentType.ID_CARD).exclude(name=cast.STUDENT)
    complete = students.filter(entered_on__isnull=False, graduates_on__isnull=False)
    students = complete.order_by("student_no").select_related("user")
    known = students.filter(class_group__posts__user__name=cast.COUNSELOR)
    chosen = random.sample(list(known), min(8, known.count()))
    chosen += random.sample(list(students), min(ASKED, students.count()))
    for place, student in enumerate(dict.fromkeys(chosen)):
        row = flow.ask_correction(student, _wish(student, place, random), by=student.user)
        asked = now() - timedelta(hours=random.randint(1, WAIT_HOURS))
        Correction.objects.filter(pk=row.pk).update(asked_at=asked)
        _decide(row, school, place)


def _wish(student: Student, place: int, random: Random) -> Wish:
    match place % 4:
        case 0:
            first = f"{student.id_number[:14]}{(int(student.id_number[14:17]) + 2) % 1000:03d}"
            number = first + check_character(first)
            new = {"document_type": student.document_type, "id_number": number}
            card = _card(student, number)
            proof = pictures.keep(SimpleUploadedFile("card.png", card), by=student.user)
            return Wish(Topic.DOCUMENT, new, "登记时号码抄错了", proof)
        case 1:
            other = random.choice([e for e in ETHNICITIES[:20] if e != student.ethnicity])
            return Wish(Topic.ETHNICITY, {"ethnicity": other}, "以户口簿为准")
        case 2:
            later = _known(student.graduates_on) + timedelta(days=365)
            return Wish(Topic.GRADUATES_ON, {"graduates_on": later}, "休学一年，毕业时间顺延")
        case _:
            day = _known(student.entered_on) + timedelta(days=random.randint(1, 9))
            return Wish(Topic.ENTERED_ON, {"entered_on": day}, "实际报到的日期")


def _known(day: date | None) -> date:
    """Nobody without it was chosen."""
    return day or date.min


def _decide(row: Correction, school: School, place: int) -> None:
    by = school.counselors.get(row.student.class_group_id)
    one = Correction.objects.filter(pk=row.pk)
    if by and place % OF_EACH == 1:
        accept_and_enlist(one, by=by)
    elif by and place % (OF_EACH * 2) == 2:
        flow.refuse_corrections(one, by=by, comment="与学籍系统不一致，请先到教务处核实")


def _card(student: Student, number: str) -> bytes:
    """A sheet with the name and number; that it is no card stands on it."""
    sheet = Image.new("RGB", (860, 540), "#eaf0f6")
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(str(papers.FONTS / "NotoSansSC-Regular.ttf"), 40)
    pen.text((60, 80), f"姓名  {student.name}", fill="#16202e", font=font)
    pen.text((60, 380), f"证件号码  {number}", fill="#16202e", font=font)
    pen.text((60, 460), "演示数据，非真实证件", fill="#9aa3b2", font=font)
    target = BytesIO()
    sheet.save(target, "PNG")
    return target.getvalue()
