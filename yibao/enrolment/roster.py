"""Keep a plan's enrolments in step with the roster: one row for every target student."""

from collections.abc import Collection, Sequence

from django.db import connection, transaction
from django.db.models import QuerySet

from yibao.accounts.models import User
from yibao.common import audit, public_id
from yibao.common.bulk import among as within
from yibao.enrolment.findings import look_again
from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import TO_REGISTER
from yibao.people.models import Student
from yibao.plans import flow as plan_flow
from yibao.plans.models import InsurancePlan
from yibao.plans.targets import targets


@transaction.atomic
def enlist(plan: InsurancePlan, *, by: User | None, among: Collection[int] | None = None) -> int:
    """登记对象: add a 未登记 row for each target that has none; returns how many were added.

    Only `among` these students, if they are given: nobody else has changed.

    Who is no longer a target (退学, 毕业) and has nothing under way leaves the count; who comes back
    returns to it. Idempotent. The plan is locked, so that two imports cannot add a student twice.
    """
    InsurancePlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    wanted = targets(plan)
    idle = Enrolment.objects.filter(plan=plan, status__in=TO_REGISTER)
    if among is not None:
        wanted, idle = wanted.filter(pk__in=among), idle.filter(student__in=among)
    missing = wanted.exclude(enrolments__plan=plan).values_list("pk", flat=True)
    added = 0
    columns = "plan_id, student_id, public_id, changed_at"
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        [at] = cursor.fetchone()
        students = list(missing)
        with cursor.copy(f"COPY enrolment_enrolment ({columns}) FROM STDIN") as copy:
            for student_id in students:
                copy.write_row((plan.pk, student_id, public_id.new(), at))
                added += 1
    _wait_for_returns(plan, wanted, among)
    gone = idle.filter(off_roster=False).exclude(student__in=wanted).update(off_roster=True)
    back = idle.filter(off_roster=True, student__in=wanted).update(off_roster=False)
    if added or gone or back:
        audit.record("enlist", plan, by=by, added=added, gone=gone, back=back)
    return added


def _wait_for_returns(
    plan: InsurancePlan, wanted: QuerySet[Student], among: Collection[int] | None
) -> None:
    """Lock whoever has left, also with something under way, in the order in which every verb locks.

    A return of this moment has asked for the targets before they changed, and nobody sees it yet: it
    is waited for. One that comes later waits here, and sees them as they are then.
    """
    rows = Enrolment.objects.filter(plan=plan, off_roster=False).exclude(student__in=wanted)
    if among is not None:
        rows = rows.filter(student__in=among)
    list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))


def let_go(rows: Sequence[Enrolment], *, by: User | None) -> None:
    """Of what was just returned or withdrawn: who left the targets meanwhile leaves the count now.

    As long as something was under way, `enlist` has let them stay.
    """
    if not rows:
        return
    for plan in InsurancePlan.objects.open().filter(pk__in={row.plan_id for row in rows}):
        mine = {row.student_id: row for row in rows if row.plan_id == plan.pk}
        still = set(targets(plan).filter(pk__in=within(mine)).values_list("pk", flat=True))
        gone = [row for student, row in mine.items() if student not in still]
        for row in gone:
            row.off_roster = True
        if gone:
            Enrolment.objects.filter(pk__in=[row.pk for row in gone]).update(off_roster=True)
            audit.record("enlist", plan, by=by, added=0, gone=len(gone), back=0)


@transaction.atomic
def open_for_enrolment(plan: InsurancePlan, *, by: User) -> int:
    """开放计划 and list its students, in one transaction. Raises `Refused`."""
    return enlist(plan_flow.open_plan(plan, by=by), by=by)


def enlist_all(*, by: User | None, among: Collection[int] | None = None) -> int:
    """Bring every open plan in step with the roster; called after an import, or one change."""
    plans = InsurancePlan.objects.open().order_by("pk")
    added = sum(enlist(plan, by=by, among=among) for plan in plans)
    look_again(among)
    return added
