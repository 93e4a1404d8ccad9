"""Students who were quoted, ordered and paid, and what changes their fee afterwards."""

from decimal import Decimal

from django.db.models import Sum

from tests.common.books import book
from tests.factories import make_plan
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.payments import flow, refunding
from yibao.payments.models import Difference, Payment, Refund
from yibao.payments.repricing import (
    import_hardship,
)
from yibao.payments.states import PaymentStatus
from yibao.plans.models import HardshipEntry, InsurancePlan
from yibao.plans.states import Reduction

FULL, LESS = Decimal("533.00"), Decimal("233.00")


def with_relief(cast) -> InsurancePlan:
    """A plan of 533 yuan, 300 less for 低保对象, that everybody is in."""
    plan = make_plan()
    plan.fee_rules.all().delete()
    plan.fee_rules.create(
        category="低保对象", reduction=Reduction.FIXED, value=300, payer="医疗救助资金"
    )
    enlist(plan, by=cast.office)
    return plan


def of(*students):
    return Enrolment.objects.filter(student__in=students)


def owe(cast, *students):
    """Through the three steps."""
    rows = of(*students)
    enrolment_flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.office).or_refuse()
    for by in (cast.li, cast.xu, cast.office):
        enrolment_flow.approve(rows, by=by).or_refuse()


def pay(cast, student):
    flow.record_cash(of(student), by=cast.li).or_refuse()


def recognise(student, **fields):
    values = {"category": "低保对象", "level": "困难", **fields}
    return HardshipEntry.objects.create(academic_year=2026, student=student, **values)


def listed(cast, tmp_path, student):
    """The recognition comes with a list, as it does in life."""
    head = ["学年", "学号", "姓名", "困难等级", "认定类别"]
    line = ["2026-2027", student.student_no, student.name, "困难", "低保对象"]
    report = import_hardship(book(tmp_path / "h.xlsx", head, line), by=cast.office)
    assert (report.errors, report.added) == ([], 1)


def amount(student):
    return of(student).get().amount_due


def applied(student):
    """What was paid and has stayed."""
    money = Payment.objects.filter(order__enrolment__in=of(student), status=PaymentStatus.CONFIRMED)
    back = Refund.objects.filter(payment__in=money, status="done")
    zero = Decimal(0)
    return (money.aggregate(s=Sum("amount"))["s"] or zero) - (
        back.aggregate(s=Sum("amount"))["s"] or zero
    )


def the(student) -> Difference:
    return Difference.objects.get(enrolment__student=student)


def clear(verb, student, by, note="按最新认定"):
    return verb(Difference.objects.filter(enrolment__student=student), by=by, note=note)


def refund_through(cast):
    """复核 by the other person, in cash."""
    refunding.confirm_refunds(
        Refund.objects.filter(status="prepared"), by=cast.second_finance, handed_over="凭证1"
    ).or_refuse()
