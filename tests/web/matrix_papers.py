"""王 and 赵 stay out in three plans: with a photo ready, with all handed in and signed, registered by others."""

from typing import Any

from tests.common.test_pictures import photo, upload
from tests.enrolment.test_strokes import NAME
from tests.factories import make_plan
from yibao.common import pictures
from yibao.enrolment import drafts, evidence, flow, objecting
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.statement import Signature
from yibao.enrolment.states import Intent, Manner, Status
from yibao.plans.models import EvidenceNeed

PLANS = ("photos", "stays", "behalf")


def build(world: Any) -> None:
    cast = world.cast
    for name in PLANS:
        plan = world.plans[name] = make_plan(f"医保计划 {name}", statement_required=True)
        kind = plan.evidence_kinds.create(name="参保凭证")
        EvidenceNeed.objects.create(reason=plan.reasons.first(), kind=kind)
        enlist(plan, by=cast.office)
        for student, counselor in ((cast.wang, cast.li), (cast.zhao, cast.sun)):
            stay_out(world.row(name, student), name, counselor)

    # Registered by others, decided, and not agreed to.
    plan = world.plans["objected"] = make_plan("医保计划 objected")
    enlist(plan, by=cast.office)
    for student, counselor in ((cast.wang, cast.li), (cast.zhao, cast.sun)):
        row = world.row("objected", student)
        mine = Enrolment.objects.filter(pk=row.pk)
        flow.submit(mine, Choice(Intent.JOIN, consent="当面"), by=counselor).or_refuse()
        flow.approve(mine, by=counselor).or_refuse()
        objecting.object_to(row, "我已在家里参保", by=student.user)

    # Insured a year before, and asked again.
    world.plans["last"] = make_plan("医保计划 last", academic_year=2030)
    world.plans["again"] = make_plan("医保计划 again", academic_year=2031)
    for name in ("last", "again"):
        enlist(world.plans[name], by=cast.office)
    for student in (cast.wang, cast.zhao):
        before = Enrolment.objects.filter(pk=world.row("last", student).pk)
        flow.submit(before, Choice(Intent.JOIN, consent="当面"), by=student.user).or_refuse()
        before.update(status=Status.ENROLLED, current_step=None)


def stay_out(row: Enrolment, plan: str, counselor: Any) -> None:
    student, reason = row.student.user, row.plan.reasons.first()
    mine = Enrolment.objects.filter(pk=row.pk)
    if plan == "behalf":
        choice = Choice(Intent.STAY_OUT, reason=reason, consent="电话确认")
        flow.submit(mine, choice, by=counselor).or_refuse()
        return
    ready = pictures.keep(upload(photo()), by=student)
    evidence.add(row, row.plan.evidence_kinds.get(), ready, by=student)
    drafts.keep(row, data_confirmed=True, intent=Intent.STAY_OUT, reason=reason)
    if plan == "stays":
        signed = Signature(Manner.DRAWN, NAME)
        choice = Choice(Intent.STAY_OUT, consent="当面", reason=reason, signature=signed)
        flow.submit(mine, choice, by=student).or_refuse()
