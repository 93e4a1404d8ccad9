"""What students are told of their master data: what became of a request, and what staff changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from yibao.accounts.models import User
from yibao.notify import flow as notify
from yibao.notify.flow import Note
from yibao.notify.kinds import Kind
from yibao.people.models import Correction, Student
from yibao.people.states import CorrectionStatus

CORRECTED = Kind("corrected", "信息已更正", "check")
NOT_CORRECTED = Kind("not_corrected", "更正申请被退回", "arrow-back-up")
CHANGED = Kind("master_changed", "个人信息已修改", "user-edit")
KINDS = (CORRECTED, NOT_CORRECTED, CHANGED)


def decided(rows: Sequence[Correction], *, by: User) -> None:
    """通过 or 退回; whoever withdrew a request knows it."""
    notes = (_decision(row, by) for row in rows if row.status in WORDS)
    notify.tell(notes, by=by)


def changed(
    student: Student, changes: Sequence[Mapping[str, Any]], *, by: User, reason: str
) -> None:
    """Staff have changed master data of this student."""
    fields = "、".join(change["field"] for change in changes)
    text = f"{by.name}修改了你的{fields}，依据：{reason}。请到“我的”核对，有异议请申请更正"
    link = reverse("student:me")
    notify.tell([Note(student.user_id, CHANGED, f"{fields}已修改", text, link, student)], by=by)


WORDS = {
    CorrectionStatus.ACCEPTED: (CORRECTED, "已更正", "已按你的申请更正"),
    CorrectionStatus.REFUSED: (NOT_CORRECTED, "的更正申请被退回", "退回，登记的内容没有变"),
}


def _decision(row: Correction, by: User) -> Note:
    kind, outcome, what = WORDS[CorrectionStatus(row.status)]
    topic = row.get_topic_display()
    said = f"：{row.comment}" if row.comment else ""
    link = reverse("student:correction", args=[row.public_id])
    text = f"{by.name}{what}{said}"
    return Note(row.student.user_id, kind, f"{topic}{outcome}", text, link, row)
