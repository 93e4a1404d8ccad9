"""The content of a line of the trail as a person reads it: labels for keys, words for codes."""

from collections.abc import Iterator, Mapping
from typing import Any

from yibao.common.models import AuditEntry
from yibao.enrolment.states import Standing, Status
from yibao.payments.providers.base import label
from yibao.payments.states import DifferenceStatus, OrderStatus, PaymentStatus, RefundStatus
from yibao.plans.states import PlanStatus
from yibao.reports.states import RateStatus
from yibao.web.staff.plan_words import with_labels
from yibao.web.staff.words import detail_of

WORDS = {
    "round": "第几次提交",
    "amount": "金额",
    "channel": "支付方式",
    "order": "订单号",
    "fields": "项目",
    "ip": "地址",
    "post": "岗位",
    "classes": "班级",
    "name": "名称",
    "added": "新增",
    "gone": "移出",
    "back": "恢复",
    "code": "渠道代码",
    "reference": "渠道流水号",
    "number": "单号",
    "was_initial": "由初始密码修改",
    "section": "部分",
    "version": "版本",
    "report": "报表",
    "rows": "行数",
    "changed": "修改",
    "colleges": "新增学院",
    "error": "原因",
    "reason": "原因",
    "list": "列表",
    "query": "条件",
    "full_numbers": "完整号码",
    **dict(Standing.choices),
}
# What a state is called depends on whose state it is: "closed" is 已结束 of a plan, 已关闭 of an order.
STATES = {
    "plan": PlanStatus,
    "rate": RateStatus,
    "refund": RefundStatus,
    "difference": DifferenceStatus,
    "open_order": OrderStatus,
    "close_order": OrderStatus,
    "money_in": PaymentStatus,
}
COUNTS = frozenset(Standing.values)
LONGEST = 60


def content_of(action: str, data: Mapping[str, Any]) -> str:
    """The data of a line in words; it holds no full number of anybody."""
    said = detail_of(AuditEntry(action=action, data=data))
    return said or "，".join(_phrases(action, data))


def _phrases(action: str, data: Mapping[str, Any]) -> Iterator[str]:
    if "was" in data and "now" in data:
        yield " → ".join(_word(action, key, data[key]) for key in ("was", "now"))
        data = {key: value for key, value in data.items() if key not in {"was", "now"}}
    for key, value in data.items():
        if key in COUNTS and not value:
            continue
        if key == "changes":
            yield "；".join(_change(with_labels(change)) for change in value)
        elif value not in ("", None, []):
            yield f"{WORDS.get(key, key)}：{_word(action, key, value)}"


def _change(change: Mapping[str, Any]) -> str:
    """申请截止时间：2026-10-01 08:00 → 2026-10-08 08:00."""
    was, now = (_short(change.get(key)) for key in ("was", "now"))
    return f"{change.get('field', '')}：{was} → {now}"


def _short(value: Any) -> str:
    text = "、".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return (text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…") or "（空）"


def _word(action: str, key: str, value: Any) -> str:
    match value:
        case bool():
            return "是" if value else "否"
        case list():
            return "、".join(map(str, value))
    if key in {"was", "now"}:
        states = STATES.get(action, Status)
        return dict(states.choices).get(value, str(value))
    return label(value) if key == "channel" else str(value)
