"""学籍异动 verbs: entered for a day, in effect on that day, cancelled before it.

One whose day is today or past takes effect at once; one whose day is to come waits for the clock.
What would keep it back is asked twice, when it is entered and when it takes effect: by then the roster
may say something else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate, now

from yibao.accounts.models import User
from yibao.common import audit, bulk
from yibao.common.errors import refuse_if
from yibao.common.outcome import Outcome
from yibao.people import flow, master, messages, rules
from yibao.people.codes import RosterStatus
from yibao.people.levels import REVIEWING
from yibao.people.models import ClassGroup, Student
from yibao.people.states import COMES_FROM, LEADS_TO, TransitionKind, TransitionState
from yibao.people.transition_models import Transition

FARTHEST = timedelta(days=366)
ENDED = ["state", "said", "was_class", "was_status", "ended_at"]
Reasons = dict[int, str]


@dataclass(frozen=True)
class Change:
    """What is entered: the kind, from which day, on what grounds; a class where it leads to one."""

    kind: TransitionKind
    effective_on: date
    basis: str
    to_class: ClassGroup | None = None
    late_note: str = ""


@dataclass
class Stand:
    """Class and 学籍状态 of a student on a day."""

    class_group: int
    on_roll: str


def why_not_say(change: Change) -> dict[str, str]:
    """Field → what is wrong with an entry, whoever it is about."""
    today = localdate()
    found: dict[str, str] = {}
    if not change.basis.strip():
        found["basis"] = "请填写依据，如文件名称和文号；学生和老师都能看到"
    if change.effective_on > today + FARTHEST:
        found["effective_on"] = f"生效日期最晚为 {today + FARTHEST}，请到时再登记"
    if change.effective_on < today - FARTHEST:
        found["effective_on"] = f"最早只能补录 {today - FARTHEST} 以后的异动，更早的请导入学生名册"
    elif change.effective_on < today and not change.late_note.strip():
        found["late_note"] = "生效日期已过，请填写补录原因"
    leads_to_class = change.kind in (TransitionKind.TRANSFER, TransitionKind.RESUME)
    if change.kind == TransitionKind.TRANSFER and change.to_class is None:
        found["to_class"] = "请选择转入的班级"
    if change.to_class is not None and not leads_to_class:
        found["to_class"] = f"{change.kind.label}不改变班级，请不要选择班级"
    return found


def why_not_enter(students: Sequence[Student], change: Change, by: User) -> Reasons:
    """登记学籍异动: of students in one's charge, and possible from where each will stand that day."""
    reasons = why_not_touch(students, by)
    others = _others(students)

    def reason(student: Student) -> str:
        if change.to_class and (why := rules.why_not_move(student, change.to_class, by)):
            return why
        return _why_not_then(student, change, others.get(student.pk, ()))

    answers = ((one.pk, reason(one)) for one in students if one.pk not in reasons)
    return reasons | {pk: why for pk, why in answers if why}


def why_not_touch(students: Sequence[Student], by: User) -> Reasons:
    """Whose transitions somebody may enter at all."""
    covered = Student.objects.covered_by(by, *REVIEWING)
    mine = set(covered.filter(pk__in=[one.pk for one in students]).values_list("pk", flat=True))
    found: Reasons = {}
    for one in students:
        if one.user_id == by.pk:
            found[one.pk] = "不能登记本人的学籍异动，请由辅导员或学院办理"
        elif one.pk not in mine:
            found[one.pk] = "只能登记所管学生的学籍异动"
    return found


def why_not_cancel(rows: Sequence[Transition], by: User) -> Reasons:
    """取消 of what has not taken effect, by whoever is in charge of the student."""
    refused = why_not_touch([row.student for row in rows], by)

    def reason(row: Transition) -> str:
        if row.student_id in refused:
            return refused[row.student_id]
        if row.state == TransitionState.DONE:
            return "已经生效，不能取消；有误请再登记一次异动，或由学院修改学生信息"
        return "" if row.state == TransitionState.WAITING else f"这项异动{row.get_state_display()}"

    answers = ((row.pk, reason(row)) for row in rows)
    return {pk: why for pk, why in answers if why}


@transaction.atomic
def enter(students: QuerySet[Student], change: Change, *, by: User) -> tuple[Outcome, list[int]]:
    """登记, and which students are changed by it already now. Raises `Refused`."""
    refuse_if("；".join(why_not_say(change).values()))
    pks = list(students.order_by().values_list("pk", flat=True))
    found = locked(pks)
    reasons = why_not_enter(list(found.values()), change, by)
    rows = [
        Transition(
            student=one,
            kind=change.kind,
            to_class=change.to_class,
            effective_on=change.effective_on,
            basis=master.without_numbers(change.basis.strip()),
            late_note=master.without_numbers(change.late_note.strip()),
            entered_by=by,
        )
        for one in found.values()
        if one.pk not in reasons
    ]
    Transition.objects.bulk_create(rows, batch_size=1000)
    audit.record_many(
        audit.entry("enter_transition_refused", one, by=by, name=change.kind.label, why=reasons[pk])
        for pk, one in found.items()
        if pk in reasons
    )
    if change.effective_on > localdate():
        audit.record_many(_line("enter_transition", row, by) for row in rows)
        return Outcome([row.student_id for row in rows], reasons), []
    took = _take_effect(rows, found)
    # Who entered it reads at once what was kept back.
    kept_back = {row.student_id: row.said for row in rows if row.state == TransitionState.FAILED}
    done = [row.student_id for row in rows if row.student_id not in kept_back]
    return Outcome(done, reasons | kept_back), took


@transaction.atomic
def take_effect() -> list[int]:
    """What is due, in the order of its days; which students it has changed."""
    due = Transition.objects.waiting().filter(effective_on__lte=localdate())
    students = locked(due.order_by().values_list("student", flat=True))
    rows = list(
        Transition.objects.waiting()
        .filter(effective_on__lte=localdate(), student__in=students)
        .select_related("to_class__major__college", "entered_by")
        .order_by("effective_on", "pk")
    )
    changed = _take_effect(rows, students)
    messages.kept_back([row for row in rows if row.state == TransitionState.FAILED])
    return changed


@transaction.atomic
def cancel(transitions: QuerySet[Transition], *, by: User, note: str = "") -> Outcome:
    """取消 what waits; it stays on record."""
    pks = list(transitions.order_by().values_list("pk", flat=True))
    locked(transitions.order_by().values_list("student", flat=True))
    rows = list(Transition.objects.filter(pk__in=pks).select_related("student").order_by("pk"))
    reasons = why_not_cancel(rows, by)
    done = [row for row in rows if row.pk not in reasons]
    note = master.without_numbers(note.strip())
    for row in done:
        row.state, row.ended_at = TransitionState.CANCELLED, now()
        row.said = f"{by.name}取消：{note}" if note else f"{by.name}取消"
    bulk.update(done, ["state", "ended_at", "said"])
    audit.record_many(
        audit.entry("cancel_transition_refused", row.student, by=by, why=reasons[row.pk])
        if row.pk in reasons
        else _line("cancel_transition", row, by, why=note)
        for row in rows
    )
    return Outcome([row.pk for row in done], reasons)


def locked(pks: Iterable[int]) -> dict[int, Student]:
    """Students before what hangs on them, in pk order."""
    found = (
        Student.objects.filter(pk__in=list(pks))
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    return {one.pk: one for one in found.select_related(master.WITH_CLASS, "user")}


def _others(students: Sequence[Student]) -> Mapping[int, Sequence[Transition]]:
    """What else waits or has taken effect of these students, in the order of its days."""
    states = (TransitionState.WAITING, TransitionState.DONE)
    rows = Transition.objects.filter(student__in=[one.pk for one in students], state__in=states)
    found: dict[int, list[Transition]] = {}
    for row in rows.order_by("effective_on", "pk"):
        found.setdefault(row.student_id, []).append(row)
    return found


def _touches(kind: str, to_class: Any) -> set[str]:
    """What one changes: the class, the status, or both."""
    touched = set() if kind == TransitionKind.TRANSFER else {"status"}
    return touched | ({"class"} if to_class is not None else set())


def _why_not_then(student: Student, change: Change, others: Sequence[Transition]) -> str:
    touched = _touches(change.kind, change.to_class)
    alike = [row for row in others if touched & _touches(row.kind, row.to_class_id)]
    for row in alike:
        waits = row.state == TransitionState.WAITING
        if waits and row.effective_on == change.effective_on:
            return f"当天已登记{row.get_kind_display()}，待生效；要改请先取消那一项"
        if not waits and row.effective_on > change.effective_on:
            return (
                f"{row.effective_on} 起的{row.get_kind_display()}已经生效，补录的生效日期不能早于它"
            )
    stand = Stand(student.class_group_id, student.roster_status)
    for row in others:
        if row.state == TransitionState.WAITING and row.effective_on < change.effective_on:
            stand.class_group = row.to_class_id or stand.class_group
            stand.on_roll = LEADS_TO.get(TransitionKind(row.kind), stand.on_roll)
    return _why_not_from(stand, change.kind, change.to_class, change.effective_on)


def _why_not_from(
    stand: Stand, kind: TransitionKind, to_class: ClassGroup | None, day: date
) -> str:
    """What stands in the way of a kind, from where the student stands on that day."""
    then = "现在的" if day <= localdate() else f"到 {day} 的"
    status = RosterStatus(stand.on_roll)
    if status == LEADS_TO.get(kind):
        return f"{then}学籍状态已是“{status.label}”"
    if status not in COMES_FROM[kind]:
        return f"{then}学籍状态为“{status.label}”，不能办理{kind.label}"
    if kind == TransitionKind.TRANSFER and to_class and stand.class_group == to_class.pk:
        return "已经在这个班级，不需要转入"
    return ""


def _take_effect(rows: Sequence[Transition], students: Mapping[int, Student]) -> list[int]:
    """Write what the rows say into the students; each row ends, in effect or not."""
    after: dict[int, Student] = {}
    at = now()
    done: list[tuple[Transition, list[dict[str, str]]]] = []
    for row in rows:
        student = after.get(row.student_id, students[row.student_id])
        row.student, row.ended_at = student, at
        new = _values(row, student)
        why = _why_not_now(row, student, new)
        row.state = TransitionState.FAILED if why else TransitionState.DONE
        row.said = why[:200] if why else ("" if new else "名册中已是这样，没有改动")
        if why or not new:
            continue
        row.was_class = student.class_group if "class_group" in new else None
        row.was_status = student.roster_status if "roster_status" in new else ""
        old = {name: getattr(student, name) for name in new}
        done.append((row, master.changes_in_words(old, new)))
        after[student.pk] = master.changed(student, new)
    bulk.update(rows, ENDED)
    flow.write([(students[pk], student) for pk, student in after.items()])
    # What had nothing to do took effect too; only of a change there is something to tell.
    failed = [row for row in rows if row.state == TransitionState.FAILED]
    audit.record_many(
        [_line("take_effect", row, row.entered_by, changes=words) for row, words in done]
        + [_line("take_effect_refused", row, row.entered_by, why=row.said) for row in failed]
    )
    messages.took_effect([(row, words) for row, words in done])
    return list(after)


def _values(row: Transition, student: Student) -> master.Values:
    """What it changes of the student as they are."""
    kind = TransitionKind(row.kind)
    wanted: master.Values = {}
    if row.to_class is not None:
        wanted["class_group"] = row.to_class
    if kind in LEADS_TO:
        wanted["roster_status"] = LEADS_TO[kind].value
    return master.differences(student, wanted)


def _why_not_now(row: Transition, student: Student, new: master.Values) -> str:
    """Asked on the day itself. What the roster has brought about meanwhile is no hindrance."""
    if not new:
        return ""
    kind = TransitionKind(row.kind)
    if "roster_status" in new or kind == TransitionKind.TRANSFER:
        stand = Stand(student.class_group_id, student.roster_status)
        if why := _why_not_from(stand, kind, row.to_class, row.effective_on):
            return why
    return "；".join(master.why_not(student, new).values())


def _line(act: str, row: Transition, by: User, **data: Any) -> Any:
    said = {"name": row.get_kind_display(), "from": str(row.effective_on), **data}
    said.setdefault("why", row.basis)
    return audit.entry(act, row.student, by=by, **said)
