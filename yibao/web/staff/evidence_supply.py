"""代传证明材料: photos that a student gave to whoever registered them, with how the student agreed."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from yibao.common.errors import refuse_if
from yibao.enrolment import papers
from yibao.enrolment.models import Enrolment
from yibao.people.levels import Level
from yibao.web.choice_form import LONGEST_NOTE
from yibao.web.pictures import PictureField


class SupplyForm(forms.Form):
    """One photo for each kind that the reason asks for; at least one of them."""

    def __init__(self, *args, row: Enrolment, by, **kwargs):
        super().__init__(*args, **kwargs)
        needs = row.reason.needs.select_related("kind") if row.reason else ()
        self.kinds = {f"kind{need.kind_id}": need.kind for need in needs}
        for name, kind in self.kinds.items():
            self.fields[name] = PictureField(
                label=kind.name, by=by, required=False, help_text=kind.hint
            )
        self.fields["consent"] = forms.CharField(
            label="学生怎样同意由您代传",
            max_length=LONGEST_NOTE,
            help_text="如：学生发来照片并电话确认。学生会收到消息，也能看到这些照片",
        )

    def clean(self):
        """Without a photo there is nothing to hand in."""
        cleaned = super().clean()
        if not self.errors and not self.photos:
            self.add_error(next(iter(self.kinds)), "请至少上传一张照片")
        return cleaned

    @property
    def photos(self):
        """Kind and photo of what was chosen."""
        chosen = ((kind, self.cleaned_data.get(name)) for name, kind in self.kinds.items())
        return [(kind, picture) for kind, picture in chosen if picture]


@require_http_methods(["GET", "HEAD", "POST"])
def evidence_supply(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Photos become part of the present submission."""
    mine = Enrolment.objects.covered_by(request.user, Level.COUNSELOR, Level.SCHOOL)
    row = get_object_or_404(mine.with_story().select_related("reason"), public_id=public_id)
    refuse_if(papers.why_not_supply_for(row, request.user))
    form = SupplyForm(request.POST or None, request.FILES or None, row=row, by=request.user)
    asked = {"plan": row.plan_id, "q": row.student.student_no}
    back = f"{reverse('staff:enrolments')}?{urlencode(asked)}"
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data["consent"]
        papers.supply_for(row, form.photos, consent=said, by=request.user)
        messages.success(request, f"已为{row.student.name}上传 {len(form.photos)} 张证明材料")
        return redirect(back)
    page = {"enrolment": row, "form": form, "back": back}
    return render(request, "staff/enrolments/supply.html", page)
