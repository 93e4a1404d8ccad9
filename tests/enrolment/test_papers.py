"""不参保: which papers a submission needs, who hands them in, what stays outstanding, what is kept."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.models import ProtectedError

from tests.cast import make_cast
from tests.common.test_pictures import photo, upload
from tests.enrolment.test_strokes import NAME
from tests.factories import make_plan
from yibao.common import pictures
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry, Picture
from yibao.enrolment import evidence, flow, papers, statement
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.paper_models import Doubt, DraftPicture, Evidence, Statement
from yibao.enrolment.roster import enlist
from yibao.enrolment.statement import Signature
from yibao.enrolment.states import Intent, Manner, Place
from yibao.plans.models import EvidenceNeed
from yibao.plans.states import PlanStatus

JOIN = Choice(Intent.JOIN)
SIGNED = Signature(Manner.DRAWN, NAME)


@pytest.fixture
def cast(db):
    return make_cast()


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
    with pytest.raises(Refused, match="请写明学生是怎样同意不参保的"):
        flow.submit(of(cast.wang, cast.liu), out(plan, consent=" "), by=cast.li)
    choice = out(plan, consent=" 电话确认 ", signature=SIGNED)
    assert len(flow.submit(of(cast.wang, cast.liu), choice, by=cast.li).done) == 2
    assert row_of(cast.wang).consent_note == "电话确认"
    # Nobody signs for somebody else.
    assert not Statement.objects.exists()
    assert states(cast.wang) == ("missing", "outstanding")
    flow.approve(of(cast.wang), by=cast.li).or_refuse()  # shown, not refused


def test_registering_to_join_or_without_a_statement_needs_no_consent(cast, plan):
    flow.submit(of(cast.wang), JOIN, by=cast.li).or_refuse()
    plan.statement_required = False
    plan.save()
    flow.submit(of(cast.liu), out(plan, 1), by=cast.li).or_refuse()
    assert states(cast.liu) == ("none", "none")


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
    assert (row_of(cast.wang).consent_note, states(cast.wang)) == ("", ("none", "none"))
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


# The statement itself ---------------------------------------------------------------------------
def test_the_text_is_the_students_own_and_stays_as_it_was_signed(cast, plan):
    plan.statement_text = "{姓名} {学号} {学院} {专业} {班级} {学年} {计划} {保障期} {原因}"
    plan.save()
    choice = out(plan, 1, note="随父母", signature=SIGNED)
    flow.submit(of(cast.wang), choice, by=cast.wang.user).or_refuse()
    said = (
        "王小明 2024010001 计算机学院 软件工程 计算机2401 2026-2027 2026年大学生医保"
        " 2027-01-01 至 2027-12-31 自愿放弃（随父母）"
    )
    before = statement.version_of(plan)
    plan.statement_text = "别的文字"
    plan.save()
    signed = Statement.objects.get()
    assert (signed.text, signed.plan_version) == (said, before)
    assert statement.version_of(plan) != before
    with connection.cursor() as cursor:
        cursor.execute("SELECT text, signature FROM enrolment_statement")
        [row] = cursor.fetchall()
    assert not any("王小明".encode() in bytes(part) or b"100,100" in bytes(part) for part in row)


@pytest.mark.parametrize(
    ("manner", "drawn", "typed", "sentence"),
    [
        ("drawn", NAME, "", ""),
        ("drawn", "", "王小明", "请先在框内手写签名"),
        ("drawn", "1,1", "", "签名太短"),
        ("typed", "", "王小明", ""),
        ("typed", "", " 王 小明　", ""),
        ("typed", NAME, "", "请键入您的姓名"),
        ("typed", "", "王小刚", "键入的姓名与“王小明”不一致"),
        ("nonsense", "", "王小明", "请先在框内手写签名"),
    ],
)
def test_what_counts_as_a_signature(cast, manner, drawn, typed, sentence):
    if not sentence:
        made = statement.signature_of(cast.wang, manner, drawn=drawn, typed=typed)
        assert made == Signature(Manner(manner), NAME if manner == "drawn" else "王小明")
        return
    with pytest.raises(Refused, match=sentence):
        statement.signature_of(cast.wang, manner, drawn=drawn, typed=typed)


@pytest.mark.parametrize(
    ("name", "typed"),
    [("阿依古丽·买买提", "阿依古丽•买买提"), ("Anna O'Neil", "anna o'neil"), ("㑇一", "㑇 一")],
)
def test_names_are_compared_as_people_type_them(cast, name, typed):
    cast.wang.name = name
    assert statement.signature_of(cast.wang, "typed", drawn="", typed=typed).mark == name


def test_the_paper_is_checked_by_its_code(cast, plan):
    flow.submit(of(cast.wang), out(plan, 1, signature=SIGNED), by=cast.wang.user).or_refuse()
    signed = Statement.objects.get()
    sheet = statement.sheet_of(signed)
    assert len(signed.number) == 18
    found = statement.find_statement(signed.number, sheet.code.lower().replace("-", " "))
    assert found == sheet
    assert (sheet.stands, sheet.manner, sheet.typed) == (True, "手写签名", "")
    assert cast.wang.id_number not in repr(sheet)
    for number, code in (
        (signed.number, "0000-0000-0000-0000"),
        ("0" * 18, sheet.code),
        ("x", "y"),
    ):
        assert statement.find_statement(number, code) is None
    signed.text += "。"
    assert statement.code_of(signed) != sheet.code


@pytest.mark.parametrize("act", ["send_back", "withdraw", "join"])
def test_a_paper_that_was_superseded_says_so(cast, plan, act):
    flow.submit(of(cast.wang), out(plan, 1, signature=SIGNED), by=cast.wang.user).or_refuse()
    signed = Statement.objects.get()
    if act == "send_back":
        flow.send_back(of(cast.wang), by=cast.li, comment="再想想").or_refuse()
    else:
        flow.withdraw(of(cast.wang), by=cast.wang.user).or_refuse()
    if act == "join":
        flow.submit(of(cast.wang), JOIN, by=cast.wang.user).or_refuse()
    found = statement.find_statement(signed.number, statement.code_of(signed))
    assert found.stands is False


def test_it_makes_a_pdf_whatever_is_in_it(cast, plan):
    plan.statement_text = '#panic("x") *a* $1$ "{原因}" {姓名} @b <c> \\ // ' + "很长的一段。" * 400
    plan.save()
    flow.submit(of(cast.wang), out(plan, 1, signature=SIGNED), by=cast.wang.user).or_refuse()
    typed = Signature(Manner.TYPED, "刘思雨")
    flow.submit(of(cast.liu), out(plan, 1, signature=typed), by=cast.liu.user).or_refuse()
    for signed in Statement.objects.all():
        paper = statement.statement_pdf(statement.sheet_of(signed), "https://x.example/?a=1&b=2")
        assert paper.startswith(b"%PDF")
