"""The sections of a plan, in the order in which it is entered and read."""

from dataclasses import dataclass

from yibao.plans import coverage, words


@dataclass(frozen=True)
class Section:
    """One step of the editor: fields of the plan, rows of a part, and what stays open to change."""

    key: str
    label: str
    fields: tuple[str, ...] = ()
    part: str = ""
    movable: tuple[str, ...] = ()
    """Fields that may change at any time; of the others amending.py says when."""


_COVERAGE = (*coverage.USUAL, *coverage.FRESHMEN)
_WINDOWS = ("apply_from", "apply_until", "pay_from", "pay_until")
SECTIONS = {
    section.key: section
    for section in (
        Section(
            "basics",
            "基本信息",
            ("name", "academic_year", "instructions"),
            movable=("name", "instructions"),
        ),
        Section("windows", "时间", (*_WINDOWS, *_COVERAGE), movable=_WINDOWS),
        Section("reminders", "截止提醒", ("reminder_days",), movable=("reminder_days",)),
        Section(
            "targets",
            "参保对象",
            words.TARGETS,
            movable=words.TARGETS,
        ),
        Section("types", "参保类型", part="types"),
        Section(
            "review",
            "审核流程",
            ("resume_after_return",),
            "steps",
            movable=("resume_after_return",),
        ),
        Section(
            "rates",
            "参保率上报",
            ("rate_reporting", "rate_from", "rate_until"),
            movable=("rate_from", "rate_until"),
        ),
        Section("channels", "支付渠道", ("channels",), movable=("channels",)),
        Section("evidence", "证明材料", part="evidence_kinds"),
        Section("reasons", "不参保原因", part="reasons"),
        Section("statement", "承诺书", ("statement_required", "statement_text")),
        Section("fees", "减免规则", part="fee_rules"),
    )
}
