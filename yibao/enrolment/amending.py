"""An open plan changes, and its enrolments follow: how far students are decides what may change."""

from collections import Counter

from django.db import transaction
from django.db.models import Count

from yibao.accounts.models import User
from yibao.common.errors import refuse_if
from yibao.enrolment.models import Enrolment, QuoteLine, ReviewRecord
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import TO_REGISTER, Status
from yibao.plans.amending import NOBODY, Underway
from yibao.plans.editing import Edit, change_plan
from yibao.plans.models import InsurancePlan
from yibao.plans.sections import Section
from yibao.plans.states import PlanStatus
from yibao.plans.targets import targets


def underway_of(plan: InsurancePlan) -> Underway:
    """How many students of a plan stand on what."""
    if plan.status == PlanStatus.DRAFT:
        return NOBODY
    rows = Enrolment.objects.filter(plan=plan).order_by()
    by_status = dict(rows.values_list("status").annotate(n=Count("pk")))
    lines = QuoteLine.objects.filter(enrolment__plan=plan).order_by()
    records = ReviewRecord.objects.filter(enrolment__plan=plan).order_by()
    steps = Counter(dict(records.values_list("step").annotate(n=Count("pk"))))
    for standing in ("current_step", "resume_step"):
        here = rows.filter(**{f"{standing}__isnull": False})
        steps.update(dict(here.values_list(standing).annotate(n=Count("pk"))))
    return Underway(
        submitted=sum(n for status, n in by_status.items() if status != Status.UNREGISTERED),
        in_review=by_status.get(Status.IN_REVIEW, 0),
        insured=by_status.get(Status.ENROLLED, 0),
        used={
            "types": dict(lines.values_list("insurance_type").annotate(n=Count("pk"))),
            "reasons": dict(
                rows.filter(reason__isnull=False).values_list("reason").annotate(n=Count("pk"))
            ),
            "steps": steps,
        },
    )


@transaction.atomic
def amend_plan(plan: InsurancePlan, section: Section, edit: Edit, *, by: User) -> InsurancePlan:
    """编辑 a section of a draft or an open plan; new targets are listed at once. Raises `Refused`."""
    plan = InsurancePlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    refuse_if(why_not_narrow(plan, edit))
    changed = change_plan(plan, section, edit, by=by, underway=underway_of(plan))
    if section.key == "targets" and changed.status == PlanStatus.OPEN:
        enlist(changed, by=by)
    return changed


def why_not_narrow(plan: InsurancePlan, edit: Edit) -> str:
    """Why the targets may not become these: who has submitted must not fall out unawares."""
    if plan.status == PlanStatus.DRAFT or "training_levels" not in edit.values:
        return ""
    after = InsurancePlan(
        **{
            name: edit.values.get(name, getattr(plan, name))
            for name in ("training_levels", "grades", "campuses", "origins", "roster_statuses")
        }
    )
    begun = Enrolment.objects.filter(plan=plan, off_roster=False).exclude(status__in=TO_REGISTER)
    falling = begun.filter(student__in=targets(plan)).exclude(student__in=targets(after)).count()
    if falling:
        return f"有 {falling} 名已经提交的学生会不再是参保对象，请保留他们符合的条件，或先退回他们的申请"
    return ""
