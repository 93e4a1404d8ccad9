"""From when until when somebody is insured: what stands nearest counts."""

from datetime import date

import pytest
from django.db import IntegrityError

from tests.factories import make_plan
from yibao.plans.coverage import Coverage, coverage_of, coverage_words, own_words
from yibao.plans.flow import copy_plan
from yibao.plans.models import InsurancePlan, InsuranceType
from yibao.plans.states import PlanStatus

YEAR = Coverage(date(2027, 1, 1), date(2027, 12, 31))
AUTUMN = Coverage(date(2026, 9, 1), date(2027, 12, 31))
SCHOOL_YEAR = Coverage(date(2026, 9, 1), date(2027, 8, 31))
ARRIVAL = Coverage(date(2026, 9, 15), date(2027, 8, 31))


def days(usual=None, freshmen=None):
    found = {}
    if usual:
        found |= {"coverage_start": usual.start, "coverage_end": usual.end}
    if freshmen:
        found |= {
            "freshman_coverage_start": freshmen.start,
            "freshman_coverage_end": freshmen.end,
        }
    return found


CASES = [  # plan, type → of a first-year student, of the others
    (days(YEAR), days(), YEAR, YEAR),
    (days(YEAR, AUTUMN), days(), AUTUMN, YEAR),
    (days(YEAR, AUTUMN), days(SCHOOL_YEAR), SCHOOL_YEAR, SCHOOL_YEAR),
    (days(YEAR, AUTUMN), days(SCHOOL_YEAR, ARRIVAL), ARRIVAL, SCHOOL_YEAR),
    (days(YEAR), days(None, ARRIVAL), ARRIVAL, YEAR),
]


@pytest.mark.parametrize(("plan", "kind", "freshman", "others"), CASES)
def test_the_nearest_days_count(plan, kind, freshman, others):
    plan, kind = InsurancePlan(academic_year=2026, **plan), InsuranceType(**kind)
    assert coverage_of(plan, kind, 2026) == freshman
    assert coverage_of(plan, kind, 2025) == others


def test_types_are_told_apart_only_if_their_days_differ():
    plan = InsurancePlan(academic_year=2026, **days(YEAR, AUTUMN))
    basic, extra = InsuranceType(name="基本"), InsuranceType(name="补充", **days(SCHOOL_YEAR))
    assert coverage_words(plan, [basic], 2026) == "2026-09-01 至 2027-12-31"
    assert coverage_words(plan, [], 2025) == "2027-01-01 至 2027-12-31"
    assert coverage_words(plan, [basic, extra], 2025) == (
        "基本 2027-01-01 至 2027-12-31；补充 2026-09-01 至 2027-08-31"
    )
    assert own_words(plan) == "2027-01-01 至 2027-12-31，新生 2026-09-01 至 2027-12-31"
    assert own_words(basic) == ""


@pytest.mark.parametrize("half", [
    {"coverage_start": date(2027, 1, 1)},
    {"freshman_coverage_end": date(2027, 1, 1)},
    {"coverage_start": date(2027, 1, 2), "coverage_end": date(2027, 1, 1)},
])  # fmt: skip
def test_half_a_coverage_cannot_be_stored(db, half):
    with pytest.raises(IntegrityError, match="type_coverage_in_order"):
        make_plan(status=PlanStatus.DRAFT).types.update(**half)


def test_last_year_s_days_and_grades_move_by_a_year(cast):
    plan = make_plan(grades=[2025, 2026], **days(YEAR, Coverage(date(2028, 2, 29), YEAR.end.replace(year=2028))))  # fmt: skip
    plan.types.update(**days(SCHOOL_YEAR, ARRIVAL))
    copy = copy_plan(plan, by=cast.office)
    assert copy.grades == [2026, 2027]
    assert own_words(copy) == "2028-01-01 至 2028-12-31，新生 2029-02-28 至 2029-12-31"
    assert own_words(copy.types.get()) == "2027-09-01 至 2028-08-31，新生 2027-09-15 至 2028-08-31"
    assert own_words(plan.types.get()) == "2026-09-01 至 2027-08-31，新生 2026-09-15 至 2027-08-31"
