"""账单文件: what somebody downloaded from a channel's own site, read, or refused with the reason."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from yibao.common.errors import Refused, refuse_if
from yibao.payments import bill_rules, rules
from yibao.payments.providers.base import (
    GatewayError,
    StatementLine,
    label,
    provider,
    provider_names,
)
from yibao.payments.providers.wire import Unreadable


@dataclass(frozen=True)
class Bill:
    """A bill as it was read."""

    lines: Sequence[StatementLine]
    source: str
    digest: str = ""


def read(channel: str, day: date, content: bytes, *, name: str) -> Bill:
    """The bill in a file. Raises `Refused` for what is not the bill of this channel and day."""
    refuse_if("现金没有渠道账单，请不选文件，直接按交接单核对" if channel == rules.CASH else "")
    lines = _lines(channel, content)
    if lines is None:
        others = (one for one in provider_names() if one not in (channel, rules.CASH))
        whose = next((label(one) for one in others if _lines(one, content) is not None), "")
        raise Refused(
            f"这是{whose}的账单，请改选支付方式，或改传{label(channel)}的账单"
            if whose
            else f"这不是{label(channel)}的账单文件，请上传从商户平台下载的原文件，不要另存或改动"
        )
    refuse_if(bill_rules.why_not_of_day(lines, day))
    return Bill(lines, f"上传：{name}"[:100], hashlib.sha256(content).hexdigest())


def _lines(channel: str, content: bytes) -> Sequence[StatementLine] | None:
    """None for what the channel cannot read."""
    try:
        return list(provider(channel).read_statement(content))
    except (GatewayError, Unreadable, NotImplementedError):
        return None
