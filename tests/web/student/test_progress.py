"""From 已提交 to 已参保, top to bottom, and back by 撤回."""

import pytest
from django.urls import reverse
from django.utils.timezone import localtime

from tests.factories import make_plan
from tests.web.student.conftest import of, words
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Status
from yibao.payments import flow as payment_flow
from yibao.payments import refunding
from yibao.payments.models import Refund
from yibao.payments.paid import with_turns
from yibao.payments.refunding import Back
from yibao.payments.states import RefundCause
from yibao.web.student.line import stops_of
from yibao.web.student.mine import my_enrolments


def line(phone):
    """The stations: label, state, tag, who, note."""
    row = my_enrolments(phone.student.user).get(plan=phone.plan)
    return [(stop.label, stop.state, stop.tag, stop.who, stop.note) for stop in stops_of(row)]


def test_nothing_submitted_has_no_line(wang):
    assert line(wang) == []
    assert "办理进度" not in wang.see("progress")


def test_at_the_counselor(submitted):
    assert line(submitted) == [
        ("已提交", "done", "", "", ""),
        ("辅导员审核", "now", "审核中", "", ""),
        ("学院审核", "wait", "", "", ""),
        ("学校审核", "wait", "", "", ""),
        ("缴费", "wait", "", "", "应缴 ¥533.00"),
        ("已参保", "wait", "", "", ""),
    ]
    assert "辅导员审核 审核中" in submitted.see("progress")


def test_each_decision_stands_with_name_time_and_opinion(submitted, cast):
    flow.approve(of(cast.wang), by=cast.li, comment="材料齐全").or_refuse()
    assert line(submitted)[1:4] == [
        ("辅导员审核", "done", "", "李老师", "材料齐全"),
        ("学院审核", "now", "审核中", "", ""),
        ("学校审核", "wait", "", "", ""),
    ]
    at = localtime(submitted.row.reviews.get().at)
    assert f"辅导员审核 {at:%Y-%m-%d %H:%M} 李老师 材料齐全" in submitted.see("progress")


def test_who_has_withdrawn_reads_what_happened_and_what_is_next(owing, cast):
    payment_flow.record_cash(of(cast.wang), by=cast.li).or_refuse()
    why = Back(owing.order.amount, RefundCause.WITHDRAWN, "本人申请退学")
    refund = refunding.open_refund(owing.order.payments.get(), why, by=cast.finance)
    refunding.confirm_refund(refund, by=cast.second_finance, handed_over="P7")
    at = localtime(Refund.objects.get().done_at)
    told = (
        "已退出参保 已退出参保，款项已退回 ¥533.00 已退还现金，退款凭证号 P7 说明：本人申请退学 "
        f"财务 吴会计、郑会计 {at:%Y-%m-%d %H:%M} 请重新登记：仍要参保请重新申请，不再参保请选择原因"
    )
    for page in (owing.see(), owing.see("progress")):
        assert told in page
        assert "重新登记" in page
        assert "退回原因" not in page
    assert line(owing)[-2:] == [
        ("已缴费", "done", "", "", "现金 ¥533.00"),
        ("已退出参保", "done", "", "财务 吴会计、郑会计", "已退费 ¥533.00"),
    ]
    assert "已退出参保，款项已退回" in owing.look("data")
    assert f"已退 ¥533.00（{at:%Y-%m-%d %H:%M}）" in words(
        owing.client.get(reverse("student:history"))
    )
    turned = with_turns(of(cast.wang)).values_list("returns", "last_return")
    assert list(turned.all()) == [(0, "已退出参保，款项已退回")]
    flow.submit(of(cast.wang), Choice(Intent.JOIN), by=cast.wang.user).or_refuse()
    flow.send_back(of(cast.wang), by=cast.li, comment="请核对").or_refuse()
    assert list(turned.all()) == [(1, "请核对")]
    assert "请按退回原因修改" in owing.see()
    assert "退出参保" not in owing.see()


def test_paid_and_insured(owing, cast):
    assert line(owing)[-2][:3] == ("缴费", "now", "待缴费")
    payment_flow.record_cash(of(cast.wang), by=cast.li).or_refuse()
    assert line(owing)[-2:] == [
        ("已缴费", "done", "", "", "现金 ¥533.00"),
        ("已参保", "done", "", "", "保障期 2027-01-01 至 2027-12-31"),
    ]


@pytest.mark.parametrize(("verb", "tag"), [(flow.send_back, "退回"), (flow.refuse, "审核不通过")])
def test_turned_down_ends_the_line_there(submitted, cast, verb, tag):
    flow.approve(of(cast.wang), by=cast.li).or_refuse()
    verb(of(cast.wang), by=cast.xu, comment="请补充住址").or_refuse()
    assert line(submitted) == [
        ("已提交", "done", "", "", ""),
        ("辅导员审核", "done", "", "李老师", ""),
        ("学院审核", "bad", tag, "徐书记", "请补充住址"),
    ]
    assert f"学院审核：{tag} 请补充住址" in submitted.see("progress")


def test_returned_after_review(owing, cast):
    payment_flow.take_back(of(cast.wang), by=cast.xu, comment="应为困难生").or_refuse()
    assert line(owing)[-1] == ("审核后退回", "bad", "退回", "徐书记", "应为困难生")
    assert "审核后：退回 应为困难生" in owing.see()


def test_review_resumes_where_it_was_returned(wang, cast, plan):
    plan.resume_after_return = True
    plan.save()
    wang.submit()
    flow.approve(of(cast.wang), by=cast.li, comment="齐全").or_refuse()
    flow.send_back(of(cast.wang), by=cast.xu, comment="改住址").or_refuse()
    wang.submit()
    assert line(wang)[1:4] == [
        ("辅导员审核", "done", "", "李老师", "齐全"),
        ("学院审核", "now", "审核中", "", ""),
        ("学校审核", "wait", "", "", ""),
    ]
    screen = wang.see("progress")
    assert "以前几次提交的审核" in screen
    assert "学院审核退回" in screen
    assert screen.index("改住址") < screen.index("齐全", screen.index("以前几次"))


def test_registered_by_the_counselor_is_said(wang, cast):
    flow.submit(of(cast.wang), Choice(Intent.JOIN, consent="当面"), by=cast.li).or_refuse()
    assert line(wang)[0] == ("已提交", "done", "", "由李老师代为登记", "")


def test_staying_out_has_its_own_end(wang, cast, plan):
    reason = plan.reasons.get(name="自愿放弃")
    flow.submit(of(cast.wang), Choice(Intent.STAY_OUT, reason=reason), by=cast.wang.user)
    assert line(wang)[0][4] == "不参保：自愿放弃"
    assert line(wang)[-1] == ("登记为不参保", "wait", "", "", "")
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(of(cast.wang), by=by).or_refuse()
    assert line(wang)[-1][:2] == ("登记为不参保", "done")


def test_way_b_has_one_step(cast, phone_of):
    short = make_plan("研究生医保", way="B", training_levels=["bachelor"])
    enlist(short, by=cast.office)
    phone = phone_of(cast.wang)
    phone.plan = short
    phone.submit()
    assert [stop[0] for stop in line(phone)] == ["已提交", "辅导员审核", "缴费", "已参保"]


def test_withdraw_asks_once_more(submitted):
    assert "撤回申请" in submitted.see("progress")
    asked = submitted.see("withdraw")
    assert "撤回后回到“未登记”" in asked
    assert submitted.row.status == Status.IN_REVIEW  # looking does nothing
    page = submitted.client.post(submitted.address("withdraw"), follow=True)
    assert "已撤回，填写的内容还在" in words(page)
    assert submitted.row.status == Status.UNREGISTERED
    assert line(submitted)[0][:3] == ("已撤回", "now", "待重新提交")
    assert "申请参保" in submitted.see()


def test_no_withdrawing_after_the_first_decision(submitted, cast):
    flow.approve(of(cast.wang), by=cast.li).or_refuse()
    assert "撤回申请" not in submitted.see("progress")
    refused = submitted.client.get(submitted.address("withdraw"))
    assert refused.status_code == 409
    assert "审核已经开始，不能撤回" in words(refused)
    page = submitted.client.post(
        submitted.address("withdraw"),
        headers={"Referer": f"http://testserver{submitted.address('progress')}"},
        follow=True,
    )
    assert "审核已经开始，不能撤回" in words(page)
    assert Enrolment.objects.get(pk=submitted.row.pk).status == Status.IN_REVIEW


def test_withdrawing_twice_is_refused_in_words(submitted):
    submitted.client.post(submitted.address("withdraw"))
    again = submitted.client.post(submitted.address("withdraw"))
    assert again.status_code == 409
    assert "当前状态为“未登记”，不能撤回" in words(again)
