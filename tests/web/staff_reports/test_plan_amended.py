"""An open plan changes: what may, what not and why, and which version somebody was decided under."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import ProgrammingError, transaction
from django.urls import reverse

from tests.factories import make_student
from tests.web.staff_reports.conftest import length, rows, said
from tests.web.staff_reports.editor import at, edit, faults, fields_of, save
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.enrolment import choice, flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import ReviewRecord
from yibao.enrolment.roster import open_for_enrolment
from yibao.enrolment.states import Intent
from yibao.people.codes import DocumentType
from yibao.plans.models import InsurancePlan, PlanVersion
from yibao.plans.states import PlanStatus


@pytest.fixture
def plan(cast, draft):
    """An open plan for the four students, nobody of whom has begun."""
    draft.training_levels = ["master"]
    draft.save()
    open_for_enrolment(draft, by=cast.office)
    return InsurancePlan.objects.get(pk=draft.pk)


def submit(cast, plan, *students, reason=""):
    made = Choice(Intent.JOIN, consent="当面")
    if reason:
        made = Choice(Intent.STAY_OUT, reason=plan.reasons.get(name=reason), consent="电话同意")
    for student in students:
        flow.submit(plan.enrolments.filter(student=student), made, by=cast.office).or_refuse()


def insure(cast, plan, student):
    plan.types.update(premium=0)
    submit(cast, plan, student)
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(plan.enrolments.filter(student=student), by=by).or_refuse()


def again(plan):
    return InsurancePlan.objects.get(pk=plan.pk)


# What may change ---------------------------------------------------------------------------------


def test_before_anybody_has_begun_nearly_everything_may(cast, plan, office):
    assert save(office, plan, "basics", name="新名称", instructions="新说明").status_code == 302
    save(office, plan, "windows", apply_until="2030-01-01T00:00", pay_until="2030-02-01T00:00",
         coverage_start="2028-01-01", coverage_end="2028-12-31",
         freshman_coverage_start="2027-09-01", freshman_coverage_end="2028-12-31")  # fmt: skip
    save(office, plan, "types", **{"types-0-name": "新类型", "types-0-choosing": "default"})
    save(office, plan, "review", **{"steps-1-DELETE": "on", "steps-0-level": "school"})
    save(office, plan, "channels", channels=["cash"])
    save(office, plan, "reasons", **{"reasons-2-DELETE": "on", "reasons-0-counts_as": "leaves"})
    now_is = again(plan)
    assert (now_is.name, now_is.apply_until) == ("新名称", at("2030-01-01T00:00"))
    assert now_is.freshman_coverage_start == date(2027, 9, 1)
    assert (now_is.types.get().name, now_is.types.get().choosing) == ("新类型", "default")
    assert [step.level for step in now_is.steps.all()] == ["school", "school"]
    assert (now_is.channels, now_is.reasons.count()) == (["cash"], 2)
    assert now_is.version == 7


LOCKED = [
    ("basics", {"academic_year": "2030"}, "academic_year", "学年不能再改"),
    ("rates", {"rate_reporting": "on"}, "rate_reporting", "是否上报参保率不能再改"),
]


@pytest.mark.parametrize(("key", "changes", "name", "reason"), LOCKED)
def test_what_never_may_says_why_at_its_field(cast, plan, office, key, changes, name, reason):
    field = office.get(edit(plan, key)).context["form"][name]
    assert field.field.disabled
    assert reason in field.help_text
    save(office, plan, key, **changes)
    assert getattr(again(plan), name) == getattr(plan, name)
    assert again(plan).version == 1


def locks_of(office, plan, key):
    return [form.why_locked for form in office.get(edit(plan, key)).context["rows"].forms]


def test_what_somebody_stands_on_is_locked_and_says_for_how_many(cast, plan, office):
    submit(cast, plan, cast.wang, cast.liu)
    submit(cast, plan, cast.zhao, reason="自愿放弃")
    assert locks_of(office, plan, "types") == [
        [
            "删除：已有 2 人选择，不能删除",
            "参保类型：已有 2 人选择，名称写在他们的缴费依据里，不能再改",
            "选择方式、分组：已有 3 人提交，改动会使他们的选择不再成立",
        ]
    ]
    whole = office.get(edit(plan, "review")).context["locks"].add
    assert whole == "有 3 人正在审核中，审核流程不能改；等他们审核完或退回后再改"
    assert locks_of(office, plan, "review") == [[], [], []]
    named = "删除、不参保原因、统计口径、须填写说明、提供给、限认定类别"
    used = [f"{named}：已有 1 人按这个原因提交，不能再改"]
    assert locks_of(office, plan, "reasons") == [[], used, []]
    flow.approve(rows_of(plan, cast.wang), by=cast.li)
    for student, by in ((cast.wang, cast.xu), (cast.liu, cast.li), (cast.zhao, cast.sun)):
        flow.send_back(rows_of(plan, student), by=by, comment="请核对")
    # Nobody is in review any more, but the steps have decided.
    assert locks_of(office, plan, "review") == [
        ["删除、审核级别：这一环节已有审核记录，不能再改级别或删除"],
        ["删除、审核级别：这一环节已有审核记录，不能再改级别或删除"],
        [],
    ]


def rows_of(plan, student):
    return plan.enrolments.filter(student=student)


FORGED = [
    ("types", {"types-0-name": "改名"}, "名称写在他们的缴费依据里"),
    ("types", {"types-0-DELETE": "on"}, "已有 1 人选择，不能删除"),
    ("types", {"types-TOTAL_FORMS": "2", "types-1-name": "补充", "types-1-premium": "9",
               "types-1-choosing": "required", "types-1-ORDER": "2"}, "不能设为必选"),
    ("review", {"steps-0-ORDER": "9"}, "审核流程不能改"),
    ("review", {"steps-0-DELETE": "on"}, "审核流程不能改"),
    ("review", {"steps-TOTAL_FORMS": "4", "steps-3-level": "school", "steps-3-name": "复审",
                "steps-3-ORDER": "9"}, "审核流程不能改"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "changes", "reason"), FORGED)
def test_a_form_that_was_tampered_with_is_refused_or_changes_nothing(
    cast, plan, office, key, changes, reason
):
    submit(cast, plan, cast.wang)
    before = PlanVersion.objects.count()
    answer = save(office, plan, key, **changes)
    if answer.status_code != 302:  # a greyed field is not even read
        assert any(reason in sentence for said in faults(answer).values() for sentence in said)
    assert PlanVersion.objects.count() == before


def test_a_type_may_be_added_and_windows_of_steps_moved_while_people_are_under_way(
    cast, plan, office
):
    submit(cast, plan, cast.wang)
    save(office, plan, "types", **{
        "types-TOTAL_FORMS": "2", "types-1-name": "补充", "types-1-premium": "60",
        "types-1-choosing": "optional", "types-1-ORDER": "2"})  # fmt: skip
    save(
        office, plan, "review", **{"steps-0-name": "初审", "steps-0-closes_at": "2030-01-15T00:00"}
    )
    assert list(plan.types.values_list("name", "premium")) == [
        ("城乡居民基本医疗保险", Decimal("533.00")),
        ("补充", Decimal("60.00")),
    ]
    step = plan.steps.first()
    assert (step.name, step.level, step.closes_at) == ("初审", "counselor", at("2030-01-15T00:00"))


def test_coverage_stays_once_somebody_is_insured(cast, plan, office):
    insure(cast, plan, cast.wang)
    field = office.get(edit(plan, "windows")).context["form"]["coverage_start"]
    assert field.help_text == "已有 1 人参保，他们的参保起止不能再改"
    save(office, plan, "windows", coverage_start="2020-01-01", pay_until="2030-02-01T00:00")
    now_is = again(plan)
    assert (now_is.coverage_start, now_is.pay_until) == (date(2027, 1, 1), at("2030-02-01T00:00"))


def test_targets_widen_at_once_and_never_drop_who_has_submitted(cast, plan, office):
    foreign = make_student(cast.classes.cs1, "Anna", document_type=DocumentType.PASSPORT)
    master = make_student(cast.classes.cs1, "硕士", training_level="master")
    save(office, plan, "targets", training_levels=["master", "bachelor"])
    assert plan.enrolments.filter(student__in=[foreign, master]).count() == 2
    submit(cast, plan, cast.wang)
    answer = save(office, plan, "targets", training_levels=["bachelor"])
    assert answer.status_code == 422
    assert "有 1 名已经提交的学生会不再是参保对象" in answer.context["fault"]
    # Who has not begun may fall out.
    save(office, plan, "targets", origins=["mainland"])
    assert plan.enrolments.get(student=foreign).off_roster
    assert not plan.enrolments.get(student=cast.wang).off_roster


def test_an_open_plan_cannot_be_made_incomplete(cast, plan, office):
    referer = {"referer": f"http://testserver{edit(plan, 'channels')}"}
    answer = office.post(
        edit(plan, "channels"), fields_of(office, edit(plan, "channels")) | {"channels": []},
        headers=referer, follow=True,
    )  # fmt: skip
    assert said(answer) == ["请先选择至少一种支付渠道"]
    assert again(plan).channels == ["sandbox", "cash"]


# Versions ----------------------------------------------------------------------------------------


def test_each_change_is_a_version_in_words_and_as_data(cast, plan, office):
    first = plan.versions.get()
    assert (first.number, first.by, first.changes) == (1, cast.office, [])
    assert first.content["types"][0]["premium"] == "533.00"
    save(office, plan, "basics", instructions="请按时缴费")
    save(office, plan, "basics")  # nothing differs
    save(office, plan, "reasons", **{"reasons-0-name": "在老家参保"})
    third, second, _ = plan.versions.all()
    assert second.changes == [
        {"section": "基本信息", "field": "参保说明", "was": "", "now": "请按时缴费"}
    ]
    assert third.number == 3
    [change] = third.changes
    assert (change["section"], change["now"][0].split("，")[0]) == ("不参保原因", "在老家参保")
    assert third.content["plan"]["instructions"] == "请按时缴费"
    assert first.content["reasons"][0]["name"] == "已在户籍地参加居民医保"
    trail = AuditEntry.objects.filter(action="amend_plan").order_by("pk")
    assert [entry.data["version"] for entry in trail] == [2, 3]
    page = office.get(reverse("staff:plan_version", args=[plan.pk, 2])).content.decode()
    assert "请按时缴费" in page
    assert "533.00 元" in page
    assert office.get(reverse("staff:plan_version", args=[plan.pk, 4])).status_code == 404


def test_a_plan_that_was_opened_before_versions_keeps_what_it_was(cast, draft, office):
    InsurancePlan.objects.filter(pk=draft.pk).update(status=PlanStatus.OPEN)
    save(office, draft, "basics", instructions="新")
    second, first = draft.versions.all()
    assert (first.content["plan"]["instructions"], first.changes) == ("", [])
    assert second.content["plan"]["instructions"] == "新"


def test_who_was_decided_under_which_version(cast, plan, office, as_):
    submit(cast, plan, cast.wang)
    save(office, plan, "basics", instructions="二")
    submit(cast, plan, cast.liu)
    flow.approve(rows_of(plan, cast.wang), by=cast.li).or_refuse()
    found = dict(plan.enrolments.values_list("student__name", "plan_version"))
    assert found == {"王小明": 1, "刘思雨": 2, "赵外语": 0, "周英语": 0}
    assert ReviewRecord.objects.get().plan_version == 2
    for user, counts in ((cast.office, {1: 1, 2: 1}), (cast.sun, {})):
        page = as_(user).get(reverse("staff:plan_versions", args=[plan.pk]))
        shown = {
            item["version"].number: item["submitted"]
            for item in page.context["versions"]
            if item["submitted"]
        }
        assert shown == counts
        for item in page.context["versions"]:
            assert length(user, item["href"]) == item["submitted"]
    pk = rows(plan, cast.wang.student_no)[0].pk
    detail = as_(cast.li).get(
        f"{reverse('staff:enrolments')}?plan={plan.pk}&part=detail&pk={pk}",
        headers={"HX-Request": "true"},
    ).content.decode()  # fmt: skip
    assert "第 1 版</a>（提交时）" in detail
    assert "第 2 版</a></span>" in detail


def test_a_plan_that_changes_while_it_is_read_is_read_again(cast, plan, monkeypatch):
    """The plan is not locked by whoever submits: what was read must still be the version."""
    whole = choice.why_not_stand

    def meanwhile(*args):
        InsurancePlan.objects.filter(pk=plan.pk).update(version=2)
        return whole(*args)

    monkeypatch.setattr(flow, "why_not_stand", meanwhile)
    with pytest.raises(Refused, match="计划刚刚有修改"):
        submit(cast, plan, cast.wang)


def test_two_editors_of_an_open_plan_notice_each_other(cast, plan, office):
    mine = fields_of(office, edit(plan, "basics"))
    save(office, plan, "basics", instructions="他人写的")
    answer = office.post(edit(plan, "basics"), mine | {"instructions": "我写的"})
    assert "刚刚被他人修改过" in answer.content.decode()
    assert again(plan).version == 2


def test_a_version_can_never_be_changed_or_deleted(cast, plan):
    for act in (lambda v: v.update(changes=[1]), lambda v: v._raw_delete("default")):
        with pytest.raises(ProgrammingError), transaction.atomic():
            act(PlanVersion.objects.filter(plan=plan))
