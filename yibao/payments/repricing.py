"""What changes fees: a plan's rules or prices, recognitions that come, change or go, and time.

Each act here is the one of a lower chapter with what follows from it for money, in one transaction.
"""

from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

from yibao.accounts.models import User
from yibao.common.outcome import Outcome
from yibao.common.sheet_report import Report
from yibao.enrolment import amending
from yibao.payments.differences import Found, look
from yibao.payments.states import DifferenceCause
from yibao.plans import hardship, recognition
from yibao.plans.editing import Edit
from yibao.plans.models import HardshipEntry, InsurancePlan
from yibao.plans.sections import Section
from yibao.plans.states import PlanStatus

PRICES = ("types", "fee_rules")
LIVE = (PlanStatus.OPEN, PlanStatus.CLOSED)


@transaction.atomic
def amend_plan(plan: InsurancePlan, section: Section, edit: Edit, *, by: User) -> InsurancePlan:
    """编辑 a section of a plan; new prices and rules reach whoever has been quoted."""
    changed = amending.amend_plan(plan, section, edit, by=by)
    if section.part in PRICES and changed.version != plan.version:
        look(changed, DifferenceCause.PLAN, by=by)
    return changed


@transaction.atomic
def import_hardship(path: Path, *, by: User | None) -> Report:
    """导入贫困生名单; fees follow it."""
    report = hardship.import_hardship(path, by=by)
    if (report.added or report.changed) and not report.errors:
        look_everywhere(DifferenceCause.RECOGNITION, by=by)
    return report


@transaction.atomic
def withdraw_recognitions(entries: QuerySet[HardshipEntry], *, by: User, note: str) -> Outcome:
    """撤销认定; fees follow."""
    outcome = recognition.withdraw(entries, by=by, note=note)
    if outcome.done:
        look_everywhere(DifferenceCause.RECOGNITION, by=by)
    return outcome


@transaction.atomic
def restore_recognitions(entries: QuerySet[HardshipEntry], *, by: User) -> Outcome:
    """恢复认定; fees follow."""
    outcome = recognition.restore(entries, by=by)
    if outcome.done:
        look_everywhere(DifferenceCause.RECOGNITION, by=by)
    return outcome


def look_everywhere(cause: DifferenceCause, *, by: User | None) -> Found:
    """Every plan that is not over for good."""
    plans = InsurancePlan.objects.filter(status__in=LIVE).order_by("pk")
    return sum((look(plan, cause, by=by) for plan in plans), Found())
