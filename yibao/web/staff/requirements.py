"""参保管理: who needs insurance and who does not, marked in batch by the counselor."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from yibao.enrolment import flow, rules
from yibao.enrolment.models import Enrolment, EnrolmentQuerySet
from yibao.grid.actions import Action
from yibao.grid.columns import Text
from yibao.grid.grid import Link
from yibao.people.levels import Level
from yibao.web.staff import enrolments_columns as c
from yibao.web.staff.enrolments import EnrolmentGrid
from yibao.web.staff.opinions import opinion
from yibao.web.staff.plan_lists import PlanListView

NEEDED = Action(
    name="needed",
    label="设为需要参保",
    icon="user-check",
    run=partial(flow.mark_required, required=True),
    why_not=rules.why_not_mark_required,
    ready=lambda rows: rows.with_story(),
    confirm="{count} 人将计入应参保人数。",
)
NOT_NEEDED = Action(
    name="not_needed",
    label="设为不需要参保",
    icon="user-minus",
    tone="orange",
    run=partial(flow.mark_required, required=False),
    why_not=rules.why_not_mark_required,
    ready=lambda rows: rows.with_story(),
    fields={"note": opinion("not_needed", "不需要参保的原因", required=True)},
    confirm="{count} 人将不计入应参保人数，也不能提交申请。",
)


class RequirementGrid(EnrolmentGrid):
    """Every enrolment of the plan in the counselor's own classes."""

    key = "requirements"
    title = "参保管理"
    levels = (Level.COUNSELOR,)
    columns = (
        Text(
            name="academic_year",
            label="学年",
            sort_path="plan__academic_year",
            needs=("plan__academic_year",),
            value=lambda year: f"{year}-{year + 1}",
        ),
        *c.WHO,
        c.REQUIRED,
        c.REQUIRED_NOTE,
        c.STATUS,
        c.HARDSHIP,
        c.CHANGED_AT,
    )
    usual = (
        "academic_year", "grade", "college", "major", "class_group", "student_no", "name",
        "id_number", "required", "required_note", "status",
    )  # fmt: skip
    default_order = "class_group,student_no"
    offered = ("required", "grade", "class_group", "status")
    empty_text = "这个计划里没有您所带班级的学生"
    actions = (NEEDED, NOT_NEEDED)

    def every_row(self) -> EnrolmentQuerySet:
        """The classes of a counselor's posts only, whatever other posts the person holds."""
        return Enrolment.objects.covered_by(self.viewer, *self.levels)

    def links_for(self, _viewer: Any) -> Iterable[Link]:
        """None."""
        return ()


class Requirements(PlanListView):
    """The page 参保管理."""

    grid_class = RequirementGrid
