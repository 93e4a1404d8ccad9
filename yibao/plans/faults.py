"""What is wrong with values entered for a plan: by field, or by row and field.

Forms show each at its field; the verbs of editing.py refuse with the first.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime

from yibao.plans import statement
from yibao.plans.states import Choosing, Offered, Reduction

Values = Mapping[str, Any]
Faults = dict[str, str]
RowFaults = dict[tuple[int, str], str]

WHOLE = 100
YEARS = range(2000, 2100)
REMINDED_BEFORE = range(61)
MOST_REMINDERS = 8
WINDOWS = (
    ("apply_from", "apply_until", "申请截止时间须晚于申请开始时间"),
    ("pay_from", "pay_until", "缴费截止时间须晚于缴费开始时间"),
    ("rate_from", "rate_until", "参保率上报截止时间须晚于开始时间"),
    ("coverage_start", "coverage_end", "参保结束日期须晚于参保开始日期"),
    ("freshman_coverage_start", "freshman_coverage_end", "新生参保结束日期须晚于新生参保开始日期"),
)
COVERAGES = WINDOWS[-2:]
ONE_OF_TWO = "开始和结束日期请一起填写，或都不填"


TARGETS = (
    ("training_levels", "培养层次"),
    ("roster_statuses", "学籍状态"),
    ("origins", "国籍或地区"),
)
"""Of each at least one; grades and campuses may stay open."""


def value_faults(values: Values) -> Faults:
    """Of a plan's own fields, as far as they are given."""
    found = {
        name: f"年份应在 {YEARS.start} 至 {YEARS.stop - 1} 之间，请检查"
        for name, value in values.items()
        if value is not None and _year(name, value) not in YEARS
    }
    for opens, closes, sentence in WINDOWS:
        start, end = values.get(opens), values.get(closes)
        if start and end and start >= end and not {opens, closes} & found.keys():
            found[closes] = sentence
    if values.get("rate_reporting"):
        found |= {
            name: "上报参保率的计划须填写上报时间"
            for name in ("rate_from", "rate_until")
            if not values.get(name)
        }
    found |= _half(values, COVERAGES[1:])
    if fault := _reminders(values.get("reminder_days") or ()):
        found["reminder_days"] = fault
    for name, what in TARGETS:
        if name in values and not values[name]:
            found[name] = f"请至少选择一种{what}"
    if values.get("statement_required") and (
        fault := statement.why_not_text(values.get("statement_text") or "")
    ):
        found["statement_text"] = fault
    return found


def _half(values: Values, pairs: Sequence[tuple[str, str, str]]) -> Faults:
    """The missing one of two days that stand together or not at all."""
    return {
        end if values.get(start) else start: ONE_OF_TWO
        for start, end, _ in pairs
        if bool(values.get(start)) != bool(values.get(end))
    }


def _reminders(days: Sequence[int]) -> str:
    if len(days) > MOST_REMINDERS:
        return f"最多提醒 {MOST_REMINDERS} 次，请删去一些；太多提醒没有人看"
    if any(day not in REMINDED_BEFORE for day in days):
        return f"提前的天数应在 0 至 {REMINDED_BEFORE.stop - 1} 之间，0 表示截止当天"
    return "" if len(set(days)) == len(days) else "同一天数写了两次，请删去一个"


def _year(name: str, value: Any) -> int:
    if name == "academic_year":
        return int(value)
    if isinstance(value, datetime):
        # Turning the year 1 to local time would leave the calendar.
        return localtime(value).year if value.year in YEARS else value.year
    return value.year if hasattr(value, "year") else YEARS.start


def row_faults(part: str, rows: Sequence[Values]) -> RowFaults:
    """Of the rows of a part, taken together; rows are named by their place."""
    return {
        "types": _types,
        "steps": _steps,
        "evidence_kinds": lambda kinds: _twice(kinds, "证明材料"),
        "reasons": _reasons,
        "fee_rules": _rules,
    }[part](rows)


def _types(rows: Sequence[Values]) -> RowFaults:
    found = _twice(rows, "参保类型")
    for place, row in enumerate(rows):
        days = {name: row.get(name) for pair in COVERAGES for name in pair[:2]}
        wrong = value_faults(days) | _half(days, COVERAGES)
        found |= {(place, name): fault for name, fault in wrong.items()}
    groups = Counter(row["group"] for row in rows if row["group"])
    taken: set[str] = set()
    for place, row in enumerate(rows):
        group = row["group"]
        if not group:
            continue
        if row["choosing"] == Choosing.REQUIRED and groups[group] > 1:
            found[place, "choosing"] = (
                f"分组“{group}”里只能选一种，必选会使另外几种永远选不到；请改为默认勾选或可选"
            )
        elif row["choosing"] == Choosing.DEFAULT and group in taken:
            found[place, "choosing"] = f"分组“{group}”里只能有一种默认勾选"
        if row["choosing"] == Choosing.DEFAULT:
            taken.add(group)
    return found


def _steps(rows: Sequence[Values]) -> RowFaults:
    found = _twice(rows, "审核环节")
    for place, row in enumerate(rows):
        found |= {
            (place, name): fault
            for name, fault in value_faults(
                {name: row.get(name) for name in ("opens_at", "closes_at")}
            ).items()
        }
        opens, closes = row.get("opens_at"), row.get("closes_at")
        if opens and closes and opens >= closes and (place, "closes_at") not in found:
            found[place, "closes_at"] = "审核截止时间须晚于审核开始时间"
    return found


def _reasons(rows: Sequence[Values]) -> RowFaults:
    return _twice(rows, "不参保原因") | {
        (place, "offered_to"): "限定了认定类别，请选择提供给已认定的学生"
        for place, row in enumerate(rows)
        if row.get("categories") and row["offered_to"] == Offered.ALL
    }


def _rules(rows: Sequence[Values]) -> RowFaults:
    found: RowFaults = {}
    for place, row in enumerate(rows):
        match row["reduction"]:
            case Reduction.FIXED if not row["value"]:
                found[place, "value"] = "请填写减免多少元"
            case Reduction.PERCENT if not 0 < row["value"] <= WHOLE:
                found[place, "value"] = "按比例减免请填写 1 至 100 之间的百分数"
    return found


def _twice(rows: Sequence[Values], what: str) -> RowFaults:
    names = Counter(row["name"] for row in rows)
    seen: set[str] = set()
    found = {}
    for place, row in enumerate(rows):
        if names[row["name"]] > 1 and row["name"] in seen:
            found[place, "name"] = f"{what}“{row['name']}”重复，请改名或删除这一行"
        seen.add(row["name"])
    return found
