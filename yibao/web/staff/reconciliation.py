"""对账 of one channel and day: take the bill, see both sides, close."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, Sum
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods

from yibao.common import sheets
from yibao.common.errors import Refused
from yibao.grid.query import Condition, GridQuery
from yibao.payments import bill_files, bill_rules, reconciling
from yibao.payments.bill_models import BillDay
from yibao.payments.cash_models import HandOver
from yibao.payments.comparing import within
from yibao.payments.rules import CASH
from yibao.payments.states import (
    HANDED,
    IN_HAND,
    SHOWN_RESULTS,
    SHOWN_TONES,
    BillStatus,
    HandOverStatus,
)
from yibao.web.staff.words import channel_labels

MEGABYTE = 1024 * 1024
LARGEST = 20
AHEAD = {IN_HAND: "未交来", HANDED: "待点收"}


class TakeForm(forms.Form):
    """Which bill; with a file it is uploaded, else fetched from the channel."""

    channel = forms.ChoiceField(label="支付方式")
    day = forms.DateField(label="账单日期", widget=forms.DateInput(attrs={"type": "date"}))
    file = forms.FileField(
        label="账单文件",
        required=False,
        help_text=f"不选文件时从渠道接口取；从商户平台下载的原文件不超过 {LARGEST} MB，不要另存或改动",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = list(channel_labels().items())
        self.fields["day"].initial = localdate() - timedelta(days=1)

    def clean_day(self) -> Any:
        """Said at the field, so that what else was chosen stays."""
        asked = self.cleaned_data
        why_not = (
            bill_rules.why_not_read_day(asked["channel"], asked["day"])
            if "channel" in asked
            else ""
        )
        if why_not:
            raise forms.ValidationError(why_not)
        return asked["day"]

    def clean_file(self) -> Any:
        """The bill in it, so that what is wrong with a file is said beside it and nothing else is lost.

        A browser keeps no file of a form that came back: which one it was is said by its name.
        """
        asked, file = self.cleaned_data, self.cleaned_data["file"]
        if not file:
            return None
        name = sheets.tidy(file.name)[:80]
        if file.size > LARGEST * MEGABYTE:
            message = f"“{name}”超过 {LARGEST} MB，请确认是一天的账单"
            raise forms.ValidationError(message)
        if "channel" not in asked or "day" not in asked:
            message = f"改好后请重新选择“{name}”"
            raise forms.ValidationError(message)
        try:
            return bill_files.read(asked["channel"], asked["day"], file.read(), name=name)
        except Refused as refusal:
            message = f"没有采用“{name}”：{refusal}"
            raise forms.ValidationError(message) from refusal


@require_http_methods(["GET", "HEAD", "POST"])
def take(request):
    """取账单 from the channel, or as a file."""
    form = TakeForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        if asked["file"]:
            bill = reconciling.upload(
                asked["channel"], asked["day"], asked["file"], by=request.user
            )
        else:
            bill = reconciling.fetch(asked["channel"], asked["day"], by=request.user)
        if bill.problem:
            messages.warning(request, bill.problem)
        else:
            messages.success(request, f"已取得账单，共 {bill.lines.count()} 笔")
        return redirect("staff:bill", bill.pk)
    return render(request, "staff/bills/take.html", {"form": form})


@dataclass(frozen=True)
class Class:
    """One class of the comparison: how many, both sums, how many still wait."""

    label: str
    tone: str
    number: int
    theirs: Decimal
    ours: Decimal
    waiting: int
    ahead: str
    href: str


@require_http_methods(["GET", "HEAD"])
def day(request, pk):
    """Both sides of a day, class by class; for cash beside the slips."""
    bill = get_object_or_404(BillDay.objects.visible_to(request.user).with_sums(), pk=pk)
    page = {
        "bill": bill,
        "label": channel_labels().get(bill.channel, bill.channel),
        "status": BillStatus(bill.status),
        "classes": _classes(bill),
        "all_href": _lines(bill),
        "why_not_close": bill_rules.why_not_close([bill], request.user).get(bill.pk, ""),
        "is_cash": bill.channel == CASH,
        "slips": _slips(request.user, bill) if bill.channel == CASH else [],
        "closed": bill.status == BillStatus.CLOSED,
    }
    return render(request, "staff/bills/day.html", page)


def _classes(bill: BillDay) -> list[Class]:
    found = {
        row["shown"]: row
        for row in bill.lines.with_gap()
        .order_by()
        .values("shown")
        .annotate(
            number=Count("pk"),
            theirs=Sum("their_amount"),
            ours=Sum("our_amount"),
            waiting=Count("pk", filter=Q(waits=True)),
        )
    }
    return [
        Class(
            label,
            SHOWN_TONES[shown],
            row["number"],
            row["theirs"] or Decimal(0),
            row["ours"] or Decimal(0),
            row["waiting"],
            AHEAD.get(shown, ""),
            _lines(bill, ("result", shown)),
        )
        for shown, label in SHOWN_RESULTS
        if (row := found.get(shown))
    ]


def _lines(bill: BillDay, *filters: tuple[str, str]) -> str:
    """The list of this day's lines."""
    query = GridQuery(
        conditions=(Condition("and", "day", "eq", bill.day.isoformat()),),
        filters=(("channel", bill.channel), *filters),
    )
    return f"{reverse('staff:bill_lines')}?{query.to_query_string()}"


def _slips(user: Any, bill: BillDay) -> list[tuple[HandOver, HandOverStatus]]:
    slips = (
        HandOver.objects.visible_to(user).filter(within("payments__paid_at", bill.day)).distinct()
    )
    return [(slip, HandOverStatus(slip.status)) for slip in slips.select_related("cashier")]
