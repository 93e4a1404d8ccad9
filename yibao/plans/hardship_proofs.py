"""认定材料 verbs: photos come to a recognition, and are taken down with a reason; none is deleted."""

from django.db import transaction
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit, pictures
from yibao.common.errors import refuse_if
from yibao.common.models import Picture
from yibao.people.levels import REVIEWING
from yibao.people.master import without_numbers
from yibao.plans.hardship_models import HardshipProof
from yibao.plans.models import HardshipEntry
from yibao.plans.recognition import said_of

MOST = 10
"""Photos of one recognition: a certificate has pages, a family has members."""


def why_not_keep(entry: HardshipEntry, by: User) -> str:
    """Photos are brought and taken down by whoever is in charge of the student, never one's own."""
    if entry.student.user_id == by.pk:
        return "本人的认定材料请交给辅导员上传"
    mine = HardshipEntry.objects.covered_by(by, *REVIEWING)
    return "" if mine.filter(pk=entry.pk).exists() else "只能办理所管学生的认定材料"


def why_not_add(entry: HardshipEntry, by: User) -> str:
    """添加材料 to what stands, as many as somebody reads."""
    if why := why_not_keep(entry, by):
        return why
    if entry.withdrawn_at is not None:
        return f"这项认定{said_of(entry)}，不用再补材料"
    if entry.proofs.standing().count() >= MOST:
        return f"一项认定最多 {MOST} 张材料，请先撤下不用的"
    return ""


@transaction.atomic
def add(entry: HardshipEntry, picture: Picture, name: str, *, by: User) -> HardshipProof:
    """添加材料. Raises `Refused`."""
    # Two people who add the last one at once do it one after the other.
    locked = HardshipEntry.objects.select_for_update(of=("self",)).select_related("student")
    entry = locked.get(pk=entry.pk)
    refuse_if(why_not_add(entry, by))
    name = without_numbers(" ".join(name.split()))
    refuse_if("" if name else "请填写材料名称，如：低保证、残疾证")
    row = HardshipProof.objects.create(
        entry=entry, picture=pictures.use(picture, by=by), name=name, by=by
    )
    audit.record("add_hardship_proof", entry.student, by=by, name=name, post=entry.category)
    return row


@transaction.atomic
def take_down(proof: HardshipProof, note: str, *, by: User) -> None:
    """撤下, with a reason; it stays for whoever asks later. Raises `Refused`."""
    locked = HardshipProof.objects.select_for_update(of=("self",)).select_related("entry__student")
    row = locked.defer("picture__content").get(pk=proof.pk)
    refuse_if(why_not_keep(row.entry, by))
    refuse_if("这张材料已经撤下" if row.withdrawn_at else "")
    note = without_numbers(" ".join(note.split()))[:100]
    refuse_if("" if note else "请填写撤下的原因")
    row.withdrawn_at, row.withdrawn_note = now(), note
    row.save(update_fields=["withdrawn_at", "withdrawn_note"])
    audit.record("withdraw_hardship_proof", row.entry.student, by=by, name=row.name, why=note)
