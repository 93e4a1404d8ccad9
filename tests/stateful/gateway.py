"""A payment gateway that lies in memory: the only thing that is not as in life."""

from decimal import Decimal
from typing import ClassVar

from django.utils.timezone import now

from yibao.payments.providers.base import (
    GatewayUnavailable,
    PaidState,
    Provider,
    QrCode,
    Receipt,
    RefundReceipt,
    RefundState,
)


class Till(Provider):
    """What payers have done there, whether we have heard of it or not."""

    label = "演练渠道"
    paid: ClassVar[dict[str, tuple[str, int]]] = {}  # our number → theirs, and how much
    shut: ClassVar[set[str]] = set()
    silent: ClassVar[bool] = False

    @classmethod
    def empty(cls) -> None:
        cls.paid, cls.shut, cls.silent = {}, set(), False

    def start(self, charge, device):  # noqa: ARG002
        return QrCode(charge.number)

    def query(self, number):
        if number in self.paid:
            reference, amount = self.paid[number]
            return Receipt(number, reference, Decimal(amount), PaidState.PAID, now())
        state = PaidState.CLOSED if number in self.shut else PaidState.PENDING
        return Receipt(number, "", Decimal(0), state)

    def close(self, number):
        if number not in self.paid:
            self.shut.add(number)
        return self.query(number)

    def refund(self, refund):
        if self.silent:
            raise GatewayUnavailable(refund.refund_number)
        number, wanted = refund.number, refund.refund_number
        return RefundReceipt(number, wanted, f"R{wanted}", refund.amount, RefundState.DONE, now())

    query_refund = refund
