"""证明材料 and 承诺书 as staff see them: in scope alone, looked at with a trace, doubted, asked for by filter."""

from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from tests.common.test_pictures import photo, upload
from tests.enrolment.test_strokes import NAME
from tests.factories import make_plan
from tests.web.student.conftest import words
from yibao.common import pictures
from yibao.common.models import AuditEntry
from yibao.enrolment import evidence, flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.paper_models import Doubt, Evidence
from yibao.enrolment.roster import enlist
from yibao.enrolment.statement import Signature
from yibao.enrolment.states import Intent, Manner
from yibao.grid.query import GridQuery
from yibao.people.disclosure import looks_at
from yibao.plans.models import EvidenceNeed
from yibao.web.staff.enrolments import EnrolmentGrid, ReviewGrid

HX = {"HX-Request": "true"}


@pytest.fixture
def plan(cast):
    plan = make_plan(statement_required=True)
    kind = plan.evidence_kinds.create(name="参保凭证")
    EvidenceNeed.objects.create(reason=plan.reasons.first(), kind=kind)
    enlist(plan, by=cast.office)
    return plan


def row_of(student) -> Enrolment:
    return Enrolment.objects.select_related("student", "plan").get(student=student)


def stay_out(plan, student, place=0, photos=1):
    for _ in range(photos):
        kept = pictures.keep(upload(photo()), by=student.user)
        evidence.add(row_of(student), plan.evidence_kinds.get(), kept, by=student.user)
    choice = Choice(
        Intent.STAY_OUT,
        reason=plan.reasons.all()[place],
        signature=Signature(Manner.DRAWN, NAME),
    )
    mine = Enrolment.objects.filter(student=student)
    flow.submit(mine, choice, by=student.user).or_refuse()


@pytest.fixture
def shown(cast, plan) -> Evidence:
    """王's photo."""
    stay_out(plan, cast.wang)
    return Evidence.objects.select_related("picture").get()


def as_(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def detail(user, row, name="reviews"):
    address = f"{reverse(f'staff:{name}')}?plan={row.plan_id}&part=detail&pk={row.pk}"
    return as_(user).get(address, headers=HX)


# Looking ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "status"),
    [("li", 200), ("xu", 200), ("zhang", 200), ("office", 200), ("he", 404), ("sun", 404),
     ("qian", 404), ("finance", 403), ("admin", 403), ("auditor", 403)],
)  # fmt: skip
def test_a_photo_and_a_statement_are_for_who_is_in_charge(cast, shown, who, status):
    client = as_(getattr(cast, who))
    signed = shown.enrolment.statements.get()
    for address in (
        reverse("staff:evidence", args=[shown.picture.public_id]),
        f"{reverse('staff:evidence', args=[shown.picture.public_id])}?small",
        reverse("staff:statement_file", args=[signed.public_id]),
    ):
        answer = client.get(address)
        assert answer.status_code == status, address
        assert "no-store" in answer["Cache-Control"]


def test_looking_at_it_large_leaves_a_line_that_its_student_can_read(cast, shown):
    address = reverse("staff:evidence", args=[shown.picture.public_id])
    client = as_(cast.li)
    small = client.get(f"{address}?small")
    assert max(Image.open(BytesIO(small.content)).size) <= 240
    assert not AuditEntry.objects.filter(action="view_paper").exists()
    client.get(address)
    client.get(reverse("staff:statement_file", args=[shown.enrolment.statements.get().public_id]))
    looks = [(look.who, look.what) for look in looks_at(cast.wang)]
    assert looks == [("李老师", "查看了承诺书"), ("李老师", "查看了参保凭证的照片")]


def test_the_dialog_shows_all_of_it(cast, plan, shown):
    said = detail(cast.li, shown.enrolment)
    page = said.content.decode()
    assert f"/staff/evidence/{shown.picture.public_id}.jpg?small" in page
    assert shown.enrolment.statements.get().number in page
    assert "证明材料 齐全" in words(said)
    assert "承诺书 已签署" in words(said)


def test_what_was_replaced_stays_in_sight(cast, plan, shown):
    mine = Enrolment.objects.filter(student=cast.wang)
    flow.send_back(mine, by=cast.li, comment="看不清").or_refuse()
    kept = pictures.keep(upload(photo(color=(1, 2, 3))), by=cast.wang.user)
    evidence.add(
        row_of(cast.wang), plan.evidence_kinds.get(), kept, by=cast.wang.user,
        instead=shown.picture.public_id,
    )  # fmt: skip
    stay_out(plan, cast.wang, photos=0)
    said = detail(cast.li, row_of(cast.wang))
    assert "以前提交、后来换掉的 1 张" in words(said)
    assert f"{shown.picture.public_id}.jpg?small" in said.content.decode()
    answer = as_(cast.li).get(reverse("staff:evidence", args=[shown.picture.public_id]))
    assert answer.status_code == 200


def test_the_dialog_costs_the_same_for_one_photo_and_for_four(cast, plan):
    stay_out(plan, cast.wang)
    stay_out(plan, cast.liu, photos=4)

    def cost(student):
        with CaptureQueriesContext(connection) as captured:
            assert detail(cast.li, row_of(student)).status_code == 200
        return len(captured)

    cost(cast.wang)
    assert cost(cast.wang) == cost(cast.liu)


# Doubting -----------------------------------------------------------------------------------------
def doubt(user, shown, doubted="1"):
    address = reverse("staff:evidence_doubt", args=[shown.picture.public_id])
    return as_(user).post(address, {"doubted": doubted}, headers=HX)


def test_a_reviewer_doubts_a_photo_and_no_longer(cast, shown):
    assert "取消存疑" in words(doubt(cast.li, shown))
    assert Doubt.objects.get().by == cast.li
    said = words(doubt(cast.li, shown, "0"))
    assert "取消存疑" not in said
    assert not Doubt.objects.exists()


@pytest.mark.parametrize(
    ("who", "status"), [("xu", 422), ("office", 422), ("he", 404), ("qian", 404)]
)
def test_others_do_not(cast, shown, who, status):
    assert doubt(getattr(cast, who), shown).status_code == status
    assert not Doubt.objects.exists()


def test_a_return_says_where(cast, shown):
    row = shown.enrolment
    address = f"{reverse('staff:reviews')}?plan={row.plan_id}"
    sent = {"do": "run", "action": "send_back", "pk": row.pk, "comment": "看不清"}
    as_(cast.li).post(address, sent | {"places": ["evidence", "statement"]})
    assert row.reviews.get().places == ["evidence", "statement"]
    assert "需要修改：证明材料、承诺书" in words(detail(cast.li, row, "enrolments"))


# Asking -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("grid_class", [EnrolmentGrid, ReviewGrid])
def test_who_lacks_something_is_found(cast, plan, grid_class):
    stay_out(plan, cast.wang)
    choice = Choice(Intent.STAY_OUT, reason=plan.reasons.first(), consent="当面")
    flow.submit(Enrolment.objects.filter(student=cast.liu), choice, by=cast.li).or_refuse()

    def found(**wanted):
        query = GridQuery(filters=tuple(wanted.items()), extra=(("plan", str(plan.pk)),))
        rows = grid_class(cast.li, query).matching
        return sorted(rows.values_list("student__name", flat=True))

    assert found(evidence="complete") == found(statement="signed") == ["王小明"]
    assert found(evidence="missing") == found(statement="outstanding") == ["刘思雨"]
    assert found(evidence="none") == []


# 代登记 -------------------------------------------------------------------------------------------
def register(cast, plan, **changes):
    address = reverse("staff:register_one", args=[row_of(cast.wang).public_id])
    sent = {"intent": "stay_out", "reason": plan.reasons.all()[1].pk} | changes
    return as_(cast.li).post(address, sent, follow=True)


def test_who_registers_a_student_writes_down_how_they_agreed(cast, plan):
    assert "请写明学生是怎样同意的" in words(register(cast, plan))
    assert "请写明学生是怎样同意的" in words(register(cast, plan, intent="join"))
    said = words(register(cast, plan, consent="电话确认"))
    assert "已为王小明登记不参保，等待辅导员审核；承诺书待学生登录后补签" in said
    row = row_of(cast.wang)
    assert row.consent_note == "电话确认"
    said = words(detail(cast.li, row))
    assert "承诺书 待补签" in said
    assert "代登记时的同意方式：电话确认" in said


def test_registering_to_join_asks_for_the_same(cast, plan):
    said = words(register(cast, plan, intent="join", consent="本人当面确认"))
    assert "已为王小明登记参保" in said
    assert "待学生登录后补签" not in said
    assert row_of(cast.wang).consent_note == "本人当面确认"
