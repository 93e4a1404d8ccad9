"""A channel whose bill and answers a test writes down, in place of a gateway."""

from yibao.payments.providers.base import (
    GatewayUnavailable,
    PaidState,
    Provider,
    Receipt,
    RefundReceipt,
    RefundState,
    StatementNotReady,
)


class Stub(Provider):
    """What a test has told it."""

    label = "演练渠道"
    bill: list | None = None
    answers: dict = {}
    back = RefundState.DONE

    def statement(self, _day):
        """The bill of any day; None: not made yet."""
        if self.bill is None:
            message = "not yet"
            raise StatementNotReady(message)
        return self.bill

    def query(self, number):
        """As told; else nobody knows the number."""
        if isinstance(answer := self.answers.get(number), Receipt):
            return answer
        if answer == "silent":
            raise GatewayUnavailable(answer)
        return Receipt(number, "", 0, PaidState.ABSENT)

    def refund(self, refund):
        """At once, unless told otherwise."""
        return RefundReceipt(
            refund.number, refund.refund_number, "R1", refund.amount, type(self).back
        )

    query_refund = refund
