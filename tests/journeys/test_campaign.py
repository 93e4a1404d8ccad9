"""A whole campaign in both ways: six counselors, three colleges and the school office, over HTTP.

Things go wrong as they do: returns, a refusal, a withdrawal, a transfer, classes handed over, a rate
opened again. In the end every part sums to its whole, live and as handed in.
"""

from dataclasses import dataclass, field

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_class, make_plan, make_staff, make_student
from yibao.accounts.models import User
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment.choice import Choice
from yibao.enrolment.master_data import change_and_enlist
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Status
from yibao.people import handing_over
from yibao.people.codes import TrainingLevel
from yibao.people.levels import Level
from yibao.people.models import ClassGroup, College, Student
from yibao.plans.models import InsurancePlan
from yibao.reports import drift, rates, units
from yibao.reports.models import RateReport
from yibao.reports.rates import Figures
from yibao.reports.states import Cause, RateStatus

pytestmark = pytest.mark.django_db
COLLEGES, GRADES, PER_CLASS = ("甲学院", "乙学院", "丙学院"), (2023, 2024), 3
NAMES = "一二三"


@dataclass
class School:
    """Who is there, and how they act."""

    plan: InsurancePlan
    office: User
    admin: User
    officers: dict[str, User] = field(default_factory=dict)
    counselors: dict[tuple[str, int], User] = field(default_factory=dict)
    students: dict[tuple[str, int], list[Student]] = field(default_factory=dict)
    classes: dict[tuple[str, int], ClassGroup] = field(default_factory=dict)
    clients: dict[int, Client] = field(default_factory=dict)

    def client(self, who: User) -> Client:
        """Somebody who has signed in."""
        if who.pk not in self.clients:
            self.clients[who.pk] = Client()
            backend = "django.contrib.auth.backends.ModelBackend"
            self.clients[who.pk].force_login(who, backend=backend)
        return self.clients[who.pk]

    def does(self, who: User, name: str, action: str, rows, **data) -> None:
        """Something from a list, for these rows."""
        address = f"{reverse(name)}?plan={self.plan.pk}"
        sent = {"do": "run", "action": action, "pk": [row.pk for row in rows], **data}
        assert self.client(who).post(address, sent).status_code in {200, 302, 409, 422}

    def posts(self, who: User, name: str, *args) -> None:
        """A button of a page."""
        assert self.client(who).post(reverse(name, args=args)).status_code == 302

    def rows(self, *units, **fields):
        """The enrolments of classes."""
        students = [s for unit in units or self.students for s in self.students[unit]]
        return Enrolment.objects.filter(plan=self.plan, student__in=students, **fields)

    def submits(self, rows, reason: str = "") -> None:
        """Each student for themselves."""
        choice = Choice(Intent.JOIN, consent="当面")
        if reason:
            choice = Choice(
                Intent.STAY_OUT, consent="当面", reason=self.plan.reasons.get(name=reason)
            )
        for row in rows.select_related("student__user"):
            mine = Enrolment.objects.filter(pk=row.pk)
            enrolment_flow.submit(mine, choice, by=row.student.user).or_refuse()

    def college(self, name: str) -> College:
        """By name."""
        return College.objects.get(name=name)

    def report(self, name: str, grade: int | None = None) -> RateReport:
        """What stands handed in."""
        return RateReport.objects.get(plan=self.plan, college__name=name, grade=grade)


def school(way: str) -> School:
    level = TrainingLevel.BACHELOR if way == "A" else TrainingLevel.MASTER
    office = make_staff("S1", "学校", Level.SCHOOL)
    here = School(make_plan(way=way), office, make_staff("A1", "管理员", Level.ADMIN))
    for at, name in enumerate(COLLEGES):
        for grade in GRADES:
            unit = (name, grade)
            group = make_class(f"{name[0]}{grade}", name, f"{name[0]}专业", grade=grade)
            here.classes[unit] = group
            number = f"C{at}{grade}"
            here.counselors[unit] = make_staff(number, number, Level.COUNSELOR, classes=[group])
            here.students[unit] = [
                make_student(group, f"{name[0]}生{NAMES[n]}", training_level=level)
                for n in range(PER_CLASS)
            ]
        here.officers[name] = make_staff(f"D{at}", name, Level.COLLEGE, here.college(name))
    enlist(here.plan, by=office)
    return here


def sums_hold(here: School) -> Figures:
    """Classes, grades and colleges add up to the school, and the school to the roster."""
    every = Enrolment.objects.filter(plan=here.plan)
    whole = rates.figures(every)
    assert whole.roster == len(COLLEGES) * len(GRADES) * PER_CLASS
    for paths in (["student__class_group"], [units.COLLEGE, units.GRADE], [units.COLLEGE]):
        assert rates.total(rates.by(every, *paths).values()) == whole
    return whole


def test_way_a_with_returns_a_refusal_and_classes_handed_over():
    here = school("A")
    first, second = (COLLEGES[0], 2023), (COLLEGES[0], 2024)
    here.submits(here.rows())
    for unit, counselor in here.counselors.items():
        # Nobody reaches beyond the own class, whatever is sent.
        here.does(counselor, "staff:reviews", "approve", here.rows(), comment="")
        assert here.rows(unit, current_step__level=Level.COLLEGE).count() == PER_CLASS
        sums_hold(here)
    back = here.rows(first)[:1].get()
    here.does(here.officers[first[0]], "staff:reviews", "send_back", [back], comment="请核对")
    assert here.rows(first, status=Status.RETURNED).get() == back
    # The counselor hands the class over while the student corrects; the new one reviews.
    post = here.counselors[first].posts.get()
    successor = User.objects.get(pk=here.counselors[second].pk)
    handing_over.hand_over(post, successor, [here.classes[first]], by=here.admin)
    here.submits(here.rows(first, status=Status.RETURNED))
    here.does(here.counselors[first], "staff:reviews", "approve", [back], comment="")
    assert here.rows(first, current_step__level=Level.COUNSELOR).get() == back
    here.does(successor, "staff:reviews", "approve", [back], comment="")
    for name, officer in here.officers.items():
        here.does(officer, "staff:reviews", "approve", here.rows(), comment="")
        mine = here.rows(*((name, grade) for grade in GRADES))
        assert set(mine.values_list("current_step__level", flat=True)) == {Level.SCHOOL}
    refused = here.rows(second)[:1].get()
    here.does(here.office, "staff:reviews", "refuse", [refused], comment="不属于本计划")
    here.does(here.office, "staff:reviews", "approve", here.rows(), comment="")
    assert sums_hold(here) == Figures(awaiting_payment=17, returned=1)
    here.submits(here.rows(second, status=Status.RETURNED), "已在户籍地参加居民医保")
    for who in (successor, here.officers[second[0]], here.office):
        here.does(who, "staff:reviews", "approve", [refused], comment="")
    assert sums_hold(here) == Figures(awaiting_payment=17, elsewhere=1)


def accept(here: School, name: str, *grades: int) -> None:
    """A college accepts what its grades have handed in."""
    reports = [here.report(name, grade) for grade in grades]
    here.does(here.officers[name], "staff:grade_rates", "accept", reports, opinion="同意")
    assert {here.report(name, grade).status for grade in grades} == {RateStatus.ACCEPTED}


def hand_in(here: School, *units_: tuple[str, int]) -> None:
    """Counselors hand in their grades."""
    for name, grade in units_:
        by = here.counselors[name, grade]
        here.posts(by, "staff:hand_in_grade", here.plan.pk, here.college(name).pk, grade)
        assert here.report(name, grade).status == RateStatus.HANDED_IN


def hand_up(here: School, *names: str) -> None:
    """Colleges hand in, and the school accepts."""
    for name in names:
        by = here.officers[name]
        here.posts(by, "staff:hand_in_college", here.plan.pk, here.college(name).pk)
    reports = [here.report(name) for name in names]
    here.does(here.office, "staff:college_rates", "accept", reports, opinion="")
    assert {here.report(name).status for name in names} == {RateStatus.ACCEPTED}


def reopen(here: School, name: str, grade: int) -> None:
    """School and college return what they had accepted."""
    here.does(here.office, "staff:college_rates", "return", [here.report(name)], opinion="有变动")
    by, report = here.officers[name], here.report(name, grade)
    here.does(by, "staff:grade_rates", "return", [report], opinion="有变动")
    assert here.report(name, grade).status == RateStatus.RETURNED


def test_way_b_with_returns_withdrawal_correction_transfer_and_reopening():
    here = school("B")
    jia, yi, bing = COLLEGES
    here.submits(here.rows().exclude(student__in=[s[0] for s in here.students.values()]))
    here.submits(here.rows(status=Status.UNREGISTERED), "自愿放弃")
    for counselor in here.counselors.values():
        here.does(counselor, "staff:reviews", "approve", here.rows(), comment="")
    assert sums_hold(here) == Figures(awaiting_payment=12, opted_out=6)

    hand_in(here, *here.counselors)
    report = here.report(jia, 2023)
    here.does(here.officers[jia], "staff:grade_rates", "return", [report], opinion="请核对")
    hand_in(here, (jia, 2023))
    counselor, report = here.counselors[yi, 2024], here.report(yi, 2024)
    here.does(counselor, "staff:grade_rates", "withdraw", [report], reason="漏了一人")
    assert here.report(yi, 2024).opinion.endswith("撤回：漏了一人")
    hand_in(here, (yi, 2024))
    for name in COLLEGES:
        accept(here, name, *GRADES)

    # 丙 knows better why one stays out; list, figures and student follow.
    line = here.report(bing, 2023).lines.get(standing="opted_out")
    reason = here.plan.reasons.get(name="已在户籍地参加居民医保").pk
    sent = {"reason": reason, "note": "", "why": "核对了凭证"}
    here.does(here.officers[bing], "staff:college_roster", "correct", [line], **sent)
    assert here.report(bing, 2023).frozen() == Figures(awaiting_payment=2, elsewhere=1)
    hand_up(here, *COLLEGES)
    whole = Figures(awaiting_payment=12, opted_out=5, elsewhere=1)
    assert sums_hold(here) == whole
    assert drift.causes(RateReport.objects.all()) == {}

    # Somebody moves from 甲 to 乙: both rates drift with a cause, and are opened and handed in again.
    moved = here.students[jia, 2023][1]
    to = here.classes[yi, 2024]
    change_and_enlist(moved, {"class_group": to}, by=here.office, reason="转专业")
    causes = drift.causes(RateReport.objects.all())
    assert causes == {
        here.report(jia, 2023).pk: {Cause.MOVED: 1},
        here.report(jia).pk: {Cause.MOVED: 1},
        here.report(yi, 2024).pk: {Cause.NEW: 1},
        here.report(yi).pk: {Cause.NEW: 1},
    }
    for unit in ((jia, 2023), (yi, 2024)):
        reopen(here, *unit)
        hand_in(here, unit)
        accept(here, *unit)
    hand_up(here, jia, yi)

    assert sums_hold(here) == whole
    assert drift.causes(RateReport.objects.all()) == {}
    of_colleges = {name: here.report(name).frozen() for name in COLLEGES}
    assert {name: figures.roster for name, figures in of_colleges.items()} == {
        jia: 5, yi: 7, bing: 6,
    }  # fmt: skip
    for name, figures in of_colleges.items():
        assert rates.total(here.report(name, grade).frozen() for grade in GRADES) == figures
        assert rates.figures(units.of_unit(here.plan, here.college(name))) == figures
    assert rates.total(of_colleges.values()) == whole

    page = here.client(here.office).get(reverse("staff:school_rate"), {"plan": here.plan.pk})
    assert page.context["whole"] == page.context["frozen"] == whole
    assert page.context["late"] == []
