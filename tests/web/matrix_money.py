"""The lines of the matrix about cash, bills and refunds: what they are about, and what is sent."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.timezone import localdate, now

from yibao.payments import links
from yibao.payments.models import BillDay, BillLine, HandOver, PaymentLink
from yibao.payments.states import BillResult, BillStatus, PaymentStatus

YESTERDAY = localdate() - timedelta(days=1)


def build(world: Any) -> None:
    """A day with one difference of each kind, one that may be closed, one that is; and a slip of 李's."""
    links.make(world.order("ordered"), by=world.cast.wang.user)
    order = world.order("ordered", world.cast.zhao)
    attempt = order.payments.create(channel="sandbox", expires_at=now() + timedelta(minutes=30))
    at = now() - timedelta(days=1)
    wrong = order.payments.create(
        channel="sandbox",
        status=PaymentStatus.MISMATCH,
        amount=order.amount - 1,
        reference="correct",
        paid_at=at,
    )
    days = {
        status: BillDay.objects.create(
            channel=channel, day=YESTERDAY - timedelta(days=back), status=status, read_at=at
        )
        for back, (channel, status) in enumerate(
            (("sandbox", BillStatus.OPEN), ("cash", BillStatus.CLOSED))
        )
    }
    BillDay.objects.create(
        channel="cash",
        day=YESTERDAY - timedelta(days=9),
        status=BillStatus.OPEN,
        read_at=at,
        source="clean",
    )
    for name, amount, payment, result in (
        ("settle", order.amount, attempt, BillResult.STATUS),
        ("return", order.amount + 1, attempt, BillResult.STATUS),
        ("note", Decimal("9.00"), None, BillResult.THEIRS_ONLY),
        ("correct", order.amount, wrong, BillResult.AMOUNT),
    ):
        BillLine.objects.create(
            bill=days[BillStatus.OPEN],
            key=f"payment {name}",
            kind="payment",
            result=result,
            number=attempt.number if payment else "x",
            reference=name,
            their_amount=amount,
            happened_at=at,
            payment=payment,
        )
    BillLine.objects.create(
        bill=days[BillStatus.CLOSED],
        key="payment call_in",
        kind="payment",
        result=BillResult.OURS_ONLY,
        our_amount=order.amount,
        happened_at=at,
        payment=world.order("paid").payments.get(receipt_no__isnull=False),
    )
    HandOver.objects.create(
        number="202611210000000001",
        cashier=world.cast.li,
        amount=Decimal("533.00"),
        count=1,
        first_receipt="T001-000001",
        last_receipt="T001-000001",
    )


def _day(**about: Any) -> dict[str, int]:
    return {"pk": BillDay.objects.get(**about).pk}


ADDRESSES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "staff:hand_over_slip": lambda _: {"number": "202611210000000001"},
    "student:pay_link": lambda w: {"enrolment_id": w.row("due").public_id},
    **dict.fromkeys(
        ("payer:link", "payer:start"), lambda _: {"token": PaymentLink.objects.get().token}
    ),
    "staff:bill": lambda _: _day(channel="sandbox"),
}


def _run(action: str, row: Callable[[], Any], **fields: str) -> Callable[[Any], dict[str, Any]]:
    return lambda _: {"do": "run", "action": action, "pk": row().pk, **fields}


def _line(name: str) -> Callable[[], BillLine]:
    return lambda: BillLine.objects.get(key=f"payment {name}")


DATA: dict[str, Callable[[Any], dict[str, Any]]] = {
    "payer:start": lambda _: {"channel": "sandbox"},
    "student:pay_link": lambda _: {"do": "make"},
    "staff:cash_counter find": lambda _: {"q": "2024010001"},
    "staff:cash_counter take": lambda w: {"do": "take", "pk": w.row("due").pk, "key": "k1"},
    "staff:hand_overs confirm": _run("confirm", HandOver.objects.get),
    "staff:reconciliation close": _run("close", lambda: BillDay.objects.get(source="clean")),
    "staff:reconciliation reopen": _run(
        "reopen", lambda: BillDay.objects.get(status=BillStatus.CLOSED), note="补传账单"
    ),
    "staff:bill_take": lambda _: {"channel": "cash", "day": YESTERDAY.isoformat()},
    "staff:bill_lines settle": _run("settle", _line("settle")),
    "staff:bill_lines ask": _run("ask", _line("settle")),
    "staff:bill_lines return": _run("return", _line("return"), note="金额不符"),
    "staff:bill_lines correct": _run("correct", _line("correct"), note="与渠道核实"),
    "staff:bill_lines call_in": _run("call_in", _line("call_in")),
    "staff:bill_lines note": _run("note", _line("note"), note="不是医保款项"),
}
