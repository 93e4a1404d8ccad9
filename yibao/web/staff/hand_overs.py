"""现金交接: the cashier makes a slip of all that is held; finance counts and confirms it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from yibao.grid.actions import Action
from yibao.grid.columns import Choice, Moment, Money, Number, Text
from yibao.payments import cash, cash_rules
from yibao.payments.capitals import in_capitals
from yibao.payments.cash_models import HandOver, HandOverQuerySet
from yibao.payments.states import HandOverStatus, PaymentStatus
from yibao.people.levels import Level
from yibao.web.staff.lists import StaffGrid
from yibao.web.staff.opinions import opinion

LATEST = 20
NAMED = 8


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request):
    """What I hold, and the slips I have made; POST makes one of everything."""
    if request.method == "POST":
        slip = cash.hand_over(by=request.user)
        messages.success(request, f"交接单 {slip.number} 已生成，请连同现金交给财务")
        return redirect("staff:hand_over_slip", slip.number)
    slips = HandOver.objects.visible_to(request.user).filter(cashier=request.user)
    page = {
        "held": cash.held_by(request.user),
        "slips": [(slip, HandOverStatus(slip.status)) for slip in slips.order_by("-pk")[:LATEST]],
    }
    return render(request, "staff/hand_overs/hold.html", page)


@require_safe
def slip(request, number):
    """现金缴费交接单 as it is printed and signed."""
    slips = HandOver.objects.visible_to(request.user).select_related("cashier", "confirmed_by")
    found = get_object_or_404(slips, number=number)
    receipts = found.payments.select_related("order__enrolment__student__class_group")
    page = {
        "slip": found,
        "status": HandOverStatus(found.status),
        "capitals": in_capitals(found.amount),
        "signing": ("交款人签字", "财务签字", "日期"),
        "receipts": [
            (payment, payment.status == PaymentStatus.VOIDED)
            for payment in receipts.order_by("receipt_no")
        ],
    }
    return render(request, "staff/hand_overs/slip.html", page)


def _about(slips: Sequence[HandOver]) -> tuple[str, dict[str, Any]]:
    """What is to be counted: slip by slip, and in all."""
    total = sum((slip.amount for slip in slips), Decimal(0))
    shown = {"slips": slips[:NAMED], "others": max(len(slips) - NAMED, 0)}
    return "staff/hand_overs/_about.html", shown | {"count": len(slips), "total": total}


CONFIRM = Action(
    name="confirm",
    label="确认收到",
    icon="check",
    tone="green",
    run=cash.confirm,
    why_not=cash_rules.why_not_confirm,
    fields={
        "counted": forms.DecimalField(
            label="实收金额",
            required=False,
            min_value=0,
            max_digits=10,
            decimal_places=2,
            help_text="与交接单一致时不填",
        ),
        "note": opinion("hand_over", "说明"),
    },
    ready=lambda rows: rows.select_related("cashier"),
    about=_about,
    confirm="请当面点清现金，核对起止收据号。",
)


class HandOverGrid(StaffGrid):
    """Every slip; those that wait first."""

    key = "hand_overs"
    title = "现金交接确认"
    columns = (
        Text(name="number", label="交接单号", search=True, frozen=True),
        Text(name="cashier", label="交款人", path="cashier__name", search=True),
        Money(name="amount", label="应交金额", total=True),
        Money(name="counted", label="实收金额", total=True),
        Number(name="count", label="笔数", total=True),
        Number(name="voided", label="作废收据数"),
        Text(name="first_receipt", label="起始收据号", search=True),
        Text(name="last_receipt", label="结束收据号", search=True),
        Choice(name="status", label="交接状态", choices=HandOverStatus),
        Moment(name="created_at", label="交款时间"),
        Text(name="confirmed_by", label="确认人", path="confirmed_by__name"),
        Moment(name="confirmed_at", label="确认时间"),
        Text(name="note", label="说明"),
    )
    usual = tuple(column.name for column in columns)
    default_order = "-created_at"
    offered = ("status",)
    row_label = ("number", "cashier__name")
    search_hint = "交接单号/交款人/收据号"
    empty_text = "还没有现金交接；辅导员在“现金缴费”里生成交接单"
    actions = (CONFIRM,)

    def rows(self) -> HandOverQuerySet:
        """All, for finance."""
        return HandOver.objects.covered_by(self.viewer, Level.FINANCE)

    def detail(self, row: Any) -> tuple[str, dict[str, Any]]:
        """The facts, and the way to the slip with its receipts."""
        href = reverse("staff:hand_over_slip", args=[row.number])
        return "staff/hand_overs/_detail.html", {"facts": self.facts(row.pk), "href": href}
