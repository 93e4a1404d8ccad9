"""操作日志: who did what, for the auditor; nobody writes or changes it here."""

from yibao.grid.columns import Choice, Moment, Number, Text
from yibao.grid.grid import Grid
from yibao.people.staff import trail_seen_by
from yibao.web.staff.audit_words import content_of
from yibao.web.staff.words import ACTS, REFUSED

SUBJECTS = {
    "enrolment": "参保登记",
    "order": "订单",
    "payment": "支付",
    "refund": "退费",
    "insuranceplan": "医保计划",
    "ratereport": "参保率",
    "user": "账号",
    "student": "学生",
}
ACTIONS = {**ACTS, **{f"{act}{REFUSED}": f"未能{words}" for act, words in ACTS.items()}}


class AuditGrid(Grid):
    """The trail, newest first."""

    key = "audit"
    title = "操作日志"
    columns = (
        Moment(name="at", label="时间", frozen=True),
        Text(name="by", label="操作人", path="by__name", search=True, frozen=True),
        Text(name="number", label="学号/工号", path="by__username", search=True),
        Choice(name="action", label="操作", choices=tuple(ACTIONS.items())),
        Choice(name="subject_type", label="对象", choices=tuple(SUBJECTS.items())),
        Number(name="subject_id", label="对象编号"),
        Text(name="content", label="内容", needs=("action", "data"), value=content_of, width="l"),
    )
    default_order = "-at"
    quick_filters = ("action", "subject_type")
    row_label = ("by__name", "pk")
    search_hint = "操作人姓名 / 学号 / 工号"
    empty_text = "还没有操作记录；登录、审核、收费、导出等都会自动记在这里"

    def rows(self):
        """All of it, for auditors only."""
        return trail_seen_by(self.viewer)
