"""Students who stay out: a plan that asks for papers, a photo that is ready, a signature."""

import pytest

from tests.common.test_pictures import photo, upload
from tests.enrolment.test_strokes import NAME
from tests.factories import make_plan
from yibao.common import pictures
from yibao.common.models import Picture
from yibao.enrolment import evidence
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.statement import Signature
from yibao.enrolment.states import Intent, Manner
from yibao.plans.models import EvidenceNeed

JOIN = Choice(Intent.JOIN, consent="当面")
SIGNED = Signature(Manner.DRAWN, NAME)


@pytest.fixture
def plan(cast):
    """已在户籍地 needs 参保凭证 and may have 缴费截图; 自愿放弃 may have 相关证明; all sign."""
    plan = make_plan(statement_required=True)
    kinds = [
        plan.evidence_kinds.create(position=n, name=name)
        for n, name in enumerate(("参保凭证", "缴费截图", "相关证明"), start=1)
    ]
    elsewhere, gives_up, _ = plan.reasons.all()
    for reason, kind, required in (
        (elsewhere, kinds[0], True),
        (elsewhere, kinds[1], False),
        (gives_up, kinds[2], False),
    ):
        EvidenceNeed.objects.create(reason=reason, kind=kind, required=required)
    enlist(plan, by=cast.office)
    return plan


def of(*students):
    return Enrolment.objects.filter(student__in=students)


def row_of(student) -> Enrolment:
    return of(student).with_papers().with_story().get()


def kind(plan, name):
    return plan.evidence_kinds.get(name=name)


def ready(plan, student, name="参保凭证", **more) -> Picture:
    """The student puts a photo ready."""
    picture = pictures.keep(upload(photo()), by=student.user)
    evidence.add(row_of(student), kind(plan, name), picture, by=student.user, **more)
    return picture


def out(plan, place=0, **more) -> Choice:
    return Choice(Intent.STAY_OUT, reason=plan.reasons.all()[place], **more)
