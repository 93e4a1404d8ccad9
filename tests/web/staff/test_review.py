"""审核 over HTTP: who sees what, single and batch, with preview and reason."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from tests.factories import make_plan, make_post, make_student
from tests.web.staff.conftest import apply, approve, of
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import ReviewRecord
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Decision, Intent, Place, Status
from yibao.grid.models import Batch
from yibao.payments import flow as payments
from yibao.payments.models import Order
from yibao.people.codes import TrainingLevel
from yibao.people.levels import Level
from yibao.web.staff.enrolments import EnrolmentGrid, ReviewGrid, UnregisteredGrid
from yibao.web.staff.plan_lists import list_of

HX = {"HX-Request": "true"}
JOIN = Choice(Intent.JOIN, consent="当面")


def at(name, plan):
    return f"{reverse(f'staff:{name}')}?plan={plan.pk}"


def names(grid_class, viewer, plan):
    rows = list_of(grid_class, viewer, plan).narrowed
    return sorted(rows.values_list("student__name", flat=True))


def pks(*students):
    return [row.pk for row in of(*students)]


def where(*students):
    return sorted(of(*students).values_list("student__name", "status", "current_step__name"))


@pytest.fixture
def everybody(cast, plan):
    """All four have applied."""
    apply(cast.wang, cast.liu, cast.zhao, cast.zhou_en)
    return plan


WAITING = {
    "li": ["刘思雨", "王小明"],
    "he": ["刘思雨"],
    "sun": ["赵外语"],
    "zhang": ["周英语"],  # counsels 英语2402; nothing has reached the college yet
    "xu": [],
    "qian": [],
    "office": [],
    "finance": [],
    "admin": [],
}


@pytest.mark.parametrize("who", WAITING)
def test_everybody_waits_for_exactly_their_own(cast, everybody, who):
    assert names(ReviewGrid, getattr(cast, who), everybody) == WAITING[who]


COVERED = {
    "li": ["刘思雨", "王小明"],
    "he": ["刘思雨"],
    "zhang": ["刘思雨", "周英语", "王小明"],
    "xu": ["刘思雨", "王小明"],
    "qian": ["周英语", "赵外语"],
    "office": ["刘思雨", "周英语", "王小明", "赵外语"],
    "finance": [],
    "admin": [],
    "auditor": [],
}


@pytest.mark.parametrize("who", COVERED)
def test_the_roll_shows_whom_a_post_covers(cast, everybody, who):
    assert names(EnrolmentGrid, getattr(cast, who), everybody) == COVERED[who]


def test_two_posts_do_not_multiply(cast, everybody, as_):
    """At the college step of 外国语, 张 – counselor there, college officer elsewhere – has no say."""
    approve_at_counselor(cast)
    assert names(ReviewGrid, cast.zhang, everybody) == ["刘思雨", "王小明"]
    answer = as_(cast.zhang).post(
        at("reviews", everybody), {"do": "run", "action": "approve", "pk": pks(cast.zhou_en)}
    )
    assert answer.status_code == 302
    assert where(cast.zhou_en) == [("周英语", Status.IN_REVIEW, "学院审核")]


def approve_at_counselor(cast):
    for by, student in (
        (cast.li, cast.wang),
        (cast.he, cast.liu),
        (cast.sun, cast.zhao),
        (cast.zhang, cast.zhou_en),
    ):
        flow.approve(of(student), by=by).or_refuse()


def test_a_student_who_counsels_is_not_in_their_own_list(cast, plan):
    make_post(cast.wang.user, Level.COUNSELOR, classes=[cast.classes.en1])
    assert names(EnrolmentGrid, cast.wang.user, plan) == ["赵外语"]


def test_batch_of_all_that_match(cast, everybody, as_):
    answer = as_(cast.li).post(
        at("reviews", everybody),
        {"do": "run", "action": "approve", "all": "1", "comment": "材料齐全"},
        follow=True,
    )
    assert [str(m) for m in answer.context["messages"]] == ["审核通过：已完成 2 条"]
    assert where(cast.wang, cast.liu, cast.zhao) == [
        ("刘思雨", Status.IN_REVIEW, "学院审核"),
        ("王小明", Status.IN_REVIEW, "学院审核"),
        ("赵外语", Status.IN_REVIEW, "辅导员审核"),
    ]
    assert set(ReviewRecord.objects.values_list("by__name", "comment")) == {("李老师", "材料齐全")}


def test_a_ticked_row_out_of_reach_is_not_touched(cast, everybody, as_):
    data = {"do": "run", "action": "approve", "pk": pks(cast.wang, cast.zhao), "comment": ""}
    as_(cast.li).post(at("reviews", everybody), data)
    assert where(cast.wang, cast.zhao) == [
        ("王小明", Status.IN_REVIEW, "学院审核"),
        ("赵外语", Status.IN_REVIEW, "辅导员审核"),
    ]


def test_the_places_to_correct_stand_in_a_list_of_boxes(cast, everybody, as_):
    sent = {"do": "preview", "action": "send_back", "all": "1"}
    answer = as_(cast.li).post(at("reviews", everybody), sent, headers=HX)
    [boxes] = html.fromstring(answer.content.decode()).find_class("choice-list")
    assert len(boxes.xpath(".//label/input[@name='places']")) == len(Place)
    assert not boxes.find_class("form-check-input")


def test_the_preview_counts_who_can_and_says_why_not(cast, everybody, as_):
    type(cast.wang).objects.filter(pk=cast.wang.pk).update(graduates_on=None)
    answer = as_(cast.li).post(
        at("reviews", everybody), {"do": "preview", "action": "approve", "all": "1"}, headers=HX
    )
    preview = answer.context["preview"]
    assert (preview.chosen, preview.possible) == (2, 1)
    [reason] = preview.reasons
    assert reason.text == "个人信息不完整或有误：缺少拟毕业时间"
    assert reason.names == ("2024010001 王小明",)
    assert "审核通过" in answer.content.decode()


def test_faults_do_not_keep_from_sending_back(cast, everybody, as_):
    type(cast.wang).objects.filter(pk=cast.wang.pk).update(graduates_on=None)
    data = {"do": "run", "action": "send_back", "pk": pks(cast.wang), "comment": "请补拟毕业时间"}
    as_(cast.li).post(at("reviews", everybody), data)
    assert where(cast.wang) == [("王小明", Status.RETURNED, None)]


@pytest.mark.parametrize("action", ["send_back", "refuse"])
def test_no_return_without_a_reason(cast, everybody, as_, action):
    answer = as_(cast.li).post(
        at("reviews", everybody), {"do": "run", "action": action, "all": "1", "comment": " "}
    )
    assert answer.status_code == 409
    assert where(cast.wang) == [("王小明", Status.IN_REVIEW, "辅导员审核")]
    assert not ReviewRecord.objects.exists()


@pytest.mark.parametrize(
    ("action", "decision"), [("send_back", Decision.SENT_BACK), ("refuse", Decision.REFUSED)]
)
def test_who_is_turned_down_is_unregistered_with_the_reason(cast, everybody, as_, action, decision):
    data = {"do": "run", "action": action, "pk": pks(cast.wang), "comment": "证件号码有误"}
    as_(cast.li).post(at("reviews", everybody), data)
    assert ReviewRecord.objects.get().decision == decision
    grid = list_of(UnregisteredGrid, cast.li, everybody)
    assert list(
        grid.narrowed.with_returns().values_list("student__name", "returns", "last_return")
    ) == [("王小明", 1, "证件号码有误")]


def test_no_address_without_its_plan(cast, everybody, as_):
    """Every address of the page names the plan: `all` must never mean another plan's rows."""
    page = as_(cast.li).get(reverse("staff:reviews"))
    assert page.context["grid"].query.to_query_string() == f"plan={everybody.pk}"


def test_acting_on_a_foreign_plan_is_refused(cast, everybody, as_):
    other = make_plan("研究生医保", way="B")
    enlist(other, by=cast.office)
    answer = as_(cast.li).post(
        at("reviews", other), {"do": "run", "action": "approve", "all": "1", "comment": ""}
    )
    assert answer.status_code == 409
    assert where(cast.wang, cast.liu) == [
        ("刘思雨", Status.IN_REVIEW, "辅导员审核"),
        ("王小明", Status.IN_REVIEW, "辅导员审核"),
    ]


def test_the_strip_counts_each_plan(cast, everybody, as_):
    with_masters = make_plan("研究生医保", way="B")
    make_student(cast.classes.cs1, "孔研一", "2024990001", training_level=TrainingLevel.MASTER)
    enlist(with_masters, by=cast.office)
    grid = as_(cast.li).get(at("reviews", everybody)).context["grid"]
    assert [(tab.plan.name, tab.count, tab.is_here) for tab in grid.tabs] == [
        ("2026年大学生医保", 2, True),
        ("研究生医保", 0, False),
    ]
    roll = list_of(EnrolmentGrid, cast.li, with_masters)
    assert [(tab.plan.name, tab.count) for tab in roll.tabs] == [
        ("2026年大学生医保", 2),
        ("研究生医保", 1),
    ]


def test_the_dialog_says_everything_about_one(cast, everybody, as_):
    [pk] = pks(cast.wang)
    page = as_(cast.li).get(f"{at('reviews', everybody)}&part=detail&pk={pk}&at=0", headers=HX)
    text = page.content.decode()
    for part in ("个人信息", "参保信息", "缴费依据", "审核记录", "支付", "操作记录", "提交申请"):
        assert part in text
    assert cast.wang.id_number not in text
    assert cast.wang.mobile not in text
    assert page.context["label"] == "2024010001 王小明"


def test_the_dialog_of_somebody_else_s_student_is_not_there(cast, everybody, as_):
    [pk] = pks(cast.zhao)
    page = as_(cast.li).get(f"{at('enrolments', everybody)}&part=detail&pk={pk}&at=0", headers=HX)
    assert page.status_code == 404


def test_taking_back_closes_the_order(cast, plan, as_):
    apply(cast.wang)
    approve(cast, cast.wang)
    payments.open_order(of(cast.wang).get(), by=cast.wang.user)
    data = {"do": "run", "action": "take_back", "pk": pks(cast.wang), "comment": "类型选错"}
    as_(cast.xu).post(at("enrolments", plan), data)
    assert where(cast.wang) == [("王小明", Status.RETURNED, None)]
    assert Order.objects.get().status == "closed"


def test_a_batch_of_50_asks_as_much_as_one_of_5(cast, plan, as_):
    li = as_(cast.li)
    li.get("/accounts/still-here/")  # the session is written once, when it begins

    def queries_of(count, first):
        students = [
            make_student(cast.classes.cs1, "学生", f"2024{n:06d}")
            for n in range(first, first + count)
        ]
        enlist(plan, by=cast.office)
        flow.submit(of(*students), JOIN, by=cast.office)
        data = {"do": "run", "action": "approve", "all": "1", "comment": "同意", "seen": count}
        with CaptureQueriesContext(connection) as asked:
            li.post(at("reviews", plan), data, headers=HX)
        assert of(*students).filter(current_step__name="学院审核").count() == count
        return len(asked)

    few = queries_of(5, 900_000)
    assert queries_of(50, 910_000) == few


def test_a_batch_is_undone_and_says_which_rows_are_not(as_, cast, everybody):
    li = as_(cast.li)
    sent = {"do": "run", "action": "approve", "all": "1", "comment": "同意"}
    li.post(at("reviews", everybody), sent, headers=HX)
    assert "刚才审核通过 2 条" in " ".join(
        re.sub(r"<[^>]+>", "", li.get(at("reviews", everybody)).content.decode()).split()
    )
    flow.approve(of(cast.wang), by=cast.xu).or_refuse()
    batch = Batch.objects.get()
    for other in (cast.he, cast.xu, cast.office):
        undo = as_(other).post(at("reviews", everybody), {"do": "undo", "batch": batch.pk})
        assert undo.status_code == 404
    said = li.post(at("reviews", everybody), {"do": "undo", "batch": batch.pk}, headers=HX)
    told = said.content.decode()
    assert "撤销审核通过：完成 1 条，1 条未完成" in told
    assert "徐书记已于 " in told
    [link] = re.findall(r'<a href="([^"]+)">2024010001 王小明</a>', told)
    assert "王小明" in li.get(link.replace("&amp;", "&")).content.decode()
    assert where(cast.wang, cast.liu) == [
        ("刘思雨", "in_review", "辅导员审核"),
        ("王小明", "in_review", "学校审核"),
    ]
    acts = li.get(f"{at('enrolments', everybody)}&part=detail&pk={pks(cast.liu)[0]}", headers=HX)
    assert "<s>辅导员审核 · 审核通过</s>" in acts.content.decode()
    assert "撤销审核" in acts.content.decode()
