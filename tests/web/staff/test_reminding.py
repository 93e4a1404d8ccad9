"""催办 on the page: the preview, the column 上次提醒, the text for a class group, the plan's days."""

import re
from datetime import time, timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils.timezone import now

from tests.factories import make_plan, make_student
from yibao.common.models import AuditEntry
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.notify.models import Delivery, Message
from yibao.plans.models import InsurancePlan
from yibao.plans.states import PlanStatus

HX = {"HX-Request": "true"}
UNREGISTERED = "/staff/unregistered/"


@pytest.fixture
def plan(cast):
    plan = make_plan()
    enlist(plan, by=cast.office)
    return plan


@pytest.fixture
def li(client, cast):
    client.force_login(cast.li)
    return client


def of(*students):
    return Enrolment.objects.filter(student__in=students)


def text(response):
    assert response.status_code == 200
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]+>", "", response.content.decode())))


def remind(client, do="run", address=UNREGISTERED, **data):
    return client.post(address, {"do": do, "action": "remind", "all": "1", **data}, headers=HX)


def test_the_preview_says_who_of_what_and_why_not(li, cast, plan):
    remind(li, pk=of(cast.wang).get().pk, all="")
    said = text(remind(li, "preview"))
    assert "选中2条：1条可发送提醒，1条不可" in said
    assert "24小时内已提醒过（李老师" in said
    assert "1人将收到“请登记是否参加医保”" in said
    assert "站内消息立即送达；已经办完的不会再发" in said


def test_at_night_the_preview_says_when_the_rest_goes_out(li, cast, plan, settings, monkeypatch):
    monkeypatch.setattr("yibao.web.staff.reminding.channels", lambda: {"mail": None})
    settings.QUIET_HOURS = (time(0, 0), time(23, 59, 59))
    assert re.search(r"邮件现在是免打扰时间，\d\d-\d\d23:59后发出", text(remind(li, "preview")))
    settings.QUIET_HOURS = None
    assert "站内消息立即送达；邮件随后发出；" in text(remind(li, "preview"))


def test_the_words_are_added_and_the_column_tells(li, cast, plan):
    assert "未提醒" not in text(li.get(UNREGISTERED))
    remind(li, words="请在本周内办完")
    assert (
        Message.objects.filter(kind="remind_register", text__endswith="请在本周内办完").count() == 2
    )
    assert "李老师（站内）" in text(li.get(UNREGISTERED))
    sorted_by_it = li.get(f"{UNREGISTERED}?sort=-reminded")
    assert sorted_by_it.context["grid"].faults == ()


def test_a_number_in_the_words_is_refused_and_nothing_is_sent(li, cast, plan):
    response = remind(li, words="打 13905914858")
    assert response.status_code == 422
    assert response.content.decode() == "附言里有证件号码或手机号，消息里不能写，请删去"
    assert not Message.objects.exists()


def test_from_the_whole_list_whoever_has_something_to_do(li, cast, plan):
    flow.submit(of(cast.wang), Choice(Intent.JOIN, consent="当面"), by=cast.wang.user).or_refuse()
    said = text(remind(li, "preview", "/staff/enrolments/"))
    assert "正在审核，不用学生做什么" in said
    remind(li, address="/staff/enrolments/")
    assert list(Message.objects.values_list("to", flat=True)) == [cast.liu.user_id]
    assert AuditEntry.objects.filter(action="remind").count() == 1


# The text for a class group -------------------------------------------------------------------
def texts(client, key="unregistered", query=""):
    response = client.get(reverse("staff:group_text", args=[key]) + query)
    assert response.status_code == 200
    return [
        unescape(found) for found in re.findall(r'data-copy="([^"]*)"', response.content.decode())
    ]


def test_a_text_for_each_class_with_masked_names(li, cast, plan, settings):
    settings.PUBLIC_URL = "https://yibao.example.edu.cn"
    make_student(cast.classes.cs1, "王大明", "2024010033")
    make_student(cast.classes.cs1, "欧阳娜娜", "2024010034")
    enlist(plan, by=cast.office)
    first, second = texts(li)
    head, names, foot = first.split("\n")
    assert head == "【2026年大学生医保】计算机2401"
    assert names.startswith("还有 3 人没有登记（20")
    assert names.endswith("截止）：王*明（尾号 001）、王*明（尾号 033）、欧**娜")
    assert foot == "请登录办理：https://yibao.example.edu.cn/"
    assert "刘*雨" in second
    assert not any(name in first + second for name in ("王小明", "王大明", "欧阳娜娜", "刘思雨"))
    assert "20240100" not in first + second


def test_the_text_names_those_of_the_list_as_it_was_filtered(li, cast, plan):
    assert len(texts(li, query="?q=刘思雨")) == 1
    assert texts(li, query="?q=没有这个人") == []


def test_who_has_to_pay_is_named_apart_and_who_has_nothing_to_do_not_at_all(li, cast, plan):
    for student in (cast.wang, cast.liu):
        flow.submit(of(student), Choice(Intent.JOIN, consent="当面"), by=student.user).or_refuse()
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(of(cast.wang), by=by).or_refuse()
    [only] = texts(li, "enrolments")
    assert "还有 1 人没有缴费（" in only
    assert "没有登记" not in only
    assert texts(li) == []


@pytest.mark.parametrize(("who", "classes"), [("li", 2), ("he", 1), ("sun", 1), ("office", 4)])
def test_only_one_s_own_classes(client, cast, plan, who, classes):
    client.force_login(getattr(cast, who))
    assert len(texts(client)) == classes


def test_a_list_that_is_not_there(li, plan):
    assert li.get("/staff/group-text/reviews/").status_code == 404


def test_very_many_classes_are_cut(client, cast, plan, monkeypatch):
    monkeypatch.setattr("yibao.web.staff.group_texts.MOST_CLASSES", 3)
    client.force_login(cast.office)
    response = client.get("/staff/group-text/unregistered/")
    assert "共 4 个班，这里是前 3 个" in response.content.decode()


def test_without_a_plan_there_is_nothing_to_say(client, cast):
    client.force_login(cast.li)
    assert "没有需要提醒的学生" in client.get("/staff/group-text/unregistered/").content.decode()


# The plan's days ----------------------------------------------------------------------------
def days(client, plan, entered):
    address = reverse("staff:plan_edit", args=[plan.pk, "reminders"])
    response = client.post(address, {"reminder_days": entered})
    return response, InsurancePlan.objects.get(pk=plan.pk).reminder_days


@pytest.mark.parametrize(
    ("entered", "kept"),
    [("1，7 3", [7, 3, 1]), ("14、0", [14, 0]), ("", []), ("２", None), ("a", None), ("-1", None)],
)
def test_the_days_are_entered_in_a_line(client, cast, plan, entered, kept):
    client.force_login(cast.office)
    response, now_is = days(client, plan, entered)
    assert response.status_code == (302 if kept is not None else 422)
    assert now_is == ([7, 3, 1] if kept is None else kept)


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        ("61", "天数应在 0 至 60 之间"),
        ("3、3", "同一天数写了两次"),
        ("1 2 3 4 5 6 7 8 9", "最多提醒 8 次"),
        ("明天", "请填写天数，用顿号隔开"),
    ],
)
def test_what_is_wrong_stands_at_the_field_and_is_kept(client, cast, plan, entered, said):
    client.force_login(cast.office)
    response, _ = days(client, plan, entered)
    page = response.content.decode()
    assert said in page
    assert f'value="{entered}"' in page or 'value="' + "、".join(entered.split(" ")) in page


def test_the_days_may_change_while_the_plan_is_open_and_are_shown(client, cast, plan):
    assert plan.status == PlanStatus.OPEN
    client.force_login(cast.office)
    days(client, plan, "5、2")
    assert "截止前 5、2 天" in client.get(reverse("staff:plan", args=[plan.pk])).content.decode()
    entry = AuditEntry.objects.get(action="amend_plan")
    assert entry.data["changes"] == [{"field": "截止前几天提醒", "was": "7、3、1", "now": "5、2"}]


def test_the_dialog_lists_every_reminder_with_its_ways_and_whether_it_was_read(li, cast, plan):
    row = of(cast.wang).get()
    address = f"{UNREGISTERED}?part=detail&pk={row.pk}&at=0"
    assert "提醒记录" not in text(li.get(address))
    remind(li, pk=row.pk, all="")
    first = Message.objects.get(to=cast.wang.user)
    Message.objects.update(created_at=now() - timedelta(days=2), read_at=now())
    Delivery.objects.create(message=first, channel="mail", state="failed", due_at=now())
    remind(li, pk=row.pk, all="")
    said = text(li.get(address))
    assert re.findall(r"李老师(站内[、\w]*?)(?:\d|未读)", said.partition("提醒记录")[2]) == [
        "站内",
        "站内、邮件未能发送",
    ]
    assert said.count("已读") == 1
