"""更正申请: what students say their data should be, to be compared with their papers and decided."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from yibao.enrolment.master_data import accept_and_enlist
from yibao.grid.actions import Action
from yibao.grid.columns import Choice, Moment, Text
from yibao.grid.grid import Link
from yibao.people import flow, rules
from yibao.people.checks import master_faults
from yibao.people.disclosure import disclose_wish, look_at_proof
from yibao.people.levels import REVIEWING
from yibao.people.master import changes_in_words, following
from yibao.people.models import Correction, CorrectionQuerySet
from yibao.people.states import CorrectionStatus, Topic
from yibao.web.pictures import shown
from yibao.web.staff.columns import SEARCH_HINT, labelled, of_student
from yibao.web.staff.enrolments_detail import secrets_of
from yibao.web.staff.lists import StaffGrid
from yibao.web.staff.opinions import opinion

ACCEPT = Action(
    name="accept",
    label="通过",
    icon="check",
    tone="green",
    run=accept_and_enlist,
    why_not=rules.why_not_accept,
    ready=lambda rows: rows.with_story(),
    fields={"comment": opinion("correction_accept", "处理意见")},
    confirm="{count} 项更正将写入学生信息，并告诉学生。",
)
REFUSE = Action(
    name="refuse",
    label="退回",
    icon="arrow-back-up",
    tone="orange",
    run=flow.refuse_corrections,
    why_not=rules.why_not_decide,
    ready=lambda rows: rows.with_story(),
    fields={"comment": opinion("correction_refuse", "退回原因", required=True)},
    confirm="{count} 项更正将退回，登记的内容不变，学生会看到原因。",
)


def _in_words(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """原值 → 新值, numbers masked."""
    changes = changes_in_words(old, new)
    return "；".join(f"{c['was'] or '（空）'} → {c['now'] or '（空）'}" for c in changes)


class CorrectionGrid(StaffGrid):
    """Requests of the students within scope: those that wait, or those that are decided."""

    key = "corrections"
    title = "更正申请"
    columns = (
        *of_student(),
        Choice(name="topic", label="更正项目", choices=Topic),
        Text(name="change", label="原值 → 新值", needs=("old", "new"), value=_in_words, width="xl"),
        Text(name="reason", label="更正原因", needs=("reason",), value=str, width="l"),
        Text(
            name="proof",
            label="证明照片",
            sort_path="proof",
            needs=("proof",),
            value=lambda proof: "有" if proof else "",
        ),
        Choice(name="status", label="状态", choices=CorrectionStatus),
        Moment(name="asked_at", label="申请时间"),
        Moment(name="decided_at", label="处理时间"),
        Text(name="decided_by", label="处理人", path="decided_by__name"),
        Text(name="comment", label="处理意见", width="l"),
    )
    offered = ("topic", "college", "grade", "class_group")
    row_label = labelled()
    search_hint = SEARCH_HINT
    actions = (ACCEPT, REFUSE)
    params = ("decided",)

    @property
    def usual(self) -> tuple[str, ...]:
        """What is asked, or what became of it."""
        who = ("student_no", "name", "college", "class_group", "topic", "change")
        if self.param("decided"):
            return (*who, "status", "decided_at", "decided_by", "comment")
        return (*who, "reason", "proof", "asked_at")

    @property
    def default_order(self) -> str:
        """Who has waited longest; what was decided last."""
        return "-decided_at" if self.param("decided") else "asked_at"

    @property
    def empty_text(self) -> str:
        """Why there is nothing."""
        if self.param("decided"):
            return "还没有处理过的更正申请"
        return "没有待处理的更正申请；学生在手机上提交后会出现在这里"

    def rows(self) -> CorrectionQuerySet:
        """Whoever one of the viewer's posts covers; what was withdrawn is nobody's business."""
        mine = Correction.objects.covered_by(self.viewer, *REVIEWING)
        if self.param("decided"):
            return mine.filter(status__in=[CorrectionStatus.ACCEPTED, CorrectionStatus.REFUSED])
        return mine.open()

    def links_for(self, _viewer: Any) -> Iterable[Link]:
        """From one half to the other."""
        here = reverse("staff:corrections")
        if self.param("decided"):
            yield Link("待处理的", f"{here}?q=", icon="clock")
        else:
            yield Link("已处理的", f"{here}?decided=1", icon="history")

    def detail_rows(self) -> CorrectionQuerySet:
        """With student, photo and who decided."""
        return self.rows().with_story().select_related("proof", "decided_by")

    def detail(self, row: Any) -> tuple[str, dict[str, Any]]:
        """From what to what beside the rest of the data, why, and the photo."""
        old, new = dict(row.old), dict(row.new)
        is_open = row.status == CorrectionStatus.OPEN
        if is_open and row.topic == Topic.DOCUMENT:
            along = following(row.student, new)
            new |= along
            old |= {name: getattr(row.student, name) for name in along}
        return "staff/corrections/_detail.html", {
            "correction": row,
            "status": CorrectionStatus(row.status),
            "changes": changes_in_words(old, new),
            "why_not": rules.why_not_accept([row], self.viewer).get(row.pk) if is_open else "",
            "has_number": bool(row.new.get("id_number")),
            "faults": master_faults(row.student),
            "secrets": secrets_of(row.student, self.viewer),
        }


def waiting(viewer: Any) -> int:
    """How many requests wait for a person's posts."""
    return CorrectionGrid(viewer).narrowed.count()


@require_safe
def correction_proof(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """证明照片: shows a whole card, so that looking at it leaves its line."""
    row = _one(request, public_id)
    if row.proof is None:
        raise Http404
    look_at_proof(row, by=request.user)
    return shown(row.proof)


@require_POST
def correction_number(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """显示完整号码 of what is asked for: to be compared with the photo."""
    number = disclose_wish(_one(request, public_id), by=request.user)
    return render(request, "staff/students/_number.html", {"number": number})


def _one(request: HttpRequest, public_id: UUID) -> Correction:
    mine = Correction.objects.covered_by(request.user, *REVIEWING).with_story()
    return get_object_or_404(mine.select_related("proof"), public_id=public_id)
