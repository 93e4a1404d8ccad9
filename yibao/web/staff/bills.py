"""对账: the days of each channel, and every line in which the two books were held together."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from yibao.grid.actions import Action
from yibao.grid.columns import Choice, Day, Flag, Moment, Money, Number, Text
from yibao.grid.grid import Link
from yibao.payments import bill_rules, cash, reconciling
from yibao.payments.bill_models import BillDay, BillDayQuerySet, BillLine, BillLineQuerySet
from yibao.payments.providers.base import LineKind
from yibao.payments.states import (
    HANDED,
    IN_HAND,
    SHOWN_RESULTS,
    SHOWN_TONES,
    BillStatus,
    LineClearing,
)
from yibao.web.staff.columns import channel
from yibao.web.staff.enrolments_detail import bill_of
from yibao.web.staff.lists import StaffGrid
from yibao.web.staff.opinions import opinion

CLOSE = Action(
    name="close",
    label="关闭",
    icon="lock",
    tone="green",
    run=reconciling.close,
    why_not=bill_rules.why_not_close,
    confirm="关闭后当天的对账结果不再变动。",
)
REOPEN = Action(
    name="reopen",
    label="重新打开",
    icon="lock-open",
    tone="orange",
    run=reconciling.reopen,
    why_not=bill_rules.why_not_reopen,
    fields={"note": opinion("bill_reopen", "原因", required=True)},
)


STUDENT = "payment__order__enrolment__student"


class BillGrid(StaffGrid):
    """One line a channel and day."""

    key = "bills"
    title = "对账"
    columns = (
        Day(name="day", label="账单日期", search=True, frozen=True),
        channel(),
        Choice(name="status", label="对账状态", choices=BillStatus),
        Money(name="theirs", label="渠道净额", total=True),
        Money(name="ours", label="系统净额", total=True),
        Number(name="waiting", label="未处理差异"),
        Money(name="gap", label="差异金额", total=True),
        Number(name="handing", label="待交接现金"),
        Text(name="source", label="账单来源", search=True),
        Text(name="problem", label="未取得的原因", search=True),
        Moment(name="read_at", label="取得时间"),
        Text(name="closed_by", label="关闭人", path="closed_by__name", search=True),
        Moment(name="closed_at", label="关闭时间"),
    )
    usual = (
        "day", "channel", "status", "theirs", "ours", "waiting", "gap", "handing", "source",
        "problem", "closed_by", "closed_at",
    )  # fmt: skip
    default_order = "-day,channel"
    offered = ("channel", "status")
    row_label = ("day", "channel")
    search_hint = "日期/账单来源/关闭人"
    empty_text = "还没有账单；每天 10:20 自动取前一天的账单，也可以现在取"
    actions = (CLOSE, REOPEN)

    def rows(self) -> BillDayQuerySet:
        """All, for finance."""
        return BillDay.objects.visible_to(self.viewer).with_sums()

    def row_href(self, pk: int) -> str:
        """The page of the day."""
        return reverse("staff:bill", args=[pk])

    def links_for(self, _viewer: Any) -> Iterable[Link]:
        """Fetching or uploading, and all lines."""
        return [
            Link("取账单", reverse("staff:bill_take"), icon="file-download", tone="primary"),
            Link("全部明细", reverse("staff:bill_lines"), icon="list-details"),
        ]


SETTLE = Action(
    name="settle",
    label="按账单入账",
    icon="cash",
    tone="green",
    run=reconciling.settle_lines,
    why_not=bill_rules.why_not_settle,
    ready=lambda rows: rows.select_related("bill", "payment__order", "refund"),
    confirm="渠道账单与支付通知同样有效：订单待缴且金额相符的记为已缴费，其余转入待退款项。",
)
ASK = Action(
    name="ask",
    label="重新查询",
    icon="refresh",
    run=reconciling.ask_lines,
    why_not=bill_rules.why_not_ask,
    ready=lambda rows: rows.select_related("bill", "payment", "refund"),
)
RETURN = Action(
    name="return",
    label="登记退费",
    icon="receipt-refund",
    tone="orange",
    run=reconciling.return_lines,
    why_not=bill_rules.why_not_return,
    ready=lambda rows: rows.select_related("bill", "payment__order", "refund"),
    fields={"note": opinion("bill_return", "退费说明", required=True)},
    confirm="款项先入账，再到“退费”由两人办理。",
)
CORRECT = Action(
    name="correct",
    label="更正金额",
    icon="scale",
    tone="orange",
    run=reconciling.correct_lines,
    why_not=bill_rules.why_not_correct,
    ready=lambda rows: rows.select_related(
        "bill", "payment__order__enrolment__plan", "payment__order__enrolment__student"
    ),
    fields={"note": opinion("bill_note", "更正依据", required=True)},
    confirm="系统金额改为渠道账单的金额。多收的部分转入退费；少收的全部退回，学生恢复为待缴费并收到消息。",
)
NOTE = Action(
    name="note",
    label="说明原因",
    icon="edit",
    run=reconciling.note_lines,
    why_not=bill_rules.why_not_note,
    ready=lambda rows: rows.select_related("bill", "payment", "refund"),
    fields={"note": opinion("bill_note", "原因", required=True)},
)


CALL_IN = Action(
    name="call_in",
    label="提醒交款",
    icon="bell",
    run=cash.call_in,
    why_not=bill_rules.why_not_call_in,
    ready=lambda rows: rows.select_related("payment__cashier", "payment__hand_over"),
    confirm="收款人会收到消息：手中有多少现金待交接，请生成交接单交到财务。同一位收款人一天只提醒一次。",
)


class BillLineGrid(StaffGrid):
    """Every line of every day; those that wait are found by their 处理方式."""

    key = "bill_lines"
    title = "对账明细"
    columns = (
        Day(name="day", label="账单日期", path="bill__day", frozen=True),
        channel(path="bill__channel"),
        Choice(
            name="kind",
            label="类型",
            choices=[(LineKind.PAYMENT.value, "收款"), (LineKind.REFUND.value, "退款")],
        ),
        Choice(
            name="result",
            label="核对结果",
            path="shown",
            choices=SHOWN_RESULTS,
            tones=SHOWN_TONES,
        ),
        Flag(name="waits", label="待处理", tones={"1": "red"}),
        Money(name="their_amount", label="渠道金额", total=True),
        Money(name="our_amount", label="系统金额", total=True),
        Money(name="gap", label="差异金额", total=True),
        Text(name="student", label="姓名", path=f"{STUDENT}__name", search=True),
        Text(name="student_no", label="学号", path=f"{STUDENT}__student_no", search=True),
        Text(name="cashier", label="收款人", path="payment__cashier__name", search=True),
        Text(name="slip", label="交接单号", path="payment__hand_over__number"),
        Text(name="order", label="订单号", path="payment__order__number", search=True),
        Text(name="number", label="支付单号", search=True, width="l"),
        Text(name="reference", label="渠道流水号", search=True),
        Text(name="refund_number", label="退费单号", search=True, width="l"),
        Moment(name="happened_at", label="发生时间"),
        Choice(name="clearing", label="处理方式", choices=LineClearing),
        Text(name="note", label="说明"),
        Text(name="cleared_by", label="处理人", path="cleared_by__name"),
        Moment(name="cleared_at", label="处理时间"),
    )
    usual = (
        "day", "channel", "kind", "result", "waits", "their_amount", "our_amount", "gap",
        "student", "cashier", "order", "reference", "happened_at", "clearing", "note",
    )  # fmt: skip
    default_order = "-day,-happened_at"
    offered = ("channel", "result", "waits")
    row_label = (f"{STUDENT}__name", "reference")
    search_hint = "姓名/学号/订单号/流水号"
    empty_text = "没有对账明细；在“对账”里取账单后，每一笔都会出现在这里"
    actions = (SETTLE, ASK, RETURN, CORRECT, NOTE, CALL_IN)

    def rows(self) -> BillLineQuerySet:
        """All, for finance."""
        return BillLine.objects.visible_to(self.viewer).with_gap()

    def detail_rows(self) -> BillLineQuerySet:
        """With the order the money belongs to."""
        order = "payment__order"
        student = f"{order}__enrolment__student__class_group__major__college"
        rows = self.rows().select_related(
            "bill", "cleared_by", "refund", student, "payment__cashier", "payment__hand_over"
        )
        return rows.prefetch_related(f"{order}__payments__cashier", f"{order}__payments__refunds")

    def detail(self, row: Any) -> tuple[str, dict[str, Any]]:
        """Both sides, what the bill said, and the order."""
        order = row.payment.order if row.payment else None
        return "staff/bills/_line.html", {
            "line": row,
            "result": dict(SHOWN_RESULTS)[row.shown],
            "tone": SHOWN_TONES[row.shown],
            "handing": row.shown in (IN_HAND, HANDED),
            "payment": row.payment,
            "order": order,
            "bill": bill_of(order) if order else None,
        }
