"""The states of orders, payments and refunds, and the moves between them."""

from django.db.models import TextChoices


class OrderStatus(TextChoices):
    """订单状态."""

    OPEN = "open", "待缴费"
    PAID = "paid", "已缴费"
    CLOSED = "closed", "已关闭"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return {"open": "orange", "paid": "green"}.get(self.value, "neutral")


class PaymentStatus(TextChoices):
    """支付状态. CONFIRMED is the one payment that the order was settled with."""

    STARTED = "started", "支付中"
    CONFIRMED = "confirmed", "已到账"
    SURPLUS = "surplus", "多收待退"
    MISMATCH = "mismatch", "金额不符待核实"
    DISPUTED = "disputed", "流水号重复待核实"
    CLOSED = "closed", "已关闭"
    VOIDED = "voided", "已作废"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        tones = {
            "started": "blue",
            "confirmed": "green",
            "closed": "neutral",
            "voided": "neutral",
        }
        return tones.get(self.value, "red")


class Paying(TextChoices):
    """缴费状态 of an enrolment; one that has not passed review has none yet."""

    DUE = "due", "待缴费"
    PAID = "paid", "已缴费"
    FREE = "free", "免缴"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return {"due": "orange", "paid": "green", "free": "neutral"}[self.value]


class RefundStatus(TextChoices):
    """退费状态."""

    DUE = "due", "待退费"
    PREPARED = "prepared", "待复核"
    SENT = "sent", "退费中"
    DONE = "done", "已退费"
    ABNORMAL = "abnormal", "退费异常"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        tones = {"due": "orange", "prepared": "blue", "sent": "blue", "done": "green"}
        return tones.get(self.value, "red")


class RefundCause(TextChoices):
    """退费原因."""

    PAID_TWICE = "paid_twice", "重复缴费"
    ORDER_CLOSED = "order_closed", "订单已关闭"
    WRONG_AMOUNT = "wrong_amount", "金额不符"
    WITHDRAWN = "withdrawn", "退出参保"
    FEE_CHANGED = "fee_changed", "应缴金额减少"
    OTHER = "other", "其他"


class Route(TextChoices):
    """退回途径: how the money of a refund went back, or will have to."""

    CHANNEL = "channel", "原路退回"
    CASH = "cash", "退还现金"
    BANK = "bank", "银行转账"


class DifferenceStatus(TextChoices):
    """差额状态."""

    OPEN = "open", "待处理"
    SETTLING = "settling", "办理中"
    SETTLED = "settled", "已结清"
    KEPT = "kept", "维持原额"
    GONE = "gone", "已消除"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return {"open": "orange", "settling": "blue", "settled": "green"}.get(self.value, "neutral")


class DifferenceCause(TextChoices):
    """Why a fee is no longer what was ordered."""

    PLAN = "plan", "计划金额或减免规则修改"
    RECOGNITION = "recognition", "困难认定变化"
    DAILY = "daily", "每日核对发现"


class Clearing(TextChoices):
    """处理方式: what finance did about a difference."""

    REFUND = "refund", "退还差额"
    CHARGE = "charge", "补收差额"
    REORDER = "reorder", "按新金额重开订单"
    KEEP = "keep", "维持原额"


class BillStatus(TextChoices):
    """对账状态 of a channel and day."""

    WAITING = "waiting", "待取账单"
    OPEN = "open", "核对中"
    CLOSED = "closed", "已关闭"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return {"waiting": "orange", "open": "blue", "closed": "green"}[self.value]


class BillResult(TextChoices):
    """核对结果: each line of a bill and of our book falls into exactly one."""

    MATCHED = "matched", "一致"
    REFUND = "refund", "退款一致"
    THEIRS_ONLY = "theirs_only", "仅渠道有"
    OURS_ONLY = "ours_only", "仅系统有"
    AMOUNT = "amount", "金额不一致"
    STATUS = "status", "状态不一致"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return "green" if self in AGREES else "red"


AGREES = (BillResult.MATCHED, BillResult.REFUND)
# Shown in the place of 仅系统有: cash that nobody has counted yet is no difference. Never stored.
IN_HAND, HANDED = "in_hand", "handed"  # still with who took it; on a slip that finance is to count
SHOWN_RESULTS = (*BillResult.choices, (IN_HAND, "现金待交接"), (HANDED, "现金待点收"))
SHOWN_TONES = {r.value: r.tone for r in BillResult} | {IN_HAND: "orange", HANDED: "blue"}


class LineClearing(TextChoices):
    """处理方式: how a difference of a bill was cleared."""

    SETTLED = "settled", "按账单入账"
    ASKED = "asked", "重新查询"
    REFUNDED = "refunded", "登记退费"
    CORRECTED = "corrected", "更正金额"
    NOTED = "noted", "说明原因"


class HandOverStatus(TextChoices):
    """交接状态."""

    HANDED = "handed", "待财务确认"
    CONFIRMED = "confirmed", "已确认"

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        return {"handed": "orange", "confirmed": "green"}[self.value]


P, R, D = PaymentStatus, RefundStatus, DifferenceStatus
ORDER_MOVES = {
    OrderStatus.OPEN: {OrderStatus.PAID, OrderStatus.CLOSED},
    # Back to open when cash is voided or the bill says less, closed when all of it went back.
    OrderStatus.PAID: {OrderStatus.OPEN, OrderStatus.CLOSED},
    OrderStatus.CLOSED: set(),
}
# A closed attempt may still turn out to be paid: the gateway's word is the truth.
PAYMENT_MOVES = {
    P.STARTED: {P.CONFIRMED, P.SURPLUS, P.MISMATCH, P.DISPUTED, P.CLOSED},
    P.CLOSED: {P.CONFIRMED, P.SURPLUS, P.MISMATCH, P.DISPUTED},
    P.DISPUTED: {P.CONFIRMED, P.SURPLUS, P.MISMATCH},
    P.CONFIRMED: {P.VOIDED, P.MISMATCH},  # cash within minutes; the bill says that it was less
    P.VOIDED: set(),
    P.SURPLUS: set(),
    P.MISMATCH: {P.CONFIRMED, P.SURPLUS, P.MISMATCH},  # the gateway tells another amount
}
REFUND_MOVES = {
    R.DUE: {R.PREPARED},
    R.PREPARED: {R.SENT, R.DUE},
    R.SENT: {R.DONE, R.ABNORMAL},
    R.ABNORMAL: {R.SENT, R.DONE},
    R.DONE: set(),
}
BILL_MOVES = {
    BillStatus.WAITING: {BillStatus.OPEN},
    BillStatus.OPEN: {BillStatus.OPEN, BillStatus.CLOSED},
    BillStatus.CLOSED: {BillStatus.OPEN},
}
DIFFERENCE_MOVES = {
    D.OPEN: {D.SETTLING, D.SETTLED, D.KEPT, D.GONE},
    D.SETTLING: {D.SETTLED, D.KEPT},
    D.SETTLED: {D.SETTLING},  # its cash was voided within minutes
    D.KEPT: set(),
    D.GONE: set(),
}
MONEY_IN = (P.CONFIRMED, P.SURPLUS, P.MISMATCH)
# What waits for finance. A disputed attempt holds no money of its own: the gateway names money that
# another payment already has.
HELD = (P.SURPLUS, P.MISMATCH, P.DISPUTED)
