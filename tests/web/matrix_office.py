"""The lines of the matrix about the school office's tables: which row, and what is sent."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils.timezone import localdate, now

from tests.common.test_pictures import photo, upload
from yibao.common import pictures
from yibao.people.phrase_models import OfficePhrase
from yibao.people.states import TransitionKind
from yibao.people.transition_models import Transition
from yibao.plans import hardship_proofs
from yibao.plans.hardship_models import HardshipProof


def phrase(text: str = "请补交材料", *, retired: bool = False) -> OfficePhrase:
    """A line of what is offered when an application is sent back; there are three."""
    for at, words in enumerate(("情况不符", "请补交材料", "照片太暗"), 1):
        OfficePhrase.objects.get_or_create(kind="send_back", text=words, defaults={"position": at})
    OfficePhrase.objects.filter(text=text).update(retired_at=now() if retired else None)
    return OfficePhrase.objects.get(text=text)


def on_phrase(action: str, *, retired: bool = False) -> Callable[[Any], dict[str, Any]]:
    """An action on one of them."""
    return lambda _: {"do": "run", "action": action, "pk": phrase(retired=retired).pk}


def waits(w: Any) -> Transition:
    """王 will be on leave from next month."""
    there = {
        "kind": TransitionKind.SUSPEND,
        "effective_on": localdate() + timedelta(days=30),
        "entered_by": w.cast.office,
    }
    return Transition.objects.get_or_create(
        student=w.cast.wang, basis="休学审批表", defaults=there
    )[0]


def proof(w: Any) -> HardshipProof:
    """A photo of 王's certificate."""
    entry = w.hardship(withdrawn=False)
    found = HardshipProof.objects.filter(entry=entry, withdrawn_at__isnull=True).first()
    if found:
        return found
    kept = pictures.keep(upload(photo()), by=w.cast.office)
    return hardship_proofs.add(entry, kept, "低保证", by=w.cast.office)


def proves(w: Any) -> dict[str, Any]:
    """Where it lies."""
    return {"picture_id": proof(w).picture.public_id}


SUSPENDED = {"kind": "suspend", "basis": "休学审批表"}
ADDRESSES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "staff:phrase": lambda _: {"pk": phrase().pk},
    "staff:hardship_proof_new": lambda w: {"pk": w.hardship(withdrawn=False).pk},
    "staff:hardship_proof": proves,
    "staff:hardship_proof_withdraw": proves,
    "staff:transition_new": lambda w: {"public_id": w.cast.wang.public_id},
}
DATA: dict[str, Callable[[Any], dict[str, Any]]] = {
    "staff:phrase_new": lambda _: {"kind": "send_back", "text": "请重新拍照"},
    "staff:phrase": lambda _: {"text": "请补交证明材料"},
    "staff:transition_new": lambda _: SUSPENDED | {"effective_on": str(localdate())},
    "staff:transitions cancel": lambda w: {"do": "run", "action": "cancel", "pk": waits(w).pk},
    "staff:students transition": lambda w: {
        "do": "run",
        "action": "transition",
        "pk": w.cast.wang.pk,
        "effective_on": str(localdate()),
        **SUSPENDED,
    },
    "staff:hardship_proof_new": lambda _: {"name": "低保证", "photo": upload(photo())},
    "staff:hardship_proof_withdraw": lambda _: {"note": "传错了人"},
    "staff:phrases up": on_phrase("up"),
    "staff:phrases down": on_phrase("down"),
    "staff:phrases retire": on_phrase("retire"),
    "staff:phrases restore": on_phrase("restore", retired=True),
}
