"""班长: a student helps the counselor of one class by reminding those who are not done."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.timezone import localdate

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.outcome import Outcome
from yibao.people import messages
from yibao.people.codes import ON_ROLL
from yibao.people.levels import Level
from yibao.people.models import ClassGroup, ClassHelper, Student

MOST = 3
"""A class has so many helpers at most."""
AUGUST, LAST = 8, 31


def until(today: date) -> date:
    """The end of the school year: then it is over by itself."""
    year = today.year + (today.month > AUGUST)
    return date(year, AUGUST, LAST)


def current() -> QuerySet[ClassHelper]:
    """Who helps today: in the class still, and not longer than given."""
    return ClassHelper.objects.filter(
        until__gte=localdate(),
        student__class_group=F("class_group"),
        student__roster_status__in=ON_ROLL,
    )


def classes_helped_by(user: Any) -> list[ClassGroup]:
    """The class of which somebody sees who is done; empty for everybody else."""
    found = current().filter(student__user=user).select_related("class_group")
    return [helper.class_group for helper in found]


def why_not_appoint(rows: Sequence[Student], by: User) -> dict[int, str]:
    """设为班长: by the class's own counselor, of somebody who is here."""
    mine = _counseled(rows, by)
    helping = set(current().values_list("student", flat=True))
    counts = _counts({row.class_group_id for row in rows})
    reasons: dict[int, str] = {}
    for row in rows:
        if row.pk not in mine:
            reasons[row.pk] = "只有所带班级的辅导员可以指定班长"
        elif row.pk in helping:
            reasons[row.pk] = "已经是班长"
        elif row.roster_status not in ON_ROLL:
            reasons[row.pk] = f"{row.get_roster_status_display()}学生不能担任班长"
        elif counts.get(row.class_group_id, 0) >= MOST:
            reasons[row.pk] = f"一个班最多 {MOST} 名班长，请先取消其他人"
        else:
            counts[row.class_group_id] = counts.get(row.class_group_id, 0) + 1
    return reasons


def why_not_dismiss(rows: Sequence[Student], by: User) -> dict[int, str]:
    """取消班长."""
    mine = _counseled(rows, by)
    helping = set(current().values_list("student", flat=True))
    return {
        row.pk: "不是班长" if row.pk in mine else "只有所带班级的辅导员可以取消班长"
        for row in rows
        if row.pk not in mine or row.pk not in helping
    }


@transaction.atomic
def appoint(students: QuerySet[Student], *, by: User) -> Outcome:
    """设为班长 until the end of the school year."""
    rows = _lock(students)
    reasons = why_not_appoint(rows, by)
    allowed = [row for row in rows if row.pk not in reasons]
    ends = until(localdate())
    ClassHelper.objects.filter(student__in=allowed).delete()
    ClassHelper.objects.bulk_create(
        [
            ClassHelper(class_group_id=r.class_group_id, student=r, given_by=by, until=ends)
            for r in allowed
        ]
    )
    _record("appoint_helper", rows, reasons, by)
    messages.helps(allowed, ends, by=by)
    return Outcome([row.pk for row in allowed], reasons)


@transaction.atomic
def dismiss(students: QuerySet[Student], *, by: User) -> Outcome:
    """取消班长 at once."""
    rows = _lock(students)
    reasons = why_not_dismiss(rows, by)
    done = [row.pk for row in rows if row.pk not in reasons]
    ClassHelper.objects.filter(student__in=done).delete()
    _record("dismiss_helper", rows, reasons, by)
    return Outcome(done, reasons)


def _lock(students: QuerySet[Student]) -> list[Student]:
    pks = list(students.order_by().values_list("pk", flat=True))
    rows = Student.objects.filter(pk__in=pks).order_by("pk").select_related("class_group", "user")
    # Two counselors of one class count its helpers one after the other.
    groups = ClassGroup.objects.filter(pk__in={row.class_group_id for row in rows}).order_by("pk")
    list(groups.select_for_update(no_key=True))
    return list(rows)


def _counts(classes: set[int]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for pk in current().filter(class_group__in=classes).values_list("class_group", flat=True):
        counts[pk] = counts.get(pk, 0) + 1
    return counts


def _counseled(rows: Sequence[Student], by: User) -> set[int]:
    covered = Student.objects.covered_by(by, Level.COUNSELOR)
    return set(covered.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))


def _record(act: str, rows: Sequence[Student], reasons: dict[int, str], by: User) -> None:
    audit.record_many(
        audit.entry(
            f"{act}_refused" if row.pk in reasons else act, row, by=by, why=reasons.get(row.pk, "")
        )
        for row in rows
    )
