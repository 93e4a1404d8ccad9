"""What the invented students have paid online, as the sandbox's gateways are told of it.

Nobody pays at a gateway while a university is invented. The sandbox reads this file when it starts, so
that its bills, its answers and its refunds know the same payments as our books.
"""

import json
from pathlib import Path

from yibao.payments.models import Payment
from yibao.payments.providers.base import to_fen
from yibao.payments.states import MONEY_IN

PROTOCOLS = {"sandbox": "campus", "sandbox-wechat": "wechat", "sandbox-alipay": "alipay"}
FILE = "paid.json"


def tell(folder: Path) -> int:
    """Write the file into the sandbox's folder; returns how many payments it names."""
    paid = Payment.objects.filter(channel__in=PROTOCOLS, status__in=MONEY_IN).order_by("pk")
    lines = [
        {
            "protocol": PROTOCOLS[payment.channel],
            "number": payment.number,
            "reference": payment.reference,
            "amount": to_fen(payment.amount),
            "subject": str(payment.order.enrolment.plan),
            "paid_at": int(payment.paid_at.timestamp()),
        }
        for payment in paid.select_related("order__enrolment__plan")
        if payment.amount is not None and payment.paid_at is not None
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(json.dumps(lines, ensure_ascii=False), "utf-8")
    return len(lines)
