"""申请参保 in four screens: nothing is lost, and what was shown is what is submitted."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.utils.timezone import now

from tests.factories import make_plan
from tests.web.student.conftest import Phone, of, words
from yibao.common.models import AuditEntry
from yibao.enrolment import flow
from yibao.enrolment.models import Draft, Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Status
from yibao.people.models import Student
from yibao.plans.models import InsurancePlan
from yibao.plans.states import Choosing


@pytest.fixture
def rich(plan):
    """A plan with everything that can be chosen."""
    plan.types.create(name="意外伤害", premium=Decimal(60), choosing=Choosing.DEFAULT, position=2)
    plan.types.create(name="门诊", premium=Decimal(30), choosing=Choosing.OPTIONAL, position=3)
    for position, (name, premium) in enumerate((("一档", 20), ("二档", 50)), start=4):
        plan.types.create(
            name=name,
            premium=Decimal(premium),
            choosing=Choosing.OPTIONAL,
            group="补充",
            position=position,
        )
    plan.reasons.create(name="其他情况", position=9, note_required=True)
    return plan


def pk_of(plan, name):
    return plan.types.get(name=name).pk


def chosen(row):
    return {line.insurance_type.name: line.amount for line in row.lines.all()}


def test_the_first_screen_shows_twelve_fields_and_masks_the_secret_one(wang, cast):
    screen = wang.look("data")
    assert "第 1 步，共 4 步" in screen
    number = cast.wang.id_number
    assert number not in wang.client.get(wang.screen("data")).content.decode()
    for label, value in (
        ("学号", "2024010001"),
        ("姓名", "王小明"),
        ("证件类型", "居民身份证"),
        ("证件号码", f"{number[:3]}***********{number[-4:]}"),
        ("性别", "男"),
        ("民族", "汉族"),
        ("出生日期", cast.wang.birth_date.isoformat()),
        ("学院", "计算机学院"),
        ("专业", "软件工程"),
        ("年级", "2024 级（计算机2401）"),
        ("入学时间", "2024-09-01"),
        ("拟毕业时间", "2028-06-30"),
    ):
        assert f"{label} {value}" in screen
    assert "与证件不符先不要提交，请 申请更正 。" in screen


def test_contact_data_are_saved_by_their_verb(wang, cast):
    entered = {
        "mobile": " +86 139 0591 4858 ",
        "home_phone": "0591-88009518",
        "home_address": "东街 1 号  502 室",
        "postcode": "350009",
    }
    wang.confirm_data(**entered)
    now_is = Student.objects.get(pk=cast.wang.pk)
    assert (now_is.mobile, now_is.home_phone, now_is.home_address, now_is.postcode) == (
        "13905914858",
        "0591-88009518",
        "东街 1 号 502 室",
        "350009",
    )
    trail = AuditEntry.objects.get(action="change_contact")
    assert trail.data == {"fields": ["手机号", "家庭电话", "家庭地址", "邮编"]}
    assert trail.by == cast.wang.user
    wang.confirm_data(**entered)  # the same again is no change
    assert AuditEntry.objects.filter(action="change_contact").count() == 1


def test_a_wrong_contact_is_named_at_its_field_and_kept(wang):
    page = wang.answer("data", mobile="12345", postcode="abc", home_address="东街 1 号")
    screen = words(page)
    assert page.status_code == 200
    assert "手机号应为 11 位" in screen
    assert "邮编应为 6 位数字" in screen
    for kept in ("12345", "abc", "东街 1 号"):
        assert f'value="{kept}"' in page.content.decode()
    assert not Draft.objects.exists()


def test_faulty_master_data_stop_at_the_first_screen(wang, cast):
    cast.wang.ethnicity = ""
    cast.wang.save()
    screen = wang.look("data")
    assert "有 1 处需要更正，更正后才能申请" in screen
    assert "民族 — 缺少民族" in screen
    assert "请点标红内容下面的“申请更正”，辅导员李老师处理后会告诉你" in screen
    assert "下一步" not in screen
    wang.answer("data", mobile="13905914858")
    assert not Draft.objects.exists()
    assert wang.client.get(wang.screen("choice")).url == wang.screen("data")


def test_screens_come_in_their_order(wang):
    assert wang.client.get(wang.address("apply")).url == wang.screen("data")
    for screen in ("choice", "amount", "confirm"):
        assert wang.client.get(wang.screen(screen)).url == wang.screen("data")
    wang.confirm_data()
    for screen in ("amount", "confirm"):
        assert wang.client.get(wang.screen(screen)).url == wang.screen("choice")
    assert wang.answer("choice", intent="join").url == wang.screen("amount")
    assert wang.client.get(wang.address("apply")).url == wang.screen("confirm")


def test_join_with_types_of_every_kind(wang, cast, rich):
    wang.confirm_data()
    screen = wang.look("choice")
    assert "城乡居民基本医疗保险 必选 财政另补 ¥700.00 ¥533.00" in screen
    assert "补充 只选一种" in screen
    page = wang.client.get(wang.screen("choice")).content.decode()
    assert f'value="{pk_of(rich, "意外伤害")}" checked' in page
    assert f'value="{pk_of(rich, "门诊")}" checked' not in page
    wang.answer("choice", intent="join", types=[pk_of(rich, "门诊")], group1=pk_of(rich, "二档"))
    screen = wang.look("amount")
    assert "应缴金额 ¥613.00" in screen
    assert "按“门诊”标准缴费 30.00 元" in screen
    screen = wang.look("confirm")
    for part in ("参保", "门诊 ¥30.00", "二档 ¥50.00", "应缴金额 ¥613.00", "王小明"):
        assert part in screen
    assert "提交后由辅导员审核、学院审核、学校审核；第一步审核前可以撤回" in screen
    page = wang.client.post(wang.screen("confirm"), {"seen": wang.seen()}, follow=True)
    assert page.redirect_chain[-1][0] == wang.address("progress")
    assert "已提交，等待辅导员审核" in words(page)
    row = wang.row
    assert (row.status, row.intent, row.submitted_by) == ("in_review", "join", cast.wang.user)
    assert chosen(row) == {
        "城乡居民基本医疗保险": Decimal(533),
        "门诊": Decimal(30),
        "二档": Decimal(50),
    }


def test_staying_out_asks_for_the_reason_and_skips_the_amount(wang, rich):
    wang.confirm_data()
    assert "请选择不参保的原因" in words(wang.answer("choice", intent="stay_out"))
    other = rich.reasons.get(name="其他情况")
    missing = words(wang.answer("choice", intent="stay_out", reason=other.pk, note="  "))
    assert "原因为“其他情况”时，请填写说明" in missing
    done = wang.answer("choice", intent="stay_out", reason=other.pk, note="随父母参保")
    assert done.url == wang.screen("confirm")
    screen = wang.look("confirm")
    assert "第 3 步，共 3 步" in screen
    assert "不参保 原因 其他情况 说明 随父母参保" in screen
    assert wang.client.get(wang.screen("amount")).url == wang.screen("confirm")
    wang.client.post(wang.screen("confirm"), {"seen": wang.seen()})
    row = wang.row
    assert (row.status, row.intent, row.reason, row.reason_note, row.amount_due) == (
        Status.IN_REVIEW,
        Intent.STAY_OUT,
        other,
        "随父母参保",
        0,
    )


def test_a_recognised_student_pays_nothing_and_reads_why(wang, cast, plan):
    cast.wang.hardships.create(academic_year=2026, category="低保家庭", level="特别困难")
    wang.confirm_data()
    wang.answer("choice", intent="join")
    screen = wang.look("amount")
    why = (
        "标准 533.00 元，已认定为低保家庭（特别困难），"
        "全额减免 533.00 元，由学校资助经费承担，应缴 0.00 元"
    )
    assert "应缴金额 ¥0.00" in screen
    assert why in screen
    wang.client.post(wang.screen("confirm"), {"seen": wang.seen()})
    assert wang.row.amount_due == 0
    assert wang.row.lines.get().explanation == why  # staff read the same sentence
    assert "学校审核 5 无需缴费 6 已参保" in wang.see("progress")
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(of(cast.wang), by=by).or_refuse()
    assert "你已参保，无需缴费" in wang.see()
    assert why in wang.see("progress")


def test_back_keeps_what_is_not_complete_yet(wang, rich):
    wang.confirm_data()
    other = rich.reasons.get(name="其他情况")
    back = wang.answer("choice", go="back", intent="stay_out", reason=other.pk, note="还在问家里")
    assert back.url == wang.screen("data")
    page = wang.client.get(wang.screen("choice")).content.decode()
    assert "还在问家里" in page
    assert f'value="{other.pk}" data-wants-note checked' in page
    draft = Draft.objects.get()
    assert (draft.intent, draft.reason, draft.note) == ("stay_out", other, "还在问家里")


def test_a_choice_is_kept_while_it_is_made(wang, rich):
    wang.confirm_data()
    kept = wang.answer("choice", go="keep", intent="join", types=[pk_of(rich, "门诊")])
    assert kept.status_code == 204
    other_device = Client()
    other_device.force_login(wang.student.user, backend="django.contrib.auth.backends.ModelBackend")
    page = Phone(other_device, wang.student, wang.plan).client.get(wang.screen("choice"))
    assert f'value="{pk_of(rich, "门诊")}" checked' in page.content.decode()


def test_another_tab_changed_the_choice_before_submitting(wang, rich):
    wang.confirm_data()
    wang.answer("choice", intent="join")
    seen_in_first_tab = wang.seen()
    wang.answer("choice", intent="join", types=[pk_of(rich, "门诊")])
    page = wang.client.post(wang.screen("confirm"), {"seen": seen_in_first_tab}, follow=True)
    assert "填写的内容或金额刚刚有变化，请核对后再提交" in words(page)
    assert "门诊 ¥30.00" in words(page)
    assert wang.row.status == Status.UNREGISTERED


def test_an_amount_that_changed_is_shown_before_it_is_submitted(wang, cast):
    wang.confirm_data()
    wang.answer("choice", intent="join")
    seen = wang.seen()
    cast.wang.hardships.create(academic_year=2026, category="低保家庭", level="特别困难")
    page = wang.client.post(wang.screen("confirm"), {"seen": seen}, follow=True)
    assert "请核对后再提交" in words(page)
    assert wang.row.status == Status.UNREGISTERED


def test_submitting_twice_is_submitting_once(wang):
    wang.confirm_data()
    wang.answer("choice", intent="join")
    seen = wang.seen()
    for _ in range(2):
        page = wang.client.post(wang.screen("confirm"), {"seen": seen}, follow=True)
        assert page.redirect_chain[-1][0] == wang.address("progress")
        assert "不能再次提交" not in words(page)
    assert wang.row.round == 1


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_the_same_moment(wang):
    wang.confirm_data()
    wang.answer("choice", intent="join")
    seen, start, said = wang.seen(), threading.Barrier(2), []

    def tap():
        client = Client()
        client.cookies.update(wang.client.cookies)
        start.wait()
        said.append(client.post(wang.screen("confirm"), {"seen": seen}).url)
        connection.close()

    taps = [threading.Thread(target=tap) for _ in range(2)]
    [tap.start() for tap in taps]
    [tap.join() for tap in taps]
    assert said == [wang.address("progress")] * 2
    assert wang.row.round == 1


def test_returned_corrected_and_submitted_again(wang, cast, rich):
    wang.submit(types=[pk_of(rich, "门诊")])
    flow.send_back(of(cast.wang), by=cast.li, comment="手机号是空号").or_refuse()
    start = wang.client.get(wang.address("apply"))
    assert start.url == wang.screen("data")  # the data are confirmed anew
    screen = wang.look("data")
    assert "辅导员审核：退回 手机号是空号 李老师" in screen
    assert screen.index("手机号是空号") < screen.index("个人信息")
    page = wang.client.get(wang.address("apply_step", wang.row.public_id, "data"), follow=True)
    assert page.status_code == 200
    wang.confirm_data(mobile="13905914858")
    choice = wang.client.get(wang.screen("choice")).content.decode()
    assert f'value="{pk_of(rich, "门诊")}" checked' in choice  # what was submitted is still there
    wang.submit(types=[pk_of(rich, "门诊")])
    row = wang.row
    assert (row.status, row.round, row.current_step.name) == ("in_review", 2, "辅导员审核")
    assert row.snapshot["手机号"] == wang.student.mobile


def test_what_was_submitted_for_the_student_is_what_a_return_starts_from(wang, cast, rich):
    wang.confirm_data()
    wang.answer("choice", go="keep", intent="stay_out")
    choice = flow.Choice(Intent.JOIN, (pk_of(rich, "门诊"),), consent="当面")
    flow.submit(of(cast.wang), choice, by=cast.li).or_refuse()
    flow.send_back(of(cast.wang), by=cast.li, comment="请本人核对").or_refuse()
    wang.confirm_data()
    page = wang.client.get(wang.screen("choice")).content.decode()
    assert 'id="intent-join" checked' in page
    assert f'value="{pk_of(rich, "门诊")}" checked' in page


def test_a_plan_without_review_is_done_at_once(cast, phone_of, plan):
    quick = make_plan("补充保险", premium="0")
    quick.steps.all().delete()
    enlist(quick, by=cast.office)
    phone = phone_of(cast.wang)
    phone.plan = quick
    page = phone.submit()
    assert "已提交，你已参保" in words(page)
    assert Enrolment.objects.get(plan=quick, student=cast.wang).status == Status.ENROLLED


def test_what_is_submitted_already_is_not_entered_again(submitted):
    for screen in ("data", "choice", "amount", "confirm"):
        assert submitted.client.get(submitted.screen(screen)).url == submitted.address("progress")
    submitted.answer("choice", go="keep", intent="stay_out")
    assert not Draft.objects.exists()


@pytest.mark.parametrize(("seconds", "submitted"), [(-1, True), (1, False)])
def test_whether_it_is_in_time_is_decided_when_it_arrives(wang, time_machine, seconds, submitted):
    """The page was opened in time; what counts is the server's clock when the form comes in."""
    closes = now() + timedelta(minutes=5)
    InsurancePlan.objects.filter(pk=wang.plan.pk).update(apply_until=closes)
    wang.confirm_data()
    wang.answer("choice", intent="join")
    seen = wang.seen()
    time_machine.move_to(closes + timedelta(seconds=seconds), tick=False)
    answer = wang.client.post(wang.screen("confirm"), {"seen": seen}, follow=True)
    assert (wang.row.status == Status.IN_REVIEW) is submitted
    assert ("申请时间已过，已于" in words(answer)) is not submitted


@pytest.mark.parametrize(("seconds", "open_now"), [(-1, False), (1, True)])
def test_nothing_is_taken_before_the_window_opens(wang, time_machine, seconds, open_now):
    opens = now() + timedelta(minutes=5)
    InsurancePlan.objects.filter(pk=wang.plan.pk).update(apply_from=opens)
    time_machine.move_to(opens + timedelta(seconds=seconds), tick=False)
    answer = wang.answer("data", mobile=wang.student.mobile)
    assert (answer.status_code == 302) is open_now
    assert ("申请时间未到" in words(answer)) is not open_now
