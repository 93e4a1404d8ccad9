"""A form of cash that was sent twice: answered with what came of it the first time, and booked once."""

import hashlib
import json
from collections.abc import Collection, Sequence

from yibao.accounts.models import User
from yibao.common.errors import Refused
from yibao.common.outcome import Outcome
from yibao.payments.models import CashPosting, Payment

LONGEST_KEY = 64


def begin(key: str, pks: Collection[int], *, by: User) -> tuple[CashPosting | None, Outcome | None]:
    """Within the transaction that books: a new posting, or the outcome of the one there was.

    Whoever sends the same form at the same instant waits here until the first is through.
    """
    if not key or not pks:
        return None, None
    if len(key) > LONGEST_KEY:
        raise Refused("表单已失效，请刷新页面后再试")
    digest = hashlib.sha256(json.dumps(sorted(pks)).encode()).hexdigest()
    posting, new = CashPosting.objects.get_or_create(
        cashier=by, key=key, defaults={"digest": digest}
    )
    if new:
        return posting, None
    if posting.digest != digest:
        raise Refused("这张表单已经提交过，内容不同，请刷新页面后重新登记")
    said = posting.outcome
    refused = {int(pk): why for pk, why in said["refused"].items()}
    return None, Outcome(said["done"], refused, said["said"])


def keep(posting: CashPosting | None, outcome: Outcome) -> Outcome:
    """Write down what came of it, in the same transaction."""
    if posting:
        posting.outcome = {
            "done": outcome.done,
            "refused": {str(pk): why for pk, why in outcome.refused.items()},
            "said": outcome.said,
        }
        posting.save(update_fields=["outcome"])
    return outcome


def said_of(payments: Sequence[Payment]) -> str:
    """What the cashier reads afterwards."""
    if not payments:
        return ""
    first, last = payments[0].reference, payments[-1].reference
    slips = first if len(payments) == 1 else f"{first} 至 {last}"
    total = sum(payment.order.amount for payment in payments)
    return f"已收 {len(payments)} 人现金共 {total:,.2f} 元，收据号 {slips}"
