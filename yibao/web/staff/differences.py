"""差额: what finance has to give back, collect or decide because a fee is no longer what was ordered."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F

from yibao.grid.actions import Action
from yibao.grid.columns import Choice, Moment, Money, Number, Text
from yibao.payments import clearing, rules
from yibao.payments.models import Difference, DifferenceQuerySet
from yibao.payments.states import Clearing, DifferenceCause, DifferenceStatus, OrderStatus
from yibao.people.levels import Level
from yibao.people.scope import holds
from yibao.web.staff.columns import SEARCH_HINT, labelled, of_student
from yibao.web.staff.enrolments_detail import bill_of
from yibao.web.staff.lists import StaffGrid
from yibao.web.staff.opinions import opinion

ENROLMENT = "enrolment"
STUDENT = f"{ENROLMENT}__student"


def _joined(rows: Any) -> Any:
    return rows.select_related("enrolment__plan", "enrolment__student")


REFUND = Action(
    name="refund_difference",
    label="退还差额",
    icon="receipt-refund",
    tone="green",
    run=clearing.refund,
    why_not=rules.why_not_refund_difference,
    ready=_joined,
    fields={"note": opinion("difference_refund", "说明")},
    confirm="经办退费后由另一位财务人员在“退费”里复核，复核后才会退款，应缴金额同时改为现应缴。",
)
CHARGE = Action(
    name="charge_difference",
    label="补收差额",
    icon="receipt",
    tone="primary",
    run=clearing.charge,
    why_not=rules.why_not_charge_difference,
    ready=_joined,
    fields={"note": opinion("difference_charge", "说明")},
    confirm="生成补缴订单并通知 {count} 名学生，到账后应缴金额改为现应缴。",
)
REORDER = Action(
    name="reorder",
    label="重开订单",
    icon="edit",
    tone="primary",
    run=clearing.reorder,
    why_not=rules.why_not_reorder,
    ready=_joined,
    fields={"note": opinion("difference_reorder", "说明")},
    confirm="关闭还没有支付的 {count} 个订单，学生按现应缴重新下单。",
)
KEEP = Action(
    name="keep",
    label="维持原额",
    icon="check",
    tone="orange",
    run=clearing.keep,
    why_not=rules.why_not_keep_difference,
    ready=_joined,
    fields={"note": opinion("difference_keep", "原因", required=True)},
    confirm="金额不变，直到再次有变化才会重新提出。",
)


class DifferenceGrid(StaffGrid):
    """Every difference; those that wait for somebody first."""

    key = "differences"
    title = "差额"
    columns = (
        *of_student(STUDENT),
        Text(name="plan", label="医保计划", path=f"{ENROLMENT}__plan__name"),
        Choice(name="cause", label="原因", choices=DifferenceCause),
        Money(name="old_amount", label="原应缴", total=True),
        Money(name="new_amount", label="现应缴", total=True),
        Money(name="change", label="差额", path="difference", total=True),
        Choice(name="status", label="差额状态", choices=DifferenceStatus),
        Choice(name="clearing", label="处理方式", choices=Clearing),
        Text(name="note", label="说明"),
        Text(name="decided_by", label="处理人", path="decided_by__name"),
        Moment(name="decided_at", label="处理时间"),
        Moment(name="opened_at", label="发现时间"),
        Moment(name="closed_at", label="结清时间"),
        Number(name="plan_version", label="计划版本"),
    )
    usual = (
        "student_no", "name", "college", "cause", "old_amount", "new_amount", "change", "status",
        "clearing", "note", "decided_by", "opened_at", "plan",
    )  # fmt: skip
    default_order = "-opened_at"
    offered = ("status", "cause", "clearing")
    row_label = labelled(STUDENT)
    search_hint = SEARCH_HINT
    empty_text = "没有差额；已下单或已缴费的学生应缴金额有变化时会出现在这里"
    actions = (REFUND, CHARGE, REORDER, KEEP)

    def rows(self) -> DifferenceQuerySet:
        """All, for finance and the school office."""
        mine = Difference.objects.covered_by(self.viewer, Level.FINANCE, Level.SCHOOL)
        return mine.annotate(difference=F("new_amount") - F("old_amount"))

    def actions_for(self, viewer: Any) -> Iterable[tuple[Action, str]]:
        """Finance acts; the school office reads."""
        return super().actions_for(viewer) if holds(viewer, Level.FINANCE) else ()

    def detail_rows(self) -> DifferenceQuerySet:
        """With the enrolment and all its orders."""
        rows = self.rows().select_related(
            f"{STUDENT}__class_group__major__college", "enrolment__plan", "decided_by"
        )
        return rows.prefetch_related(
            "enrolment__orders__payments__cashier", "enrolment__orders__payments__refunds"
        )

    def detail(self, row: Any) -> tuple[str, dict[str, Any]]:
        """Both quotes side by side, what was paid, and what was done about it."""
        orders = [o for o in row.enrolment.orders.all() if o.status != OrderStatus.CLOSED]
        return "staff/differences/_detail.html", {
            "difference": row,
            "status": DifferenceStatus(row.status),
            "quotes": (
                ("原应缴", row.old_amount, row.old_lines),
                ("现应缴", row.new_amount, row.new_lines),
            ),
            "orders": [bill_of(order) for order in orders],
        }
