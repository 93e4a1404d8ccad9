"""The chain, step by step, on sets of rows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_plan, make_post, make_staff, make_student
from yibao.accounts.models import User
from yibao.common import fields
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Status
from yibao.people.codes import RosterStatus
from yibao.people.levels import Level

JOIN = Choice(Intent.JOIN, consent="当面")


@pytest.fixture
def plan(cast):
    plan = make_plan()
    enlist(plan, by=cast.office)
    return plan


def of(*students):
    return Enrolment.objects.filter(student__in=students)


def where(student):
    row = of(student).select_related("current_step").get()
    return row.status, row.current_step.name if row.current_step else None


def submitted(plan, *students):
    for student in students:
        flow.submit(of(student), JOIN, by=student.user).or_refuse()


def test_way_a_from_blank_to_waiting_for_payment(cast, plan):
    assert where(cast.wang) == (Status.UNREGISTERED, None)
    submitted(plan, cast.wang)
    assert where(cast.wang) == (Status.IN_REVIEW, "辅导员审核")
    flow.approve(of(cast.wang), by=cast.li).or_refuse()
    assert where(cast.wang) == (Status.IN_REVIEW, "学院审核")
    flow.approve(of(cast.wang), by=cast.xu).or_refuse()
    assert where(cast.wang) == (Status.IN_REVIEW, "学校审核")
    flow.approve(of(cast.wang), by=cast.office, comment="同意").or_refuse()
    assert where(cast.wang) == (Status.AWAITING_PAYMENT, None)
    reviews = [(r.step.name, r.by.name, r.comment) for r in of(cast.wang).get().reviews.all()]
    assert reviews == [
        ("辅导员审核", "李老师", ""),
        ("学院审核", "徐书记", ""),
        ("学校审核", "周主任", "同意"),
    ]


@pytest.mark.parametrize(
    "who", ["he", "sun", "zhang", "xu", "qian", "office", "finance", "admin", "auditor"]
)
def test_nobody_but_the_own_counselor_does_the_first_step(cast, plan, who):
    submitted(plan, cast.wang)
    outcome = flow.approve(of(cast.wang), by=getattr(cast, who))
    assert outcome.done == []
    assert outcome.refused == {of(cast.wang).get().pk: "现在是“辅导员审核”环节，不由您审核"}
    assert where(cast.wang) == (Status.IN_REVIEW, "辅导员审核")


def test_a_level_cannot_be_skipped_and_two_posts_do_not_add_up(cast, plan):
    # 张 counsels 英语2402 and is officer of 计算机学院; the college step of 英语 is not his.
    submitted(plan, cast.zhou_en)
    flow.approve(of(cast.zhou_en), by=cast.zhang).or_refuse()
    outcome = flow.approve(of(cast.zhou_en), by=cast.zhang)
    [why] = outcome.refused.values()
    assert why.startswith("张两岗已于 ")
    assert why.endswith(" 审核通过，现在是“学院审核”环节，不由您审核")
    flow.approve(of(cast.zhou_en), by=cast.qian).or_refuse()
    assert where(cast.zhou_en) == (Status.IN_REVIEW, "学校审核")


def test_one_person_never_acts_at_two_steps(cast, plan):
    both = make_staff("T099", "一人", Level.COUNSELOR, classes=[cast.classes.cs1])
    both.posts.create(level=Level.COLLEGE, college=cast.classes.cs1.major.college)
    submitted(plan, cast.wang)
    flow.approve(of(cast.wang), by=both).or_refuse()
    outcome = flow.approve(of(cast.wang), by=both)
    assert list(outcome.refused.values()) == ["您已在前一环节审核过，本环节须由他人审核"]


def test_a_batch_says_of_each_row_what_became_of_it(cast, plan):
    submitted(plan, cast.wang, cast.liu, cast.zhao)
    outcome = flow.approve(of(cast.wang, cast.liu, cast.zhao), by=cast.li)
    pk = {s: of(s).get().pk for s in (cast.wang, cast.liu, cast.zhao)}
    assert outcome.done == [pk[cast.wang], pk[cast.liu]]
    assert outcome.refused == {pk[cast.zhao]: "现在是“辅导员审核”环节，不由您审核"}
    refusals = AuditEntry.objects.filter(action="approve_refused")
    assert [(e.subject_id, e.by) for e in refusals] == [(pk[cast.zhao], cast.li)]


def test_return_correct_and_submit_again_starts_over(cast, plan):
    submitted(plan, cast.wang)
    flow.approve(of(cast.wang), by=cast.li).or_refuse()
    with pytest.raises(Refused, match="请填写退回原因"):
        flow.send_back(of(cast.wang), by=cast.xu, comment="  ")
    flow.send_back(of(cast.wang), by=cast.xu, comment="手机号有误").or_refuse()
    assert where(cast.wang) == (Status.RETURNED, None)
    submitted(plan, cast.wang)
    assert where(cast.wang) == (Status.IN_REVIEW, "辅导员审核")
    flow.approve(of(cast.wang), by=cast.li).or_refuse()


def test_a_plan_may_resume_where_it_was_returned(cast):
    plan = make_plan(resume_after_return=True)
    enlist(plan, by=cast.office)
    submitted(plan, cast.wang)
    flow.approve(of(cast.wang), by=cast.li).or_refuse()
    flow.refuse(of(cast.wang), by=cast.xu, comment="材料不符").or_refuse()
    submitted(plan, cast.wang)
    assert where(cast.wang) == (Status.IN_REVIEW, "学院审核")


def test_what_was_returned_before_review_was_through_is_forgotten(cast):
    plan = make_plan(resume_after_return=True)
    enlist(plan, by=cast.office)
    submitted(plan, cast.wang)
    flow.approve(of(cast.wang), by=cast.li).or_refuse()
    flow.send_back(of(cast.wang), by=cast.xu, comment="请核对").or_refuse()
    submitted(plan, cast.wang)
    for by in (cast.xu, cast.office):
        flow.approve(of(cast.wang), by=by).or_refuse()
    flow.take_back(of(cast.wang), by=cast.office, comment="学生要求修改").or_refuse()
    submitted(plan, cast.wang)
    assert where(cast.wang) == (Status.IN_REVIEW, "辅导员审核")


def test_hardship_makes_the_fee_zero_and_says_why(cast, plan):
    cast.wang.hardships.create(academic_year=2026, category="特困人员", level="特别困难")
    submitted(plan, cast.wang)
    row = of(cast.wang).get()
    assert row.amount_due == 0
    assert [line.explanation for line in row.lines.all()] == [
        "标准 533.00 元，已认定为特困人员（特别困难），全额减免 533.00 元，由学校资助经费承担，应缴 0.00 元"
    ]
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(of(cast.wang), by=by).or_refuse()
    assert where(cast.wang) == (Status.ENROLLED, None)


def test_a_recognition_after_the_submission_still_counts_at_review(cast, plan):
    submitted(plan, cast.wang)
    cast.wang.hardships.create(academic_year=2026, category="低保", level="困难")
    cast.wang.hardships.create(academic_year=2025, category="孤儿", level="困难")
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(of(cast.wang), by=by).or_refuse()
    assert where(cast.wang) == (Status.ENROLLED, None)
    assert "低保" in of(cast.wang).get().lines.get().explanation


def test_staying_out_goes_through_the_same_chain_and_owes_nothing(cast, plan):
    reason = plan.reasons.get(name="自愿放弃")
    submitted(plan, cast.wang)
    flow.send_back(of(cast.wang), by=cast.li, comment="请核对").or_refuse()
    flow.submit(
        of(cast.wang), Choice(Intent.STAY_OUT, consent="当面", reason=reason), by=cast.wang.user
    ).or_refuse()
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(of(cast.wang), by=by).or_refuse()
    row = of(cast.wang).get()
    assert (row.status, row.amount_due, row.lines.count()) == (Status.OPTED_OUT, 0, 0)


def test_faulty_master_data_block_submission_and_approval(cast, plan):
    cast.wang.ethnicity = ""
    cast.wang.save()
    outcome = flow.submit(of(cast.wang), JOIN, by=cast.wang.user)
    assert next(iter(outcome.refused.values())).startswith("个人信息不完整或有误：")
    submitted(plan, cast.liu)
    cast.liu.graduates_on = None
    cast.liu.save()
    outcome = flow.approve(of(cast.liu), by=cast.li)
    assert next(iter(outcome.refused.values())).startswith("个人信息不完整或有误：")
    flow.send_back(of(cast.liu), by=cast.li, comment="缺毕业时间").or_refuse()


def test_withdraw_only_before_the_first_decision(cast, plan):
    submitted(plan, cast.wang)
    flow.withdraw(of(cast.wang), by=cast.wang.user).or_refuse()
    assert where(cast.wang) == (Status.UNREGISTERED, None)
    submitted(plan, cast.wang)
    flow.approve(of(cast.wang), by=cast.li).or_refuse()
    outcome = flow.withdraw(of(cast.wang), by=cast.wang.user)
    assert list(outcome.refused.values()) == ["审核已经开始，不能撤回；如需修改请联系辅导员退回"]


@pytest.mark.parametrize("who", ["liu", "zhao"])
def test_nobody_registers_for_a_classmate(cast, plan, who):
    outcome = flow.submit(of(cast.wang), JOIN, by=getattr(cast, who).user)
    assert list(outcome.refused.values()) == ["只能为本人或所带班级的学生登记"]


def test_the_counselor_registers_on_a_students_behalf(cast, plan):
    flow.submit(of(cast.wang), JOIN, by=cast.li).or_refuse()
    assert of(cast.wang).get().submitted_by == cast.li
    outcome = flow.submit(of(cast.liu), JOIN, by=cast.sun)
    assert list(outcome.refused.values()) == ["只能为本人或所带班级的学生登记"]


def test_not_required_leaves_and_comes_back(cast, plan):
    with pytest.raises(Refused, match="请填写不需要参保的原因"):
        flow.mark_required(of(cast.wang), required=False, by=cast.li)
    flow.mark_required(of(cast.wang), required=False, by=cast.li, note="保留学籍").or_refuse()
    outcome = flow.submit(of(cast.wang), JOIN, by=cast.wang.user)
    assert list(outcome.refused.values()) == ["该生已标记为不需要参保，如需参保请联系辅导员"]
    flow.mark_required(of(cast.wang), required=True, by=cast.li).or_refuse()
    submitted(plan, cast.wang)


def test_nobody_marks_themselves_as_not_required(cast, plan):
    make_post(cast.wang.user, Level.COUNSELOR, classes=[cast.classes.cs1])
    marked = flow.mark_required(of(cast.wang), required=False, by=cast.wang.user, note="休学")
    assert list(marked.refused.values()) == ["不能设置本人是否需要参保"]


def test_enlist_follows_the_roster_and_changes_nothing_twice(cast, plan):
    assert enlist(plan, by=cast.office) == 0
    newcomer = make_student(cast.classes.cs1, "新同学")
    cast.liu.roster_status = RosterStatus.WITHDRAWN
    cast.liu.save()
    assert enlist(plan, by=cast.office) == 1
    assert where(newcomer) == (Status.UNREGISTERED, None)
    assert of(cast.liu).with_standing().get().standing == "not_required"
    cast.liu.roster_status = RosterStatus.ACTIVE
    cast.liu.save()
    assert enlist(plan, by=cast.office) == 0
    assert of(cast.liu).with_standing().get().standing == "unregistered"


def test_a_batch_asks_as_many_queries_for_five_hundred_as_for_five(cast, plan):
    counts = []
    for size in (5, 500):
        students = [make_student(cast.classes.cs1) for _ in range(size)]
        enlist(plan, by=cast.office)
        li = User.objects.get(pk=cast.li.pk)
        with CaptureQueriesContext(connection) as submits:
            flow.submit(of(*students), JOIN, by=li).or_refuse()
        with CaptureQueriesContext(connection) as approvals:
            assert len(flow.approve(of(*students), by=li).done) == size
        counts.append((len(submits), len(approvals)))
    assert counts == [(19, 18)] * 2


def test_a_review_opens_no_secret_but_the_id_numbers_that_it_checks(cast, plan, monkeypatch):
    submitted(plan, cast.wang, cast.liu)
    opened = []
    unseal = fields.crypto.unseal

    def noted(sealed, context):
        opened.append(context)
        return unseal(sealed, context)

    monkeypatch.setattr(fields.crypto, "unseal", noted)
    flow.approve(of(cast.wang, cast.liu), by=cast.li).or_refuse()
    assert opened == ["people_student.id_number"] * 2
