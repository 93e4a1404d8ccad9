"""支付订单明细: one line an order, with what came in for it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.db.models import Q

from yibao.grid.actions import Action
from yibao.grid.columns import Choice, Flag, Moment, Money, Text
from yibao.payments import refund_rules, refunding
from yibao.payments.models import Order, OrderQuerySet
from yibao.payments.paid import with_order_types, with_payment
from yibao.payments.states import OrderStatus, RefundCause
from yibao.people.levels import REVIEWING, Level
from yibao.people.scope import holds
from yibao.web.staff.columns import channel, of_student
from yibao.web.staff.enrolments_detail import bill_of
from yibao.web.staff.opinions import opinion
from yibao.web.staff.plan_lists import PlanGrid, PlanListView

STUDENT = "enrolment__student"
CAUSES = (RefundCause.WITHDRAWN, RefundCause.WRONG_AMOUNT, RefundCause.OTHER)

REFUND = Action(
    name="refund",
    label="登记退费",
    icon="receipt-refund",
    tone="orange",
    run=refunding.open_refunds,
    why_not=refund_rules.why_not_open_refunds,
    ready=lambda rows: rows.select_related("enrolment__student"),
    fields={
        "cause": forms.TypedChoiceField(
            label="退费原因",
            choices=[(cause.value, cause.label) for cause in CAUSES],
            coerce=RefundCause,
        ),
        "amount": forms.DecimalField(
            label="退费金额",
            required=False,
            min_value=Decimal("0.01"),
            max_digits=8,
            decimal_places=2,
            help_text="不填为全部剩余金额；部分退费选“其他”，退出参保须全额",
        ),
        "note": opinion("refund_open", "说明", required=True),
    },
    confirm="登记后由另一位财务人员在“退费”里复核才会退款。退出参保的，款项退完后学生回到“已退回”，能看到这里的说明，可以重新登记。",
)


class OrderGrid(PlanGrid):
    """The orders of the plan within scope; finance sees them all."""

    key = "orders"
    title = "支付订单明细"
    plan_path = "enrolment__plan"
    levels = (*REVIEWING, Level.FINANCE)
    counted = "笔订单"
    columns = (
        Text(name="number", label="订单号", search=True, frozen=True),
        *of_student(STUDENT),
        Text(name="types", label="参保类型", path="type_names"),
        Money(name="amount", label="应缴金额", total=True),
        Money(name="paid", label="实缴金额", total=True),
        Money(name="refunded", label="已退金额", total=True),
        Choice(name="status", label="支付状态", choices=OrderStatus),
        Flag(
            name="kind",
            label="支付类型",
            path="is_supplement",
            choices=(("1", "补缴差额"), ("0", "参保缴费")),
        ),
        channel(),
        Text(name="payment_number", label="支付单号", search=True, width="l"),
        Text(name="reference", label="渠道流水号", search=True),
        Flag(name="trouble", label="有待处理款项", tones={"1": "red"}),
        Text(name="cashier", label="收款人"),
        Moment(name="created_at", label="下单时间"),
        Moment(name="paid_at", label="到账时间"),
        Moment(name="closed_at", label="关闭时间"),
    )
    usual = (
        "number", "student_no", "name", "college", "class_group", "types", "amount", "paid",
        "refunded", "status", "channel", "kind", "reference", "trouble", "created_at", "paid_at",
    )  # fmt: skip
    added: ClassVar = {("type_names",): with_order_types}
    default_order = "-created_at"
    offered = ("college", "grade", "class_group", "status", "channel")
    row_label = ("number", f"{STUDENT}__name")
    search_hint = "订单号/流水号/姓名"
    actions = (REFUND,)
    empty_text = "还没有订单；学生去缴费或辅导员收取现金时会生成订单"

    def every_row(self) -> OrderQuerySet:
        """Whoever one of the viewer's posts covers."""
        mine = Order.objects.covered_by(self.viewer, *self.levels)
        return with_payment(mine).annotate(is_supplement=Q(difference__isnull=False))

    def actions_for(self, viewer: Any) -> Iterable[tuple[Action, str]]:
        """Money goes back through finance; others read."""
        return super().actions_for(viewer) if holds(viewer, Level.FINANCE) else ()

    def detail_rows(self) -> OrderQuerySet:
        """With every attempt and what went back."""
        rows = self.rows().select_related(f"{STUDENT}__class_group__major__college")
        return rows.prefetch_related("payments__cashier", "payments__refunds")

    def detail(self, row: Any) -> tuple[str, dict[str, Any]]:
        """The order, how its amount came about, all attempts, what went back."""
        return "staff/orders/_detail.html", {"bill": bill_of(row), "order": row}


class Orders(PlanListView):
    """The page 支付订单明细."""

    grid_class = OrderGrid
