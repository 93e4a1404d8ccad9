"""What happens to a rate after it was handed in: taken back, corrected, drifting, decided late."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate, now

from tests.cast import make_cast
from tests.factories import make_class, make_plan, make_student
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment.choice import Choice
from yibao.enrolment.master_data import change_and_enlist, enter_and_enlist
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist, enlist_all
from yibao.enrolment.states import Intent
from yibao.notify.models import Message
from yibao.people.codes import RosterStatus, TrainingLevel
from yibao.people.models import Student
from yibao.people.states import TransitionKind
from yibao.people.transitions import Change
from yibao.plans.models import InsurancePlan
from yibao.reports import drift, flow, rates
from yibao.reports.models import RateReport, RateReportLine
from yibao.reports.rates import Figures
from yibao.reports.states import Cause, RateStatus


def of(*students):
    return Enrolment.objects.filter(student__in=students)


def reports(**fields):
    return RateReport.objects.filter(**fields)


@pytest.fixture
def cast(db):
    """计算机 2024 is handed in: 王 joins, 刘 stays out."""
    cast = make_cast(TrainingLevel.MASTER)
    cast.plan = plan = make_plan(way="B")
    cast.computing = cast.classes.cs1.major.college
    cast.given_up = plan.reasons.get(name="自愿放弃")
    cast.elsewhere = plan.reasons.get(name="已在户籍地参加居民医保")
    enlist(plan, by=cast.office)
    enrolment_flow.submit(
        of(cast.wang), Choice(Intent.JOIN, consent="当面"), by=cast.wang.user
    ).or_refuse()
    out = Choice(Intent.STAY_OUT, consent="当面", reason=cast.given_up)
    enrolment_flow.submit(of(cast.liu), out, by=cast.liu.user).or_refuse()
    enrolment_flow.approve(of(cast.wang, cast.liu), by=cast.li).or_refuse()
    cast.report = flow.hand_in_grade(plan, cast.computing, 2024, by=cast.li)
    return cast


def decide(cast, to=RateStatus.ACCEPTED, by=None, **fields):
    outcome = flow.decide(reports(**fields), to, by=by or cast.xu, opinion="请核对")
    return list(outcome.refused.values())


# 撤回 ---------------------------------------------------------------------------------------


def withdraw(cast, by, reason="名单有变"):
    return list(flow.withdraw(reports(), by=by, reason=reason).refused.values())


def test_a_rate_is_withdrawn_with_a_reason_until_it_is_decided(cast):
    with pytest.raises(Refused, match="请填写撤回的原因"):
        withdraw(cast, cast.li, " ")
    assert withdraw(cast, cast.sun) == ["只能撤回本年级或本学院上报的参保率"]
    assert withdraw(cast, cast.xu) == ["只能撤回本年级或本学院上报的参保率"]
    assert Message.objects.filter(kind="rate_handed_in", withdrawn_at=None).count() == 2  # 徐, 张
    assert withdraw(cast, cast.he) == []
    report = reports().get()
    assert (report.status, report.opinion) == (RateStatus.RETURNED, "何老师撤回：名单有变")
    assert not Message.objects.filter(kind="rate_handed_in", withdrawn_at=None).exists()
    assert withdraw(cast, cast.li) == ["参保率已经退回，可以直接修改后重新提交"]
    flow.hand_in_grade(cast.plan, cast.computing, 2024, by=cast.li)
    assert decide(cast) == []
    assert withdraw(cast, cast.li) == ["参保率已通过审核，不能撤回；需要修改请联系审核人退回"]


def test_a_college_withdraws_and_a_rate_is_opened_again_step_by_step(cast):
    assert decide(cast) == []
    college = flow.hand_in_college(cast.plan, cast.computing, by=cast.xu)
    assert decide(cast, RateStatus.RETURNED, unit="grade") == [
        "学院参保率已上报，须先由学校退回学院参保率"
    ]
    flow.withdraw(reports(pk=college.pk), by=cast.xu, reason="年级有误").or_refuse()
    assert decide(cast, RateStatus.RETURNED, unit="grade") == []
    assert [(r.unit, r.status) for r in reports().order_by("pk")] == [
        ("grade", "returned"),
        ("college", "returned"),
    ]


# 窗口 ---------------------------------------------------------------------------------------


def test_after_the_window_only_the_school_decides_and_says_why(cast):
    assert decide(cast) == []
    flow.hand_in_college(cast.plan, cast.computing, by=cast.xu)
    InsurancePlan.objects.update(rate_until=now() - timedelta(hours=1))
    assert decide(cast, RateStatus.RETURNED, unit="grade")[0].startswith("参保率上报时间已过")
    with pytest.raises(Refused, match="此时审核请在审核意见里写明原因"):
        flow.decide(reports(unit="college"), RateStatus.ACCEPTED, by=cast.office, opinion="")
    assert decide(cast, by=cast.office, unit="college") == []


def test_two_officers_decide_at_once_and_the_second_reads_who_was_first(cast):
    assert decide(cast) == []
    assert decide(cast, by=cast.zhang) == ["当前状态为“已通过”，无需审核"]
    assert reports().get().decided_by == cast.xu


# 学院参保名单 修改 -----------------------------------------------------------------------------


def line_of(student):
    return RateReportLine.objects.filter(report__unit="grade", enrolment__student=student)


def correct(cast, student, by, why="核对了参保凭证"):
    found = flow.correct(line_of(student), cast.elsewhere, by=by, note="福州", why=why)
    return list(found.refused.values())


def test_the_college_corrects_a_reason_and_list_figures_and_student_stay_equal(cast):
    assert correct(cast, cast.liu, cast.xu) == ["只有已通过审核的年级名单可以修改"]
    assert decide(cast) == []
    with pytest.raises(Refused, match="请填写修改依据"):
        correct(cast, cast.liu, cast.xu, why="")
    assert correct(cast, cast.liu, cast.qian) == ["只能修改本学院的参保名单"]
    assert correct(cast, cast.liu, cast.li) == ["只能修改本学院的参保名单"]
    moved = Student.objects.filter(pk=cast.liu.pk)
    moved.update(class_group=cast.classes.en1)
    assert correct(cast, cast.liu, cast.xu) == ["该生已转到其他学院，不能再修改"]
    moved.update(class_group=cast.classes.cs2)
    [why] = correct(cast, cast.wang, cast.xu)
    assert why.startswith("现在的状态为“待缴费”，参保信息须退回后由学生修改")
    assert correct(cast, cast.liu, cast.xu) == []
    row = of(cast.liu).get()
    assert (row.reason, row.reason_note) == (cast.elsewhere, "福州")
    assert line_of(cast.liu).get().standing == "elsewhere"
    assert reports().get().frozen() == Figures(awaiting_payment=1, elsewhere=1)
    assert rates.figures(of(cast.wang, cast.liu)) == reports().get().frozen()
    assert drift.causes(reports()) == {}
    [line] = AuditEntry.objects.filter(action="correct_reason", by=cast.xu)
    assert (line.data["was"], line.data["now"]) == ("自愿放弃", "已在户籍地参加居民医保")
    assert Message.objects.filter(kind="reason_corrected", to=cast.liu.user).count() == 1
    flow.hand_in_college(cast.plan, cast.computing, by=cast.xu)
    assert correct(cast, cast.liu, cast.xu) == [
        "学院参保率已上报，名单不能再修改；需要修改请先由学校退回"
    ]


# 变动 ---------------------------------------------------------------------------------------


def move(cast, student, group):
    change_and_enlist(student, {"class_group": group}, by=cast.office, reason="转专业")


def test_drift_has_a_cause_for_each_student(cast):
    decide(cast)
    college = flow.hand_in_college(cast.plan, cast.computing, by=cast.xu)
    move(cast, cast.wang, cast.classes.en1)
    Student.objects.filter(pk=cast.liu.pk).update(roster_status=RosterStatus.WITHDRAWN)
    new = make_student(cast.classes.cs1, "陈新来", training_level=TrainingLevel.MASTER)
    enlist_all(by=None, among=[cast.liu.pk, new.pk])
    found = {Cause.MOVED: 1, Cause.LEFT: 1, Cause.NEW: 1}
    assert drift.causes(reports()) == {cast.report.pk: found, college.pk: found}


def test_money_and_later_decisions_are_causes_too(cast):
    enrolment_flow.mark_paid(of(cast.wang).values_list("pk", flat=True), by=None).or_refuse()
    enrolment_flow.take_back(of(cast.liu), by=cast.li, comment="要参保").or_refuse()
    assert drift.causes(reports()) == {cast.report.pk: {Cause.PAID: 1, Cause.CHANGED: 1}}


def test_who_moves_between_hand_in_and_decision_counts_where_the_list_has_them(cast):
    """Transferred before the decision: the frozen list stands, the other grade waits for them."""
    younger = make_class("计算机2501", grade=2025)
    cast.li.posts.get().class_groups.add(younger)
    move(cast, cast.wang, younger)
    assert decide(cast) == []
    with pytest.raises(Refused, match="2025 级的年级参保率尚未审核通过"):
        flow.hand_in_college(cast.plan, cast.computing, by=cast.xu)
    flow.hand_in_grade(cast.plan, cast.computing, 2025, by=cast.li)
    decide(cast, status="handed_in")
    with pytest.raises(Refused, match="有 1 名学生同时在两个年级的上报名单里"):
        flow.hand_in_college(cast.plan, cast.computing, by=cast.xu)
    decide(cast, RateStatus.RETURNED, grade=2024)
    flow.hand_in_grade(cast.plan, cast.computing, 2024, by=cast.li)
    decide(cast, grade=2024)
    college = flow.hand_in_college(cast.plan, cast.computing, by=cast.xu)
    assert college.frozen().roster == 2


def test_a_grade_without_students_hands_nothing_in_and_holds_nobody_up(cast):
    empty = make_class("计算机2201", grade=2022)
    cast.li.posts.get().class_groups.add(empty)
    with pytest.raises(Refused, match="2022 级在本计划中没有学生，无需上报"):
        flow.hand_in_grade(cast.plan, cast.computing, 2022, by=cast.li)
    decide(cast)
    assert flow.hand_in_college(cast.plan, cast.computing, by=cast.xu).frozen().roster == 2


def test_the_list_names_the_transition_behind_a_change(cast):
    """退学 entered afterwards for a day before, and one that was there already."""
    today = localdate()
    one = Student.objects.filter(pk=cast.wang.pk)
    late = Change(TransitionKind.WITHDRAW, today - timedelta(days=3), "文件", late_note="晚到")
    enter_and_enlist(one, late, by=cast.li).or_refuse()
    lines = drift.with_transition(drift.with_change(RateReportLine.objects.all()))
    found = {line.enrolment.student.name: (line.change, line.transition) for line in lines}
    assert found == {
        "王小明": (Cause.LEFT, f"退学，{today - timedelta(days=3)} 起（补录）"),
        "刘思雨": (None, None),
    }
    cast.report.handed_in_at = now()
    cast.report.save()
    assert not any(line.transition for line in lines.all())
