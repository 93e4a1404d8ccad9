"""医保计划: the list, one plan as everybody may read it, and what becomes of it."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from yibao.common.audit import trail_of
from yibao.common.errors import refuse_if
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import open_for_enrolment
from yibao.enrolment.states import Standing
from yibao.grid.columns import Choice, Day, Flag, Number, Text
from yibao.grid.grid import Grid, Link
from yibao.payments.providers.base import label
from yibao.people.levels import REVIEWING, Level
from yibao.people.scope import holds
from yibao.plans import flow, rules, words
from yibao.plans.coverage import own_words
from yibao.plans.fee_table import fee_table
from yibao.plans.models import InsurancePlan
from yibao.plans.states import PlanStatus
from yibao.plans.windows import bars, notes, windows
from yibao.reports import rates
from yibao.web.access import may_open
from yibao.web.staff.plan_trial import trial_of
from yibao.web.staff.plan_words import with_labels
from yibao.web.staff.statistics_cells import list_href
from yibao.web.staff.words import act_of

TRAIL = 20


class PlansGrid(Grid):
    """医保参数配置: every plan with its times, amounts and chain in words."""

    key = "plans"
    title = "医保计划"
    columns = (
        Text(name="name", label="计划名称", search=True, frozen=True, width="l"),
        Choice(name="status", label="状态", choices=PlanStatus),
        Choice(
            name="academic_year",
            label="学年",
            choices=lambda grid: [
                (plan.academic_year, plan.year_label)
                for plan in InsurancePlan.objects.visible_to(grid.viewer)
            ],
        ),
        Text(
            name="applying",
            label="申请时间",
            width="l",
            sort_path="apply_from",
            needs=("apply_from", "apply_until"),
            value=words.window_words,
        ),
        Text(name="price_words", label="金额", width="l"),
        Text(
            name="paying",
            label="缴费时间",
            width="l",
            sort_path="pay_from",
            needs=("pay_from", "pay_until"),
            value=words.window_words,
        ),
        Text(
            name="reporting",
            label="参保率上报时间",
            width="l",
            sort_path="rate_from",
            needs=("rate_from", "rate_until", "rate_reporting"),
            value=lambda opens, closes, on: words.window_words(opens, closes) if on else "",
        ),
        Day(name="coverage_start", label="参保开始日期"),
        Day(name="coverage_end", label="参保结束日期"),
        Number(name="people", label="参保对象", unit=" 人"),
        Text(
            name="chain",
            label="审核流程",
            path="chain_words",
            needs=("chain_words",),
            value=lambda chain: chain or words.NO_REVIEW,
        ),
        Flag(name="rate_reporting", label="上报参保率"),
    )
    default_columns = (
        "name",
        "status",
        "academic_year",
        "applying",
        "price_words",
        "paying",
        "reporting",
        "coverage_start",
        "coverage_end",
        "people",
        "chain",
    )
    default_order = "-academic_year,name"
    quick_filters = ("status", "academic_year")
    row_label = ("name",)
    search_hint = "计划名称"
    empty_text = "还没有医保计划，由学校医保办公室新建"

    def rows(self):
        """Drafts are the school office's."""
        plans = InsurancePlan.objects.visible_to(self.viewer).with_words()
        return plans.annotate(people=Count("enrolments"))

    def row_href(self, pk: int) -> str:
        """A plan has a page."""
        return reverse("staff:plan", args=[pk])

    def links_for(self, viewer: Any):
        """新建."""
        if not holds(viewer, Level.SCHOOL):
            return ()
        return (Link("新建", reverse("staff:plan_new"), icon="plus", tone="primary"),)


def plan(request, pk):
    """One plan, everything that can be read of it."""
    found = get_object_or_404(InsurancePlan.objects.visible_to(request.user), pk=pk)
    steps = list(found.steps.all())
    office = holds(request.user, Level.SCHOOL)
    rows = Enrolment.objects.covered_by(request.user, *REVIEWING, Level.FINANCE).filter(plan=found)
    linked = may_open(request.user, "staff:enrolments")
    reach = [post.get_level_display() for post in request.user.posts.all() if post.is_active]
    return render(
        request,
        "staff/plans/plan.html",
        {
            "plan": found,
            "status": PlanStatus(found.status),
            "steps": steps,
            "chain": words.chain_words(steps),
            "bars": bars(windows(found, steps)),
            "notes": notes(found, steps) if office and found.status != PlanStatus.ARCHIVED else [],
            "types": _types(found),
            "reasons": found.reasons.prefetch_related("needs__kind"),
            "fee_rules": [words.fee_rule_words(r) for r in _rules(found)],
            "fee_table": fee_table(found, list(found.fee_rules.all())) if office else [],
            "coverage": own_words(found),
            "targets": words.target_words(found),
            "channels": "、".join(label(name) for name in found.channels),
            "stats": _stats(found, rates.figures(rows), linked=linked) if found.opened_at else [],
            "reach": reach,
            "office": office,
            "why_not": _why_not(found, request.user) if office else {},
            "trail": _trail(found) if office else [],
        },
    )


def _types(found: InsurancePlan):
    kinds = list(found.types.all())
    for kind in kinds:
        kind.own_coverage = own_words(kind)
    return kinds


def _rules(found: InsurancePlan):
    return found.fee_rules.select_related("insurance_type")


def _stats(found: InsurancePlan, figures: rates.Figures, *, linked: bool) -> list[dict[str, Any]]:
    """How many stand where, each number a link to the list of exactly those."""
    parts = [("参保对象", figures.roster, "", "")] + [
        (standing.label, figures.as_dict()[standing.value], standing.value, standing.tone)
        for standing in Standing
    ]
    return [
        {
            "label": name,
            "number": number,
            "unit": "人",
            "tone": tone if number else "",
            "href": list_href(found, [("standing", key)] if key else []) if linked else "",
        }
        for name, number, key, tone in parts
    ]


def _why_not(found: InsurancePlan, by: Any) -> dict[str, Any]:
    """Why each act is not possible now; "" means it is. Of a draft, all that it lacks."""
    return {
        "open": rules.why_not_open(found, by),
        "lacks": list(rules.lacks_to_open(found).values()),
        "close": rules.why_not_close(found, by),
        "archive": rules.why_not_archive(found, by),
        "change": rules.why_not_change(found, by),
    }


def _trail(found: InsurancePlan) -> list[dict[str, Any]]:
    """What was changed, newest first."""
    return [
        {
            "act": act_of(entry),
            "entry": entry,
            "changes": [with_labels(change) for change in entry.data.get("changes", [])],
        }
        for entry in trail_of(found)[:TRAIL]
    ]


def plan_open(request, pk):
    """开放: first what it would mean in numbers, then the deed."""
    found = get_object_or_404(InsurancePlan.objects.visible_to(request.user), pk=pk)
    if request.method == "POST":
        added = open_for_enrolment(found, by=request.user)
        messages.success(request, f"“{found}”已开放，登记对象 {added} 人")
        return redirect("staff:plan", pk=found.pk)
    refuse_if(rules.why_not_open(found, request.user))
    steps = list(found.steps.all())
    return render(
        request,
        "staff/plans/open.html",
        {
            "plan": found,
            "notes": notes(found, steps),
            "chain": words.chain_words(steps),
            "bars": bars(windows(found, steps)),
            "again": found.opened_at is not None,
        }
        | trial_of(found),
    )


@require_POST
def plan_close(request, pk):
    """结束."""
    found = get_object_or_404(InsurancePlan.objects.visible_to(request.user), pk=pk)
    flow.close_plan(found, by=request.user)
    messages.success(request, f"“{found}”已结束，可以重新开放或归档")
    return redirect("staff:plan", pk=found.pk)


@require_POST
def plan_archive(request, pk):
    """归档."""
    found = get_object_or_404(InsurancePlan.objects.visible_to(request.user), pk=pk)
    flow.archive_plan(found, by=request.user)
    messages.success(request, f"“{found}”已归档，只能查看")
    return redirect("staff:plan", pk=found.pk)


@require_POST
def plan_copy(request, pk):
    """复制 for the next year, and on to its times."""
    found = get_object_or_404(InsurancePlan.objects.visible_to(request.user), pk=pk)
    made = flow.copy_plan(found, by=request.user)
    messages.success(request, f"已复制为草稿“{made}”，时间顺延一年，请逐项核对")
    return redirect("staff:plan_edit", pk=made.pk, key="basics")
