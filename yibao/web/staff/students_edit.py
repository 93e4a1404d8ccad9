"""学生管理: one student's master data on a form, by the rules of the roster, with the reason why."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from yibao.common.errors import refuse_if
from yibao.enrolment.master_data import change_and_enlist
from yibao.people import rules, staff, units
from yibao.people.checks import master_faults
from yibao.people.levels import REVIEWING, Level
from yibao.people.master import FIELDS, WITH_CLASS, differences, label_of, tidied
from yibao.people.models import Student
from yibao.people.phrases import offered
from yibao.people.scope import holds
from yibao.web.master_fields import entered, fields_of, initial_of
from yibao.web.staff.opinions import KINDS

UNPROCESSABLE = 422


class MasterForm(forms.Form):
    """修改学生信息. What was missing may stay missing; what is wrong may not come in."""

    def __init__(self, *args: Any, student: Student, by: Any, college: int, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.student, self.by = student, by
        self.fields |= fields_of(student, FIELDS, units.classes_in(college))
        self.initial |= initial_of(student, FIELDS)
        for name, field in self.fields.items():
            missing = not getattr(student, name)
            field.required = field.required and not missing
        self.fields["reason"] = forms.CharField(
            label="修改依据",
            max_length=200,
            widget=forms.TextInput(attrs={"list": "reasons", "autocomplete": "off"}),
            help_text="写明凭什么修改；记入变更记录，学生也能看到",
        )

    def clean(self) -> dict[str, Any]:
        """Ask the rules; each fault stands at its field."""
        cleaned = super().clean()
        new = {name: value for name, value in self.entered.items() if name not in self.errors}
        for name, why in rules.wrong_in_change(self.student, new, self.by).items():
            self.add_error(name, why)
        return cleaned

    @property
    def entered(self) -> dict[str, Any]:
        """What differs from what stands there."""
        names = [name for name in FIELDS if name in self.cleaned_data]
        return differences(self.student, tidied(entered(self.student, self.cleaned_data, names)))


@require_http_methods(["GET", "HEAD", "POST"])
def student_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """修改信息 of one student in one's charge."""
    mine = Student.objects.covered_by(request.user, *REVIEWING).select_related(WITH_CLASS)
    student = get_object_or_404(mine, public_id=public_id)
    refuse_if(rules.why_not_maintain(student, request.user))
    college = _college(request, student)
    form = MasterForm(request.POST or None, student=student, by=request.user, college=college)
    if request.method == "POST" and form.is_valid():
        names = change_and_enlist(
            student, form.entered, by=request.user, reason=form.cleaned_data["reason"]
        )
        said = "、".join(label_of(name) for name in names)
        who = form.entered.get("name", student.name)
        messages.success(request, f"已修改{who}的{said}" if said else f"{who}的信息没有变化")
        return redirect(f"{reverse('staff:students')}?q={student.student_no}")
    elsewhere = holds(request.user, Level.SCHOOL)
    page = {
        "student": student,
        "form": form,
        "faults": master_faults(student),
        "phrases": offered(KINDS["master"]),
        "college": college,
        "colleges": staff.colleges() if elsewhere else (),
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "staff/students/edit.html", page, status=status)


def _college(request: HttpRequest, student: Student) -> int:
    """Whose classes are offered: the student's college, for the school office also another."""
    chosen = request.GET.get("college", "")
    if holds(request.user, Level.SCHOOL):
        known = {str(pk): pk for pk in staff.colleges().values_list("pk", flat=True)}
        return known.get(chosen, student.class_group.major.college_id)
    return student.class_group.major.college_id
