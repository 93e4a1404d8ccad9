"""学生信息: master data as the roster gives them, with what is wrong in them."""

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from yibao.common import audit
from yibao.common.models import AuditEntry
from yibao.grid.actions import Action
from yibao.grid.columns import Choice, Day, Flag, Moment, Text
from yibao.grid.grid import Link
from yibao.people import helping
from yibao.people.checks import master_faults
from yibao.people.codes import DocumentType, RosterStatus, TrainingLevel
from yibao.people.disclosure import disclose
from yibao.people.levels import REVIEWING, Level
from yibao.people.models import ClassGroup, College, Major, Student
from yibao.people.rules import why_not_maintain
from yibao.people.scope import ScopedQuerySet, holds
from yibao.people.units import campuses_of, counselors_of, with_all_counselors
from yibao.web.access import may_open
from yibao.web.staff.columns import SEARCH_HINT, counselors, of_student, pairs
from yibao.web.staff.enrolments_detail import secrets_of
from yibao.web.staff.lists import StaffGrid
from yibao.web.staff.transitions import ENTER
from yibao.web.staff.words import act_of, detail_of

ACTS_SHOWN = 30
CHANGES = (
    "change_master", "accept_correction", "change_contact", "roster_change", "enter_transition",
    "take_effect", "cancel_transition",
)  # fmt: skip
JUDGED = 10_000
"""Faults are found by looking at every student; of more than these only page by page."""
CHECKED = (
    "student_no", "name", "sex", "ethnicity", "document_type", "id_number", "birth_date",
    "entered_on", "graduates_on", "class_group__grade", "class_group__major__name",
    "class_group__major__college__name",
)  # fmt: skip


def _faults(*values: Any) -> str:
    """资料问题 of a student whose `CHECKED` values are these: how many, and each in a sentence."""
    *own, grade, major, college = values
    group = ClassGroup(grade=grade, major=Major(name=major, college=College(name=college)))
    student = Student(**dict(zip(CHECKED, own, strict=False)), class_group=group)
    found = master_faults(student)
    if not found:
        return ""
    return f"{len(found)} 项：" + "；".join(fault.sentence for fault in found)


APPOINT = Action(
    name="appoint",
    label="设为班长",
    icon="user-check",
    run=helping.appoint,
    why_not=helping.why_not_appoint,
    confirm="{count} 人将能看到本班谁办完、谁没办完（只有姓名），到学年结束自动失效。",
)
DISMISS = Action(
    name="dismiss",
    label="取消班长",
    icon="user-minus",
    run=helping.dismiss,
    why_not=helping.why_not_dismiss,
    confirm="{count} 人不再能看到班级办理情况，立即生效。",
)


def _with_helpers(rows: Any) -> Any:
    """Annotate `is_helper`: whether somebody is 班长 today."""
    here = helping.current().filter(student=OuterRef("pk"))
    return rows.annotate(is_helper=Exists(here))


class StudentGrid(StaffGrid):
    """The students within scope."""

    key = "students"
    title = "学生信息"
    columns = (
        *of_student(""),
        Choice(name="document_type", label="证件类型", choices=DocumentType),
        Text(name="ethnicity", label="民族"),
        Day(name="birth_date", label="出生日期"),
        Choice(
            name="campus",
            label="校区",
            choices=lambda grid: pairs(campuses_of(grid.viewer)),
        ),
        Choice(name="training_level", label="培养层次", choices=TrainingLevel),
        Choice(
            name="roster_status",
            label="学籍状态",
            choices=RosterStatus,
            tones={
                RosterStatus.ACTIVE: "green",
                RosterStatus.SUSPENDED: "orange",
                RosterStatus.RETAINED: "orange",
                RosterStatus.GRADUATED: "neutral",
                RosterStatus.WITHDRAWN: "neutral",
            },
        ),
        Day(name="entered_on", label="入学时间"),
        Day(name="graduates_on", label="拟毕业时间"),
        Text(name="faults", label="资料问题", needs=CHECKED, value=_faults, width="xl"),
        counselors(),
        Flag(name="is_helper", label="班长"),
        Moment(name="updated_at", label="更新时间"),
    )
    usual = (
        "student_no", "name", "sex", "college", "major", "grade", "class_group", "id_number",
        "mobile", "roster_status", "faults",
    )  # fmt: skip
    default_order = "student_no"
    offered = ("college", "grade", "major", "class_group", "roster_status")
    row_label = ("student_no", "name")
    search_hint = SEARCH_HINT
    empty_text = "还没有学生；由学校医保办公室导入学生名册"
    params = ("faulty",)
    added: ClassVar = {("is_helper",): _with_helpers, ("all_counselors",): with_all_counselors}
    actions = (ENTER, APPOINT, DISMISS)

    def actions_for(self, viewer: Any) -> Iterable[tuple[Action, str]]:
        """班长 are the counselors' to choose."""
        helpers = () if holds(viewer, Level.COUNSELOR) else (APPOINT, DISMISS)
        return [(action, "") for action in self.actions if action not in helpers]

    def rows(self) -> ScopedQuerySet:
        """Whoever one of the viewer's posts covers."""
        mine = Student.objects.covered_by(self.viewer, *REVIEWING)
        if self.param("faulty") and self._may_judge():
            mine = mine.filter(pk__in=self._faulty(mine))
        return mine.annotate(counselors=counselors_of("class_group"))

    def _may_judge(self) -> bool:
        """Whether there are few enough students to look at each."""
        if "may_judge" not in self.context:
            some = Student.objects.covered_by(self.viewer, *REVIEWING)[: JUDGED + 1]
            self.context["may_judge"] = some.count() <= JUDGED
        return self.context["may_judge"]

    def _faulty(self, mine: ScopedQuerySet) -> list[int]:
        if "faulty" not in self.context:
            values = mine.values_list("pk", *CHECKED)
            self.context["faulty"] = [pk for pk, *rest in values if _faults(*rest)]
        return self.context["faulty"]

    def links_for(self, _viewer: Any) -> Iterable[Link]:
        """Only those whose data are faulty, and back."""
        here = reverse("staff:students")
        if self.param("faulty"):
            yield Link("全部学生", f"{here}?q=", icon="users")
        elif self._may_judge():
            yield Link("只看资料有问题的", f"{here}?faulty=1", icon="alert-triangle")

    def detail_rows(self) -> ScopedQuerySet:
        """With class, major, college, recognitions and enrolments."""
        rows = self.rows().select_related("class_group__major__college")
        return rows.prefetch_related("hardships", "enrolments__plan")

    def detail(self, row: Any) -> tuple[str, dict[str, Any]]:
        """Master data, what is wrong in them, recognitions and enrolments of all years."""
        acts = list(audit.trail_of(row)[:ACTS_SHOWN])
        return "staff/students/_detail.html", {
            "student": row,
            "faults": master_faults(row),
            "secrets": secrets_of(row, self.viewer),
            "hardships": sorted(row.hardships.all(), key=lambda e: -e.academic_year),
            "enrolments": sorted(row.enrolments.all(), key=lambda e: -e.plan.academic_year),
            "history": history_of(row),
            "transitions": row.transitions.waiting().select_related("to_class"),
            "waiting": row.corrections.open().order_by("asked_at"),
            "may_edit": may_open(self.viewer, "staff:student_edit")
            and not why_not_maintain(row, self.viewer),
            "acts": [(act, act_of(act), detail_of(act)) for act in acts],
        }


def history_of(student: Student) -> list[tuple[AuditEntry, str]]:
    """变更记录: when master data changed, by whom, from what to what, and on what it rests."""
    changes = audit.trail_of(student).filter(action__in=CHANGES)[:ACTS_SHOWN]
    return [(entry, act_of(entry)) for entry in changes]


@require_POST
def show_in_full(request: HttpRequest, public_id: UUID, field: str) -> HttpResponse:
    """显示完整号码: a deliberate act, which leaves its line in the trail."""
    mine = Student.objects.covered_by(request.user, *REVIEWING)
    student = get_object_or_404(mine, public_id=public_id)
    number = disclose(student, field, by=request.user)
    return render(request, "staff/students/_number.html", {"number": number})
