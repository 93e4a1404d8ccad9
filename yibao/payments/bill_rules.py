"""Why a bill may not be read or closed, or a line of it not be cleared so. "" means it may."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.timezone import localdate, now

from yibao.accounts.models import User
from yibao.notify.models import Message
from yibao.payments import correcting
from yibao.payments.messages import CASH_DUE
from yibao.payments.models import BillDay, BillLine
from yibao.payments.providers.base import LineKind, StatementLine, provider_names
from yibao.payments.rules import CASH
from yibao.payments.states import BillResult, BillStatus, OrderStatus, PaymentStatus, RefundStatus
from yibao.people.levels import Level
from yibao.people.scope import holds

R = BillResult
AGAIN = timedelta(days=1)


def why_not_read(channel: str, day: date) -> str:
    """取账单: of a channel that is switched on and a day that is over."""
    if channel not in provider_names():
        return "这个支付渠道没有启用"
    return "当天还没有结束，请选择昨天或更早的日期" if day >= localdate() else ""


def why_not_read_day(channel: str, day: date) -> str:
    """The same of a day that may have been read and closed already."""
    closed = BillDay.objects.filter(channel=channel, day=day, status=BillStatus.CLOSED).first()
    return why_not_read(channel, day) or (why_not_read_again(closed) if closed else "")


def why_not_read_again(bill: BillDay) -> str:
    """A closed day stays as it was."""
    return "这一天已经关闭，需要更正请先重新打开" if bill.status == BillStatus.CLOSED else ""


def why_not_of_day(lines: Sequence[StatementLine], day: date) -> str:
    """A file of another day would make everything differ."""
    days = {localdate(line.happened_at) for line in lines if line.kind is LineKind.PAYMENT}
    if not days or day in days:
        return ""
    return f"账单是 {min(days)} 的，不是所选的 {day}，请重新选择"


def why_not_close(rows: Sequence[BillDay], by: User) -> dict[int, str]:
    """关闭: read, and nothing unexplained."""
    lines = BillLine.objects.filter(bill__in=[row.pk for row in rows])
    waiting = Counter(lines.unexplained().values_list("bill", flat=True))
    handing = Counter(lines.handing().values_list("bill", flat=True))

    def reason(row: BillDay) -> str:
        if row.status == BillStatus.WAITING:
            return "还没有取得账单，不能关闭"
        if row.status == BillStatus.CLOSED:
            return "这一天已经关闭"
        if found := waiting[row.pk] - handing[row.pk]:
            return f"还有 {found} 笔差异没有处理，不能关闭"
        if handing[row.pk]:
            return f"还有 {handing[row.pk]} 笔现金待交接，财务确认交接后再关闭"
        return ""

    return _of_finance(rows, by, reason)


def why_not_reopen(rows: Sequence[BillDay], by: User | None) -> dict[int, str]:
    """重新打开: a closed day; the clock (None) may, too."""

    def reason(row: BillDay) -> str:
        return "" if row.status == BillStatus.CLOSED else "这一天没有关闭"

    if by is None:
        return {row.pk: why for row in rows if (why := reason(row))}
    return _of_finance(rows, by, reason)


def why_not_settle(rows: Sequence[BillLine], by: User) -> dict[int, str]:
    """按账单入账: what the channel has and we have not, of a number of ours."""

    def reason(row: BillLine) -> str:
        if row.result not in (R.THEIRS_ONLY, R.STATUS):
            return "只有“仅渠道有”和“状态不一致”的可以按账单入账"
        if row.kind == LineKind.REFUND:
            if row.refund is None:
                return "系统里没有这笔退费，请核实后“说明原因”"
            sent = row.refund.status == RefundStatus.SENT
            return "" if sent else f"退费状态为“{row.refund.get_status_display()}”，不能按账单入账"
        if row.payment is None:
            return "支付单号不是本系统的，请核实后“说明原因”"
        return "账单中重复的行，请核实后“说明原因”" if "#" in row.key else ""

    return _each_line(rows, by, reason)


def why_not_ask(rows: Sequence[BillLine], by: User) -> dict[int, str]:
    """重新查询: what has a number that a gateway can be asked for."""

    def reason(row: BillLine) -> str:
        if row.bill.channel == CASH:
            return "现金没有渠道可以查询，请核对交接单"
        if row.bill.channel not in provider_names():
            return "这个支付渠道已停用，不能查询"
        return "" if row.payment or row.refund else "支付单号不是本系统的，请核实后“说明原因”"

    return _each_line(rows, by, reason)


def why_not_return(rows: Sequence[BillLine], by: User) -> dict[int, str]:
    """登记退费: money that is there and that no open order is waiting for."""
    settles = why_not_settle(rows, by)

    def reason(row: BillLine) -> str:
        if row.kind == LineKind.REFUND:
            return "这是退款，不能再退"
        if row.pk in settles:
            return settles[row.pk]
        if row.payment is None:
            return "支付单号不是本系统的，请核实后“说明原因”"
        order = row.payment.order
        wanted = order.status == OrderStatus.OPEN and order.amount == row.their_amount
        taken = row.payment.status == PaymentStatus.CONFIRMED
        if wanted and not taken:
            return "金额与待缴订单相符，请“按账单入账”"
        return ""

    return _each_line(rows, by, reason)


def why_not_correct(rows: Sequence[BillLine], by: User) -> dict[int, str]:
    """更正金额: both sides know the payment, and the bill names another amount."""

    def reason(row: BillLine) -> str:
        if row.result != R.AMOUNT:
            return "只有“金额不一致”的可以更正金额"
        if row.kind == LineKind.REFUND or row.payment is None:
            return "退款的金额不能更正，请与渠道核实后“说明原因”"
        if row.payment.order.enrolment.student.user_id == by.pk:
            return "不能处理本人的款项"
        return correcting.why_not_correct(row.payment, row.their_amount or Decimal(0))

    return _each_line(rows, by, reason)


def why_not_note(rows: Sequence[BillLine], by: User) -> dict[int, str]:
    """说明原因 of any difference."""
    return _each_line(rows, by, lambda _row: "")


def why_not_call_in(rows: Sequence[BillLine], by: User) -> dict[int, str]:
    """提醒交款: cash that somebody else holds and has made no slip for, once a day."""
    handing = _handing(rows)
    told = {
        message.to_id
        for message in Message.objects.filter(kind=CASH_DUE.key, created_at__gt=now() - AGAIN)
    }

    def reason(row: BillLine) -> str:
        payment = row.payment
        if row.pk not in handing or payment is None or payment.cashier is None:
            return "这一笔不是待交接的现金"
        if payment.hand_over:
            return f"交接单 {payment.hand_over.number} 已生成，请在“现金交接确认”点收"
        if payment.cashier_id == by.pk:
            return "这是本人收取的现金，请直接交接"
        if not payment.cashier.is_active:
            return f"{payment.cashier}的账号已停用，收不到消息，请联系其所在学院"
        return f"24 小时内已提醒过{payment.cashier}" if payment.cashier_id in told else ""

    return _of_finance(rows, by, reason)


def _handing(rows: Sequence[BillLine]) -> set[int]:
    lines = BillLine.objects.filter(pk__in=[row.pk for row in rows])
    return set(lines.handing().values_list("pk", flat=True))


def _each_line(
    rows: Sequence[BillLine], by: User, reason: Callable[[BillLine], str]
) -> dict[int, str]:
    handing = _handing(rows)

    def why_not(row: BillLine) -> str:
        if row.bill.status == BillStatus.CLOSED:
            return "这一天已经关闭，需要更正请先重新打开"
        if row.explained:
            return "这一笔没有差异或已处理"
        why = reason(row)
        return "现金待交接，财务点收后自动核对，不用处理" if why and row.pk in handing else why

    return _of_finance(rows, by, why_not)


def _of_finance(rows: Sequence[Any], by: User, reason: Callable[[Any], str]) -> dict[int, str]:
    finance = holds(by, Level.FINANCE)
    answers = ((row.pk, reason(row) if finance else "只有财务人员可以对账") for row in rows)
    return {pk: why for pk, why in answers if why}
