"""Are a student's master data complete and right? Asked before the student may apply."""

from dataclasses import dataclass

from django.utils import timezone

from yibao.people import identity
from yibao.people.codes import ETHNICITIES, DocumentType
from yibao.people.models import Student
from yibao.people.names import why_not_name

LABELS = {
    "student_no": "学号",
    "name": "姓名",
    "document_type": "证件类型",
    "id_number": "证件号码",
    "sex": "性别",
    "ethnicity": "民族",
    "birth_date": "出生日期",
    "college": "学院",
    "major": "专业",
    "grade": "年级",
    "entered_on": "入学时间",
    "graduates_on": "拟毕业时间",
}
"""The twelve master fields, in the order of the form."""

OLDEST_GRADE = 1990
WITHOUT_ETHNICITY = (DocumentType.PASSPORT, DocumentType.PERMANENT_RESIDENCE)


@dataclass(frozen=True)
class Fault:
    """One master field that is missing or wrong, with the sentence that says how to mend it."""

    field: str
    sentence: str

    @property
    def label(self) -> str:
        """The field as the student knows it."""
        return LABELS[self.field]


def master_faults(student: Student) -> list[Fault]:
    """What stands in the way of applying, in the order of the form.

    Asks the database nothing if the student came with `class_group__major__college`.
    """
    group = student.class_group
    number = identity.read(student.document_type, student.id_number)
    found = {
        "student_no": "" if student.student_no else "缺少学号",
        "name": why_not_name(student.document_type, student.name),
        "document_type": "" if student.document_type else "缺少证件类型",
        "id_number": number.fault,
        "sex": number.why_not_sex(student.sex) if student.sex else "缺少性别",
        "ethnicity": _why_not_ethnicity(student),
        "birth_date": _why_not_birth_date(student, number),
        "college": "" if group.major.college.name else "缺少学院",
        "major": "" if group.major.name else "缺少专业",
        "grade": why_not_grade(group.grade),
        "entered_on": _why_not_entered(student),
        "graduates_on": _why_not_graduates(student),
    }
    return [Fault(field, found[field]) for field in LABELS if found[field]]


def _why_not_ethnicity(student: Student) -> str:
    """Foreigners have none."""
    if student.ethnicity in ETHNICITIES:
        return ""
    if student.ethnicity:
        return "" if student.ethnicity == "其他" else f"没有“{student.ethnicity}”这个民族"
    return "" if student.document_type in WITHOUT_ETHNICITY else "缺少民族"


def _why_not_birth_date(student: Student, number: identity.Reading) -> str:
    if student.birth_date is None:
        return "缺少出生日期"
    return number.why_not_birth_date(student.birth_date)


def why_not_grade(grade: int) -> str:
    """A grade is a year of entry; next year's may be on the roster already."""
    if OLDEST_GRADE <= grade <= identity.LONG_PAST.year:  # spares thousands a look at the clock
        return ""
    latest = timezone.localdate().year + 1
    if OLDEST_GRADE <= grade <= latest:
        return ""
    return f"年级应是 {OLDEST_GRADE} 至 {latest} 之间的入学年份，现在是 {grade}"


def _why_not_entered(student: Student) -> str:
    if student.entered_on is None:
        return "缺少入学时间"
    if student.birth_date and student.entered_on <= student.birth_date:
        return f"入学时间 {student.entered_on} 不晚于出生日期 {student.birth_date}"
    return ""


def _why_not_graduates(student: Student) -> str:
    if student.graduates_on is None:
        return "缺少拟毕业时间"
    if student.entered_on and student.graduates_on <= student.entered_on:
        return f"拟毕业时间 {student.graduates_on} 不晚于入学时间 {student.entered_on}"
    return ""
