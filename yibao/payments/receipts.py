"""缴费收据: what a paid order proves, as values, as a PDF, and checked again by its code."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.timezone import localtime

from yibao.common import papers
from yibao.common.english.catalogue import in_english
from yibao.common.errors import Refused
from yibao.enrolment.quoting import coverage_for
from yibao.payments.capitals import in_capitals
from yibao.payments.models import Order, Payment, Refund
from yibao.payments.providers.base import label
from yibao.payments.states import PaymentStatus, RefundStatus
from yibao.people.identity import mask_id_number

TEMPLATE = Path(__file__).with_name("receipt.typ")
HEADS = (
    "大学生医保缴费收据",
    "收据编号",
    "参保类型",
    "缴费依据",
    "金额（元）",
    "合计（大写）",
    "校验码",
    "以中文为准",
)
"""What else stands on the paper."""
PURPOSE = b"yibao receipt code 1"


@dataclass(frozen=True)
class ReceiptLine:
    """One insurance type and what was paid for it."""

    type_name: str
    amount: Decimal
    explanation: str


@dataclass(frozen=True)
class ReceiptSheet:
    """缴费收据. Secrets are masked: a receipt is passed on."""

    number: str
    code: str
    name: str
    student_no: str
    unit: str
    id_number: str
    plan: str
    year: str
    coverage: str
    lines: tuple[ReceiptLine, ...]
    amount: Decimal
    capitals: str
    channel: str
    reference: str
    cashier: str
    paid_at: datetime
    refunded: Decimal


def receipt_of(order: Order) -> ReceiptSheet:
    """The receipt of a paid order. Raises `Refused` for one that is not paid."""
    payment = _settled(order)
    if payment is None or payment.amount is None or payment.paid_at is None:
        raise Refused(f"订单{order.get_status_display()}，缴费后才有收据")
    enrolment, plan = order.enrolment, order.enrolment.plan
    student = enrolment.student
    group = student.class_group
    return ReceiptSheet(
        number=order.number,
        code=code_of(order),
        name=student.name,
        student_no=student.student_no,
        unit=f"{group.major.college} {group}",
        id_number=mask_id_number(student.id_number),
        plan=plan.name,
        year=plan.year_label,
        coverage=coverage_for(enrolment),
        lines=tuple(
            ReceiptLine(line["type"], Decimal(line["amount"]), line["explanation"])
            for line in order.lines
        ),
        amount=payment.amount,
        capitals=in_capitals(payment.amount),
        channel=label(payment.channel),
        reference=payment.reference,
        cashier=payment.cashier.name if payment.cashier else "",
        paid_at=payment.paid_at,
        refunded=_refunded(payment),
    )


def code_of(order: Order) -> str:
    """校验码 of the receipt."""
    return papers.code_of(PURPOSE, order.public_id, order.number, order.amount)


def find_receipt(number: str, code: str) -> ReceiptSheet | None:
    """The receipt that number and code belong to; one query by a unique number, and none for rubbish."""
    if not papers.may_exist(number, code):
        return None
    order = (
        # Paid, also if all of it went back since: the receipt then says so.
        Order.objects.filter(number=number, payments__status=PaymentStatus.CONFIRMED)
        .select_related("enrolment__plan", "enrolment__student__class_group__major__college")
        .first()
    )
    if order is None or not papers.is_code(code, code_of(order)):
        return None
    return receipt_of(order)


def receipt_pdf(sheet: ReceiptSheet, verify_url: str, *, english: bool = False) -> bytes:
    """The receipt on one page; `verify_url` is where its code is checked, drawn as a QR code.

    In Chinese, which counts, and for whoever reads English with that beside it.
    """
    told: dict[str, Any] = {
        "number": sheet.number,
        "code": sheet.code,
        "facts": [
            ["缴费人", sheet.name],
            ["学号", sheet.student_no],
            ["证件号码", sheet.id_number],
            ["学院班级", sheet.unit],
            ["医保计划", sheet.plan],
            ["保障期", sheet.coverage],
            ["支付方式", sheet.channel],
            ["渠道流水号", sheet.reference],
            *([["收款人", sheet.cashier]] if sheet.cashier else []),
            ["缴费时间", f"{localtime(sheet.paid_at):%Y-%m-%d %H:%M:%S}"],
        ],
        "lines": [
            [line.type_name, line.explanation, f"{line.amount:,.2f}"] for line in sheet.lines
        ],
        "amount": f"{sheet.amount:,.2f}",
        "capitals": sheet.capitals,
        "refunded": f"{sheet.refunded:,.2f}" if sheet.refunded else "",
        "verify_url": verify_url,
        "qr": papers.qr(verify_url),
        "beside": {},
    }
    if english:
        said = [*HEADS, *(text for row in (*told["facts"], *told["lines"]) for text in row)]
        read = {text: in_english(text) for text in said}
        told["beside"] = {text: seen for text, seen in read.items() if seen != text}
    return papers.typeset(TEMPLATE, told)


def _settled(order: Order) -> Payment | None:
    paid = [p for p in order.payments.all() if p.status == PaymentStatus.CONFIRMED]
    return paid[0] if paid else None


def _refunded(payment: Payment) -> Decimal:
    refunds: Iterable[Refund] = payment.refunds.all()
    return sum((r.amount for r in refunds if r.status == RefundStatus.DONE), Decimal(0))
