"""退费: due, prepared by one person, confirmed by another."""

from collections.abc import Sequence
from typing import Any

from django import forms

from yibao.grid.actions import Action
from yibao.grid.columns import Choice, Moment, Money, Text
from yibao.payments import refund_rules, refunding, rules
from yibao.payments.models import Refund, RefundQuerySet
from yibao.payments.states import RefundCause, RefundStatus, Route
from yibao.people.levels import Level
from yibao.web.staff.columns import channel, of_student
from yibao.web.staff.enrolments_detail import bill_of
from yibao.web.staff.lists import StaffGrid
from yibao.web.staff.opinions import opinion

ORDER = "payment__order"
STUDENT = f"{ORDER}__enrolment__student"

NAMED = 3
HOW = {
    Route.CHANNEL: "复核后立即退回，不填凭证号",
    Route.CASH: "当面退还，填退款凭证号",
    Route.BANK: "退回方式选“银行转账”，填转账凭证号",
}


def _about(refunds: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """How much goes back, and what is to be done about each way there."""
    ways = []
    for route in Route:
        these = [refund for refund in refunds if refund.route == route]
        names = [refund.payment.order.enrolment.student.name for refund in these]
        if these:
            ways.append(
                {
                    "label": route.label,
                    "names": "、".join(names[:NAMED]),
                    "others": max(len(names) - NAMED, 0),
                    "count": len(these),
                    "amount": sum(refund.amount for refund in these),
                    "how": HOW[route],
                }
            )
    total = sum(refund.amount for refund in refunds)
    return "staff/refunds/_about.html", {"ways": ways, "total": total, "count": len(refunds)}


PREPARE = Action(
    name="prepare",
    label="经办",
    icon="edit",
    tone="primary",
    run=refunding.prepare_refunds,
    why_not=rules.why_not_prepare_refunds,
    fields={"note": opinion("refund_prepare", "说明")},
    confirm="经办后由另一位财务人员复核，才会退款。",
)
CONFIRM = Action(
    name="confirm",
    label="复核退费",
    icon="check",
    tone="green",
    run=lambda rows, *, by, way, handed_over: refunding.confirm_refunds(
        rows, by=by, handed_over=handed_over, by_bank=way == "bank"
    ),
    why_not=rules.why_not_confirm_refunds,
    ready=lambda rows: refund_rules.with_route(rows.select_related(STUDENT)),
    about=_about,
    fields={
        "way": forms.ChoiceField(
            label="退回方式",
            required=False,
            choices=[("", "原路退回（现金当面退还）"), ("bank", "银行转账")],
        ),
        "handed_over": forms.CharField(
            label="凭证号",
            required=False,
            max_length=64,
            help_text="现金退费填退款凭证号，银行转账填转账批次号，线上原路退回不填",
        ),
    },
    confirm="须银行转账的，先按“退回途径”筛选并导出名单，转账后再复核。",
)


class RefundGrid(StaffGrid):
    """Every refund; the open ones first."""

    key = "refunds"
    title = "退费"
    columns = (
        *of_student(STUDENT),
        Text(name="plan", label="医保计划", path=f"{ORDER}__enrolment__plan__name"),
        Choice(name="cause", label="退费原因", choices=RefundCause),
        Money(name="amount", label="退费金额", total=True),
        Choice(name="status", label="退费状态", choices=RefundStatus),
        channel(path="payment__channel"),
        Choice(name="route", label="退回途径", choices=Route, tones={Route.BANK.value: "orange"}),
        Text(name="order", label="订单号", path=f"{ORDER}__number", search=True),
        Text(name="payment_number", label="支付单号", path="payment__number", search=True),
        Text(name="payment_reference", label="渠道流水号", path="payment__reference", search=True),
        Text(name="number", label="退费单号", search=True, width="l"),
        Text(name="reference", label="渠道退费号/凭证号"),
        Text(name="note", label="说明"),
        Text(name="prepared_by", label="经办人", path="prepared_by__name"),
        Text(name="confirmed_by", label="复核人", path="confirmed_by__name"),
        Moment(name="created_at", label="登记时间"),
        Moment(name="done_at", label="退费时间"),
    )
    usual = (
        "student_no", "name", "college", "cause", "amount", "status", "channel", "route", "order",
        "prepared_by", "confirmed_by", "created_at", "done_at",
    )  # fmt: skip
    default_order = "-created_at"
    offered = ("status", "cause", "route")
    row_label = (f"{STUDENT}__student_no", f"{STUDENT}__name")
    search_hint = "姓名/学号/订单号"
    empty_text = "没有需要退的款项；重复缴费、订单关闭后到账的钱会出现在这里"
    actions = (PREPARE, CONFIRM)

    def rows(self) -> RefundQuerySet:
        """All, for finance."""
        return refund_rules.with_route(Refund.objects.covered_by(self.viewer, Level.FINANCE))

    def detail_rows(self) -> RefundQuerySet:
        """With the order they belong to."""
        rows = self.rows().select_related(
            f"{STUDENT}__class_group__major__college", "prepared_by", "confirmed_by"
        )
        return rows.prefetch_related(f"{ORDER}__payments__cashier", f"{ORDER}__payments__refunds")

    def detail(self, row: Any) -> tuple[str, dict[str, Any]]:
        """The refund, and the order with all its money."""
        order = row.payment.order
        return "staff/refunds/_detail.html", {
            "refund": row,
            "status": RefundStatus(row.status),
            "route": Route(row.route),
            "bill": bill_of(order),
            "order": order,
        }
