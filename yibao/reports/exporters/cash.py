"""现金缴费交接单: who took which cash, and what of it has been handed over."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import Q

from yibao.payments.capitals import in_capitals
from yibao.payments.models import HandOver, Payment
from yibao.payments.states import PaymentStatus
from yibao.people.levels import Level
from yibao.plans.models import InsurancePlan
from yibao.reports.exporters.base import Column, Sheet

SEEING_OTHERS = (Level.COLLEGE, Level.SCHOOL, Level.FINANCE)
CASH = "cash"


def hand_overs(plan: InsurancePlan, user: Any) -> Sheet:
    """One line for each slip of a cashier, and one for what the cashier still holds.

    A counselor sees what they took themselves; whoever oversees students, all that these paid.
    """
    overseen = Payment.objects.covered_by(user, *SEEING_OTHERS)
    mine = Q(cashier=user) | Q(pk__in=overseen.values("pk"))
    taken = Payment.objects.filter(
        mine, channel=CASH, order__enrolment__plan=plan, receipt_no__isnull=False
    )
    found: dict[tuple[str, int, int], list[Payment]] = defaultdict(list)
    for payment in taken.select_related("cashier", "hand_over__confirmed_by").order_by(
        "receipt_no"
    ):
        if (cashier := payment.cashier) is not None:
            found[cashier.name, cashier.pk, payment.hand_over_id or 0].append(payment)
    # What is still held comes last of each cashier.
    order = sorted(found, key=lambda key: (key[0], key[1], not key[2], key[2]))
    rows = [_line(key[0], found[key]) for key in order]
    amount = sum((row[5] for row in rows), Decimal(0))
    return Sheet(
        "现金缴费交接单",
        str(plan),
        (
            Column("收款人", width=12),
            Column("起始收据号", width=20),
            Column("结束收据号", width=20),
            Column("笔数", "count", 8),
            Column("作废", "count", 8),
            Column("金额", "money"),
            Column("交接单号", width=22),
            Column("交接状态", width=12),
            Column("交款时间", "moment"),
            Column("确认人", width=12),
        ),
        rows,
        (
            "合计",
            "",
            "",
            sum(row[3] for row in rows),
            sum(row[4] for row in rows),
            amount,
            "",
            "",
            None,
            "",
        ),
        (
            f"合计（大写）：{in_capitals(amount)}。",
            "只含本计划的现金；笔数和金额不含作废的收据。同一交接单可含几个计划的现金，以交接单为准。",
        ),
        ("交款人", "收款人（财务）", "监交人", "日期"),
    )


def _line(cashier: str, payments: list[Payment]) -> tuple[Any, ...]:
    good = [p for p in payments if p.status != PaymentStatus.VOIDED]
    slip: HandOver | None = payments[0].hand_over
    return (
        cashier,
        payments[0].reference,
        payments[-1].reference,
        len(good),
        len(payments) - len(good),
        sum((p.amount or Decimal(0) for p in good), Decimal(0)),
        slip.number if slip else "",
        slip.get_status_display() if slip else "未交接",
        slip.created_at if slip else None,
        slip.confirmed_by.name if slip and slip.confirmed_by else "",
    )
