"""自动检查: what is named for a reviewer, one fault at a time; and that it refuses nobody."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from tests.cast import make_cast
from tests.factories import make_plan, make_student
from yibao.enrolment import findings, flow
from yibao.enrolment.choice import Choice
from yibao.enrolment.models import Enrolment, QuoteLine
from yibao.enrolment.roster import enlist, enlist_all
from yibao.enrolment.states import Checked, Finding, Intent, Status
from yibao.people.codes import RosterStatus, Sex
from yibao.people.models import Student
from yibao.plans.models import HardshipEntry, InsuranceType
from yibao.plans.states import Offered, PlanStatus

F = Finding


@pytest.fixture
def cast(db):
    cast = make_cast()
    cast.plan = make_plan()
    enlist(cast.plan, by=cast.office)
    return cast


def row_of(student):
    return Enrolment.objects.filter(student=student, plan__academic_year=2026)


def join(cast, student):
    flow.submit(row_of(student), Choice(Intent.JOIN), by=student.user).or_refuse()


def stay_out(cast, student, name="自愿放弃"):
    reason = cast.plan.reasons.get(name=name)
    flow.submit(
        row_of(student), Choice(Intent.STAY_OUT, reason=reason), by=student.user
    ).or_refuse()


def named(student):
    codes = findings.with_codes(row_of(student)).get().finding_codes
    row = findings.with_checked(findings.with_words(row_of(student))).get()
    found = [F(code) for code in codes.split(",") if code]
    assert row.finding_words == "、".join(finding.label for finding in found)
    assert row.checked == (Checked.LOOK if found else Checked.CLEAN)
    return found


def change(student, **fields):
    """Past all verbs, as a roster of another system would."""
    Student.objects.filter(pk=student.pk).update(**fields)
    enlist_all(by=None, among=[student.pk])


def test_a_right_submission_is_clean(cast):
    join(cast, cast.wang)
    stay_out(cast, cast.liu)
    assert named(cast.wang) == named(cast.liu) == []


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"id_number": "350102200503020000"}, [F.ID_NUMBER, F.CHANGED]),
        ({"sex": Sex.FEMALE}, [F.BIRTH_OR_SEX, F.CHANGED]),
        ({"ethnicity": ""}, [F.INCOMPLETE, F.CHANGED]),
        ({"name": "王晓明"}, [F.CHANGED]),
        ({"roster_status": RosterStatus.GRADUATED}, [F.OFF_ROLL]),
        ({"postcode": "350009"}, []),
    ],
)
def test_what_the_roster_changes_after_submitting(cast, fields, found):
    join(cast, cast.wang)
    change(cast.wang, **fields)
    assert named(cast.wang) == found


def test_the_same_number_twice(cast):
    join(cast, cast.wang)
    Student.objects.filter(pk=cast.zhao.pk).update(id_number_index=cast.wang.id_number_index)
    assert named(cast.wang) == [F.DUPLICATE]


def test_a_reduction_without_its_recognition(cast):
    entry = HardshipEntry.objects.create(
        student=cast.wang, academic_year=2026, category="低保", level="一般"
    )
    join(cast, cast.wang)
    assert named(cast.wang) == []
    HardshipEntry.objects.update(valid_until=localdate() - timedelta(days=1))
    assert named(cast.wang) == [F.CATEGORY]
    HardshipEntry.objects.update(valid_until=None, listed_name="王晓明")
    assert named(cast.wang) == [F.CATEGORY]
    entry.delete()
    assert named(cast.wang) == [F.CATEGORY]


def test_a_reason_for_the_recognised_alone(cast):
    stay_out(cast, cast.wang)
    cast.plan.reasons.filter(name="自愿放弃").update(offered_to=Offered.RECOGNISED)
    assert named(cast.wang) == [F.CATEGORY]


def test_an_unsigned_statement(cast):
    stay_out(cast, cast.wang)
    type(cast.plan).objects.update(statement_required=True)
    assert named(cast.wang) == [F.PROOF]


def test_another_choice_than_last_year(cast):
    before = make_plan("2025年", academic_year=2025, status=PlanStatus.CLOSED)
    Enrolment.objects.create(
        plan=before, student=cast.wang, status=Status.ENROLLED, intent=Intent.JOIN
    )
    stay_out(cast, cast.wang)
    assert named(cast.wang) == [F.LAST_YEAR]
    flow.withdraw(row_of(cast.wang), by=cast.wang.user).or_refuse()
    join(cast, cast.wang)
    assert named(cast.wang) == []


def test_a_price_that_is_no_longer_the_type_s(cast):
    join(cast, cast.wang)
    InsuranceType.objects.update(premium=Decimal("600.00"))
    assert named(cast.wang) == [F.AMOUNT]
    QuoteLine.objects.all().delete()
    assert named(cast.wang) == [F.AMOUNT]


def test_it_refuses_nobody_and_is_forgotten_with_a_new_submission(cast):
    join(cast, cast.wang)
    change(cast.wang, name="王晓明")
    flow.send_back(row_of(cast.wang), by=cast.li, comment="姓名已改，请重新确认").or_refuse()
    join(cast, cast.wang)
    assert named(cast.wang) == []
    change(cast.wang, name="王小明")
    assert named(cast.wang) == [F.CHANGED]
    flow.approve(row_of(cast.wang), by=cast.li).or_refuse()


def test_looking_again_costs_the_same_for_many(cast):
    def queries(students):
        for student in students:
            enlist(cast.plan, by=None, among=[student.pk])
            join(cast, student)
        Student.objects.update(ethnicity="")
        Enrolment.objects.update(data_findings="")
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert findings.look_again() == Enrolment.objects.filter(status="in_review").count()
        Student.objects.update(ethnicity="汉")
        return len(captured) - 1

    one = queries([cast.wang])
    more = queries([make_student(cast.classes.cs1, f"学生{n}") for n in "甲乙丙丁"])
    assert one == more
