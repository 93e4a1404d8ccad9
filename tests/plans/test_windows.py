"""What is odd about a plan's times is pointed out; what is not, is not."""

from datetime import date, datetime, timedelta

import pytest
from django.utils.timezone import get_current_timezone

from yibao.people.levels import Level
from yibao.plans.models import InsurancePlan, ReviewStep
from yibao.plans.windows import notes

DAY = timedelta(days=1)


def at(day, month=9):
    return datetime(2026, month, day, 8, 0, tzinfo=get_current_timezone())


def plan(**changes):
    usual = {
        "apply_from": at(1), "apply_until": at(20), "pay_from": at(1), "pay_until": at(30),
        "coverage_start": date(2027, 1, 1), "coverage_end": date(2027, 12, 31),
    }  # fmt: skip
    return InsurancePlan(**(usual | changes))


def step(opens, closes, name="辅导员审核"):
    return ReviewStep(level=Level.COUNSELOR, name=name, opens_at=opens, closes_at=closes)


def test_a_plan_whose_times_fit_gets_no_note():
    steps = [step(at(1), at(21)), step(at(1), at(22), "学院审核"), step(None, None, "学校审核")]
    rates = {"rate_reporting": True, "rate_from": at(20), "rate_until": at(28)}
    assert notes(plan(**rates), steps) == []


CASES = [
    ({}, [step(at(1), at(19))], "“辅导员审核”2026-09-19 08:00 截止，早于申请截止"),
    (
        {},
        [step(at(1), at(25)), step(at(1), at(22), "学院审核")],
        "“学院审核”比上一环节“辅导员审核”先截止",
    ),
    ({}, [step(at(24), at(29))], "“申请”截止后 4 天“辅导员审核”才开始"),
    ({"pay_until": at(19)}, [], "缴费 2026-09-19 08:00 截止，早于申请截止"),
    ({"pay_until": at(25)}, [step(at(1), at(28))], "最后通过的学生来不及缴费"),
    ({"pay_from": at(24)}, [], "“申请”截止后 4 天“缴费”才开始"),
    ({"pay_from": at(1, 8)}, [], "缴费早于申请开始"),
    ({"coverage_start": date(2026, 9, 25)}, [], "晚于参保开始 2026-09-25"),
    (
        {"rate_reporting": True, "rate_from": at(10), "rate_until": at(19)},
        [],
        "参保率上报 2026-09-19 08:00 截止，早于申请截止",
    ),
    (
        {"rate_reporting": True, "rate_from": at(10), "rate_until": at(24)},
        [step(at(1), at(25))],
        "参保率上报 2026-09-24 08:00 截止，早于审核截止",
    ),
]


@pytest.mark.parametrize(("changes", "steps", "sentence"), CASES)
def test_each_oddity_is_one_note(changes, steps, sentence):
    [note] = notes(plan(**changes), steps)
    assert sentence in note


def test_a_pause_over_night_is_no_gap():
    assert notes(plan(pay_from=at(20) + DAY - timedelta(hours=1)), []) == []
