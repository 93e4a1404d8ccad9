"""认定材料: photos that prove a recognition, brought and looked at by whoever is in charge of the student."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yibao.common.errors import refuse_if
from yibao.people.disclosure import look_at_paper
from yibao.people.levels import REVIEWING
from yibao.plans import hardship_proofs
from yibao.plans.hardship_models import HardshipProof
from yibao.plans.models import HardshipEntry
from yibao.web.pictures import PictureField, shown

UNPROCESSABLE = 422
USUAL = ("低保证", "特困证", "残疾证", "孤儿证明", "低收入家庭证明", "乡村振兴监测对象证明")


class ProofForm(forms.Form):
    """What is on the photo, and the photo."""

    name = forms.CharField(
        label="材料名称",
        max_length=40,
        widget=forms.TextInput(attrs={"list": "usual", "autocomplete": "off"}),
        help_text="如：低保证；一页一张，几页就添加几次",
    )
    photo = PictureField(label="照片", help_text="PDF 请截屏后上传图片；拍清楚姓名和有效期")

    def __init__(self, *args: Any, by: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["photo"].by = by


@require_http_methods(["GET", "HEAD", "POST"])
def proof_new(request: HttpRequest, pk: int) -> HttpResponse:
    """添加认定材料."""
    mine = HardshipEntry.objects.covered_by(request.user, *REVIEWING)
    entry = get_object_or_404(mine.select_related("student__class_group"), pk=pk)
    refuse_if(hardship_proofs.why_not_add(entry, request.user))
    form = ProofForm(request.POST or None, request.FILES or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        row = hardship_proofs.add(
            entry, form.cleaned_data["photo"], form.cleaned_data["name"], by=request.user
        )
        messages.success(request, f"已为{entry.student.name}添加{row.name}")
        return redirect(_back(entry))
    page = {"entry": entry, "form": form, "back": _back(entry), "usual": USUAL}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "staff/hardship/proof_new.html", page, status=status)


@require_safe
def proof(request: HttpRequest, picture_id: UUID) -> HttpResponse:
    """The photo; small, nobody reads it, large, it leaves its line."""
    found = _one(request, picture_id)
    small = "small" in request.GET
    if not small:
        look_at_paper(found.entry.student, f"{found.name}的照片", by=request.user)
    return shown(found.picture, small=small)


@require_POST
def proof_withdraw(request: HttpRequest, picture_id: UUID) -> HttpResponse:
    """撤下."""
    found = _one(request, picture_id)
    hardship_proofs.take_down(found, request.POST.get("note", ""), by=request.user)
    messages.success(request, f"已撤下{found.name}，记录保留")
    return redirect(_back(found.entry))


def _one(request: HttpRequest, picture_id: UUID) -> HardshipProof:
    mine = HardshipProof.objects.covered_by(request.user, *REVIEWING)
    related = mine.select_related("entry__student", "picture")
    return get_object_or_404(related, picture__public_id=picture_id)


def _back(entry: HardshipEntry) -> str:
    return f"{reverse('staff:hardship')}?{urlencode({'q': entry.student.student_no})}"
