"""审核, 参保名单详情 and 未登记学生: three lists of enrolments and the dialog about one."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from yibao.enrolment.findings import has_findings, to_look_at, with_checked, with_words
from yibao.enrolment.models import Enrolment, EnrolmentQuerySet
from yibao.enrolment.states import Checked
from yibao.grid.grid import Link
from yibao.payments.paid import with_money, with_refunding, with_turns
from yibao.plans.states import PlanStatus
from yibao.web.access import may_open
from yibao.web.staff import enrolments_actions
from yibao.web.staff import enrolments_columns as c
from yibao.web.staff.columns import SEARCH_HINT, labelled
from yibao.web.staff.enrolments_detail import describe, readable
from yibao.web.staff.plan_lists import Part, PlanGrid, PlanListView, asking
from yibao.web.staff.reminding import REMIND, REMINDED, REMINDED_AT

ADDED = {
    ("checked",): with_checked,
    ("finding_words",): with_words,
    ("standing",): EnrolmentQuerySet.with_standing,
    ("type_names",): EnrolmentQuerySet.with_types,
    ("is_hardship",): EnrolmentQuerySet.with_hardship,
    ("counselors",): EnrolmentQuerySet.with_counselors,
    ("all_counselors",): EnrolmentQuerySet.with_all_counselors,
    ("objected",): EnrolmentQuerySet.with_objections,
    ("returns", "last_return"): with_turns,
    ("paying", "paid", "channel", "paid_on"): with_money,
    ("refunding",): with_refunding,
    ("evidence_state", "statement_state"): EnrolmentQuerySet.with_papers,
    ("reminded_at", "reminded_by", "reminded_ways"): EnrolmentQuerySet.with_reminders,
}


class EnrolmentGrid(PlanGrid):
    """参保名单详情: every enrolment of the plan within scope."""

    key = "enrolments"
    title = "参保名单详情"
    columns = (
        *c.WHO,
        c.ROSTER_STATUS,
        *c.CHOICE,
        c.STATUS,
        c.STEP,
        c.LEVEL,
        c.PAYING,
        c.PAID,
        c.REFUNDING,
        c.CHANNEL,
        c.PAID_ON,
        c.HARDSHIP,
        c.REQUIRED,
        c.REQUIRED_NOTE,
        c.STANDING,
        *c.SUBMISSION,
        c.OBJECTED,
        c.PLAN_VERSION,
        c.CHANGED_AT,
        c.COUNSELORS,
        c.RETURNS,
        c.LAST_RETURN,
        REMINDED,
        REMINDED_AT,
    )
    usual = (
        "student_no", "name", "college", "class_group", "id_number", "intent", "types", "reason",
        "amount_due", "status", "step", "paying", "is_hardship", "submitted_at",
    )  # fmt: skip
    added = ADDED
    default_order = "student_no"
    offered = ("college", "grade", "class_group", "status")
    row_label = labelled()
    search_hint = SEARCH_HINT
    empty_text = "这个计划里没有您管理的学生"
    actions = (enrolments_actions.TAKE_BACK, enrolments_actions.LET_STAND, REMIND)

    def every_row(self) -> EnrolmentQuerySet:
        """Whoever one of the viewer's posts covers."""
        return Enrolment.objects.covered_by(self.viewer, *self.levels)

    def detail_rows(self) -> EnrolmentQuerySet:
        """With all that the dialog says."""
        return readable(self.rows())

    def detail(self, row: Any) -> tuple[str, dict[str, Any]]:
        """The dialog about one enrolment."""
        return describe(row, self.viewer)

    def links_for(self, viewer: Any) -> Iterable[Link]:
        """添加 (代登记), while the plan takes applications."""
        is_open = self.plan is not None and self.plan.status == PlanStatus.OPEN
        if is_open and may_open(viewer, "staff:register"):
            href = f"{reverse('staff:register')}?{urlencode({'plan': self.plan.pk})}"
            yield Link("添加", href, icon="plus", tone="primary")
        if is_open:
            # For whoever this list shows now and still has something to do.
            address = reverse("staff:group_text", args=[self.key])
            query = self.query.to_query_string()
            yield Link("班级群文字", f"{address}?{query}", icon="users-group")


class ReviewGrid(EnrolmentGrid):
    """审核: what waits for the viewer at the step of one of their posts."""

    key = "reviews"
    title = "审核"
    counted = "待审核"
    archived_too = False
    columns = (*c.CHECKS, *EnrolmentGrid.columns)
    usual = (
        "student_no", "name", "checked", "findings", "college", "class_group", "id_number", "mobile", "intent", "types",
        "reason", "evidence", "statement", "amount_due", "is_hardship", "submitted_at",
        "submitted_by", "step",
    )  # fmt: skip
    default_order = "submitted_at"
    offered = (
        "checked", "college", "grade", "class_group", "intent", "evidence", "statement", "is_hardship",
    )  # fmt: skip
    empty_text = "没有等待您审核的申请；学生提交后会出现在这里"
    actions = (enrolments_actions.APPROVE, enrolments_actions.SEND_BACK, enrolments_actions.REFUSE)

    def every_row(self) -> EnrolmentQuerySet:
        """待我审核."""
        return Enrolment.objects.awaiting(self.viewer)

    @property
    def parts(self) -> list[Part]:
        """The queue, sorted by what the automatic checks found."""
        here = self.query.filter_value("checked")
        every = self.counts.get(self.plan.pk, 0)
        look = self._to_look_at() if every else 0
        counts = {Checked.LOOK: look, Checked.CLEAN: every - look}
        parts = [Part("全部", every, f"?{asking(self.plan)}", not here)]
        for checked in Checked:
            query = asking(self.plan, filters=(("checked", checked.value),))
            parts.append(Part(checked.label, counts[checked], f"?{query}", here == checked))
        return parts

    @cached_property
    def counts(self) -> dict[int, int]:
        """How many wait in each plan; in a short list together with how many to look at."""
        return (
            {plan: n for plan, (n, _) in self._looked.items()} if self.is_short else super().counts
        )

    @cached_property
    def _looked(self) -> dict[int, tuple[int, int]]:
        rows = self.per_plan(look=Count("pk", filter=has_findings()))
        return {plan: (n, look) for plan, n, look in rows}

    def _to_look_at(self) -> int:
        return self._looked[self.plan.pk][1] if self.is_short else to_look_at(self.rows()).count()

    def links_for(self, _viewer: Any) -> Iterable[Link]:
        """None: nothing is added to a queue by hand."""
        return ()

    def href_elsewhere(self, pk: int) -> str:
        """What was reviewed stands in 参保名单详情."""
        query = {"plan": self.plan.pk, "part": "detail", "pk": pk}
        return f"{reverse('staff:enrolments')}?{urlencode(query)}"


class UnregisteredGrid(EnrolmentGrid):
    """未登记学生: never registered, or returned; it is the student's turn."""

    key = "unregistered"
    title = "未登记学生"
    counted = "人未登记"
    usual = (
        "student_no", "name", "sex", "college", "major", "grade", "class_group", "mobile",
        "status", "returns", "last_return", "reminded", "counselors",
    )  # fmt: skip
    default_order = "class_group,student_no"
    offered = ("college", "grade", "class_group", "status")
    empty_text = "应参保学生都已登记"
    actions = (REMIND,)

    def every_row(self) -> EnrolmentQuerySet:
        """As a rate counts them: 未登记 and 已退回, without those who need no insurance."""
        return super().every_row().to_register()


class Enrolments(PlanListView):
    """The page 参保名单详情."""

    grid_class = EnrolmentGrid


class Reviews(PlanListView):
    """The page 审核: the queue, and its parts one tap away."""

    grid_class = ReviewGrid
    template_name = "staff/enrolments/reviews.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The list, one of its dialogs, or the tabs above it."""
        if request.GET.get("part") == "parts" and self.grid.plan:
            return render(request, "staff/enrolments/_parts.html", {"grid": self.grid})
        return super().get(request)


class Unregistered(PlanListView):
    """The page 未登记学生."""

    grid_class = UnregisteredGrid
