"""收款台: scan or type a number, Enter, Enter. The hands stay on the keyboard."""

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from yibao.common.crypto import blind_index
from yibao.common.errors import refuse_if
from yibao.enrolment.models import Enrolment, EnrolmentQuerySet
from yibao.grid import reading
from yibao.payments import cash, cash_rules, flow, rules
from yibao.payments.models import Payment
from yibao.payments.paid import with_owing
from yibao.payments.states import PaymentStatus
from yibao.people.levels import Level
from yibao.plans.states import PlanStatus

LATEST = 8
NOBODY = "所带班级中没有这个学号或证件号码，请核对后再输入"


class TakeForm(forms.Form):
    """What the second Enter sends: which row, and the form's own key against sending it twice."""

    pk = forms.IntegerField(min_value=1)
    key = forms.CharField(max_length=64)


class VoidForm(forms.Form):
    """作废 of one's own receipt."""

    receipt = forms.IntegerField(min_value=1)
    note = forms.CharField(
        label="作废原因", max_length=100, error_messages={"required": "请填写作废原因"}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def counter(request):
    """Find (by POST: an address must not carry an ID number), take, void; back to an empty field."""
    match request.POST.get("do", ""):
        case "take":
            return _take(request)
        case "void":
            return _void(request)
        case _:
            return _show(request, reading.plain(request.POST.get("q", "")))


def _show(request, asked: str, void: VoidForm | None = None):
    rows = list(_found(request.user, asked)) if asked else []
    reasons = rules.why_not_cash(rows, request.user)
    owed = [row for row in rows if row.owing is not None]
    page = {
        "asked": asked,
        "rows": [(row, reasons.get(row.pk, "")) for row in owed or rows],
        "nobody": NOBODY if asked and not rows else "",
        "key": secrets.token_hex(16),
        "held": cash.held_by(request.user),
        "latest": _latest(request.user, void),
    }
    return render(request, "staff/cash/counter.html", page)


def _take(request):
    form = TakeForm(request.POST)
    refuse_if("" if form.is_valid() else "表单已失效，请重新输入学号")
    rows = _mine(request.user).filter(pk=form.cleaned_data["pk"])
    outcome = flow.record_cash(rows, by=request.user, key=form.cleaned_data["key"]).or_refuse()
    messages.success(request, outcome.said)
    return redirect("staff:cash_counter")


def _void(request):
    form = VoidForm(request.POST)
    if not form.is_valid():
        refuse_if("没有找到这张收据，请刷新后再试" if "receipt" in form.errors else "")
        return _show(request, "", form)
    receipt = Payment.objects.cash_of(request.user).filter(pk=form.cleaned_data["receipt"])
    cash.void(receipt, by=request.user, note=form.cleaned_data["note"]).or_refuse()
    messages.success(request, "收据已作废，收据号保留")
    return redirect("staff:cash_counter")


def _mine(user: Any) -> EnrolmentQuerySet:
    return with_owing(Enrolment.objects.covered_by(user, Level.COUNSELOR))


def _found(user: Any, asked: str) -> EnrolmentQuerySet:
    """The student of exactly that number, in the plans that are open."""
    open_rows = _mine(user).filter(plan__status=PlanStatus.OPEN).with_story()
    by_number = open_rows.filter(student__student_no=asked)
    if by_number.exists():
        return by_number.order_by("plan")
    return open_rows.filter(student__id_number_index=blind_index(asked.upper())).order_by("plan")


def _latest(user: Any, void: VoidForm | None = None) -> list[dict[str, Any]]:
    """The last receipts; at one that was to be voided, what is wrong with how."""
    taken = Payment.objects.cash_of(user).filter(receipt_no__isnull=False)
    rows = list(
        taken.select_related("order__enrolment__student")
        .prefetch_related("refunds")
        .order_by("-receipt_no")[:LATEST]
    )
    kept = cash_rules.why_not_void(rows, user)
    asked = void.cleaned_data["receipt"] if void else None
    return [
        {
            "payment": row,
            "state": PaymentStatus(row.status),
            "may_void": row.pk not in kept,
            "void": void if row.pk == asked else None,
        }
        for row in rows
    ]
