"""困难认定 that were withdrawn, and restored: nothing of the list is ever deleted."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localtime, now

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import refuse_if
from yibao.common.outcome import Outcome
from yibao.people.levels import Level
from yibao.people.scope import holds
from yibao.plans.models import HardshipEntry

Rows = Sequence[HardshipEntry]


def why_not_withdraw(rows: Rows, by: User) -> dict[int, str]:
    """撤销认定: by the school office, of what stands."""
    return _answers(rows, by, withdrawn=False, otherwise="这项认定已经撤销")


def why_not_restore(rows: Rows, by: User) -> dict[int, str]:
    """恢复认定 that was withdrawn."""
    return _answers(rows, by, withdrawn=True, otherwise="这项认定没有撤销，无需恢复")


@transaction.atomic
def withdraw(entries: QuerySet[HardshipEntry], *, by: User, note: str) -> Outcome:
    """撤销认定: from now on it counts for nobody's fee. Raises `Refused` without a reason."""
    refuse_if("" if note.strip() else "请填写撤销认定的原因")
    rows = _lock(entries)
    _mark(
        rows, reasons := why_not_withdraw(rows, by), withdrawn_at=now(), withdrawn_note=note.strip()
    )
    return _record("withdraw_recognition", rows, reasons, by=by, note=note)


@transaction.atomic
def restore(entries: QuerySet[HardshipEntry], *, by: User) -> Outcome:
    """恢复认定."""
    rows = _lock(entries)
    _mark(rows, reasons := why_not_restore(rows, by), withdrawn_at=None, withdrawn_note="")
    return _record("restore_recognition", rows, reasons, by=by)


def said_of(entry: HardshipEntry) -> str:
    """已于 2026-10-01 撤销（原因）; "" for what stands."""
    if entry.withdrawn_at is None:
        return ""
    return f"已于 {localtime(entry.withdrawn_at):%Y-%m-%d} 撤销（{entry.withdrawn_note}）"


def _answers(rows: Rows, by: User, *, withdrawn: bool, otherwise: str) -> dict[int, str]:
    if not holds(by, Level.SCHOOL):
        return {row.pk: "只有学校医保办公室可以撤销和恢复认定" for row in rows}
    return {row.pk: otherwise for row in rows if (row.withdrawn_at is not None) != withdrawn}


def _lock(entries: QuerySet[HardshipEntry]) -> list[HardshipEntry]:
    pks = entries.order_by().values("pk")
    rows = HardshipEntry.objects.filter(pk__in=pks).order_by("pk")
    return list(rows.select_for_update(of=("self",)))


def _mark(rows: Rows, reasons: dict[int, str], **values: Any) -> None:
    done = [row.pk for row in rows if row.pk not in reasons]
    HardshipEntry.objects.filter(pk__in=done).update(**values)


def _record(act: str, rows: Rows, reasons: dict[int, str], *, by: User, note: str = "") -> Outcome:
    audit.record_many(
        audit.entry(
            f"{act}_refused" if row.pk in reasons else act,
            row,
            by=by,
            category=row.category,
            why=reasons.get(row.pk) or note.strip(),
        )
        for row in rows
    )
    return Outcome([row.pk for row in rows if row.pk not in reasons], reasons)
