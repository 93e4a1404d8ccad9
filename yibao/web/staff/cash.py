"""现金缴费: what counselors collect by hand, and the book of what they have collected."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.urls import reverse

from yibao.enrolment.models import Enrolment, EnrolmentQuerySet
from yibao.grid.actions import Action
from yibao.grid.columns import Choice, Moment, Money, Text
from yibao.grid.grid import Link
from yibao.payments import flow, rules
from yibao.payments.models import Payment, PaymentQuerySet
from yibao.payments.paid import with_owing
from yibao.payments.states import PaymentStatus
from yibao.people.levels import Level
from yibao.web.staff import enrolments_columns as c
from yibao.web.staff.columns import of_student
from yibao.web.staff.enrolments import EnrolmentGrid
from yibao.web.staff.lists import StaffGrid
from yibao.web.staff.plan_lists import PlanListView

NAMED = 8


def _about(rows: Sequence[Enrolment]) -> tuple[str, dict[str, Any]]:
    """Whom to collect from, how much each, and how much in all."""
    total = sum(row.owing for row in rows)
    shown = {"rows": rows[:NAMED], "others": max(len(rows) - NAMED, 0)}
    return "staff/cash/_about.html", shown | {"count": len(rows), "total": total}


TAKE = Action(
    name="take",
    label="现金缴费",
    icon="cash",
    tone="green",
    run=flow.record_cash,
    fields=lambda _grid: {
        # The dialog's own name: sent twice, it is answered with what came of it the first time.
        "key": forms.CharField(
            max_length=64, required=False, initial=secrets.token_hex, widget=forms.HiddenInput
        )
    },
    why_not=rules.why_not_cash,
    ready=lambda rows: with_owing(rows).with_story(),
    about=_about,
)


OWING = Money(name="amount_due", label="应缴金额", path="owing", total=True)


class CashGrid(EnrolmentGrid):
    """Who still owes, in the counselor's own classes."""

    key = "cash"
    title = "现金缴费"
    counted = "人待缴费"
    archived_too = False
    levels = (Level.COUNSELOR,)
    columns = (*c.WHO, c.TYPES, OWING, c.STATUS, c.HARDSHIP, c.CHANGED_AT)
    usual = (
        "student_no", "name", "sex", "college", "major", "grade", "class_group", "types",
        "amount_due", "status", "changed_at",
    )  # fmt: skip
    default_order = "class_group,student_no"
    offered = ("grade", "class_group")
    empty_text = "没有待缴费的学生；审核全部通过且需要缴费的学生会出现在这里"
    actions = (TAKE,)

    def every_row(self) -> EnrolmentQuerySet:
        """The classes of a counselor's posts only, whatever other posts the person holds."""
        mine = Enrolment.objects.covered_by(self.viewer, *self.levels)
        return with_owing(mine).filter(owing__isnull=False)

    def links_for(self, _viewer: Any) -> Iterable[Link]:
        """To the counter, to what has been collected, and to handing it over."""
        return [
            Link("收款台", reverse("staff:cash_counter"), icon="cash", tone="primary"),
            Link("我的收款记录", reverse("staff:cash_book"), icon="receipt"),
            Link("现金交接", reverse("staff:hand_over"), icon="file-certificate"),
        ]


class Cash(PlanListView):
    """The page 现金缴费."""

    grid_class = CashGrid


class CashBookGrid(StaffGrid):
    """我的收款记录: one line a receipt, with the sum of what the person holds."""

    key = "cash_book"
    title = "我的收款记录"
    columns = (
        Text(name="receipt", label="收据号", path="reference", search=True, frozen=True),
        *of_student("order__enrolment__student"),
        Text(name="plan", label="医保计划", path="order__enrolment__plan__name"),
        Money(name="amount", label="实缴金额", total=True),
        Moment(name="paid_at", label="收款时间"),
        Choice(name="status", label="支付状态", choices=PaymentStatus),
        Text(name="hand_over", label="交接单号", path="hand_over__number", search=True),
        Text(name="order", label="订单号", path="order__number", search=True),
    )
    usual = (
        "receipt", "student_no", "name", "class_group", "plan", "amount", "paid_at", "status",
    )  # fmt: skip
    default_order = "-paid_at,-receipt"
    offered = ("class_group",)
    row_label = ("reference", "order__enrolment__student__name")
    search_hint = "收据号/姓名/学号"
    empty_text = "您还没有收取现金"

    def rows(self) -> PaymentQuerySet:
        """What the viewer took with their own hands."""
        return Payment.objects.cash_of(self.viewer)

    def links_for(self, _viewer: Any) -> Iterable[Link]:
        """Back to collecting."""
        return [
            Link("现金缴费", reverse("staff:cash"), icon="cash"),
            Link("现金交接", reverse("staff:hand_over"), icon="file-certificate"),
        ]
