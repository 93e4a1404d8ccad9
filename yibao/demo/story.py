"""The year of the invented university: last year's plan from end to end, this year's half-way."""

from collections.abc import Hashable, Iterable
from math import ceil
from random import Random
from typing import TypeVar

from yibao.accounts.models import User
from yibao.demo import cash, progress
from yibao.demo.progress import Row, School
from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import TO_REGISTER
from yibao.people.models import College
from yibao.plans.flow import archive_plan, close_plan
from yibao.plans.models import InsurancePlan
from yibao.reports import flow as rate_flow
from yibao.reports.models import RateReport
from yibao.reports.states import RateStatus

MOST = 3000
"""So many students act in a plan; of a larger university the others have not begun."""
Group = TypeVar("Group", bound=Hashable)

LAST_YEAR = {"cash": 86, "opted_out": 12, "not_required": 1, "unregistered": 1}
HALF_WAY = {
    "unregistered": 24,
    "waits_counselor": 14,
    "returned_counselor": 3,
    "waits_college": 9,
    "returned_college": 2,
    "waits_school": 7,
    "returned_school": 1,
    "awaiting": 13,
    "cash": 14,
    "online": 6,
    "opted_out": 6,
    "not_required": 1,
}
# One college in four has hardly begun.
LATE = 3
EARLY = {"unregistered": 70, "waits_counselor": 20, "awaiting": 4, "cash": 3, "opted_out": 3}
COMPLETE = {"awaiting": 12, "cash": 70, "online": 6, "opted_out": 10, "not_required": 2}
# Way B: of every five colleges one has finished, two are near, two have begun.
FINISHED, NEAR = 1, 3


def first_classes(groups: Iterable[tuple[Hashable, Group]]) -> set[Group]:
    """Of (college, class) for each student the first classes of each college, few enough."""
    whole = list(groups)
    by_college: dict[Hashable, dict[Group, None]] = {}
    for college, group in whole:
        by_college.setdefault(college, {})[group] = None
    part = min(1.0, MOST / max(1, len(whole)))
    return {
        group for found in by_college.values() for group in list(found)[: ceil(len(found) * part)]
    }


def live_last_year(plan: InsurancePlan, school: School, random: Random) -> None:
    """Everybody decides, most pay, the plan ends."""
    rows = progress.rows_of(plan)
    fates = progress.draw(rows, LAST_YEAR, random)
    progress.spare(progress.fated(rows, fates, "not_required"), school.counselors)
    progress.apply_for(rows, fates, plan, lambda _: school.office, own_count=0)
    progress.review(rows, fates, "college", lambda row: school.officers[row.college])
    progress.review(rows, fates, "school", lambda _: school.office)
    _pay(rows, fates, school)
    cash.finish(rows)
    archive_plan(close_plan(plan, by=school.office), by=school.office)


def live_three_steps(plan: InsurancePlan, school: School, random: Random) -> None:
    """Way A: some colleges are quick, some have hardly begun."""
    rows = progress.rows_of(plan)
    begun = first_classes((row.college, row.group) for row in rows)
    rows = [row for row in rows if row.group in begun]
    fates: dict[int, str] = {}
    for place, members in enumerate(progress.by_college(rows).values()):
        fates |= progress.draw(members, EARLY if place % 4 == LATE else HALF_WAY, random)
    progress.spare(progress.fated(rows, fates, "not_required"), school.counselors)
    progress.apply_for(rows, fates, plan, _counselor(school))
    progress.review(rows, fates, "counselor", _counselor(school))
    progress.review(rows, fates, "college", lambda row: school.officers[row.college])
    progress.review(rows, fates, "school", lambda _: school.office)
    _pay(rows, fates, school)
    progress.remind(rows, fates, school.counselors)


def live_rates(plan: InsurancePlan, school: School, random: Random) -> None:
    """Way B: rates are handed up where nobody is left to register."""
    groups = _first_colleges(progress.rows_of(plan))
    rows = [row for members in groups.values() for row in members]
    fates: dict[int, str] = {}
    for place, members in enumerate(groups.values()):
        weights = COMPLETE if place % 5 < NEAR else HALF_WAY
        fates |= progress.draw(members, weights, random)
    progress.spare(progress.fated(rows, fates, "not_required"), school.counselors)
    progress.apply_for(rows, fates, plan, _counselor(school))
    progress.review(rows, fates, "counselor", _counselor(school))
    _pay(rows, fates, school)
    for place, (college_id, members) in enumerate(groups.items()):
        if place % 5 < NEAR:
            finished = place % 5 < FINISHED
            _hand_up(plan, College.objects.get(pk=college_id), members, school, finished=finished)


def _first_colleges(rows: list[Row]) -> dict[int, list[Row]]:
    """Whole colleges, since rates are handed up by whole grades."""
    kept: dict[int, list[Row]] = {}
    for college, members in progress.by_college(rows).items():
        if sum(map(len, kept.values())) < MOST:
            kept[college] = members
    return kept


def _counselor(school: School):
    return lambda row: school.counselors.get(row.group, school.office)


def _pay(rows: list[Row], fates: dict[int, str], school: School) -> None:
    cash.take(rows, fates, school.counselors)
    progress.pay_online(rows, fates)


def _hand_up(
    plan: InsurancePlan, college: College, members: list[Row], school: School, *, finished: bool
) -> None:
    """A finished college has handed in its rate; of the others the oldest grade is under way."""
    grades = sorted({row.grade for row in members})
    for grade in grades if finished else grades[:2]:
        groups = {row.group for row in members if row.grade == grade} & school.counselors.keys()
        if not groups:
            return
        counselor = school.counselors[min(groups)]
        _settle_rest(members, grade, school)
        report = rate_flow.hand_in_grade(plan, college, grade, by=counselor)
        if finished or grade == grades[0]:
            _accept(report, school.officers[college.pk])
    if finished:
        report = rate_flow.hand_in_college(plan, college, by=school.officers[college.pk])
        _accept(report, school.office)


def _settle_rest(members: list[Row], grade: int, school: School) -> None:
    """Whose data are faulty could not apply; the grade cannot wait for them."""
    mine = [row for row in members if row.grade == grade]
    left = Enrolment.objects.filter(pk__in=[row.pk for row in mine], status__in=TO_REGISTER)
    pks = set(left.values_list("pk", flat=True))
    note = "信息更正中，本学期暂不参保"
    progress.spare([row for row in mine if row.pk in pks], school.counselors, note)


def _accept(report: RateReport, by: User) -> None:
    these = RateReport.objects.filter(pk=report.pk)
    rate_flow.decide(these, RateStatus.ACCEPTED, by=by).or_refuse()
