"""What is odd about a plan's times is pointed out; what is not, is not."""

from datetime import date, datetime, timedelta

import pytest
from django.utils.timezone import get_current_timezone

from yibao.people.levels import Level
from yibao.plans.models import InsurancePlan, ReviewStep
from yibao.plans.states import PlanStatus
from yibao.plans.windows import Window, bars, notes

DAY, YEAR = timedelta(days=1), timedelta(days=365)


def at(day, month=9):
    return datetime(2096, month, day, 8, 0, tzinfo=get_current_timezone())


def plan(**changes):
    usual = {
        "apply_from": at(1), "apply_until": at(20), "pay_from": at(1), "pay_until": at(30),
        "coverage_start": date(2097, 1, 1), "coverage_end": date(2097, 12, 31),
        "academic_year": 2096,
    }  # fmt: skip
    return InsurancePlan(**(usual | changes))


def step(opens, closes, name="辅导员审核"):
    return ReviewStep(level=Level.COUNSELOR, name=name, opens_at=opens, closes_at=closes)


def test_a_plan_whose_times_fit_gets_no_note():
    steps = [step(at(1), at(21)), step(at(1), at(22), "学院审核"), step(None, None, "学校审核")]
    rates = {"rate_reporting": True, "rate_from": at(20), "rate_until": at(28)}
    assert notes(plan(**rates), steps) == []


CASES = [
    ({}, [step(at(1), at(19))], "“辅导员审核”2096-09-19 08:00 截止，早于申请截止"),
    (
        {},
        [step(at(1), at(25)), step(at(1), at(22), "学院审核")],
        "“学院审核”比上一环节“辅导员审核”先截止",
    ),
    ({}, [step(at(24), at(29))], "“申请”截止后 4 天“辅导员审核”才开始"),
    ({"pay_until": at(19)}, [], "缴费 2096-09-19 08:00 截止，早于申请截止"),
    ({"pay_until": at(25)}, [step(at(1), at(28))], "最后通过的学生来不及缴费"),
    ({"pay_from": at(24), "reminder_days": [3]}, [], "“申请”截止后 4 天“缴费”才开始"),
    ({"pay_from": at(1, 8)}, [], "缴费早于申请开始"),
    ({"coverage_start": date(2096, 9, 25)}, [], "晚于参保开始 2096-09-25"),
    (
        {"rate_reporting": True, "rate_from": at(10), "rate_until": at(19)},
        [],
        "参保率上报 2096-09-19 08:00 截止，早于申请截止",
    ),
    ({}, [step(at(21), at(25)), step(at(10), at(20), "学院审核")], "开始之前就截止"),
    ({}, [step(at(10), at(25)), step(at(5), at(26), "学院审核")], "此前没有申请可审核"),
    (
        {"pay_until": at(30, 6) + YEAR, "coverage_start": date(2097, 7, 1)},
        [],
        "“缴费”长达 302 天，请检查年份",
    ),
    ({"academic_year": 2097}, [], "申请从 2096-09-01 开始，不在 2097-2098 学年里"),
    (
        {"coverage_end": date(2098, 12, 31), "coverage_start": date(2098, 1, 1)},
        [],
        "参保从 2098-01-01 开始，不在 2096-2097 学年里",
    ),
    ({"reminder_days": [20, 3]}, [], "截止前 20 天的提醒早于申请开始"),
    (
        {"rate_reporting": True, "rate_from": at(10), "rate_until": at(24)},
        [step(at(1), at(25))],
        "参保率上报 2096-09-24 08:00 截止，早于审核截止",
    ),
]


@pytest.mark.parametrize(("changes", "steps", "sentence"), CASES)
def test_each_oddity_is_one_note(changes, steps, sentence):
    [note] = notes(plan(**changes), steps)
    assert sentence in note


def test_a_pause_over_night_is_no_gap():
    assert notes(plan(pay_from=at(20) + DAY - timedelta(hours=1)), []) == []


def test_what_is_over_before_a_plan_opens_is_pointed_out_and_later_is_not():
    past = {name: at(day) - 90 * YEAR for name, day in (("pay_from", 1), ("pay_until", 30))}
    draft = plan(**past, coverage_start=date(2096, 10, 1))
    assert sum("已经过去" in note for note in notes(draft, [])) == 1
    draft.status = PlanStatus.OPEN
    assert not any("已经过去" in note for note in notes(draft, []))


def test_windows_stand_on_one_axis_and_open_ends_are_its_edges():
    drawn = bars([
        Window("申请", at(1), at(11)), Window("审核", None, None), Window("缴费", at(6), at(21)),
    ])  # fmt: skip
    assert [(bar.start, bar.length) for bar in drawn] == [(0, 50), (0, 100), (25, 75)]
    assert [bar.length for bar in bars([Window("审核", None, None)])] == [100]
