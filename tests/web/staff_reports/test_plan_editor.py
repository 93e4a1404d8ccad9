"""The plan editor: every field is kept, faults stand at their field, nothing is lost."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from tests.factories import make_plan
from tests.web.staff_reports.editor import UNPROCESSABLE, at, edit, faults, fields_of, save
from tests.web.student.conftest import words
from yibao.common.models import AuditEntry
from yibao.people.levels import Level
from yibao.people.models import Student
from yibao.plans.models import InsurancePlan
from yibao.plans.states import PlanStatus
from yibao.plans.versions import content_of

# A new plan, and every section of a draft ------------------------------------------------------

NEW = {
    "name": "2030-2031 学年大学生医保",
    "academic_year": "2030",
    "apply_from": "2030-09-01T08:00",
    "apply_until": "2030-10-31T23:59",
    "pay_from": "2030-09-10T08:00",
    "pay_until": "2030-11-15T23:59",
    "coverage_start": "2031-01-01",
    "coverage_end": "2031-12-31",
    "instructions": "第一行\n第二行",
}


def test_a_new_plan_keeps_every_field_and_leads_on(cast, office):
    answer = office.post(reverse("staff:plan_new"), NEW)
    plan = InsurancePlan.objects.get()
    assert answer.url == edit(plan, "targets")
    assert (plan.status, plan.name, plan.academic_year) == ("draft", NEW["name"], 2030)
    # Times are Beijing's.
    assert plan.apply_from.isoformat() == "2030-09-01T00:00:00+00:00"
    assert (plan.pay_until, plan.coverage_end) == (at("2030-11-15T23:59"), date(2031, 12, 31))
    assert plan.instructions.splitlines() == ["第一行", "第二行"]
    assert AuditEntry.objects.filter(action="create_plan", by=cast.office).count() == 1


def test_what_was_entered_for_a_new_plan_is_still_there_beside_the_faults(cast, office):
    wrong = NEW | {"name": "", "apply_until": "2030-08-01T08:00", "coverage_start": "昨天"}
    answer = office.post(reverse("staff:plan_new"), wrong)
    assert answer.status_code == UNPROCESSABLE
    assert answer.context["form"].errors == {
        "name": ["请填写计划名称"],
        "apply_until": ["申请截止时间须晚于申请开始时间"],
        "coverage_start": ["请按 2026-09-01 的样式填写日期"],
    }
    page = answer.content.decode()
    assert 'value="2030-08-01T08:00"' in page
    assert 'value="昨天"' in page
    assert not InsurancePlan.objects.exists()


def test_basics_windows_targets_channels_and_rates(cast, draft, office):
    save(office, draft, "basics", name="新名称", academic_year="2028", instructions="说明")
    save(office, draft, "windows", apply_from="2028-09-01T08:00", apply_until="2028-10-01T00:00",
         pay_from="2028-09-02T08:00", pay_until="2028-10-20T00:00",
         coverage_start="2029-01-01", coverage_end="2029-12-31",
         freshman_coverage_start="2028-09-01", freshman_coverage_end="2029-12-31")  # fmt: skip
    Student.objects.filter(pk=cast.wang.pk).update(campus="东湖校区")
    save(office, draft, "targets", training_levels=["master", "doctor"], grades=["2024"],
         campuses=["东湖校区"], origins=["hmt", "mainland"],
         roster_statuses=["active"])  # fmt: skip
    save(office, draft, "channels", channels=["cash"])
    save(office, draft, "rates", rate_reporting="on", rate_from="2028-10-02T08:00",
         rate_until="2028-10-09T08:00")  # fmt: skip
    plan = InsurancePlan.objects.get(pk=draft.pk)
    assert (plan.name, plan.academic_year, plan.instructions) == ("新名称", 2028, "说明")
    assert (plan.apply_until, plan.pay_from) == (at("2028-10-01T00:00"), at("2028-09-02T08:00"))
    assert (plan.coverage_start, plan.coverage_end) == (date(2029, 1, 1), date(2029, 12, 31))
    assert plan.freshman_coverage_start == date(2028, 9, 1)
    assert (plan.training_levels, plan.roster_statuses) == (["master", "doctor"], ["active"])
    assert (plan.grades, plan.campuses, plan.origins) == ([2024], ["东湖校区"], ["hmt", "mainland"])
    assert (plan.channels, plan.rate_reporting) == (["cash"], True)
    assert (plan.rate_from, plan.rate_until) == (at("2028-10-02T08:00"), at("2028-10-09T08:00"))
    trail = AuditEntry.objects.filter(action="change_plan").order_by("pk")
    assert trail[0].data["changes"][0] == {"field": "计划名称", "was": "草稿计划", "now": "新名称"}
    assert [entry.data["section"] for entry in trail] == [
        "基本信息", "时间", "参保对象", "支付渠道", "参保率上报",
    ]  # fmt: skip
    assert trail[2].data["changes"][1] == {"field": "年级", "was": "不限", "now": "2024"}


def test_types_are_added_changed_reordered_and_removed(cast, draft, office):
    first = draft.types.get()
    new = {
        "types-TOTAL_FORMS": "3", "types-INITIAL_FORMS": "1",
        "types-0-ORDER": "2", "types-0-premium": "533",
        "types-1-name": "一档", "types-1-premium": "250.50", "types-1-government_subsidy": "",
        "types-1-choosing": "default", "types-1-group": "补充", "types-1-ORDER": "1",
        "types-2-name": "二档", "types-2-premium": "0", "types-2-government_subsidy": "9.99",
        "types-2-choosing": "optional", "types-2-group": "补充", "types-2-ORDER": "3",
    }  # fmt: skip
    assert save(office, draft, "types", **new).status_code == 302
    assert list(
        draft.types.values_list("position", "name", "premium", "government_subsidy", "choosing")
    ) == [
        (1, "一档", Decimal("250.50"), Decimal("0.00"), "default"),
        (2, first.name, Decimal("533.00"), Decimal("700.00"), "required"),
        (3, "二档", Decimal("0.00"), Decimal("9.99"), "optional"),
    ]
    # Two rows exchange their names; the third goes.
    save(office, draft, "types", **{"types-0-name": "二档", "types-2-name": "一档",
                                    "types-1-DELETE": "on"})  # fmt: skip
    assert list(draft.types.values_list("name", flat=True)) == ["二档", "一档"]


def test_a_row_that_was_added_and_left_empty_is_nothing(cast, draft, office):
    blank = {"types-TOTAL_FORMS": "2", "types-1-name": "", "types-1-premium": "",
             "types-1-choosing": "required", "types-1-ORDER": "2"}  # fmt: skip
    save(office, draft, "types", **blank)
    assert draft.types.count() == 1


def test_the_chain_is_rows_in_any_order_and_none_at_all(cast, draft, office):
    new = {
        "steps-TOTAL_FORMS": "4", "resume_after_return": "on",
        "steps-0-ORDER": "3", "steps-0-opens_at": "2028-09-01T08:00",
        "steps-0-closes_at": "2028-10-01T08:00",
        "steps-1-DELETE": "on",
        "steps-2-ORDER": "1",
        "steps-3-level": "counselor", "steps-3-name": "辅导员复审", "steps-3-ORDER": "2",
    }  # fmt: skip
    save(office, draft, "review", **new)
    assert list(draft.steps.values_list("position", "level", "name", "opens_at")) == [
        (1, Level.SCHOOL, "学校审核", None),
        (2, Level.COUNSELOR, "辅导员复审", None),
        (3, Level.COUNSELOR, "辅导员审核", at("2028-09-01T08:00")),
    ]
    assert InsurancePlan.objects.get(pk=draft.pk).resume_after_return is True
    save(office, draft, "review", **{f"steps-{n}-DELETE": "on" for n in range(3)})
    assert draft.steps.count() == 0


def test_reasons_and_fee_rules(cast, draft, office):
    save(office, draft, "reasons", **{
        "reasons-TOTAL_FORMS": "4", "reasons-0-note_required": "on",
        "reasons-3-name": "参军", "reasons-3-counts_as": "leaves", "reasons-3-ORDER": "4",
    })  # fmt: skip
    assert list(draft.reasons.values_list("name", "counts_as", "note_required"))[0::3] == [
        ("已在户籍地参加居民医保", "elsewhere", True),
        ("参军", "leaves", False),
    ]
    kind = draft.types.get()
    save(office, draft, "fees", **{
        "fee_rules-TOTAL_FORMS": "3",
        "fee_rules-1-category": "低保对象", "fee_rules-1-insurance_type": str(kind.pk),
        "fee_rules-1-reduction": "fixed", "fee_rules-1-value": "100", "fee_rules-1-payer": "民政",
        "fee_rules-1-ORDER": "2",
        "fee_rules-2-reduction": "percent", "fee_rules-2-value": "50", "fee_rules-2-ORDER": "3",
    })  # fmt: skip
    assert list(
        draft.fee_rules.values_list("category", "insurance_type", "reduction", "value", "payer")
    ) == [
        ("", None, "full", Decimal(0), "学校资助经费"),
        ("低保对象", kind.pk, "fixed", Decimal(100), "民政"),
        ("", None, "percent", Decimal(50), ""),
    ]


# Faults ------------------------------------------------------------------------------------------

HOSTILE = [
    ("basics", {"name": "长" * 81}, "name"),
    ("basics", {"academic_year": "19999"}, "academic_year"),
    ("basics", {"academic_year": "二零二六"}, "academic_year"),
    ("basics", {"instructions": "字" * 5001}, "instructions"),
    ("basics", {"name": "坏\0名"}, "name"),
    ("windows", {"apply_from": "0001-01-01T00:00"}, "apply_from"),
    ("windows", {"apply_from": "9999-12-31T23:59"}, "apply_from"),
    ("windows", {"pay_until": "明天"}, "pay_until"),
    ("windows", {"coverage_end": "2020-02-30"}, "coverage_end"),
    ("windows", {"pay_until": "2001-01-01T00:00"}, "pay_until"),
    ("targets", {"training_levels": ["professor"]}, "training_levels"),
    ("targets", {"training_levels": ""}, "training_levels"),
    ("targets", {"grades": ["今年"]}, "grades"),
    ("targets", {"grades": ["1999"]}, "grades"),
    ("targets", {"origins": []}, "origins"),
    ("windows", {"freshman_coverage_start": "2026-09-01"}, "freshman_coverage_end"),
    ("windows", {"freshman_coverage_start": "2027-09-01", "freshman_coverage_end": "2027-01-01"},
     "freshman_coverage_end"),
    ("types", {"types-0-coverage_end": "2027-09-01"}, "types-0-coverage_start"),
    ("types", {"types-0-freshman_coverage_start": "2027-09-01",
               "types-0-freshman_coverage_end": "2027-09-01"}, "types-0-freshman_coverage_end"),
    ("channels", {"channels": ["bitcoin"]}, "channels"),
    ("reminders", {"reminder_days": "七天"}, "reminder_days"),
    ("reminders", {"reminder_days": "99"}, "reminder_days"),
    ("statement", {"statement_text": "坏\0字"}, "statement_text"),
    ("rates", {"rate_reporting": "on"}, "rate_from"),
    ("types", {"types-0-premium": "-1"}, "types-0-premium"),
    ("types", {"types-0-premium": "NaN"}, "types-0-premium"),
    ("types", {"types-0-premium": "1e9"}, "types-0-premium"),
    ("types", {"types-0-premium": "5.335"}, "types-0-premium"),
    ("types", {"types-0-name": ""}, "types-0-name"),
    ("types", {"types-0-choosing": "'; DROP"}, "types-0-choosing"),
    ("types", {"types-0-ORDER": "x"}, "types-0-ORDER"),
    ("types", {"types-TOTAL_FORMS": "many"}, ""),
    ("types", {"types-TOTAL_FORMS": "31"}, ""),
    ("review", {"steps-0-level": "finance"}, "steps-0-level"),
    ("review", {"steps-0-closes_at": "2019-01-01T00:00", "steps-0-opens_at": "2020-01-01T00:00"},
     "steps-0-closes_at"),
    ("reasons", {"reasons-1-name": "已在户籍地参加居民医保"}, "reasons-1-name"),
    ("fees", {"fee_rules-0-reduction": "percent", "fee_rules-0-value": "101"},
     "fee_rules-0-value"),
    ("fees", {"fee_rules-0-reduction": "fixed", "fee_rules-0-value": ""}, "fee_rules-0-value"),
    ("fees", {"fee_rules-0-insurance_type": "999999"}, "fee_rules-0-insurance_type"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "changes", "field"), HOSTILE)
def test_a_fault_stands_at_its_field_and_nothing_is_written(
    cast, draft, office, key, changes, field
):
    before = AuditEntry.objects.count()
    found = faults(save(office, draft, key, **changes))
    assert field in found, found
    assert all(
        "一" <= sentence[0] <= "鿿" or sentence[0] in "“按" for [sentence, *_] in found.values()
    )
    assert AuditEntry.objects.count() == before


def test_beside_a_fault_everything_else_that_was_entered_is_kept(cast, draft, office):
    answer = save(office, draft, "types", **{
        "types-TOTAL_FORMS": "2", "types-0-name": "改了的名称", "types-0-premium": "-1",
        "types-1-name": "新加的类型", "types-1-premium": "12.50", "types-1-choosing": "optional",
        "types-1-coverage_start": "2027-03-01", "types-1-coverage_end": "2027-04-01",
        "types-1-ORDER": "1", "types-0-ORDER": "2"})  # fmt: skip
    assert list(faults(answer)) == ["types-0-premium"]
    page = answer.content.decode()
    for kept in ("改了的名称", "-1", "新加的类型", "12.50", "2027-03-01", "2027-04-01"):
        assert f'value="{kept}"' in page, kept
    assert page.index("新加的类型") < page.index("改了的名称")  # in the order entered


def test_types_of_one_group_exclude_each_other(cast, draft, office):
    new = {
        "types-TOTAL_FORMS": "2", "types-0-group": "基本", "types-1-name": "二档",
        "types-1-premium": "1", "types-1-choosing": "optional", "types-1-group": "基本",
        "types-1-ORDER": "2",
    }  # fmt: skip
    [sentence] = faults(save(office, draft, "types", **new))["types-0-choosing"]
    assert sentence.startswith("分组“基本”里只能选一种")


def test_a_type_that_a_fee_rule_names_is_not_removed(cast, draft, office):
    draft.fee_rules.update(insurance_type=draft.types.get())
    found = faults(save(office, draft, "types", **{"types-0-DELETE": "on"}))
    assert found[""] == ["“城乡居民基本医疗保险”还用在减免规则里，请先修改减免规则再删除"]
    assert draft.types.count() == 1


def test_rows_of_another_plan_cannot_be_taken_over(cast, draft, office):
    other = make_plan("别的计划", status=PlanStatus.DRAFT)
    answer = save(office, draft, "types", **{"types-0-pk": str(other.types.get().pk)})
    assert other.types.get().plan == other
    assert "这一节刚刚被他人修改过" in answer.content.decode()


def test_two_editors_of_one_section_notice_each_other(cast, draft, office):
    mine = fields_of(office, edit(draft, "basics"))
    save(office, draft, "basics", instructions="他人写的")
    answer = office.post(edit(draft, "basics"), mine | {"instructions": "我写的"})
    assert answer.status_code == UNPROCESSABLE
    page = answer.content.decode()
    assert "刚刚被他人修改过" in page
    assert "我写的" in page
    assert InsurancePlan.objects.get(pk=draft.pk).instructions == "他人写的"


# The rail, and what is said before saving ---------------------------------------------------------


def rail_of(office, draft, key="basics"):
    return office.get(edit(draft, key)).context["rail"]


def test_the_rail_says_what_is_missing_and_where_one_is(cast, draft, office):
    InsurancePlan.objects.filter(pk=draft.pk).update(training_levels=["master"])
    rail = rail_of(office, draft, "types")
    assert [chapter for chapter, _ in rail.chapters] == [
        "给谁、什么时候", "多少钱、怎么交", "怎样审核和提醒", "不参保", "给外国留学生看",
    ]  # fmt: skip
    assert (rail.here.number, rail.following.section.key, rail.missing) == (4, "fees", [])
    draft.types.all().delete()
    draft.reasons.all().delete()
    InsurancePlan.objects.filter(pk=draft.pk).update(origins=["foreign"])
    rail = rail_of(office, draft, "english")
    assert [step.section.key for step in rail.missing] == ["targets", "types", "reasons"]
    assert (rail.following, rail.done) == (None, 10)
    page = words(office.get(edit(draft, "types")))
    assert "还有 3 部分待填" in page
    assert "请先添加至少一种参保类型" in page
    assert "试算并开放" not in page
    # The plan's own page says all of it at once too.
    assert (
        "还不能开放 请先添加至少一种参保类型；请先添加至少一种全部学生都能选的不参保原因；没有符合条件的学生"
        in words(office.get(reverse("staff:plan", args=[draft.pk])))
    )


def test_saving_leads_on_to_the_next_section(cast, draft, office):
    assert save(office, draft, "types").url == edit(draft, "types")
    assert save(office, draft, "types", go="next").url == edit(draft, "fees")
    assert save(office, draft, "statement", go="next").url == edit(draft, "english")


def preview(office, plan, key, **changes):
    data = fields_of(office, edit(plan, key)) | changes | {"preview": "1"}
    return words(office.post(edit(plan, key), data))


@pytest.mark.parametrize(
    ("key", "changes", "sentence"),
    [
        ("windows", {"pay_until": "2098-01-01T00:00"}, "“缴费”长达"),
        ("windows", {"apply_from": "2019-01-01T00:00", "apply_until": "2019-02-01T00:00"},
         "申请从 2019-01-01 开始，不在 2026-2027 学年里"),
        ("review", {"steps-0-closes_at": "2020-01-01T00:00"}, "“辅导员审核”2020-01-01 00:00 截止"),
        ("rates", {"rate_reporting": "on", "rate_from": "2020-01-01T00:00",
                   "rate_until": "2020-01-02T00:00"}, "参保率上报 2020-01-02 00:00 截止"),
        ("reminders", {"reminder_days": "60"}, "截止前 60 天的提醒早于申请开始"),
    ],
)  # fmt: skip
def test_odd_times_are_pointed_out_while_they_are_typed(
    cast, draft, office, key, changes, sentence
):
    before = content_of(draft)
    assert sentence not in preview(office, draft, key)
    assert sentence in preview(office, draft, key, **changes)
    assert content_of(InsurancePlan.objects.get(pk=draft.pk)) == before


def test_what_cannot_be_read_yet_stays_as_it_is_stored(cast, draft, office):
    half = {"apply_until": "2026-1", "pay_until": ""}
    assert preview(office, draft, "windows", **half) == preview(office, draft, "windows")
    assert "全部" not in preview(office, draft, "review", **{"steps-0-name": ""})


def test_the_cells_of_the_fee_table_can_be_set(cast, draft, office):
    page = office.get(edit(draft, "fees")).content.decode()
    kind = draft.types.get()
    assert f'data-category="低保对象" data-type="{kind.pk}"' not in page
    draft.fee_rules.create(category="低保对象", insurance_type=kind, payer="民政")
    page = office.get(edit(draft, "fees")).content.decode()
    assert f'data-category="低保对象" data-type="{kind.pk}"' in page
    read_only = office.get(reverse("staff:plan", args=[draft.pk])).content.decode()
    assert "各类学生应缴" in read_only
    assert "data-fee-cell" not in read_only
