"""What WeChat Pay says of orders and refunds, as receipts."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from yibao.payments.providers.base import (
    GatewayUnavailable,
    PaidState,
    Receipt,
    RefundCharge,
    RefundReceipt,
    RefundState,
    from_fen,
)
from yibao.payments.providers.wire import Unreadable, moment_of, text_of

NUMBER = r"[0-9A-Za-z_|*-]{1,64}"
REFERENCE = r"[0-9A-Za-z]{1,64}"
STATES = {
    "SUCCESS": PaidState.PAID,
    "REFUND": PaidState.PAID,  # was paid, and something went back since
    "NOTPAY": PaidState.PENDING,
    "USERPAYING": PaidState.PENDING,
    "PAYERROR": PaidState.PENDING,
    "CLOSED": PaidState.CLOSED,
    "REVOKED": PaidState.CLOSED,
}
REFUND_STATES = {
    "SUCCESS": RefundState.DONE,
    "PROCESSING": RefundState.PROCESSING,
    "CLOSED": RefundState.CLOSED,
    "ABNORMAL": RefundState.ABNORMAL,
}


def receipt(said: dict[str, Any], *, event_id: str = "", misfit: str = "") -> Receipt:
    """An order as a query or a notice tells it; raises `Unreadable`.

    The amount is `total`, what the order is about; a coupon lowers only what the payer paid.
    """
    state = STATES.get(str(said.get("trade_state")), PaidState.UNKNOWN)
    paid = state is PaidState.PAID
    return Receipt(
        number=text_of(said, "out_trade_no", NUMBER),
        reference=text_of(said, "transaction_id", REFERENCE) if paid else "",
        amount=_fen(_amount(said), "total", needed=paid),
        state=state,
        paid_at=_moment(said, "success_time"),
        raw=said,
        event_id=event_id,
        misfit=misfit,
    )


def refund_notice(said: dict[str, Any], event_id: str, misfit: str) -> RefundReceipt:
    """A refund as a notice tells it; raises `Unreadable`."""
    return _refund(said, str(said.get("refund_status")), event_id, misfit)


def refund_answer(said: dict[str, Any], asked: RefundCharge) -> RefundReceipt:
    """A refund as the answer to our question; raises `GatewayUnavailable`."""
    try:
        told = _refund(said, str(said.get("status")))
    except Unreadable as error:
        raise GatewayUnavailable(str(error)) from None
    wanted = (asked.number, asked.refund_number, asked.amount)
    if (told.number, told.refund_number, told.amount) != wanted:
        message = "an answer about another refund"
        raise GatewayUnavailable(message)
    return told


def foreign_money(said: dict[str, Any]) -> str:
    """Why an order is not in yuan; "" if it is, or is not paid."""
    currency = _amount(said).get("currency", "CNY")
    return "" if currency == "CNY" else "渠道回执的币种不是人民币"


def _refund(
    said: dict[str, Any], state: str, event_id: str = "", misfit: str = ""
) -> RefundReceipt:
    return RefundReceipt(
        number=text_of(said, "out_trade_no", NUMBER),
        refund_number=text_of(said, "out_refund_no", NUMBER),
        reference=text_of(said, "refund_id", REFERENCE),
        amount=_fen(_amount(said), "refund", needed=True),
        state=REFUND_STATES.get(state, RefundState.UNKNOWN),
        refunded_at=_moment(said, "success_time"),
        raw=said,
        event_id=event_id,
        misfit=misfit or foreign_money(said),
    )


def _amount(said: dict[str, Any]) -> dict[str, Any]:
    amount = said.get("amount", {})
    if not isinstance(amount, dict):
        message = "amount is malformed"
        raise Unreadable(message)
    return amount


def _fen(amount: dict[str, Any], name: str, *, needed: bool) -> Decimal:
    try:
        return from_fen(amount[name] if needed else amount.get(name, 0))
    except (KeyError, ValueError) as error:
        message = f"the amount cannot be read: {error}"
        raise Unreadable(message) from None


def _moment(said: dict[str, Any], name: str) -> datetime | None:
    return moment_of(said, name) if said.get(name) else None
