"""工作台, 代登记, 参保管理, students and their secrets."""

from collections import Counter

import pytest
from django.urls import reverse

from tests.factories import make_plan
from tests.web.staff.conftest import apply, approve, of
from yibao.common.models import AuditEntry
from yibao.enrolment import flow
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Status
from yibao.grid.query import GridQuery
from yibao.people.codes import TrainingLevel
from yibao.people.models import Student
from yibao.plans.models import HardshipEntry
from yibao.plans.states import Choosing
from yibao.reports.flow import hand_in_grade
from yibao.web.menu import menu_of
from yibao.web.staff.hardship import HardshipGrid
from yibao.web.staff.plan_lists import list_of
from yibao.web.staff.requirements import RequirementGrid
from yibao.web.staff.students import StudentGrid

HX = {"HX-Request": "true"}


@pytest.fixture
def stages(cast, plan):
    """王 waits for the counselor, 刘 owes, 赵 and 周 have not registered."""
    apply(cast.wang, cast.liu)
    approve(cast, cast.liu)
    return plan


ITEMS = {
    "li": {"待我审核": 1, "未登记": 0, "待缴费": 1},
    "he": {"待我审核": 0, "未登记": 0, "待缴费": 1},
    "sun": {"待我审核": 0, "未登记": 1, "待缴费": 0},
    "qian": {"待我审核": 0, "未登记": 2, "待缴费": 0},
    "office": {"待我审核": 0, "未登记": 2, "待缴费": 1},
}


@pytest.mark.parametrize("who", ITEMS)
def test_every_number_of_the_desk_is_the_length_of_its_list(cast, stages, as_, who):
    client = as_(getattr(cast, who))
    [card] = client.get(reverse("staff:home")).context["cards"]
    shown = Counter()
    for item in card.items:
        shown[item.label] += item.number
    assert {name: shown[name] for name in ITEMS[who]} == ITEMS[who]
    for item in card.items:
        page = client.get(item.href)
        if "grid" in page.context:
            assert page.context["grid"].page.total == item.number, item.label
    for share in card.shares:
        assert client.get(share.href).context["grid"].page.total == share.number
    assert sum(share.number for share in card.shares) == card.roster


def test_the_desk_of_two_posts_counts_by_post(cast, stages, as_):
    [card] = as_(cast.zhang).get(reverse("staff:home")).context["cards"]
    assert [(i.label, i.number) for i in card.items[:4]] == [
        ("待我审核", 0), ("待我审核", 0), ("未登记", 1), ("待缴费", 1),
    ]  # fmt: skip
    assert card.roster == 3


def test_rates_wait_for_who_hands_in_and_then_for_who_decides(cast, as_):
    Student.objects.update(training_level=TrainingLevel.MASTER)
    plan = make_plan("研究生医保", way="B")
    enlist(plan, by=cast.office)
    apply(cast.wang, cast.liu)
    flow.approve(of(cast.wang), by=cast.li).or_refuse()

    def waits(who, label):
        client = as_(getattr(cast, who))
        [card] = client.get(reverse("staff:home")).context["cards"]
        [item] = [item for item in card.items if item.label == label]
        return item.number, item.note, client.get(item.href)

    assert waits("li", "年级参保率待上报")[:2] == (1, "还有学生未登记或待审核")
    flow.approve(of(cast.liu), by=cast.he).or_refuse()
    assert waits("li", "年级参保率待上报")[:2] == (1, "1 个年级可以提交")
    assert waits("xu", "年级参保率待审核")[0] == 0
    hand_in_grade(plan, cast.classes.cs1.major.college, 2024, by=cast.li)
    assert waits("li", "年级参保率待上报")[0] == 0
    number, _, page = waits("xu", "年级参保率待审核")
    assert page.context["grid"].page.total == number == 1
    assert waits("qian", "年级参保率待审核")[0] == 0


@pytest.mark.parametrize("who", ["admin", "auditor"])
def test_who_has_no_students_finds_the_pages_of_their_menu(cast, plan, as_, who):
    user = getattr(cast, who)
    page = as_(user).get(reverse("staff:home"))
    assert (page.context["cards"], page.context["money"]) == ([], None)
    tiles = [entry.href for group in menu_of(user)[1:] for entry in group.entries]
    assert [e.href for group in page.context["groups"] for e in group.entries] == tiles


# 代登记 ------------------------------------------------------------------------------------


def register(client, row, **data):
    sent = {"consent": "电话确认"} | data
    return client.post(reverse("staff:register_one", args=[row.public_id]), sent, follow=True)


def test_a_counselor_registers_for_a_student(cast, plan, as_):
    extra = plan.types.create(name="补充保险", premium=120, choosing=Choosing.OPTIONAL, position=2)
    row = of(cast.wang).get()
    client = as_(cast.li)
    page = client.get(reverse("staff:register"), {"plan": plan.pk})
    assert {found.student.name for found, _ in page.context["found"]} == {"王小明", "刘思雨"}
    price = client.get(
        reverse("staff:register_one", args=[row.public_id]),
        {"intent": "join", "types": extra.pk},
        headers=HX,
    )
    assert "¥653.00" in price.content.decode()
    done = register(client, row, intent="join", types=extra.pk)
    assert [str(m) for m in done.context["messages"]] == [
        "已为王小明登记参保，应缴 653.00 元，等待辅导员审核"
    ]
    row.refresh_from_db()
    assert (row.status, row.submitted_by, row.amount_due) == (Status.IN_REVIEW, cast.li, 653)
    grid = list_of_reviews(client, plan)
    assert grid.facts(row.pk)[grid_index(grid, "submitted_by")] == ("提交人", "李老师（代登记）")


def list_of_reviews(client, plan):
    return client.get(f"{reverse('staff:reviews')}?plan={plan.pk}").context["grid"]


def grid_index(grid, name):
    return [column.name for column in grid.columns].index(name)


def test_staying_out_on_behalf_needs_a_reason(cast, plan, as_):
    row, client = of(cast.wang).get(), as_(cast.li)
    page = register(client, row, intent="stay_out")
    assert page.context["form"].errors["reason"] == ["请选择不参保的原因"]
    register(client, row, intent="stay_out", reason=plan.reasons.get(name="自愿放弃").pk)
    row.refresh_from_db()
    assert (row.intent, row.reason.name) == (Intent.STAY_OUT, "自愿放弃")


@pytest.mark.parametrize(("who", "status"), [("sun", 404), ("xu", 403), ("office", 200)])
def test_who_may_register_whom(cast, plan, as_, who, status):
    row = of(cast.wang).get()
    client = as_(getattr(cast, who))
    assert client.get(reverse("staff:register_one", args=[row.public_id])).status_code == status


def test_faulty_master_data_are_named_and_block(cast, plan, as_):
    type(cast.wang).objects.filter(pk=cast.wang.pk).update(ethnicity="")
    row, client = of(cast.wang).get(), as_(cast.li)
    page = client.get(reverse("staff:register_one", args=[row.public_id]))
    assert page.context["why_not"] == "个人信息不完整或有误：缺少民族"
    register(client, row, intent="join")
    row.refresh_from_db()
    assert row.status == Status.UNREGISTERED


def test_the_search_for_a_student_never_stands_in_an_address(cast, plan, as_):
    page = as_(cast.li).post(
        reverse("staff:register"), {"plan": plan.pk, "q": cast.liu.id_number}, headers=HX
    )
    assert [row.student.name for row, _ in page.context["found"]] == ["刘思雨"]


# 参保管理 -----------------------------------------------------------------------------------


def test_marking_in_batch_with_a_reason(cast, stages, as_):
    client = as_(cast.sun)
    url = f"{reverse('staff:requirements')}?plan={stages.pk}"
    client.post(url, {"do": "run", "action": "not_needed", "all": "1", "note": ""})
    assert of(cast.zhao).get().required
    client.post(url, {"do": "run", "action": "not_needed", "all": "1", "note": "入伍保留学籍"})
    row = of(cast.zhao).get()
    assert (row.required, row.required_note) == (False, "入伍保留学籍")
    not_needed = list_of(RequirementGrid, cast.sun, stages, filters=(("required", "0"),))
    assert list(not_needed.narrowed) == [row]
    client.post(url, {"do": "run", "action": "needed", "all": "1"})
    row.refresh_from_db()
    assert (row.required, row.required_note) == (True, "")


def test_the_preview_names_who_cannot_be_marked(cast, stages, as_):
    url = f"{reverse('staff:requirements')}?plan={stages.pk}"
    answer = as_(cast.li).post(
        url, {"do": "preview", "action": "not_needed", "all": "1"}, headers=HX
    )
    preview = answer.context["preview"]
    assert (preview.chosen, preview.possible) == (2, 0)
    assert {reason.names for reason in preview.reasons} == {
        ("2024010001 王小明",),
        ("2024010002 刘思雨",),
    }


def test_only_own_classes_are_marked_whatever_other_post(cast, stages):
    rows = list_of(RequirementGrid, cast.zhang, stages).narrowed
    assert [row.student for row in rows] == [cast.zhou_en]


# Students -----------------------------------------------------------------------------------


def test_faults_are_counted_and_said(cast, plan):
    type(cast.wang).objects.filter(pk=cast.wang.pk).update(ethnicity="", graduates_on=None)
    grid = StudentGrid(cast.li)
    said = {row.name: dict(grid.facts(row.pk))["资料问题"] for row in grid.narrowed}
    assert said == {"王小明": "2 项：缺少民族；缺少拟毕业时间", "刘思雨": "—"}
    only = StudentGrid(cast.li, GridQuery(extra=(("faulty", "1"),)))
    assert list(only.narrowed) == [cast.wang]


def test_a_number_in_full_is_an_act_in_the_trail(cast, plan, as_):
    url = reverse("staff:disclose", args=[cast.wang.public_id, "id_number"])
    client = as_(cast.li)
    assert client.get(url).status_code == 405
    assert cast.wang.id_number in client.post(url, headers=HX).content.decode()
    entry = AuditEntry.objects.get(action="disclose")
    assert (entry.by, entry.subject_id, entry.data) == (
        cast.li, cast.wang.pk, {"field": "证件号码", "post": "辅导员"},
    )  # fmt: skip


@pytest.mark.parametrize(("who", "status"), [("sun", 404), ("finance", 403), ("admin", 403)])
def test_who_may_not_see_a_number_in_full(cast, plan, as_, who, status):
    url = reverse("staff:disclose", args=[cast.wang.public_id, "id_number"])
    assert as_(getattr(cast, who)).post(url, headers=HX).status_code == status
    assert not AuditEntry.objects.filter(action="disclose").exists()


def test_the_hardship_list_by_year_and_major(cast, plan):
    for year, student in ((2025, cast.wang), (2026, cast.wang), (2026, cast.zhao)):
        HardshipEntry.objects.create(
            academic_year=year, student=student, category="低保家庭", level="特别困难"
        )
    rows = HardshipGrid(cast.li).narrowed
    assert sorted(rows.values_list("academic_year", "student__name")) == [
        (2025, "王小明"),
        (2026, "王小明"),
    ]


def test_a_plan_nobody_of_mine_is_in_is_not_offered(cast, plan, as_):
    other = make_plan("研究生医保", way="B")
    enlist(other, by=cast.office)
    page = as_(cast.li).get(f"{reverse('staff:enrolments')}?plan={other.pk}")
    assert [tab.plan for tab in page.context["grid"].tabs] == [plan]
    assert "链接里的计划没有您管理的学生" in page.content.decode()
