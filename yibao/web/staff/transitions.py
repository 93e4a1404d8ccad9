"""学籍异动: what changes of students from a day on; the list, one student's form, the batch action."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods

from yibao.common.errors import refuse_if
from yibao.common.outcome import Outcome
from yibao.enrolment.master_data import enter_and_enlist
from yibao.grid.actions import Action
from yibao.grid.columns import Choice, Day, Moment, Text
from yibao.grid.grid import Grid, Link
from yibao.people import staff, transitions, units
from yibao.people.codes import RosterStatus
from yibao.people.levels import REVIEWING, Level
from yibao.people.master import WITH_CLASS
from yibao.people.models import Student
from yibao.people.phrases import offered
from yibao.people.scope import holds
from yibao.people.states import TransitionKind, TransitionState
from yibao.people.transition_models import Transition, TransitionQuerySet
from yibao.people.transitions import Change
from yibao.web.master_fields import PLEASE, ClassField
from yibao.web.staff.columns import SEARCH_HINT, labelled, of_student
from yibao.web.staff.lists import StaffGrid
from yibao.web.staff.opinions import KINDS, opinion

UNPROCESSABLE = 422
OF_MANY = [(kind.value, kind.label) for kind in TransitionKind if kind != TransitionKind.TRANSFER]
LATE = "生效日期已过时必填，如：文件下发晚了"


def _day() -> forms.DateField:
    return forms.DateField(
        label="生效日期",
        initial=localdate,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="以后的日期到当天零点过后自动生效，之前可以取消",
    )


def _enter(rows: Any, *, by: Any, kind: str, **told: Any) -> Outcome:
    return enter_and_enlist(rows, Change(TransitionKind(kind), **told), by=by)


def _fields(_grid: Grid) -> dict[str, forms.Field]:
    return {
        "kind": forms.ChoiceField(
            label="异动类型",
            choices=OF_MANY,
            help_text="转专业、转班请打开一名学生，在详情里登记",
        ),
        "effective_on": _day(),
        "basis": opinion("transition", "依据", required=True),
        "late_note": forms.CharField(
            label="补录原因", max_length=100, required=False, help_text=LATE
        ),
    }


ENTER = Action(
    name="transition",
    label="登记休学、毕业等",
    icon="calendar-event",
    run=_enter,
    why_not=transitions.why_not_touch,
    fields=_fields,
    confirm="{count} 人从生效日期起改变学籍状态，进行中的医保计划随之增减参保对象，学生会收到消息。",
)
CANCEL = Action(
    name="cancel",
    label="取消异动",
    icon="ban",
    tone="orange",
    run=transitions.cancel,
    why_not=transitions.why_not_cancel,
    ready=lambda rows: rows.select_related("student"),
    fields={"note": opinion("transition_cancel", "取消原因")},
    confirm="{count} 项异动到了那一天也不再生效，记录保留。",
)


class TransitionGrid(StaffGrid):
    """Of the students within scope."""

    key = "transitions"
    title = "学籍异动"
    columns = (
        *of_student("student"),
        Choice(name="kind", label="异动类型", choices=TransitionKind),
        Day(name="effective_on", label="生效日期"),
        Choice(name="state", label="状态", choices=TransitionState),
        Text(name="was_class", label="原班级", path="was_class__name"),
        Text(name="to_class", label="转入班级", path="to_class__name"),
        Choice(name="was_status", label="原学籍状态", choices=RosterStatus),
        Text(name="basis", label="依据", width="l"),
        Text(name="late_note", label="补录原因"),
        Text(name="said", label="说明", width="l"),
        Text(name="entered_by", label="登记人", path="entered_by__name"),
        Moment(name="entered_at", label="登记时间"),
        Moment(name="ended_at", label="处理时间"),
    )
    usual = (
        "student_no", "name", "college", "grade", "class_group", "kind", "effective_on", "state",
        "to_class", "basis", "said", "entered_by", "entered_at",
    )  # fmt: skip
    default_order = "-effective_on,student_no"
    offered = ("state", "kind", "college", "grade")
    row_label = labelled()
    search_hint = SEARCH_HINT
    empty_text = "还没有学籍异动；在“学生信息”里勾选学生，或打开一名学生登记"
    actions = (CANCEL,)

    def rows(self) -> TransitionQuerySet:
        """Whoever one of the viewer's posts covers."""
        return Transition.objects.covered_by(self.viewer, *REVIEWING)

    def links_for(self, _viewer: Any) -> Iterable[Link]:
        """To the students among whom one is chosen."""
        return [Link("登记异动", reverse("staff:students"), icon="plus", tone="primary")]


class TransitionForm(forms.Form):
    """登记 for one student."""

    kind = forms.ChoiceField(label="异动类型", choices=[PLEASE, *TransitionKind.choices])

    def __init__(self, *args: Any, student: Student, by: Any, college: int, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.student, self.by = student, by
        group = ClassField(units.classes_in(college))
        group.label, group.required = "转入班级", False
        group.help_text = "转专业、转班必选；复学到别的班时选"
        basis = forms.CharField(
            label="依据",
            max_length=200,
            widget=forms.TextInput(attrs={"list": "bases", "autocomplete": "off"}),
            help_text="文件名称和文号；学生和老师都能看到",
        )
        late = forms.CharField(label="补录原因", max_length=100, required=False, help_text=LATE)
        self.fields |= {
            "to_class": group,
            "effective_on": _day(),
            "basis": basis,
            "late_note": late,
        }

    @property
    def change(self) -> Change:
        """What is entered."""
        return Change(
            TransitionKind(self.cleaned_data["kind"]),
            self.cleaned_data["effective_on"],
            self.cleaned_data["basis"],
            self.cleaned_data["to_class"],
            self.cleaned_data["late_note"],
        )

    def clean(self) -> dict[str, Any]:
        """Ask the rules; each fault stands at its field."""
        cleaned = super().clean()
        if self.errors:
            return cleaned
        for name, why in transitions.why_not_say(self.change).items():
            self.add_error(name, why)
        if not self.errors:
            found = transitions.why_not_enter([self.student], self.change, self.by)
            for why in found.values():
                self.add_error("kind", why)
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
def transition_new(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """登记学籍异动 of one student in one's charge."""
    mine = Student.objects.covered_by(request.user, *REVIEWING).select_related(WITH_CLASS)
    student = get_object_or_404(mine, public_id=public_id)
    refuse_if(transitions.why_not_touch([student], request.user).get(student.pk, ""))
    college = _college(request, student)
    form = TransitionForm(request.POST or None, student=student, by=request.user, college=college)
    if request.method == "POST" and form.is_valid():
        one = Student.objects.covered_by(request.user, *REVIEWING).filter(pk=student.pk)
        enter_and_enlist(one, form.change, by=request.user).or_refuse()
        waits = form.change.effective_on > localdate()
        when = f"待 {form.change.effective_on} 生效" if waits else "已生效"
        messages.success(request, f"{student.name}的{form.change.kind.label}已登记，{when}")
        return redirect(f"{reverse('staff:transitions')}?q={student.student_no}")
    elsewhere = holds(request.user, Level.SCHOOL)
    page = {
        "student": student,
        "form": form,
        "phrases": offered(KINDS["transition"]),
        "waiting": student.transitions.waiting(),
        "college": college,
        "colleges": staff.colleges() if elsewhere else (),
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "staff/students/transition.html", page, status=status)


def _college(request: HttpRequest, student: Student) -> int:
    """Whose classes are offered: the student's college, for the school office also another."""
    own: int = student.class_group.major.college_id
    if not holds(request.user, Level.SCHOOL):
        return own
    known = {str(pk): pk for pk in staff.colleges().values_list("pk", flat=True)}
    return known.get(request.GET.get("college", ""), own)
