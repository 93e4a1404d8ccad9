"""学校常用语 verbs: the school office says which words everybody is offered, and in what order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import Refused, refuse_if
from yibao.common.outcome import Outcome
from yibao.people import master
from yibao.people.levels import Level
from yibao.people.phrase_models import OfficePhrase
from yibao.people.scope import holds

MOST = 30
"""More than that nobody reads while deciding."""
Rows = Sequence[OfficePhrase]


@dataclass(frozen=True)
class PhraseKind:
    """Where something is asked: its key, what it is called, how long it may be, the first phrases."""

    key: str
    label: str
    usual: tuple[str, ...] = ()
    longest: int = 200


def offered(kind: PhraseKind) -> tuple[str, ...]:
    """What everybody is offered; until the office's table is filled, what it will be filled with."""
    rows = list(OfficePhrase.objects.filter(kind=kind.key).order_by("position", "pk"))
    if not rows:
        return kind.usual
    return tuple(row.text for row in rows if row.retired_at is None)


@transaction.atomic
def settle(kinds: Iterable[PhraseKind]) -> None:
    """Fill the table for those kinds that have nothing in it yet; what is there stays."""
    known = set(OfficePhrase.objects.order_by().values_list("kind", flat=True).distinct())
    OfficePhrase.objects.bulk_create(
        [
            OfficePhrase(kind=kind.key, text=text, position=at)
            for kind in kinds
            if kind.key not in known
            for at, text in enumerate(kind.usual, 1)
        ],
        ignore_conflicts=True,
    )


def why_not_keep(by: User) -> str:
    """The table is the office's."""
    return "" if holds(by, Level.SCHOOL) else "只有学校医保办公室可以维护学校常用语"


def why_not_say(kind: PhraseKind, text: str, *, but: int | None = None) -> str:
    """What keeps words from being a phrase of a kind."""
    if not text:
        return "请填写内容"
    if len(text) > kind.longest:
        return f"“{kind.label}”最多 {kind.longest} 字，现在有 {len(text)} 字"
    if master.without_numbers(text) != text:
        return "常用语里不能有证件号码或手机号，请删去"
    same = OfficePhrase.objects.filter(kind=kind.key, text=text).first()
    if same is None or same.pk == but:
        return ""
    return "已有这一条" if same.retired_at is None else "已有这一条，现在停用中，请在列表里恢复"


def why_not_retire(rows: Rows, by: User) -> dict[int, str]:
    """停用 of what is in use."""
    return _answers(rows, by, retired=False, otherwise="这一条已经停用")


def why_not_restore(rows: Rows, by: User) -> dict[int, str]:
    """恢复 of what was retired."""
    return _answers(rows, by, retired=True, otherwise="这一条正在使用，无需恢复")


@transaction.atomic
def add(kind: PhraseKind, text: str, *, by: User) -> OfficePhrase:
    """添加, at the end. Raises `Refused`."""
    refuse_if(why_not_keep(by))
    settle([kind])
    own = _lock(OfficePhrase.objects.filter(kind=kind.key))
    text = tidy(text)
    refuse_if(why_not_say(kind, text))
    if sum(row.retired_at is None for row in own) >= MOST:
        raise Refused(f"“{kind.label}”已有 {MOST} 条常用语，请先停用不用的")
    last = max((row.position for row in own), default=0)
    row = OfficePhrase.objects.create(kind=kind.key, text=text, position=last + 1)
    audit.record("add_phrase", row, by=by, name=f"{kind.label}：{text}")
    return row


@transaction.atomic
def change(row: OfficePhrase, kind: PhraseKind, text: str, *, by: User) -> OfficePhrase:
    """修改 the words; what was written with the old ones stays as it is. Raises `Refused`."""
    refuse_if(why_not_keep(by))
    row = OfficePhrase.objects.select_for_update().get(pk=row.pk)
    text = tidy(text)
    refuse_if(why_not_say(kind, text, but=row.pk))
    if text != row.text:
        was, row.text = row.text, text
        row.save(update_fields=["text", "changed_at"])
        said = [{"field": kind.label, "was": was, "now": text}]
        audit.record("change_phrase", row, by=by, changes=said)
    return row


@transaction.atomic
def retire(rows: QuerySet[OfficePhrase], *, by: User) -> Outcome:
    """停用: no longer offered; the line and what was written with it stay."""
    locked = _lock(rows)
    return _mark("retire_phrase", locked, why_not_retire(locked, by), at=now(), by=by)


@transaction.atomic
def restore(rows: QuerySet[OfficePhrase], *, by: User) -> Outcome:
    """恢复."""
    locked = _lock(rows)
    return _mark("restore_phrase", locked, why_not_restore(locked, by), at=None, by=by)


def why_not_move(rows: Rows, by: User) -> dict[int, str]:
    """上移 and 下移 of what is in use."""
    return _answers(rows, by, retired=False, otherwise="停用的常用语没有先后，请先恢复")


@transaction.atomic
def move(rows: QuerySet[OfficePhrase], *, by: User, up: bool) -> Outcome:
    """上移 or 下移 by one place among those in use of the same kind; several keep together."""
    chosen = {row.pk: row for row in _lock(rows)}
    reasons = why_not_move(list(chosen.values()), by)
    moving = chosen.keys() - reasons.keys()
    for kind in sorted({row.kind for row in chosen.values() if row.pk in moving}):
        mine = _lock(OfficePhrase.objects.filter(kind=kind))
        line = sorted(mine, key=lambda row: (row.retired_at is not None, row.position, row.pk))
        step = line if up else line[::-1]
        for at in range(1, len(step)):
            ahead, here = step[at - 1], step[at]
            if here.pk in moving and ahead.pk not in moving and ahead.retired_at is None:
                step[at - 1], step[at] = here, ahead
        ordered = step if up else step[::-1]
        for at, row in enumerate(ordered, 1):
            row.position = at
        OfficePhrase.objects.bulk_update(ordered, ["position"])
    if moving:
        audit.record("order_phrases", None, by=by, rows=len(moving))
    return Outcome(sorted(moving), reasons)


def tidy(text: str) -> str:
    """One line without what cannot be seen."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _lock(rows: QuerySet[OfficePhrase]) -> list[OfficePhrase]:
    pks = rows.order_by().values("pk")
    return list(OfficePhrase.objects.filter(pk__in=pks).order_by("pk").select_for_update())


def _answers(rows: Rows, by: User, *, retired: bool, otherwise: str) -> dict[int, str]:
    if refused := why_not_keep(by):
        return {row.pk: refused for row in rows}
    return {row.pk: otherwise for row in rows if (row.retired_at is not None) != retired}


def _mark(
    act: str, rows: Rows, reasons: dict[int, str], *, at: datetime | None, by: User
) -> Outcome:
    done = [row for row in rows if row.pk not in reasons]
    pks = [row.pk for row in done]
    OfficePhrase.objects.filter(pk__in=pks).update(retired_at=at, changed_at=now())
    audit.record_many(
        audit.entry(f"{act}_refused", row, by=by, name=row.text, why=reasons[row.pk])
        if row.pk in reasons
        else audit.entry(act, row, by=by, name=row.text)
        for row in rows
    )
    return Outcome(pks, reasons)
