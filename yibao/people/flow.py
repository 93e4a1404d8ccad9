"""What is done to a student's data from day to day; the roster itself comes by import."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit, bulk, pictures
from yibao.common.crypto import blind_index
from yibao.common.errors import refuse_if
from yibao.common.models import Picture
from yibao.common.outcome import Outcome
from yibao.people import master, messages, rules
from yibao.people.contact import LABELS, Contact, contact_faults, contact_of, holder, tidy
from yibao.people.models import Correction, Student
from yibao.people.pinyin import pinyin_of
from yibao.people.states import CorrectionStatus, Topic

WRITTEN = [*master.FIELDS, "id_number_index", "name_pinyin", "updated_at"]
DECIDED = ["status", "decided_at", "decided_by", "comment", "old", "new"]


@dataclass(frozen=True)
class Wish:
    """What a student asks to have corrected: the new values of one topic, and why."""

    topic: Topic
    new: Mapping[str, Any]
    reason: str
    proof: Picture | None = None


@dataclass(frozen=True)
class Verdict:
    """What becomes of requests: their state, what is said, and per request what was written."""

    act: str
    status: CorrectionStatus
    comment: str = ""
    changes: Mapping[int, Any] = field(default_factory=dict)


@transaction.atomic
def change_contact(student: Student, contact: Contact, *, by: User) -> Student:
    """修改联系方式. The trail names the fields, never their values. Raises `Refused`."""
    refuse_if(rules.why_not_change_contact(student, by))
    contact = tidy(contact)
    refuse_if("；".join(contact_faults(contact).values()))
    locked = Student.objects.select_for_update(of=("self",), no_key=True).select_related("user")
    student = locked.get(pk=student.pk)
    was = contact_of(student)
    # The e-mail address is the student's own; whoever else corrects a phone number leaves it.
    theirs = [name for name in LABELS if name != "email" or student.user_id == by.pk]
    changed = [name for name in theirs if getattr(was, name) != getattr(contact, name)]
    if not changed:
        return student
    for name in changed:
        setattr(holder(student, name), name, getattr(contact, name))
    student.mobile_index = blind_index(student.mobile)
    own = [name for name in changed if holder(student, name) is student]
    student.save(update_fields=[*own, "mobile_index", "updated_at"])
    if len(own) < len(changed):
        student.user.save(update_fields=["email"])
    audit.record("change_contact", student, by=by, fields=[LABELS[name] for name in changed])
    return student


@transaction.atomic
def change_master(
    student: Student, new: Mapping[str, Any], *, by: User, reason: str
) -> tuple[Student, list[str]]:
    """修改学生信息: the student as they are now, and the names of what changed. Raises `Refused`."""
    refuse_if(rules.why_not_maintain(student, by))
    refuse_if("" if reason.strip() else "请填写修改依据，学生和老师都能看到")
    student = _locked([student.pk])[student.pk]
    values = master.differences(student, master.tidied(new))
    refuse_if("；".join(rules.wrong_in_change(student, values, by).values()))
    if not values:
        return student, []
    after = master.changed(student, values)
    words = master.changes_in_words(master.values_of(student), values)
    write([(student, after)])
    audit.record("change_master", student, by=by, changes=words, why=master.without_numbers(reason))
    messages.changed(after, words, by=by, reason=reason.strip())
    return after, list(values)


@transaction.atomic
def ask_correction(student: Student, wish: Wish, *, by: User) -> Correction:
    """申请更正 of one thing. The same request again is the first one. Raises `Refused`."""
    student, topic, proof = _locked([student.pk])[student.pk], wish.topic, wish.proof
    new = master.tidied({name: wish.new[name] for name in topic.names})
    same = student.corrections.open().filter(topic=topic, student__user=by).first()
    if same and same.new == master.packed(new):
        return same
    refuse_if(rules.why_not_ask(student, topic, by))
    refuse_if("；".join(rules.wrong_in_request(student, topic, new).values()))
    refuse_if(rules.why_not_incomplete(topic, wish.reason, has_proof=proof is not None))
    old = {name: getattr(student, name) for name in topic.names}
    row = Correction.objects.create(
        student=student,
        topic=topic,
        old=master.packed(old),
        new=master.packed(new),
        reason=wish.reason.strip(),
        proof=pictures.use(proof, by=by) if proof else None,
    )
    audit.record("ask_correction", student, by=by, changes=master.changes_in_words(old, new))
    return row


@transaction.atomic
def withdraw_corrections(corrections: QuerySet[Correction], *, by: User) -> Outcome:
    """撤回 while nobody has decided. The photo goes: nothing is to be proved by it any more."""
    rows = _lock(corrections)
    reasons = rules.why_not_withdraw(rows, by)
    verdict = Verdict("withdraw_correction", CorrectionStatus.WITHDRAWN)
    outcome = _close(rows, reasons, verdict, by=by)
    gone = [row.proof for row in rows if row.pk in outcome.done and row.proof]
    Correction.objects.filter(pk__in=outcome.done).update(proof=None)
    for picture in gone:
        pictures.drop(picture)
    return outcome


@transaction.atomic
def refuse_corrections(corrections: QuerySet[Correction], *, by: User, comment: str) -> Outcome:
    """退回 with a reason; the student may ask again. Raises `Refused` without a reason."""
    refuse_if("" if comment.strip() else "请填写退回原因，学生会看到")
    rows = _lock(corrections)
    reasons = rules.why_not_decide(rows, by)
    verdict = Verdict("refuse_correction", CorrectionStatus.REFUSED, comment)
    return _close(rows, reasons, verdict, by=by)


@transaction.atomic
def accept_corrections(
    corrections: QuerySet[Correction], *, by: User, comment: str = ""
) -> Outcome:
    """通过: what was asked for is written into the student's master data."""
    rows = _lock(corrections)
    writes, reasons = rules.judge(rows, by)
    before = {row.student_id: row.student for row in rows}
    after: dict[int, Student] = {}
    words = {}
    for row in rules.in_turn(rows):
        if row.pk in writes:
            values, student = writes[row.pk], after.get(row.student_id, row.student)
            old = {name: getattr(student, name) for name in values}
            words[row.pk] = master.changes_in_words(old, values)
            row.old, row.new = master.packed(old), master.packed(values)
            after[row.student_id] = master.changed(student, values)
    write([(before[pk], student) for pk, student in after.items()])
    verdict = Verdict("accept_correction", CorrectionStatus.ACCEPTED, comment, words)
    return _close(rows, reasons, verdict, by=by)


def _locked(pks: Iterable[int]) -> dict[int, Student]:
    """Students before what hangs on them, in pk order."""
    students = (
        Student.objects.filter(pk__in=pks)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    return {student.pk: student for student in students.select_related(master.WITH_CLASS)}


def _lock(corrections: QuerySet[Correction]) -> list[Correction]:
    students = _locked(corrections.order_by().values_list("student", flat=True))
    pks = corrections.order_by().values("pk")
    rows = Correction.objects.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",))
    found = list(rows.select_related("proof").filter(student__in=students))
    for row in found:
        row.student = students[row.student_id]
    return found


def _close(
    rows: list[Correction], reasons: dict[int, str], verdict: Verdict, *, by: User
) -> Outcome:
    """Move those that may, in one UPDATE; each row leaves its line, refused or not."""
    allowed = [row for row in rows if row.pk not in reasons]
    at = now()
    for row in allowed:
        row.status, row.decided_at, row.decided_by = verdict.status, at, by
        row.comment = verdict.comment.strip()
    bulk.update(allowed, DECIDED)
    audit.record_many(
        audit.entry(
            f"{verdict.act}_refused" if row.pk in reasons else verdict.act,
            row.student,
            by=by,
            topic=row.get_topic_display(),
            changes=verdict.changes.get(row.pk, []),
            why=reasons.get(row.pk) or master.without_numbers(row.comment),
        )
        for row in rows
    )
    messages.decided(allowed, by=by)
    return Outcome([row.pk for row in allowed], reasons)


def write(pairs: Iterable[tuple[Student, Student]]) -> None:
    """Students as they are to be, with what follows from number and name."""
    pairs = list(pairs)
    at = now()
    for _, after in pairs:
        after.id_number_index = blind_index(after.id_number)
        after.name_pinyin = pinyin_of(after.name)
        after.updated_at = at
    bulk.update([after for _, after in pairs], WRITTEN)
    renamed = [User(pk=a.user_id, name=a.name) for b, a in pairs if b.name != a.name]
    bulk.update(renamed, ["name"])
