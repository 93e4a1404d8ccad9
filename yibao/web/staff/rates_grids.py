"""The lists of handed-in rates, and of the students whom a rate was handed in for."""

from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any, ClassVar

from django import forms
from django.urls import reverse

from yibao.enrolment.states import Standing, Status
from yibao.grid.actions import Action
from yibao.grid.columns import Choice, Moment, Number, Text
from yibao.people.levels import Level
from yibao.people.scope import holds
from yibao.plans.models import InsurancePlan
from yibao.reports import flow, rules
from yibao.reports.drift import with_change, with_transition
from yibao.reports.models import RateReport, RateReportLine
from yibao.reports.states import Cause, RateStatus, Unit
from yibao.web.staff.columns import SEARCH_HINT, labelled, of_student, pairs
from yibao.web.staff.opinions import opinion
from yibao.web.staff.plan_lists import PlanGrid


def _why_not(to: RateStatus, rows: Sequence[RateReport], by: Any) -> dict[int, str]:
    return rules.why_not_decide(rows, by, to)


ACCEPT = Action(
    name="accept",
    label="审核通过",
    icon="check",
    tone="green",
    run=partial(flow.decide, to=RateStatus.ACCEPTED),
    why_not=partial(_why_not, RateStatus.ACCEPTED),
    ready=lambda rows: rows.select_related("plan"),
    fields={"opinion": opinion("rate_accept", "审核意见")},
)
RETURN = Action(
    name="return",
    label="退回",
    icon="arrow-back-up",
    tone="orange",
    run=partial(flow.decide, to=RateStatus.RETURNED),
    why_not=partial(_why_not, RateStatus.RETURNED),
    ready=lambda rows: rows.select_related("plan"),
    fields={"opinion": opinion("rate_return", "审核意见", required=True)},
    confirm="退回的 {count} 条要由上报的人核对后重新提交。",
)


WITHDRAW = Action(
    name="withdraw",
    label="撤回上报",
    icon="arrow-back-up",
    run=flow.withdraw,
    why_not=rules.why_not_withdraw,
    ready=lambda rows: rows.select_related("plan"),
    fields={"reason": opinion("rate_withdraw", "撤回的原因", required=True)},
    confirm="撤回的 {count} 条不再等待审核，改好后须重新提交。",
)


def _correction(grid: Any) -> dict[str, Any]:
    """What can be said of somebody who stays out: one of the plan's reasons, and on what grounds."""
    plan = grid.plan or InsurancePlan(pk=0)
    return {
        "reason": forms.ModelChoiceField(label="不参保原因", queryset=plan.reasons.all()),
        "note": forms.CharField(label="不参保说明", max_length=200, required=False),
        "why": opinion("rate_correct", "修改依据", required=True),
    }


CORRECT = Action(
    name="correct",
    label="修改",
    icon="edit",
    run=lambda rows, *, by, reason, note, why: flow.correct(
        rows, reason, by=by, note=note, why=why
    ),
    why_not=rules.why_not_correct,
    ready=lambda rows: rows.select_related("report__plan", "enrolment"),
    fields=_correction,
    confirm="将修改 {count} 人的不参保原因，名单和年级参保率随之更新，学生会收到消息。",
)


class RatePlans(PlanGrid):
    """A list of plans that report rates."""

    levels = (Level.COUNSELOR, Level.COLLEGE, Level.SCHOOL)

    @cached_property
    def plans(self) -> Sequence[InsurancePlan]:
        """Only those; the others have nothing to hand in."""
        return [plan for plan in super().plans if plan.rate_reporting]


def figure(name: str, label: str) -> Number:
    """A frozen count."""
    return Number(name=name, label=label)


FIGURES = (
    figure("roster", "学生总数"),
    figure("n_not_required", "不需要参保"),
    figure("base", "应参保"),
    figure("joined", "参保"),
    figure("n_enrolled", "已参保（已缴费）"),
    figure("n_awaiting_payment", "待缴费"),
    figure("n_elsewhere", "校外参保"),
    figure("n_opted_out", "放弃参保"),
    Number(name="campus_rate", label="在校参保率", unit="%"),
    Number(name="coverage_rate", label="综合参保率", unit="%"),
    Choice(name="status", label="上报状态", choices=RateStatus),
    Text(name="handed_in_by", label="上报人", path="handed_in_by__name", search=True),
    Moment(name="handed_in_at", label="上报时间"),
    Text(name="opinion", label="审核意见", width="l"),
    Text(name="decided_by", label="审核人", path="decided_by__name", search=True),
    Moment(name="decided_at", label="审核时间"),
)
USUAL = (
    "roster",
    "base",
    "joined",
    "n_elsewhere",
    "n_opted_out",
    "campus_rate",
    "coverage_rate",
    "status",
    "handed_in_by",
    "handed_in_at",
    "opinion",
)


class ReportGrid(RatePlans):
    """Rates as they were handed in; who decides on them ticks and decides."""

    unit = Unit.GRADE
    offered = ("college", "status")
    search_hint = "学院/上报人/审核人"
    actions = (ACCEPT, RETURN, WITHDRAW)

    def every_row(self):
        """Those of the viewer's units."""
        reports = RateReport.objects.visible_to(self.viewer).filter(unit=self.unit)
        return reports.with_figures()

    def detail_rows(self):
        """With the people in it."""
        related = ("plan", "college", "handed_in_by", "decided_by")
        return self.rows().select_related(*related)

    def detail(self, row: RateReport) -> tuple[str, dict[str, Any]]:
        """The figures as frozen, and the way to the list behind them."""
        return "staff/rates/_detail.html", {"report": row, "facts": self.facts(row.pk)}


def _colleges(grid: Any) -> Any:
    reports = RateReport.objects.visible_to(grid.viewer)
    return pairs(
        reports.order_by("college__name").values_list("college__name", flat=True).distinct()
    )


COLLEGE = Choice(
    name="college",
    label="学院",
    path="college__name",
    choices=_colleges,
    search=True,
    frozen=True,
)


class GradeRateGrid(ReportGrid):
    """年级参保率 as handed in: the college decides."""

    key = "grade_rates"
    title = "年级参保率"
    counted = "个年级已上报"
    columns = (
        COLLEGE,
        Number(name="grade", label="年级", unit=" 级", frozen=True),
        *FIGURES,
    )
    usual = ("college", "grade", *USUAL)
    default_order = "college,grade"
    row_label = ("college__name", "grade")
    empty_text = "还没有年级上报；未登记和待审核人数都为 0 后由辅导员提交"

    def actions_for(self, viewer: Any):
        """The college decides; who handed in may withdraw; the school only looks."""
        if holds(viewer, Level.COLLEGE):
            yield from ((ACCEPT, ""), (RETURN, ""))
        if holds(viewer, Level.COUNSELOR):
            yield WITHDRAW, ""


class CollegeRateGrid(ReportGrid):
    """学院参保率 as handed in: the school decides."""

    key = "college_rates"
    title = "学院参保率"
    unit = Unit.COLLEGE
    counted = "个学院已上报"
    levels = (Level.COLLEGE, Level.SCHOOL)
    columns = (
        COLLEGE,
        *FIGURES,
    )
    usual = ("college", *USUAL)
    default_order = "college"
    row_label = ("college__name",)
    empty_text = "还没有学院上报；各年级参保率都通过后由学院提交"

    def actions_for(self, viewer: Any):
        """The school decides; a college may withdraw what it handed in."""
        if holds(viewer, Level.SCHOOL):
            yield from ((ACCEPT, ""), (RETURN, ""))
        if holds(viewer, Level.COLLEGE):
            yield WITHDRAW, ""


STUDENT = "enrolment__student"
REASON = "enrolment__reason__name"


class LineGrid(RatePlans):
    """Students of handed-in rates with where they stood, and where they stand now."""

    plan_path = "report__plan"
    columns = (
        *of_student(STUDENT),
        Choice(name="standing", label="上报时状态", choices=Standing),
        Choice(name="standing_now", label="现在的状态", choices=Standing),
        Choice(name="change", label="上报后变动", choices=Cause),
        Text(name="transition", label="学籍异动"),
        Choice(name="status", label="参保状态", path="enrolment__status", choices=Status),
        Text(name="reason", label="不参保原因", path=REASON),
        Text(name="reason_note", label="不参保说明", path="enrolment__reason_note"),
        Moment(name="handed_in_at", label="上报时间", path="report__handed_in_at"),
    )
    usual = (
        "student_no",
        "name",
        "sex",
        "college",
        "major",
        "grade",
        "class_group",
        "id_number",
        "standing",
        "standing_now",
        "change",
        "transition",
        "reason",
        "handed_in_at",
    )
    added: ClassVar = {("standing_now", "change"): with_change, ("transition",): with_transition}
    default_order = "grade,class_group,student_no"
    offered = ("college", "grade", "class_group", "standing", "change")
    row_label = labelled(STUDENT)
    search_hint = SEARCH_HINT
    empty_text = "名单里没有您所管的学生"

    def every_row(self):
        """Within the viewer's scope: a counselor sees own classes of the grade."""
        return RateReportLine.objects.covered_by(self.viewer, *self.levels)


class GradeRosterGrid(LineGrid):
    """年级参保名单 of one report, in whichever plan it is."""

    key = "grade_roster"
    title = "年级参保名单"
    counted = "人"

    @cached_property
    def plans(self) -> Sequence[InsurancePlan]:
        """The report's own."""
        return [self.context["report"].plan]

    @property
    def subject(self) -> str:
        """The plan, and whose rate it is."""
        return f"{super().subject} {self.context['report']}"

    def rows(self):
        """Those of the report in the address."""
        return self.every_row().filter(report=self.context["report"])


class CollegeRosterGrid(LineGrid):
    """学院参保名单: the reviewed students of the college, from its accepted grades."""

    key = "college_roster"
    title = "学院参保名单"
    levels = (Level.COLLEGE, Level.SCHOOL)
    counted = "人已审核"
    empty_text = "还没有通过审核的年级参保率；年级通过后，名单会出现在这里"
    actions = (CORRECT,)

    def actions_for(self, viewer: Any):
        """修改 is the college's; the school returns the rate instead."""
        return super().actions_for(viewer) if holds(viewer, Level.COLLEGE) else []

    def every_row(self):
        """The lists of grades that the college has accepted."""
        return (
            super().every_row().filter(report__unit=Unit.GRADE, report__status=RateStatus.ACCEPTED)
        )


def roster_href(report: RateReport) -> str:
    """The list that a rate was handed in with."""
    return reverse("staff:grade_roster", args=[report.pk])
