"""What students are told of their master data: what became of a request, and what staff changed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from yibao.accounts.models import User
from yibao.notify import flow as notify
from yibao.notify.flow import Note
from yibao.notify.kinds import Kind
from yibao.people.models import Correction, Deputy, Student
from yibao.people.states import CorrectionStatus
from yibao.people.transition_models import Transition

CORRECTED = Kind("corrected", "信息已更正", "check")
NOT_CORRECTED = Kind("not_corrected", "更正申请被退回", "arrow-back-up")
CHANGED = Kind("master_changed", "个人信息已修改", "user-edit")
DUTIES = Kind("duties", "岗位变动", "users-group", for_staff=True)
HELPS = Kind("class_helper", "班长", "users-group")
KEPT_BACK = Kind("transition_kept_back", "学籍异动未能生效", "alert-triangle", for_staff=True)
KINDS = (CORRECTED, NOT_CORRECTED, CHANGED, DUTIES, HELPS, KEPT_BACK)


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


def took_effect(rows: Sequence[tuple[Transition, Sequence[Mapping[str, Any]]]]) -> None:
    """学籍异动 is in effect: the student reads what changed from which day."""
    link = reverse("student:me")

    def note(row: Transition, changes: Sequence[Mapping[str, Any]]) -> Note:
        fields = "、".join(change["field"] for change in changes)
        text = (
            f"自 {row.effective_on} 起{row.get_kind_display()}，{row.entered_by.name}登记，"
            f"依据：{row.basis}。请到“我的”核对，有异议请申请更正"
        )
        return Note(row.student.user_id, CHANGED, f"{fields}已修改", text, link, row.student)

    notify.tell((note(row, changes) for row, changes in rows), by=None)


def kept_back(rows: Sequence[Transition]) -> None:
    """学籍异动 did not take effect on its day: whoever entered it reads why."""
    page = reverse("staff:transitions")
    notify.tell(
        (
            Note(
                row.entered_by_id,
                KEPT_BACK,
                f"{row.student.name}的{row.get_kind_display()}未能生效",
                f"{row.effective_on} 起的{row.get_kind_display()}没有生效：{row.said}。请核对后重新登记",
                f"{page}?q={row.student.student_no}",
                row.student,
            )
            for row in rows
        ),
        by=None,
    )


def deputized(deputy: Deputy, *, by: User) -> None:
    """代理: who is away and who stands in read the days."""
    post, days = deputy.post, f"{deputy.from_on} 至 {deputy.until}"
    holder, link = post.user, reverse("staff:home")
    taken = f"您代理{holder.name}的{post}岗位，{days}，到期自动结束"
    given = f"{deputy.user.name}代理您的{post}岗位，{days}，到期自动结束"
    notify.tell(
        [
            Note(deputy.user_id, DUTIES, f"代理{holder.name}的岗位", taken, link, post),
            Note(holder.pk, DUTIES, f"{deputy.user.name}代理您的岗位", given, link, post),
        ],
        by=by,
    )


def handed_over(giver: User, to: User, classes: Sequence[str], *, by: User) -> None:
    """移交: both counselors read which classes."""
    named, link = "、".join(classes), reverse("staff:home")
    notify.tell(
        [
            Note(to.pk, DUTIES, f"接手{len(classes)}个班", f"{giver.name}移交：{named}", link, to),
            Note(
                giver.pk, DUTIES, f"移交{len(classes)}个班", f"移交给{to.name}：{named}", link, to
            ),
        ],
        by=by,
    )


def helps(students: Sequence[Student], until: date, *, by: User) -> None:
    """设为班长: what can be seen, and until when."""
    text = f"{by.name}请你提醒班里还没办完医保的同学，有效期至 {until}"
    link = reverse("student:class_progress")
    notify.tell(
        (Note(one.user_id, HELPS, "你可以查看班级办理情况", text, link, one) for one in students),
        by=by,
    )


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
