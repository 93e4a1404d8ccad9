"""退费: due, prepared by one person, confirmed by another."""

from typing import Any

from django import forms

from yibao.grid.actions import Action
from yibao.grid.columns import Choice, Flag, Moment, Money, Text
from yibao.payments import refunding, rules
from yibao.payments.models import Refund, RefundQuerySet
from yibao.payments.states import RefundCause, RefundStatus
from yibao.people.levels import Level
from yibao.web.staff.columns import channel, of_student
from yibao.web.staff.enrolments_detail import bill_of
from yibao.web.staff.lists import StaffGrid
from yibao.web.staff.opinions import opinion

ORDER = "payment__order"
STUDENT = f"{ORDER}__enrolment__student"

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
    ready=lambda rows: rows.select_related("payment"),
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
    confirm="选原路退回时，线上款项立即退回，共 {count} 笔；银行转账先“导出”名单，转账后再复核。",
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
        Text(name="order", label="订单号", path=f"{ORDER}__number", search=True),
        Text(name="payment_number", label="支付单号", path="payment__number", search=True),
        Text(name="payment_reference", label="渠道流水号", path="payment__reference", search=True),
        Text(name="number", label="退费单号", search=True, width="l"),
        Text(name="reference", label="渠道退费号/凭证号"),
        Flag(name="by_bank", label="银行转账"),
        Text(name="note", label="说明"),
        Text(name="prepared_by", label="经办人", path="prepared_by__name"),
        Text(name="confirmed_by", label="复核人", path="confirmed_by__name"),
        Moment(name="created_at", label="登记时间"),
        Moment(name="done_at", label="退费时间"),
    )
    usual = (
        "student_no", "name", "college", "cause", "amount", "status", "channel", "order",
        "prepared_by", "confirmed_by", "created_at", "done_at",
    )  # fmt: skip
    default_order = "-created_at"
    offered = ("status", "cause", "channel")
    row_label = (f"{STUDENT}__student_no", f"{STUDENT}__name")
    search_hint = "姓名/学号/订单号"
    empty_text = "没有需要退的款项；重复缴费、订单关闭后到账的钱会出现在这里"
    actions = (PREPARE, CONFIRM)

    def rows(self) -> RefundQuerySet:
        """All, for finance."""
        return Refund.objects.covered_by(self.viewer, Level.FINANCE)

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
            "bill": bill_of(order),
            "order": order,
        }
