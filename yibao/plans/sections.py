"""The sections of a plan, in the order in which it is entered and read."""

from dataclasses import dataclass

from yibao.plans import coverage, words


@dataclass(frozen=True)
class Section:
    """One step of the editor: fields of the plan, rows of a part, and what stays open to change."""

    key: str
    label: str
    chapter: str = ""
    fields: tuple[str, ...] = ()
    part: str = ""
    movable: tuple[str, ...] = ()
    """Fields that may change at any time; of the others amending.py says when."""


_COVERAGE = (*coverage.USUAL, *coverage.FRESHMEN)
_WINDOWS = ("apply_from", "apply_until", "pay_from", "pay_until")
WHOM, PRICE, WAY, OUT = "给谁、什么时候", "多少钱、怎么交", "怎样审核和提醒", "不参保"
FOREIGN = "给外国留学生看"
SECTIONS = {
    section.key: section
    for section in (
        Section(
            "basics",
            "基本信息",
            WHOM,
            ("name", "academic_year", "instructions"),
            movable=("name", "instructions"),
        ),
        Section("windows", "时间", WHOM, (*_WINDOWS, *_COVERAGE), movable=_WINDOWS),
        Section("targets", "参保对象", WHOM, words.TARGETS, movable=words.TARGETS),
        Section("types", "参保类型", PRICE, part="types"),
        Section("fees", "减免规则", PRICE, part="fee_rules"),
        Section("channels", "支付渠道", PRICE, ("channels",), movable=("channels",)),
        Section(
            "review",
            "审核流程",
            WAY,
            ("resume_after_return",),
            "steps",
            movable=("resume_after_return",),
        ),
        Section(
            "rates",
            "参保率上报",
            WAY,
            ("rate_reporting", "rate_from", "rate_until"),
            movable=("rate_from", "rate_until"),
        ),
        Section("reminders", "截止提醒", WAY, ("reminder_days",), movable=("reminder_days",)),
        Section("evidence", "证明材料", OUT, part="evidence_kinds"),
        Section("reasons", "不参保原因", OUT, part="reasons"),
        Section("statement", "承诺书", OUT, ("statement_required", "statement_text")),
        Section("english", "英文", FOREIGN, ("english",), movable=("english",)),
    )
}
