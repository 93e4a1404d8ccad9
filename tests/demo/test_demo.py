"""The invented university: right, varied, the same for the same seed, and in the midst of its work."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.test import Client
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.demo import cast, gateways
from yibao.demo.build import make_demo, school_year
from yibao.demo.staff import demo_accounts
from yibao.demo.students import HEADERS, invent
from yibao.demo.university import plan_classes
from yibao.enrolment.models import Enrolment, ReviewRecord
from yibao.enrolment.paper_models import Evidence, Statement
from yibao.enrolment.states import Status
from yibao.notify.models import Message
from yibao.payments.models import BillDay, Difference, HandOver, Payment
from yibao.payments.providers.base import to_fen
from yibao.payments.states import BillStatus, HandOverStatus
from yibao.people.checks import master_faults
from yibao.people.codes import DocumentType, RosterStatus
from yibao.people.levels import Level
from yibao.people.models import ClassGroup, Correction, Post, Student
from yibao.plans.models import HardshipEntry, InsurancePlan
from yibao.plans.states import PlanStatus
from yibao.reports import rates
from yibao.reports.models import RateReport
from yibao.reports.states import RateStatus, Unit
from yibao_sandbox.gateway import PAID, learn
from yibao_sandbox.ledger import Ledger

YEAR = 2026


def column(lists, header):
    return [line[HEADERS.index(header)] for line in lists.roster]


@pytest.mark.parametrize("students", [1, 2, 7, 60, 999])
def test_exactly_as_many_students_as_were_asked_for(students):
    assert sum(group.size for group in plan_classes(students, YEAR, Random(1))) == students
    lists = invent(students, YEAR, 1)
    assert len(set(column(lists, "学号"))) == students


def test_the_same_seed_invents_the_same_people():
    assert invent(200, YEAR, 7) == invent(200, YEAR, 7)
    assert invent(200, YEAR, 7).roster != invent(200, YEAR, 8).roster


def test_the_university_is_varied():
    lists = invent(2000, YEAR, 2026)
    sizes = Counter(column(lists, "学院"))
    assert len(sizes) == 16
    assert max(sizes.values()) > 4 * min(sizes.values())
    levels = Counter(column(lists, "培养层次"))
    assert levels["本科"] == 1600
    assert 0 < levels["博士"] < levels["硕士"]
    assert set(column(lists, "校区")) == {"大学城校区", "东湖校区"}
    assert set(column(lists, "学籍状态")) == {"在读", "休学", "保留学籍", "退学"}
    assert len(set(column(lists, "证件类型"))) >= 4
    numbers = [number for number in column(lists, "证件号码") if number]
    assert len(set(numbers)) == len(numbers) == 2000
    assert len({number[:6] for number in numbers if len(number) == 18}) > 40
    assert any("、" in staff for staff in column(lists, "辅导员工号"))
    assert "" in column(lists, "拟毕业时间")
    assert len({line[4] for line in lists.hardship}) == 6


@pytest.fixture(scope="module")
def university(django_db_setup, django_db_blocker):
    """One university for all tests of this module; they only look."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_demo(240, seed=2026)
        yield
        transaction.set_rollback(True)


@pytest.mark.usefixtures("university")
@pytest.mark.django_db
class TestUniversity:
    def test_people_and_posts(self):
        assert Student.objects.count() == 240
        levels = set(Post.objects.values_list("level", flat=True))
        assert levels == set(Level)
        two = User.objects.get(username=cast.TWO_POSTS[0])
        college, counselor = two.posts.order_by("level")
        assert (college.level, counselor.level) == (Level.COLLEGE, Level.COUNSELOR)
        group = counselor.class_groups.get()
        assert group.major.college_id != college.college_id
        assert group.posts.count() == 2
        assert not ClassGroup.objects.filter(posts__isnull=True).exists()
        assert HardshipEntry.objects.exists()
        assert Student.objects.exclude(document_type=DocumentType.ID_CARD).exists()
        assert Student.objects.filter(roster_status=RosterStatus.SUSPENDED).exists()

    def test_the_student_of_the_cast_can_apply(self):
        student = Student.objects.select_related("class_group__major__college").get(
            name=cast.STUDENT
        )
        assert master_faults(student) == []
        enrolment = student.enrolments.get(plan__status=PlanStatus.OPEN)
        assert enrolment.status == Status.UNREGISTERED

    def test_two_plans_are_open_and_last_years_is_archived(self):
        year = school_year()
        plans = InsurancePlan.objects.order_by("academic_year", "pk")
        assert [(p.academic_year, p.status, p.rate_reporting) for p in plans] == [
            (year - 1, PlanStatus.ARCHIVED, False),
            (year, PlanStatus.OPEN, False),
            (year, PlanStatus.OPEN, True),
        ]
        last, first, second = plans
        assert [step.level for step in first.steps.all()] == ["counselor", "college", "school"]
        assert [step.level for step in second.steps.all()] == ["counselor"]
        assert last.pay_until < now()
        assert not last.enrolments.filter(student__class_group__grade=year).exists()

    def test_corrections_wait_and_were_decided(self):
        found = Counter(Correction.objects.values_list("status", flat=True))
        assert set(found) == {"open", "accepted", "refused"}
        assert found["open"] > found["refused"]
        assert Correction.objects.filter(proof__isnull=False, status="open").exists()
        assert not Student.objects.filter(corrections__isnull=False, name=cast.STUDENT).exists()

    def test_every_stage_has_somebody(self):
        first = InsurancePlan.objects.get(status=PlanStatus.OPEN, rate_reporting=False)
        assert set(first.enrolments.values_list("status", flat=True)) == set(Status)
        steps = set(first.enrolments.values_list("current_step__level", flat=True))
        assert steps == {None, "counselor", "college", "school"}
        channels = set(Payment.objects.values_list("channel", flat=True))
        assert channels == {"cash", "sandbox-wechat", "sandbox-alipay", "sandbox"}
        for plan in InsurancePlan.objects.all():
            figures = rates.figures(Enrolment.objects.filter(plan=plan))
            assert figures.roster == plan.enrolments.count()

    def test_some_who_stay_out_have_shown_and_signed(self):
        own = Evidence.objects.values("enrolment").distinct().count()
        assert own >= 3
        signed = Statement.objects.select_related("enrolment__student")
        assert signed.count() >= 8
        assert all(one.by_id == one.enrolment.student.user_id for one in signed)
        out = Enrolment.objects.with_papers().filter(intent="stay_out")
        behalf = out.filter(statement_state="outstanding")
        assert behalf.exists()
        assert not behalf.filter(consent_note="").exists()

    def test_a_plan_was_changed_and_late_recognitions_wait_for_finance(self):
        plan = InsurancePlan.objects.get(name__contains="本科生")
        second, first = plan.versions.all()
        assert (first.at, [c["field"] for c in second.changes]) == (
            plan.opened_at,
            ["申请截止时间", "缴费截止时间"],
        )
        found = Counter(Difference.objects.values_list("status", flat=True))
        assert set(found) == {"open", "settling", "kept"}

    def test_rates_have_been_handed_up(self):
        reports = RateReport.objects.values_list("unit", "status")
        assert (Unit.COLLEGE, RateStatus.ACCEPTED) in reports
        assert (Unit.GRADE, RateStatus.HANDED_IN) in reports

    def test_what_happened_lies_in_the_past_in_its_order(self):
        plans = InsurancePlan.objects.filter(status=PlanStatus.OPEN)
        for record in ReviewRecord.objects.filter(enrolment__plan__in=plans).select_related(
            "enrolment__plan"
        ):
            enrolment = record.enrolment
            assert enrolment.plan.apply_from <= enrolment.submitted_at < record.at
        for payment in Payment.objects.filter(order__enrolment__plan__in=plans):
            last = payment.order.enrolment.reviews.last()
            assert last.at < payment.started_at <= payment.paid_at

    def test_each_role_can_sign_in(self):
        accounts = demo_accounts()
        assert [account.role for account in accounts] == [
            "学生（本科）",
            "学生（研究生）",
            "辅导员（本科）",
            "辅导员（研究生）",
            "学院",
            "学院（兼另一学院辅导员）",
            "学校",
            "财务",
            "系统管理员",
            "审计",
        ]
        hashes = set(User.objects.values_list("password", flat=True))
        assert len(hashes) == 1
        assert check_password(cast.PASSWORD, hashes.pop())
        assert not User.objects.filter(must_change_password=True).exists()
        form = {"username": accounts[0].username, "password": accounts[0].password}
        assert Client().post("/accounts/sign-in/", form).status_code == 302

    def test_an_account_with_another_password_is_not_shown(self):
        school = User.objects.get(username=cast.SCHOOL_OFFICERS[0][0])
        school.set_password("something else")
        school.save()
        assert "学校" not in [account.role for account in demo_accounts()]

    def test_people_were_told_and_have_read_what_is_old(self):
        old = Message.objects.filter(created_at__lt=now() - timedelta(days=8))
        assert old.exists()
        assert not old.unread().exists()
        assert Message.objects.unread().exists()
        told = set(Message.objects.values_list("kind", flat=True))
        assert {"registered", "passed", "returned", "paid", "remind_register"} <= told

    def test_receipts_are_numbered_in_the_order_in_which_they_were_given(self):
        taken = Payment.objects.filter(receipt_no__isnull=False).order_by("cashier", "receipt_no")
        given: dict[int, list] = {}
        for payment in taken:
            given.setdefault(payment.cashier_id, []).append(payment.paid_at)
        assert given
        assert {pk: sorted(times) for pk, times in given.items()} == given

    def test_cash_was_handed_over_counted_and_reconciled(self):
        slips = HandOver.objects.all()
        assert {slip.status for slip in slips} == set(HandOverStatus)
        assert all(slip.created_at < now() for slip in slips)
        last = [slip for slip in slips if slip.created_at < now() - timedelta(days=300)]
        assert {slip.status for slip in last} == {HandOverStatus.CONFIRMED}
        assert Payment.objects.filter(receipt_no__isnull=False, hand_over=None).exists()
        assert {bill.status for bill in BillDay.objects.all()} == {
            BillStatus.OPEN,
            BillStatus.CLOSED,
        }

    def test_the_sandbox_knows_what_was_paid_at_its_gateways(self, tmp_path):
        """Else its bill of the next day would lack what our books have."""
        paid = Payment.objects.filter(channel__startswith="sandbox", amount__gt=0)
        assert gateways.tell(tmp_path) == paid.count() > 0
        ledger = Ledger(tmp_path / "gateway.sqlite3")
        for _ in range(2):  # a second start changes nothing
            learn(ledger, dict.fromkeys(gateways.PROTOCOLS.values(), "M"), tmp_path / PAID)
            told = {
                (order.reference, order.amount, order.paid_at, order.protocol)
                for order in (ledger.order(payment.number) for payment in paid)
            }
            assert told == {
                (
                    payment.reference,
                    to_fen(payment.amount),
                    int(payment.paid_at.timestamp()),
                    gateways.PROTOCOLS[payment.channel],
                )
                for payment in paid
            }
        ledger.close_file()
