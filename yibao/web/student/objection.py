"""异议: I do not agree with what was registered for me."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from yibao.common.errors import refuse_if
from yibao.enrolment import objecting
from yibao.web.student.mine import my_enrolment
from yibao.web.student.words import counselors


class ObjectionForm(forms.Form):
    """What the student wants instead."""

    words = forms.CharField(
        label="你的意愿",
        max_length=objecting.LONGEST,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "例如：我要参加学校的医保"}),
        error_messages={"required": "请写明你的意愿，例如：我要参保"},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def objection(request, enrolment_id):
    """What was registered, what an objection leads to, and the objection itself."""
    row = my_enrolment(request, enrolment_id)
    refuse_if(objecting.why_not_object(row, request.user))
    form = ObjectionForm(request.POST or None)
    if form.is_valid():
        taken = objecting.object_to(row, form.cleaned_data["words"], by=request.user)
        if taken:
            messages.success(request, "代登记已撤回，现在请按自己的意愿登记")
            return redirect("student:home")
        messages.success(request, "异议已提交，处理后会告诉你")
        return redirect("student:progress", row.public_id)
    page = {
        "row": row,
        "form": form,
        "taken_back": objecting.would_take_back(row, request.user),
        "counselors": counselors(row),
    }
    return render(request, "student/objection.html", page)
