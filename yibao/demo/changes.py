"""What changed while a plan was open: its windows were extended, and recognitions came late."""

from datetime import timedelta

from yibao.accounts.models import User
from yibao.demo import cast
from yibao.demo.progress import School
from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import Status
from yibao.payments import clearing
from yibao.payments.differences import look
from yibao.payments.models import Difference
from yibao.payments.repricing import amend_plan
from yibao.payments.states import DifferenceCause
from yibao.plans.editing import Edit
from yibao.plans.models import HardshipEntry, InsurancePlan
from yibao.plans.sections import SECTIONS

LATE, LONGER = 6, timedelta(days=5)
KEPT = "本人在认定前已缴费，按学校规定本年度不再调整"


def extend(plan: InsurancePlan, school: School) -> None:
    """延长: applying and paying end some days later, which makes a second version."""
    plan = InsurancePlan.objects.get(pk=plan.pk)
    moved = {name: getattr(plan, name) + LONGER for name in ("apply_until", "pay_until")}
    amend_plan(plan, SECTIONS["windows"], Edit(values=moved), by=school.office)


def recognise_late(plan: InsurancePlan, school: School) -> None:
    """Some who have paid are recognised afterwards; finance has begun to clear what differs."""
    paid = Enrolment.objects.filter(plan=plan, status=Status.ENROLLED, amount_due__gt=0)
    others = paid.exclude(student__hardships__academic_year=plan.academic_year)
    HardshipEntry.objects.bulk_create(
        HardshipEntry(
            academic_year=plan.academic_year,
            student=row.student,
            category="低保对象",
            level="特别困难",
            listed_name=row.student.name,
            source="补充认定",
        )
        for row in others.select_related("student").order_by("pk")[:LATE]
    )
    look(plan, DifferenceCause.RECOGNITION, by=school.office)
    finance = User.objects.get(username=cast.FINANCE_OFFICERS[0][0])
    found = Difference.objects.filter(enrolment__plan=plan).order_by("pk")
    first, second = found[:1].values("pk"), found[1:2].values("pk")
    clearing.refund(Difference.objects.filter(pk__in=first), by=finance, note="按最新认定退还差额")
    clearing.keep(Difference.objects.filter(pk__in=second), by=finance, note=KEPT)
