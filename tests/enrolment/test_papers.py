"""不参保: which papers a submission needs, who hands them in, what stays outstanding, what is kept."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.models import ProtectedError

from tests.enrolment.staying_out import JOIN, SIGNED, of, out, plan, ready, row_of
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry, Picture
from yibao.enrolment import evidence, flow, papers
from yibao.enrolment.choice import Choice
from yibao.enrolment.paper_models import Doubt, DraftPicture, Evidence, Statement
from yibao.enrolment.states import Intent, Place
from yibao.plans.states import PlanStatus

__all__ = ["plan"]


def states(student) -> tuple[str, str]:
    row = row_of(student)
    return row.evidence_state, row.statement_state


def handed_in(student) -> list[tuple[int, str]]:
    found = Evidence.objects.filter(enrolment=row_of(student)).order_by("pk")
    return list(found.values_list("round", "kind__name"))


# What a student's own submission needs ------------------------------------------------------------
@pytest.mark.parametrize(
    ("place", "photos", "signed", "sentence"),
    [
        (0, [], True, "原因为“已在户籍地参加居民医保”时须提供参保凭证，请先拍照上传"),
        (0, ["缴费截图"], True, "须提供参保凭证"),
        (0, ["参保凭证"], False, "请先阅读并签署承诺书，再提交"),
        (1, [], False, "请先阅读并签署承诺书，再提交"),
        (0, ["参保凭证"], True, ""),
        (0, ["参保凭证", "缴费截图"], True, ""),
        (1, [], True, ""),
        (1, ["相关证明"], True, ""),
    ],
)
def test_a_student_hands_in_what_the_reason_needs(cast, plan, place, photos, signed, sentence):
    for name in photos:
        ready(plan, cast.wang, name)
    choice = out(plan, place, signature=SIGNED if signed else None)
    if sentence:
        with pytest.raises(Refused, match=sentence):
            flow.submit(of(cast.wang), choice, by=cast.wang.user)
        assert (row_of(cast.wang).status, handed_in(cast.wang)) == ("unregistered", [])
        return
    flow.submit(of(cast.wang), choice, by=cast.wang.user).or_refuse()
    assert handed_in(cast.wang) == [(1, name) for name in photos]
    assert states(cast.wang) == ("complete" if photos else "none", "signed")


def test_a_plan_without_a_statement_asks_for_none(cast, plan):
    plan.statement_required = False
    plan.save()
    flow.submit(of(cast.wang), out(plan, 1, signature=SIGNED), by=cast.wang.user).or_refuse()
    assert not Statement.objects.exists()
    assert states(cast.wang) == ("none", "none")


def test_joining_needs_nothing_and_keeps_nothing(cast, plan):
    picture = ready(plan, cast.wang)
    flow.submit(of(cast.wang), JOIN, by=cast.wang.user).or_refuse()
    assert states(cast.wang) == ("none", "none")
    assert not DraftPicture.objects.exists()
    assert not Picture.objects.filter(pk=picture.pk).exists()


def test_what_the_reason_does_not_ask_for_is_not_handed_in_and_not_kept(cast, plan):
    proof, other = ready(plan, cast.wang), ready(plan, cast.wang, "相关证明")
    flow.submit(of(cast.wang), out(plan, signature=SIGNED), by=cast.wang.user).or_refuse()
    assert handed_in(cast.wang) == [(1, "参保凭证")]
    assert list(Picture.objects.values_list("pk", flat=True)) == [proof.pk]
    assert not DraftPicture.objects.filter(picture=other.pk).exists()


# Photos that are ready --------------------------------------------------------------------------
def test_a_photo_is_added_replaced_and_removed(cast, plan):
    first = ready(plan, cast.wang)
    second = ready(plan, cast.wang, instead=first.public_id)
    [slot, optional] = evidence.slots(row_of(cast.wang), plan.reasons.first())
    assert [picture.pk for picture in slot.pictures] == [second.pk]
    assert (slot.required, optional.required, optional.pictures) == (True, False, ())
    assert not Picture.objects.filter(pk=first.pk).exists()
    evidence.remove(row_of(cast.wang), second.public_id, by=cast.wang.user)
    assert evidence.missing(evidence.slots(row_of(cast.wang), plan.reasons.first())) == "参保凭证"
    assert not Picture.objects.exists()
    with pytest.raises(Refused, match="可能在另一个页面里删除了"):
        evidence.remove(row_of(cast.wang), second.public_id, by=cast.wang.user)


def test_there_is_a_most_of_each_kind(cast, plan):
    for _ in range(evidence.MOST):
        last = ready(plan, cast.wang)
    with pytest.raises(Refused, match="“参保凭证”最多 4 张"):
        ready(plan, cast.wang)
    ready(plan, cast.wang, instead=last.public_id)
    ready(plan, cast.wang, "缴费截图")


def test_somebody_elses_photo_is_not_there(cast, plan):
    theirs = ready(plan, cast.liu)
    with pytest.raises(Refused, match="已不在"):
        evidence.remove(row_of(cast.wang), theirs.public_id, by=cast.wang.user)
    with pytest.raises(Refused, match="由学生本人上传"):
        evidence.remove(row_of(cast.liu), theirs.public_id, by=cast.wang.user)


def test_photos_change_only_before_submitting(cast, plan):
    picture = ready(plan, cast.wang)
    flow.submit(of(cast.wang), out(plan, signature=SIGNED), by=cast.wang.user).or_refuse()
    for act in (
        lambda: ready(plan, cast.wang),
        lambda: evidence.remove(row_of(cast.wang), picture.public_id, by=cast.wang.user),
    ):
        with pytest.raises(Refused, match="当前状态为“审核中”，不能再更换材料"):
            act()


def test_a_plan_that_is_over_takes_no_photos(cast, plan):
    plan.status = PlanStatus.CLOSED
    plan.save()
    with pytest.raises(Refused, match="已结束，不能再上传材料"):
        ready(plan, cast.wang)


# Returned, and handed in again ----------------------------------------------------------------------
def test_what_was_replaced_stays_in_the_history(cast, plan):
    first, kept = ready(plan, cast.wang), ready(plan, cast.wang, "缴费截图")
    flow.submit(of(cast.wang), out(plan, signature=SIGNED), by=cast.wang.user).or_refuse()
    flow.send_back(
        of(cast.wang), by=cast.li, comment="看不清", places=[Place.EVIDENCE, "nonsense"]
    ).or_refuse()
    assert row_of(cast.wang).reviews.get().places == ["evidence"]
    # Everything that was handed in is ready again.
    slots = evidence.slots(row_of(cast.wang), plan.reasons.first())
    assert [p.pk for slot in slots for p in slot.pictures] == [first.pk, kept.pk]
    second = ready(plan, cast.wang, instead=first.public_id)
    flow.submit(of(cast.wang), out(plan, signature=SIGNED), by=cast.wang.user).or_refuse()
    assert handed_in(cast.wang) == [
        (1, "参保凭证"),
        (1, "缴费截图"),
        (2, "缴费截图"),
        (2, "参保凭证"),
    ]
    assert set(Picture.objects.values_list("pk", flat=True)) == {first.pk, kept.pk, second.pk}
    assert [s.round for s in Statement.objects.order_by("pk")] == [1, 2]


def test_each_submission_is_signed_anew(cast, plan):
    flow.submit(of(cast.wang), out(plan, 1, signature=SIGNED), by=cast.wang.user).or_refuse()
    flow.withdraw(of(cast.wang), by=cast.wang.user).or_refuse()
    with pytest.raises(Refused, match="请先阅读并签署承诺书"):
        flow.submit(of(cast.wang), out(plan, 1), by=cast.wang.user)


def test_what_was_handed_in_or_signed_is_never_changed(cast, plan):
    ready(plan, cast.wang)
    flow.submit(of(cast.wang), out(plan, signature=SIGNED), by=cast.wang.user).or_refuse()
    for change in (
        "UPDATE enrolment_evidence SET round = 9",
        "DELETE FROM enrolment_evidence",
        "UPDATE enrolment_statement SET manner = 'typed'",
        "DELETE FROM enrolment_statement",
    ):
        with pytest.raises(ProgrammingError, match="Cannot update or delete rows"):
            execute(change)
    with pytest.raises(ProtectedError):
        Picture.objects.all().delete()


def execute(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


# On somebody's behalf -------------------------------------------------------------------------------
def test_who_registers_a_student_says_how_the_student_agreed(cast, plan):
    with pytest.raises(Refused, match="请写明学生是怎样同意的"):
        flow.submit(of(cast.wang, cast.liu), out(plan, consent=" "), by=cast.li)
    choice = out(plan, consent=" 电话确认 ", signature=SIGNED)
    assert len(flow.submit(of(cast.wang, cast.liu), choice, by=cast.li).done) == 2
    assert row_of(cast.wang).consent_note == "电话确认"
    # Nobody signs for somebody else.
    assert not Statement.objects.exists()
    assert states(cast.wang) == ("missing", "outstanding")
    flow.approve(of(cast.wang), by=cast.li).or_refuse()  # shown, not refused


def test_so_does_who_registers_to_join_or_where_nothing_is_signed(cast, plan):
    plan.statement_required = False
    plan.save()
    for choice in (Choice(Intent.JOIN), Choice(Intent.JOIN, consent=" "), out(plan, 1)):
        with pytest.raises(Refused, match="请写明学生是怎样同意的"):
            flow.submit(of(cast.wang, cast.liu), choice, by=cast.li)
    flow.submit(of(cast.wang), JOIN, by=cast.li).or_refuse()
    flow.submit(of(cast.liu), out(plan, 1, consent="微信确认"), by=cast.li).or_refuse()
    assert states(cast.liu) == ("none", "none")
    assert [row_of(s).consent_note for s in (cast.wang, cast.liu)] == ["当面", "微信确认"]


def test_who_decides_for_themselves_need_not_say_so(cast, plan):
    flow.submit(of(cast.wang), JOIN, by=cast.wang.user).or_refuse()
    assert row_of(cast.wang).consent_note == ""


def test_the_student_makes_good_what_is_outstanding(cast, plan):
    flow.submit(of(cast.wang), out(plan, consent="当面"), by=cast.li).or_refuse()
    assert papers.outstanding(row_of(cast.wang)) == (True, True)
    with pytest.raises(Refused, match="须提供参保凭证"):
        papers.supply(row_of(cast.wang), signature=SIGNED, by=cast.wang.user)
    ready(plan, cast.wang)
    with pytest.raises(Refused, match="请先阅读并签署承诺书"):
        papers.supply(row_of(cast.wang), signature=None, by=cast.wang.user)
    assert handed_in(cast.wang) == []
    with pytest.raises(Refused, match="由学生本人补交"):
        papers.supply(row_of(cast.wang), signature=SIGNED, by=cast.li)
    papers.supply(row_of(cast.wang), signature=SIGNED, by=cast.wang.user)
    assert states(cast.wang) == ("complete", "signed")
    assert handed_in(cast.wang) == [(1, "参保凭证")]
    signed = Statement.objects.get()
    assert (signed.by, signed.round) == (cast.wang.user, 1)
    with pytest.raises(Refused, match="没有需要补交的材料"):
        papers.supply(row_of(cast.wang), signature=SIGNED, by=cast.wang.user)
    actions = AuditEntry.objects.filter(by=cast.wang.user).values_list("action", flat=True)
    assert list(actions) == ["sign_statement", "supply"]


def test_the_counselor_who_joins_after_all_supersedes_it(cast, plan):
    flow.submit(of(cast.wang), out(plan, consent="当面"), by=cast.li).or_refuse()
    flow.withdraw(of(cast.wang), by=cast.li).or_refuse()
    flow.submit(of(cast.wang), JOIN, by=cast.li).or_refuse()
    assert (row_of(cast.wang).consent_note, states(cast.wang)) == ("当面", ("none", "none"))
    with pytest.raises(Refused, match="没有需要补交的材料"):
        papers.supply(row_of(cast.wang), signature=SIGNED, by=cast.wang.user)


# 存疑 ---------------------------------------------------------------------------------------------
def test_a_reviewer_marks_a_photo_and_takes_the_mark_away(cast, plan):
    ready(plan, cast.wang)
    flow.submit(of(cast.wang), out(plan, signature=SIGNED), by=cast.wang.user).or_refuse()
    these = Evidence.objects.all()
    for stranger in (cast.he, cast.office, cast.wang.user):
        with pytest.raises(Refused, match="只有能退回这份申请的人可以标记"):
            papers.doubt(these, doubted=True, by=stranger)
    papers.doubt(these, doubted=True, by=cast.li)
    papers.doubt(these, doubted=True, by=cast.li)
    assert Doubt.objects.get().by == cast.li
    papers.doubt(these, doubted=False, by=cast.li)
    assert not Doubt.objects.exists()
    trail = AuditEntry.objects.filter(by=cast.li).values_list("action", flat=True)
    assert list(trail) == ["doubt", "trust"]


def test_photos_of_before_are_not_marked(cast, plan):
    ready(plan, cast.wang)
    for _ in range(2):
        flow.submit(of(cast.wang), out(plan, signature=SIGNED), by=cast.wang.user).or_refuse()
        flow.send_back(of(cast.wang), by=cast.li, comment="再看").or_refuse()
    with pytest.raises(Refused, match="以前提交的材料"):
        papers.doubt(Evidence.objects.filter(round=1), doubted=True, by=cast.li)
