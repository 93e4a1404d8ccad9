"""贫困生名单: the recognitions that fees are reduced for, by school year."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db.models import Q

from yibao.grid.actions import Action
from yibao.grid.columns import Choice, Day, Flag, Moment, Number, Text
from yibao.payments import repricing
from yibao.people.levels import REVIEWING, Level
from yibao.people.scope import holds
from yibao.plans import recognition
from yibao.plans.hardship_proofs import why_not_add
from yibao.plans.models import HardshipEntry, HardshipQuerySet
from yibao.plans.states import Validity
from yibao.web.staff.columns import SEARCH_HINT, labelled, of_student, pairs
from yibao.web.staff.lists import StaffGrid
from yibao.web.staff.opinions import opinion

WITHDRAW = Action(
    name="withdraw",
    label="撤销认定",
    icon="ban",
    tone="orange",
    run=repricing.withdraw_recognitions,
    why_not=recognition.why_not_withdraw,
    fields={"note": opinion("recognition_withdraw", "撤销原因", required=True)},
    confirm="{count} 项认定不再减免；还没有下单的学生立即重新计算，已下单或已缴费的转为差额。",
)
RESTORE = Action(
    name="restore",
    label="恢复认定",
    icon="arrow-back-up",
    run=repricing.restore_recognitions,
    why_not=recognition.why_not_restore,
    confirm="{count} 项认定重新有效，应缴金额随之重新计算。",
)


def _values(grid: StaffGrid, field: str) -> list[tuple[object, str]]:
    found = grid.rows().order_by(field).values_list(field, flat=True).distinct()
    return pairs(found)


class HardshipGrid(StaffGrid):
    """The entries of students within scope."""

    key = "hardship"
    title = "贫困生名单"
    columns = (
        *of_student("student"),
        Choice(
            name="academic_year",
            label="学年",
            choices=lambda grid: [(y, f"{y}-{y + 1}") for y, _ in _values(grid, "academic_year")],
        ),
        Choice(name="level", label="困难等级", choices=lambda grid: _values(grid, "level")),
        Choice(name="category", label="认定类别", choices=lambda grid: _values(grid, "category")),
        Day(name="valid_from", label="有效期起"),
        Day(name="valid_until", label="有效期止"),
        Text(name="source", label="来源"),
        Text(name="listed_name", label="名单上的姓名"),
        Choice(
            name="validity",
            label="有效情况",
            choices=Validity,
            tones={Validity.NOW: "green", Validity.WITHDRAWN: "orange"},
        ),
        Number(name="proof_count", label="材料", unit=" 张"),
        Flag(name="withdrawn", label="已撤销", tones={"1": "orange"}),
        Text(name="withdrawn_note", label="撤销原因"),
        Moment(name="withdrawn_at", label="撤销时间"),
    )
    usual = (
        "academic_year", "grade", "college", "major", "student_no", "name", "level", "category",
        "valid_from", "valid_until", "validity", "proof_count",
    )  # fmt: skip
    default_order = "-academic_year,student_no"
    offered = ("academic_year", "college", "major", "grade", "level", "category", "validity")
    row_label = labelled()
    search_hint = SEARCH_HINT
    empty_text = "还没有贫困生名单；由学校医保办公室导入"
    added: ClassVar = {
        ("validity",): HardshipQuerySet.with_validity,
        ("proof_count",): HardshipQuerySet.with_proofs,
    }
    actions = (WITHDRAW, RESTORE)

    def rows(self) -> HardshipQuerySet:
        """Whoever one of the viewer's posts covers."""
        mine = HardshipEntry.objects.covered_by(self.viewer, *REVIEWING)
        return mine.annotate(withdrawn=Q(withdrawn_at__isnull=False))

    def actions_for(self, viewer: Any) -> Iterable[tuple[Action, str]]:
        """The school office withdraws and restores; the others read."""
        return super().actions_for(viewer) if holds(viewer, Level.SCHOOL) else ()

    def detail_rows(self) -> HardshipQuerySet:
        """With the student and the photos."""
        return self.rows().with_validity().select_related("student__class_group__major__college")

    def detail(self, row: Any) -> tuple[str, dict[str, Any]]:
        """The recognition, whether it counts today, and what proves it."""
        proofs = row.proofs.select_related("picture", "by").defer("picture__content")
        every = list(proofs)
        return "staff/hardship/_detail.html", {
            "entry": row,
            "student": row.student,
            "validity": Validity(row.validity),
            "proofs": [proof for proof in every if not proof.withdrawn_at],
            "proofs_before": [proof for proof in every if proof.withdrawn_at],
            "why_not_add": why_not_add(row, self.viewer),
        }
