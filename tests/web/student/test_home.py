"""One card a plan: where I stand, what is next, until when, how much."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localtime, now

from tests.factories import make_plan
from tests.web.student.conftest import of, words
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.payments import flow as payment_flow
from yibao.people.codes import RosterStatus
from yibao.plans import flow as plan_flow
from yibao.plans.models import InsurancePlan
from yibao.plans.states import Choosing, PlanStatus


def change(plan, **fields):
    InsurancePlan.objects.filter(pk=plan.pk).update(**fields)


def minute(moment):
    return f"{localtime(moment):%Y-%m-%d %H:%M}"


def test_before_anything_was_done(wang, plan):
    screen = wang.see()
    assert "王小明，你好" in screen
    assert "请登记是否参保，一分钟就能办完" in screen
    assert f"申请截止 {minute(plan.apply_until)}" in screen
    assert "应缴 ¥533.00" in screen
    assert "申请参保" in screen
    assert "医保 请登记是否参保" in screen  # the reminder


def test_the_reminder_says_how_many_days_are_left(wang, plan):
    change(plan, apply_until=now() + timedelta(days=2))
    assert "医保 请登记是否参保，还剩 2 天" in wang.see()
    assert "（还剩 2 天）" in wang.see()


def test_a_begun_application_is_continued(wang):
    wang.confirm_data()
    screen = wang.see()
    assert "继续" in screen
    assert "申请参保" not in screen


def test_before_the_window_there_is_nothing_to_press(wang, plan):
    opens = now() + timedelta(days=1)
    change(plan, apply_from=opens)
    screen = wang.see()
    assert "申请还没有开始" in screen
    assert minute(opens) in screen
    assert "申请参保" not in screen
    assert "医保 请" not in screen


def test_after_the_window_the_counselor_is_named(wang, plan):
    change(plan, apply_until=now() - timedelta(seconds=1))
    screen = wang.see()
    assert "申请时间已过，不能再自己办理" in screen
    assert "如需补办，请联系辅导员李老师" in screen
    assert "申请参保" not in screen


def test_the_window_closes_by_the_second(wang, plan, time_machine):
    closes = now() + timedelta(hours=1)
    change(plan, apply_until=closes)
    time_machine.move_to(closes - timedelta(seconds=1), tick=False)
    assert "申请参保" in wang.see()
    assert wang.client.get(wang.screen("data")).status_code == 200
    time_machine.move_to(closes + timedelta(seconds=1), tick=False)
    assert "申请参保" not in wang.see()
    refused = wang.client.get(wang.screen("data"))
    assert refused.status_code == 409
    assert "申请时间已过" in words(refused)


def test_faulty_master_data_name_every_field_and_the_counselor(wang, cast):
    student = cast.wang
    student.sex, student.ethnicity = "2", ""
    student.save()
    screen = wang.see()
    assert "你的个人信息有 2 处需要更正，更正后才能申请" in screen
    assert "性别 ：性别“女”与证件号码中的“男”不一致" in screen
    assert "民族 ：缺少民族" in screen
    assert "也可以联系辅导员李老师更正" in screen
    assert "去申请更正" in screen


def test_not_required(wang, cast, plan):
    flow.mark_required(of(cast.wang), required=False, by=cast.li, note="已在企业参保").or_refuse()
    screen = wang.see()
    assert "学校已登记你不需要参保，无需办理" in screen
    assert "原因：已在企业参保" in screen
    assert "如需参保，请联系辅导员李老师" in screen
    assert "申请参保" not in screen


def test_off_the_roster(wang, cast, plan):
    cast.wang.roster_status = RosterStatus.WITHDRAWN
    cast.wang.save()
    enlist(plan, by=cast.office)
    screen = wang.see()
    assert "你目前不在本计划的参保对象内，无需办理" in screen
    assert "申请参保" not in screen


def test_no_plan_at_all(cast, phone_of, plan):
    Enrolment.objects.filter(student=cast.wang).delete()
    assert "现在没有要办的医保" in phone_of(cast.wang).see()


def test_in_review(submitted):
    screen = submitted.see()
    assert "已提交，正在等待辅导员审核" in screen
    assert "审核中" in screen
    assert "应缴 ¥533.00" in screen
    assert "查看进度" in screen
    assert "医保 请" not in screen  # nothing to remind of


@pytest.mark.parametrize("verb", [flow.send_back, flow.refuse])
def test_turned_down_with_the_reason_on_top(submitted, cast, verb):
    verb(of(cast.wang), by=cast.li, comment="身份证号有误，请核对").or_refuse()
    screen = submitted.see()
    said = "退回" if verb is flow.send_back else "审核不通过"
    assert f"辅导员审核：{said} 身份证号有误，请核对 李老师" in screen
    assert screen.index("身份证号有误") < screen.index("请按退回原因修改") < screen.index("去修改")
    assert "医保 申请被退回，请修改后重新提交" in screen


def test_waiting_for_payment(owing, plan):
    screen = owing.see()
    assert "审核已通过，请缴费" in screen
    assert f"缴费截止 {minute(plan.pay_until)}" in screen
    assert "应缴 ¥533.00" in screen
    assert "在线缴费" in screen
    assert "也可以向辅导员李老师缴纳现金" in screen
    assert "医保 请缴费 ¥533.00" in screen


def test_before_and_after_the_payment_window(owing, plan):
    opens = now() + timedelta(days=1)
    change(plan, pay_from=opens)
    screen = owing.see()
    assert "审核已通过，到缴费时间后在这里缴费" in screen
    assert f"缴费开始 {minute(opens)}" in screen
    assert "在线缴费" not in screen
    change(plan, pay_from=now() - timedelta(days=9), pay_until=now() - timedelta(seconds=1))
    screen = owing.see()
    assert "缴费时间已过，还没有缴费" in screen
    assert "请尽快联系辅导员李老师" in screen
    assert "在线缴费" not in screen


def test_cash_only(owing, plan):
    change(plan, channels=["cash"])
    screen = owing.see()
    assert "审核已通过，请向辅导员李老师缴纳现金" in screen
    assert "在线缴费" not in screen


def test_a_payment_without_an_end_is_looked_at_first(owing):
    order = payment_flow.open_order(owing.row, by=owing.student.user)
    order.payments.create(channel="sandbox", expires_at=now() + timedelta(minutes=9))
    screen = owing.see()
    assert "有一笔支付还没有结果，请先查看，不要重复支付" in screen
    assert "查看支付结果" in screen
    assert "在线缴费" not in screen


def test_paid_in_cash(owing, cast):
    payment_flow.record_cash(of(cast.wang), by=cast.li).or_refuse()
    screen = owing.see()
    assert "你已参保，保费已缴清" in screen
    assert "保障期 2027-01-01 至 2027-12-31" in screen
    assert "已缴 ¥533.00" in screen
    assert "查看收据" in screen


def test_staying_out(wang, cast, plan):
    reason = plan.reasons.get(name="自愿放弃")
    flow.submit(of(cast.wang), Choice(Intent.STAY_OUT, reason=reason), by=cast.wang.user)
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(of(cast.wang), by=by).or_refuse()
    screen = wang.see()
    assert "已登记为不参保" in screen
    assert "原因 自愿放弃" in screen
    assert "改变主意？请联系辅导员李老师退回，再重新登记" in screen


def test_a_plan_that_is_over(wang, cast, plan):
    plan_flow.close_plan(plan, by=cast.office)
    screen = wang.see()
    assert "本计划已结束，你没有完成登记" in screen
    assert "申请参保" not in screen


def test_an_archived_plan_stands_in_the_history_only(wang, cast, plan):
    plan_flow.close_plan(plan, by=cast.office)
    plan_flow.archive_plan(plan, by=cast.office)
    assert "现在没有要办的医保" in wang.see()
    history = words(wang.client.get("/history/"))
    assert "2026年大学生医保 未登记 2026-2027 学年 本计划已归档，你没有完成登记" in history
    assert "办理进度" not in history


def test_the_history_says_what_was_chosen_and_paid_and_leads_to_the_papers(owing, cast, plan):
    payment_flow.record_cash(of(cast.wang), by=cast.li).or_refuse()
    order = owing.order
    plan_flow.close_plan(plan, by=cast.office)
    plan_flow.archive_plan(plan, by=cast.office)
    page = owing.client.get("/history/")
    assert re.search(
        r"意愿 参保 参保类型 \S+ 提交时间 [\d: -]+ 应缴 ¥533.00 已缴 ¥533.00（[\d: -]+）",
        words(page),
    )
    assert owing.address("receipt", order.public_id) in page.text
    assert owing.client.get(owing.address("receipt_file", order.public_id)).status_code == 200
    assert "2026年大学生医保" in owing.see("progress")


def test_a_draft_plan_is_nowhere(wang, cast, plan):
    change(plan, status=PlanStatus.DRAFT)
    assert "现在没有要办的医保" in wang.see()
    assert "还没有记录" in words(wang.client.get("/history/"))
    assert wang.client.get(wang.address("progress")).status_code == 404
    assert wang.client.get(wang.address("apply")).status_code == 404


def test_the_likely_amount_follows_the_choice_so_far(wang, plan):
    plan.types.create(name="补充医疗", premium=Decimal(60), choosing=Choosing.OPTIONAL, position=2)
    assert "应缴 ¥533.00" in wang.see()
    wang.confirm_data()
    extra = plan.types.get(name="补充医疗")
    wang.answer("choice", intent="join", types=[extra.pk])
    assert "应缴 ¥593.00" in wang.see()


def test_as_many_queries_for_three_plans_as_for_one(wang, cast, plan, owing):
    client = wang.client
    client.get("/")
    with CaptureQueriesContext(connection) as one:
        client.get("/")
    for n in range(2):
        enlist(make_plan(f"补充计划{n}"), by=cast.office)
    with CaptureQueriesContext(connection) as three:
        screen = words(client.get("/"))
    assert screen.count("补充计划") == 2
    assert len(three) == len(one)
