"""Who may give which reason for staying out."""

from datetime import date
from functools import partial

import pytest
from django.urls import reverse

from tests.factories import make_plan
from tests.web.staff_reports.editor import faults, save
from yibao.common.errors import Refused
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Status
from yibao.plans import rules
from yibao.plans.choosing import offered
from yibao.plans.models import HardshipEntry, OptOutReason
from yibao.plans.states import Offered, PlanStatus

TODAY = date(2026, 10, 1)
EVERYBODY = OptOutReason(name="自愿放弃")
RECOGNISED = OptOutReason(name="在认定地参保", offered_to=Offered.RECOGNISED)
SOME = OptOutReason(name="特困供养", offered_to=Offered.RECOGNISED, categories=["特困人员", "孤儿"])


def entry(category, **fields):
    return HardshipEntry(category=category, level="特别困难", **fields)


CASES = [
    ([], [EVERYBODY]),
    ([entry("低保对象")], [EVERYBODY, RECOGNISED]),
    ([entry("低保对象"), entry("孤儿")], [EVERYBODY, RECOGNISED, SOME]),
    ([entry("特困人员", valid_until=date(2026, 9, 30))], [EVERYBODY]),
    ([entry("特困人员", valid_from=date(2026, 10, 2))], [EVERYBODY]),
    ([entry("特困人员", withdrawn_at=date(2026, 9, 1))], [EVERYBODY]),
]


@pytest.mark.parametrize(("held", "reasons"), CASES)
def test_a_recognition_that_counts_today_opens_the_choice(held, reasons):
    assert offered([EVERYBODY, RECOGNISED, SOME], held, on=TODAY) == reasons


@pytest.fixture
def plan(cast):
    """王 is recognised, 刘 is not."""
    plan = make_plan()
    plan.reasons.create(name="在认定地参保", position=4, offered_to=Offered.RECOGNISED,
                        counts_as="elsewhere")  # fmt: skip
    cast.wang.hardships.create(academic_year=2026, category="低保对象", level="困难")
    enlist(plan, by=cast.office)
    return plan


def stay_out(plan, student, by):
    mine = Enrolment.objects.filter(plan=plan, student=student)
    choice = Choice(Intent.STAY_OUT, consent="当面", reason=plan.reasons.get(name="在认定地参保"))
    flow.submit(mine, choice, by=by).or_refuse()
    return mine.get().status


def test_the_student_is_offered_it_and_nobody_else_can_give_it(cast, plan, client):
    assert stay_out(plan, cast.wang, cast.wang.user) == Status.IN_REVIEW
    for by in (cast.liu.user, cast.li, cast.office):
        with pytest.raises(Refused, match="只提供给已认定为困难学生的学生"):
            stay_out(plan, cast.liu, by)
    client.force_login(cast.office, backend="django.contrib.auth.backends.ModelBackend")
    seen = {}
    for student in (cast.zhao, cast.liu):
        row = Enrolment.objects.get(plan=plan, student=student)
        page = client.get(reverse("staff:register_one", args=[row.public_id])).content.decode()
        seen[student] = "在认定地参保" in page
        student.hardships.create(academic_year=2026, category="孤儿", level="困难")
        page = client.get(reverse("staff:register_one", args=[row.public_id])).content.decode()
        assert "在认定地参保" in page
    assert seen == {cast.zhao: False, cast.liu: False}


def test_the_recognised_student_reads_that_there_is_a_choice(cast, plan, client):
    told = []
    for student in (cast.wang, cast.liu):
        client.force_login(student.user, backend="django.contrib.auth.backends.ModelBackend")
        row = Enrolment.objects.get(plan=plan, student=student)
        at = partial(reverse, "student:apply_step")
        client.post(at(args=[row.public_id, "data"]), {"mobile": "13905910001"})
        page = client.get(at(args=[row.public_id, "choice"])).content.decode()
        told.append("两种办法由你选：在学校参保；或者选“不参保”，原因选“在认定地参保”" in page)
    assert told == [True, False]


def test_a_plan_needs_a_reason_for_everybody(cast):
    plan = make_plan(status=PlanStatus.DRAFT)
    assert rules.why_not_open(plan, cast.office) == ""
    plan.reasons.update(offered_to=Offered.RECOGNISED)
    assert "全部学生都能选" in rules.why_not_open(plan, cast.office)


def test_the_editor_keeps_whom_a_reason_is_for(cast, client):
    client.force_login(cast.office, backend="django.contrib.auth.backends.ModelBackend")
    plan = make_plan(status=PlanStatus.DRAFT)
    half = {"reasons-1-categories": "孤儿"}
    assert faults(save(client, plan, "reasons", **half)) == {
        "reasons-1-offered_to": ["限定了认定类别，请选择提供给已认定的学生"]
    }
    long = {"reasons-1-offered_to": "recognised", "reasons-1-categories": "长" * 41}
    [sentence] = faults(save(client, plan, "reasons", **long))["reasons-1-categories"]
    assert sentence.startswith("一个认定类别最多 40 个字")
    whole = {"reasons-1-offered_to": "recognised", "reasons-1-categories": "孤儿、 特困人员，孤儿"}
    assert save(client, plan, "reasons", **whole).status_code == 302
    reason = plan.reasons.all()[1]
    assert (reason.offered_to, reason.categories) == ("recognised", ["孤儿", "特困人员"])
    page = client.get(reverse("staff:plan_edit", args=[plan.pk, "reasons"])).content.decode()
    assert 'value="孤儿、特困人员"' in page
