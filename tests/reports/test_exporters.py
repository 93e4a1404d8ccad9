"""导出报表: the paper says what the screen says, names itself, and holds no formula."""

from datetime import datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook

from tests.cast import make_cast
from tests.factories import make_plan
from yibao.common import papers
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.payments import flow as payments
from yibao.payments.models import HandOver, Payment
from yibao.people.codes import TrainingLevel
from yibao.plans.models import HardshipEntry
from yibao.reports import flow as report_flow
from yibao.reports.exporters import paper
from yibao.reports.exporters.catalogue import REPORTS, Asked, export
from yibao.reports.models import RateReport
from yibao.reports.states import RateStatus


@pytest.fixture
def cast(db):
    return make_cast(TrainingLevel.MASTER)


@pytest.fixture
def plan(cast):
    """计算机: one joins, one is insured elsewhere, handed in and accepted. 外国语: one has given up."""
    plan = make_plan(way="B", premium="400.00")
    enlist(plan, by=cast.office)
    reasons = {reason.name: reason for reason in plan.reasons.all()}
    for student, by, reason in (
        (cast.wang, cast.li, ""),
        (cast.liu, cast.he, "已在户籍地参加居民医保"),
        (cast.zhao, cast.sun, "自愿放弃"),
    ):
        mine = Enrolment.objects.filter(student=student)
        choice = Choice(Intent.JOIN, consent="当面")
        if reason:
            choice = Choice(Intent.STAY_OUT, consent="当面", reason=reasons[reason], note="=1+1")
        flow.submit(mine, choice, by=student.user).or_refuse()
        flow.approve(mine, by=by).or_refuse()
    computing = cast.classes.cs1.major.college
    report_flow.hand_in_grade(plan, computing, 2024, by=cast.li)
    report_flow.decide(RateReport.objects.all(), RateStatus.ACCEPTED, by=cast.xu, opinion="同意")
    report_flow.hand_in_college(plan, computing, by=cast.xu)
    report_flow.decide(RateReport.objects.filter(grade=None), RateStatus.ACCEPTED, by=cast.office)
    return plan


def table(key, plan, by, **asked):
    out = BytesIO()
    export(key, plan, out, by=by, asked=Asked(**asked))
    out.seek(0)
    sheet = load_workbook(out).active
    return [[cell.value for cell in line] for line in sheet.iter_rows()], sheet


def test_the_grades_of_a_school_with_totals(cast, plan):
    lines, sheet = table("grade-rates", plan, cast.office)
    assert lines[0][0] == "年级参保率汇总表"
    assert lines[1][0].startswith("单位：全校    2026年大学生医保    数据截至 20")
    assert lines[1][0].endswith("制表：周主任")
    assert [line[:12] for line in lines[3:6]] == [
        ["外国语学院", "2024 级", 2, 0, 2, 0, 0, 1, 1, 0, 0, 0],
        ["计算机学院", "2024 级", 2, 0, 2, 1, 1, 0, 0, 0, 50, 100],
        ["合计", None, 4, 0, 4, 1, 1, 1, 1, 0, 25, 50],
    ]
    assert [line[12] for line in lines[3:6]] == ["未上报", "已通过", None]
    assert lines[-1][0].split() == ["制表人：", "审核人：", "单位（盖章）：", "日期："]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.print_title_rows, sheet.print_area) == ("$1:$3", "'报表'!$A$1:$O$8")
    assert "&P 页" in sheet.oddFooter.center.text
    assert sheet.sheet_properties.pageSetUpPr.fitToPage


def test_each_sees_own_units_only(cast, plan):
    names = {
        who: [line[0] for line in table("grade-rates", plan, getattr(cast, who))[0][3:5]]
        for who in ("xu", "sun", "he")
    }
    assert names == {
        "xu": ["计算机学院", "合计"],
        "sun": ["外国语学院", "合计"],
        "he": ["计算机学院", "合计"],
    }


def test_the_school_sums_what_it_has_accepted_and_names_who_is_late(cast, plan):
    lines, _ = table("school-rate", plan, cast.office)
    assert lines[3][:11] == ["计算机学院", 2, 0, 2, 1, 1, 0, 0, 0, 50, 100]
    assert lines[4][:2] == ["全校合计", 2]
    assert lines[5][0] == "尚未通过的学院，不在合计内：外国语学院"


def test_who_is_not_insured_with_the_reason_and_no_formula(cast, plan):
    lines, sheet = table("not-insured", plan, cast.office)
    assert [[line[5], line[6], line[7], line[8]] for line in lines[3:-2]] == [
        ["赵外语", "放弃参保", "自愿放弃", "=1+1"],
        ["周英语", "未登记", None, None],
        ["刘思雨", "校外参保", "已在户籍地参加居民医保", "=1+1"],
    ]
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n"}
    assert [line[5] for line in table("not-insured", plan, cast.he)[0][3:-2]] == ["刘思雨"]


def test_a_long_text_gets_the_height_it_needs(cast, plan):
    Enrolment.objects.filter(student=cast.zhao).update(reason_note="在户籍地参保" * 10)
    _, sheet = table("not-insured", plan, cast.office)
    assert [round(sheet.row_dimensions[line].height) for line in (4, 5)] == [112, 22]


def test_reasons_by_college(cast, plan):
    lines, _ = table("opt-out-reasons", plan, cast.office)
    assert lines[2] == [
        "学院",
        "已在户籍地参加居民医保（已在校外参保）",
        "自愿放弃（放弃参保）",
        "学籍不在本校（不计入应参保人数）",
        "合计",
    ]
    assert lines[3:6] == [
        ["外国语学院", 0, 1, 0, 1],
        ["计算机学院", 1, 0, 0, 1],
        ["合计", 1, 1, 0, 2],
    ]


def test_the_funnel_and_the_money_by_chosen_dimensions(cast, plan):
    lines, _ = table("enrolments", plan, cast.office, dimensions=("class_group",))
    assert lines[2][:5] == ["学院", "专业", "年级", "班级", "学生人数"]
    assert lines[7][:6] == ["合计", None, None, None, 4, 0]
    lines, _ = table("payments", plan, cast.finance, dimensions=("college",))
    assert lines[3] == ["计算机学院", 1, 400, 0, 400, 0, 0, 400]
    assert lines[5][0] == (
        "按参保类型：城乡居民基本医疗保险 1 人，应缴 400.00 元，实缴 0.00 元，待缴 400.00 元。"
    )
    assert lines[6][0] == "实缴按缴费方式：还没有到账。"


def test_refusals_and_the_trail(cast, plan):
    way_a = make_plan("本科生医保")
    for key, subject, by, sentence in (
        ("grade-rates", way_a, cast.office, "本计划不上报参保率"),
        ("school-rate", plan, cast.xu, "“学校参保率汇总表”由学校导出"),
        ("grade-rates", plan, cast.finance, "由辅导员、学院、学校导出"),
        ("no-such-form", plan, cast.office, "没有这种报表"),
    ):
        with pytest.raises(Refused, match=sentence):
            export(key, subject, BytesIO(), by=by)
    export("not-insured", plan, BytesIO(), by=cast.li)
    assert AuditEntry.objects.get(action="export_report").data == {
        "report": "未参保学生名单",
        "rows": 1,
        "format": "xlsx",
    }


def test_whose_figures_they_are(cast, plan):
    heads = {
        who: table("grade-rates", plan, getattr(cast, who))[0][1][0].split("    ")[0]
        for who in ("office", "xu", "li", "zhang")
    }
    assert heads == {
        "office": "单位：全校",
        "xu": "单位：计算机学院",
        "li": "单位：李老师所带班级",
        "zhang": "单位：计算机学院、张两岗所带班级",
    }


def test_recognised_students_by_major(cast, plan):
    for student, level in ((cast.wang, "特别困难"), (cast.liu, "一般困难"), (cast.zhao, "困难")):
        HardshipEntry.objects.create(
            student=student, academic_year=2026, category="特困", level=level
        )
    lines, _ = table("hardship", plan, cast.office)
    assert lines[2][:5] == ["学院", "专业", "贫困生", "不需参保", "应参保"]
    assert [line[:14] for line in lines[3:6]] == [
        ["外国语学院", "英语", 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0],
        ["计算机学院", "软件工程", 2, 0, 2, 1, 0, 1, 0, 0, 0, 50, 100, 0],
        ["合计", None, 3, 0, 3, 1, 0, 1, 1, 0, 0, 33.33, 66.67, 0],
    ]
    assert [line[0] for line in table("hardship", plan, cast.sun)[0][3:5]] == ["外国语学院", "合计"]


def test_cash_by_cashier_and_slip(cast, plan):
    mine = Enrolment.objects.filter(student=cast.wang)
    payments.record_cash(mine, by=cast.li).or_refuse()
    receipt = Payment.objects.get().reference
    lines, _ = table("cash-hand-over", plan, cast.li)
    assert lines[3] == ["李老师", receipt, receipt, 1, 0, 400, None, "未交接", None, None]
    assert lines[4][:6] == ["合计", None, None, 1, 0, 400]
    assert lines[5][0] == "合计（大写）：肆佰元整。"
    assert lines[-1][0].split()[0] == "交款人："
    slip = HandOver.objects.create(
        cashier=cast.li, amount=400, count=1, first_receipt=receipt, last_receipt=receipt
    )
    Payment.objects.update(hand_over=slip)
    for who in ("li", "xu", "office", "finance"):
        [line] = table("cash-hand-over", plan, getattr(cast, who))[0][3:-4]
        assert line[5:8] == [400, slip.number, "待财务确认"], who
    # Another counselor of the same class took none of it; another college sees none of it.
    for who in ("he", "qian"):
        assert table("cash-hand-over", plan, getattr(cast, who))[0][3][:4] == [
            "合计", None, None, 0,
        ]  # fmt: skip


@pytest.mark.parametrize("key", list(REPORTS))
def test_the_pdf_says_what_the_workbook_says(cast, plan, key, monkeypatch):
    payments.record_cash(Enrolment.objects.filter(student=cast.wang), by=cast.li).or_refuse()
    HardshipEntry.objects.create(student=cast.wang, academic_year=2026, category="特困")
    told = []
    typeset = papers.typeset
    monkeypatch.setattr(
        papers, "typeset", lambda template, data: told.append(data) or typeset(template, data)
    )
    out = BytesIO()
    export(key, plan, out, by=cast.office, asked=Asked("pdf"))
    assert out.getvalue().startswith(b"%PDF-")
    [paper] = told
    lines, sheet = table(key, plan, cast.office)
    shown = [[_shown(cell) for cell in line] for line in sheet.iter_rows(min_row=3)]
    whole = [paper["heads"], *paper["rows"], *([paper["totals"]] if paper["totals"] else [])]
    assert shown[: len(whole)] == whole
    assert [line[0] for line in shown[len(whole) : -1]] == paper["notes"]
    assert (paper["title"], paper["about"][:20]) == (lines[0][0], lines[1][0][:20])
    entry = AuditEntry.objects.filter(action="export_report").order_by("pk")[0]
    assert (entry.data["format"], entry.data["rows"]) == ("pdf", len(paper["rows"]))


def _shown(cell) -> str:
    """What a spreadsheet shows of a cell."""
    value = cell.value
    if value is None:
        return ""
    if cell.number_format == '0.00"%"':
        return f"{value:.2f}%"
    if cell.number_format == "#,##0.00":
        return f"{value:,.2f}"
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)


def test_too_much_for_paper_is_refused_with_a_way_out(cast, plan, monkeypatch):
    monkeypatch.setattr(paper, "MOST", 2)
    with pytest.raises(Refused, match="“未参保学生名单”有 3 行，PDF 最多 2 行，请导出 Excel"):
        export("not-insured", plan, BytesIO(), by=cast.office, asked=Asked("pdf"))
    with pytest.raises(Refused, match="只有 Excel 和 PDF"):
        export("not-insured", plan, BytesIO(), by=cast.office, asked=Asked("docx"))
    assert not AuditEntry.objects.filter(action="export_report").exists()


@pytest.mark.parametrize("key", list(REPORTS))
def test_every_report_of_an_empty_plan_is_a_file(cast, key):
    empty = make_plan("空计划", way="B")
    lines, _ = table(key, empty, cast.office if key != "payments" else cast.finance)
    assert lines[0][0] == REPORTS[key].label
