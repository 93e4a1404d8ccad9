"""承诺书: the text for one student, the signature under it, the paper that comes of both, its check.

What was signed is kept as it was: the text word by word, sealed, with the version of the plan's text.
The paper is made of that anew each time; its code fails if a single character were another.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from django.utils.timezone import localtime

from yibao.accounts.models import Language, User
from yibao.common import audit, papers
from yibao.common.english.catalogue import reading_of
from yibao.common.errors import Refused
from yibao.enrolment import strokes
from yibao.enrolment.models import Enrolment
from yibao.enrolment.paper_models import Statement
from yibao.enrolment.states import Intent, Manner, Status
from yibao.people.identity import mask_id_number
from yibao.people.models import Student
from yibao.plans import statement, words
from yibao.plans.models import InsurancePlan, OptOutReason

TEMPLATE = Path(__file__).with_name("statement.typ")
PURPOSE = b"yibao statement code 1"
DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅.", "·"))


@dataclass(frozen=True)
class Signature:
    """How somebody signed: the strokes of a finger, or the name as typed."""

    manner: Manner
    mark: str


@dataclass(frozen=True)
class StatementSheet:
    """承诺书 as it is shown. The ID number is masked: a paper is passed on."""

    number: str
    code: str
    title: str
    name: str
    student_no: str
    unit: str
    id_number: str
    plan: str
    year: str
    text: str
    manner: str
    drawing: str
    typed: str
    at: datetime
    stands: bool
    english: bool


def signature_of(student: Student, manner: str, *, drawn: str, typed: str) -> Signature:
    """What a form sent, as a signature; raises `Refused` for what is none."""
    if manner == Manner.TYPED:
        if not typed.strip():
            raise Refused("请键入您的姓名作为签名")
        if _plain_name(typed) != _plain_name(student.name):
            raise Refused(f"键入的姓名与“{student.name}”不一致，请核对")
        return Signature(Manner.TYPED, student.name)
    strokes.read(drawn)
    return Signature(Manner.DRAWN, drawn)


def text_for(row: Enrolment, reason: OptOutReason | None, note: str) -> str:
    """The plan's text with this student's data."""
    student, plan = row.student, row.plan
    group = student.class_group
    why = str(reason or "")
    return statement.filled(
        plan.statement_text,
        {
            "姓名": student.name,
            "学号": student.student_no,
            "学院": group.major.college.name,
            "专业": group.major.name,
            "班级": group.name,
            "学年": plan.year_label,
            "计划": plan.name,
            "保障期": f"{plan.coverage_start} 至 {plan.coverage_end}",
            "原因": f"{why}（{note}）" if note else why,
        },
    )


def version_of(plan: InsurancePlan) -> str:
    """A mark of the plan's text, so that one can tell which wording somebody signed."""
    return words.fingerprint(plan, ["statement_text"])


def sign(row: Enrolment, signature: Signature, *, by: User, at: datetime) -> Statement:
    """签署 for the present submission of a row, which stays out."""
    made = Statement.objects.create(
        enrolment=row,
        round=row.round,
        plan_version=version_of(row.plan),
        text=text_for(row, row.reason, row.reason_note),
        manner=signature.manner,
        signature=signature.mark,
        at=at,
        by=by,
    )
    audit.record("sign_statement", row, by=by, number=made.number, manner=signature.manner.label)
    return made


def sheet_of(signed: Statement) -> StatementSheet:
    """The paper of a signed statement."""
    row = signed.enrolment
    student = row.student
    group = student.class_group
    drawn = signed.manner == Manner.DRAWN
    return StatementSheet(
        number=signed.number,
        code=code_of(signed),
        title=statement.TITLE,
        name=student.name,
        student_no=student.student_no,
        unit=f"{group.major.college} {group}",
        id_number=mask_id_number(student.id_number),
        plan=row.plan.name,
        year=row.plan.year_label,
        text=signed.text,
        manner=Manner(signed.manner).label,
        drawing=strokes.svg(strokes.read(signed.signature)) if drawn else "",
        typed="" if drawn else signed.signature,
        at=signed.at,
        stands=row.round == signed.round
        and row.intent == Intent.STAY_OUT
        and row.status in (Status.IN_REVIEW, Status.OPTED_OUT),
        english=student.user.language == Language.ENGLISH,
    )


def code_of(signed: Statement) -> str:
    """校验码 of the paper: over everything that was signed."""
    content = sha256(f"{signed.text}\0{signed.signature}".encode()).hexdigest()
    moment = signed.at.isoformat()
    return papers.code_of(PURPOSE, signed.public_id, signed.number, moment, content)


def find_statement(number: str, code: str) -> StatementSheet | None:
    """The paper that number and code belong to; one query by a unique number, and none for rubbish."""
    if not papers.may_exist(number, code):
        return None
    signed = (
        Statement.objects.filter(number=number)
        .select_related(
            "enrolment__plan",
            "enrolment__student__class_group__major__college",
            "enrolment__student__user",
        )
        .first()
    )
    if signed is None or not papers.is_code(code, code_of(signed)):
        return None
    return sheet_of(signed)


def statement_pdf(sheet: StatementSheet, verify_url: str) -> bytes:
    """The paper; `verify_url` is where its code is checked, drawn as a QR code."""
    told = {
        "number": sheet.number,
        "code": sheet.code,
        "title": sheet.title,
        "plan": sheet.plan,
        "facts": [
            ["姓名", sheet.name],
            ["学号", sheet.student_no],
            ["证件号码", sheet.id_number],
            ["学院班级", sheet.unit],
        ],
        "paragraphs": [part for line in sheet.text.splitlines() if (part := line.strip())],
        "reading": reading_of(sheet.text) if sheet.english else [],
        "manner": sheet.manner,
        "drawing": sheet.drawing,
        "typed": sheet.typed,
        "at": f"{localtime(sheet.at):%Y-%m-%d %H:%M:%S}",
        "stands": sheet.stands,
        "verify_url": verify_url,
        "qr": papers.qr(verify_url),
    }
    return papers.typeset(TEMPLATE, told)


def _plain_name(name: str) -> str:
    """What two ways to type one name have in common."""
    folded = unicodedata.normalize("NFKC", name).translate(DOTS)
    return re.sub(r"[\s\u200b-\u200f\ufeff]", "", folded).casefold()
