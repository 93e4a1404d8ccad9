"""版本 of a plan: what changed once it was open, and the whole of it as it was at any time."""

from typing import Any

from django.db.models import Count
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from yibao.enrolment.models import Enrolment
from yibao.grid.query import Condition
from yibao.people.levels import REVIEWING, Level
from yibao.plans.models import InsurancePlan
from yibao.plans.states import PlanStatus
from yibao.web.access import may_open
from yibao.web.staff.plan_words import channels_in_words, with_labels
from yibao.web.staff.statistics_cells import list_href


@require_safe
def plan_versions(request, pk):
    """Every version, the newest first, with how many of one's own students submitted under it."""
    plan = get_object_or_404(InsurancePlan.objects.visible_to(request.user), pk=pk)
    submitted = _submitted(plan, request.user)
    linked = may_open(request.user, "staff:enrolments")
    versions = [
        {
            "version": version,
            "changes": [with_labels(change) for change in version.changes],
            "submitted": submitted.get(version.number, 0),
            "href": _list_of(plan, version.number) if linked else "",
        }
        for version in plan.versions.select_related("by")
    ]
    page = {"plan": plan, "status": PlanStatus(plan.status), "versions": versions}
    return render(request, "staff/plans/versions.html", page)


@require_safe
def plan_version(request, pk, number):
    """The plan as it was in one version."""
    plan = get_object_or_404(InsurancePlan.objects.visible_to(request.user), pk=pk)
    version = get_object_or_404(plan.versions.select_related("by"), number=number)
    later = plan.versions.filter(number=number + 1).first()
    page = {
        "plan": plan,
        "status": PlanStatus(plan.status),
        "version": version,
        "changes": [with_labels(change) for change in version.changes],
        "said": [
            part
            | {"fields": [[name, channels_in_words(name, said)] for name, said in part["fields"]]}
            for part in version.said
        ],
        "later": later,
        "earlier": plan.versions.filter(number=number - 1).exists(),
    }
    return render(request, "staff/plans/version.html", page)


def _submitted(plan: InsurancePlan, viewer: Any) -> dict[int, int]:
    """By version: how many students of the viewer's submitted under it last."""
    rows = Enrolment.objects.covered_by(viewer, *REVIEWING, Level.FINANCE).filter(plan=plan)
    counts = rows.filter(plan_version__gt=0).order_by().values_list("plan_version")
    return dict(counts.annotate(n=Count("pk")))


def _list_of(plan: InsurancePlan, number: int) -> str:
    return list_href(plan, [], conditions=[Condition("and", "plan_version", "eq", str(number))])
