"""证明材料: the photos a student has ready, which of them a submission hands in, and what is missing.

Photos wait with the draft (`DraftPicture`), so that going back never loses one. A submission hands in
those that its reason asks for (`Evidence`); what it does not ask for is not kept.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from yibao.accounts.models import User
from yibao.common import bulk, pictures
from yibao.common.errors import Refused, refuse_if
from yibao.common.models import Picture
from yibao.enrolment.models import Enrolment
from yibao.enrolment.paper_models import DraftPicture, Evidence
from yibao.enrolment.states import TO_REGISTER, Status
from yibao.plans.models import EvidenceKind, EvidenceNeed, OptOutReason
from yibao.plans.states import PlanStatus

MOST = 4
"""Photos of one kind: a card has two sides, a certificate has pages."""
GONE = "这张图片已不在，可能在另一个页面里删除了，请刷新后再看"


@dataclass(frozen=True)
class Slot:
    """One kind of evidence that a reason asks for, and the photos that are ready for it."""

    kind: EvidenceKind
    required: bool
    pictures: tuple[Picture, ...]

    @property
    def is_missing(self) -> bool:
        """Whether it must be there and is not."""
        return self.required and not self.pictures

    @property
    def is_full(self) -> bool:
        """Whether no more photos are taken."""
        return len(self.pictures) >= MOST


def slots(row: Enrolment, reason: OptOutReason | None) -> list[Slot]:
    """What a reason asks for, in the order of the plan, with what the student has ready."""
    needs = list(reason.needs.all()) if reason else []
    if not needs:
        return []
    ready = list(
        DraftPicture.objects.filter(enrolment=row)
        .select_related("picture")
        .defer("picture__content")
    )
    return [
        Slot(
            need.kind,
            need.required,
            tuple(draft.picture for draft in ready if draft.kind_id == need.kind_id),
        )
        for need in needs
    ]


def missing(found: Iterable[Slot]) -> str:
    """What must still be photographed, in words; "" if nothing."""
    return "、".join(slot.kind.name for slot in found if slot.is_missing)


def why_not_prepare(row: Enrolment, by: User) -> str:
    """Why somebody cannot put photos ready: it is the student's, before submitting or to make good."""
    if row.student.user_id != by.pk:
        return "证明材料由学生本人上传"
    if row.plan.status != PlanStatus.OPEN:
        return f"计划“{row.plan}”{row.plan.get_status_display()}，不能再上传材料"
    on_behalf = row.submitted_by_id != by.pk and row.status in (
        Status.IN_REVIEW,
        Status.OPTED_OUT,
    )
    if row.status not in TO_REGISTER and not on_behalf:
        return f"当前状态为“{row.get_status_display()}”，不能再更换材料；如需修改请联系辅导员退回"
    return ""


@transaction.atomic
def add(
    row: Enrolment, kind: EvidenceKind, picture: Picture, *, by: User, instead: UUID | None = None
) -> None:
    """Put a photo ready, or in the place of another one. Raises `Refused`."""
    _lock(row, by)
    there = DraftPicture.objects.filter(enrolment=row, kind=kind)
    if instead:
        remove(row, instead, by=by)
    elif there.count() >= MOST:
        raise Refused(f"“{kind}”最多 {MOST} 张，请先删除不需要的，或点“换一张”")
    DraftPicture.objects.create(enrolment=row, kind=kind, picture=pictures.use(picture, by=by))


@transaction.atomic
def remove(row: Enrolment, public_id: UUID, *, by: User) -> None:
    """Take a photo out of what is ready; what was handed in before stays in the history."""
    _lock(row, by)
    found = DraftPicture.objects.filter(enrolment=row, picture__public_id=public_id)
    draft = found.select_related("picture").defer("picture__content").first()
    refuse_if("" if draft else GONE)
    _forget([draft] if draft else [])


def why_not_hand_in(rows: Sequence[Enrolment], reason: OptOutReason) -> str:
    """Why students' own submissions for a reason lack something; "" if nothing is missing."""
    asked = EvidenceNeed.objects.filter(reason=reason, required=True).select_related("kind")
    needs = list(asked) if rows else []
    if not needs:
        return ""
    ready = set(
        DraftPicture.objects.filter(enrolment__in=[row.pk for row in rows]).values_list(
            "enrolment", "kind"
        )
    )
    for row in rows:
        lacking = [need.kind.name for need in needs if (row.pk, need.kind_id) not in ready]
        if lacking:
            return f"原因为“{reason}”时须提供{'、'.join(lacking)}，请先拍照上传"
    return ""


def hand_in(rows: Sequence[Enrolment], reason: OptOutReason | None) -> None:
    """Make what is ready and asked for part of the present submission, and forget the rest."""
    own = {row.pk: row for row in rows}
    ready = (
        DraftPicture.objects.filter(enrolment__in=own)
        .select_related("picture")
        .defer("picture__content")
    )
    drafts = list(ready)
    if not drafts:
        return
    asked = set(reason.needs.values_list("kind", flat=True)) if reason else set()
    there = set(
        Evidence.objects.filter(enrolment__in=own).values_list("enrolment", "round", "picture")
    )
    bulk.insert(
        [
            Evidence(
                enrolment_id=draft.enrolment_id,
                round=own[draft.enrolment_id].round,
                kind_id=draft.kind_id,
                picture_id=draft.picture_id,
            )
            for draft in drafts
            if draft.kind_id in asked
            and (draft.enrolment_id, own[draft.enrolment_id].round, draft.picture_id) not in there
        ]
    )
    _forget([draft for draft in drafts if draft.kind_id not in asked])


def handed_in(row: Enrolment) -> list[Evidence]:
    """What the present submission shows, in the order of the plan."""
    found = Evidence.objects.filter(enrolment=row, round=row.round)
    return list(found.select_related("kind", "picture").defer("picture__content"))


def picture_of(rows: QuerySet[Enrolment], public_id: UUID) -> Picture | None:
    """A photo that one of these students has ready or handed in."""
    pks = rows.order_by().values("pk")
    ready = DraftPicture.objects.filter(enrolment__in=pks).values("picture")
    given = Evidence.objects.filter(enrolment__in=pks).values("picture")
    found = Picture.objects.filter(public_id=public_id)
    return found.filter(Q(pk__in=ready) | Q(pk__in=given)).first()


def doubted(row: Enrolment) -> set[int]:
    """The photos that a reviewer held to be wrong, while it is the student's turn to replace them."""
    if row.status != Status.RETURNED:
        return set()
    found = Evidence.objects.filter(enrolment=row, round=row.round, doubt__isnull=False)
    return set(found.values_list("picture", flat=True))


def _forget(drafts: Collection[DraftPicture]) -> None:
    """Delete drafts, and the photos that were never handed in."""
    DraftPicture.objects.filter(pk__in=[draft.pk for draft in drafts]).delete()
    photos = {draft.picture_id: draft.picture for draft in drafts}
    kept = set(Evidence.objects.filter(picture__in=photos).values_list("picture", flat=True))
    for pk, photo in photos.items():
        if pk not in kept:
            pictures.drop(photo)


def _lock(row: Enrolment, by: User) -> None:
    """Two tabs add and remove one after the other, and not while it is being submitted."""
    locked = Enrolment.objects.select_for_update(of=("self",)).select_related("student", "plan")
    refuse_if(why_not_prepare(locked.get(pk=row.pk), by))
