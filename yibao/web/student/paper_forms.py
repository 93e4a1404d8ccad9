"""Photos and signatures as a phone sends them."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from yibao.common.errors import Refused
from yibao.enrolment import evidence
from yibao.enrolment.evidence import Slot
from yibao.enrolment.models import Enrolment
from yibao.enrolment.statement import Signature, signature_of
from yibao.enrolment.states import Manner
from yibao.enrolment.strokes import LONGEST_TEXT
from yibao.people.models import Student
from yibao.web.pictures import PictureField


class PhotoForm(forms.Form):
    """One photo for one kind of evidence, or in the place of another one."""

    def __init__(self, *args: Any, slot: Slot, by: Any, **kwargs: Any):
        super().__init__(*args, prefix=f"kind{slot.kind.pk}", **kwargs)
        self.slot = slot
        self.fields["photo"] = PictureField(label=f"{slot.kind}的照片", by=by)
        self.fields["instead"] = forms.UUIDField(required=False, widget=forms.HiddenInput)


class EvidenceEntry:
    """证明材料: what has just been sent, and a form for each kind to send more."""

    def __init__(self, request: HttpRequest, row: Enrolment, slots: list[Slot]):
        self.request, self.row, self.slots = request, row, slots
        self.asked = request.POST.get("add", "") if request.method == "POST" else ""
        self.forms = [self._form(slot) for slot in slots]

    def _form(self, slot: Slot) -> PhotoForm:
        if self.asked == str(slot.kind.pk):
            data = self.request.POST, self.request.FILES
            return PhotoForm(*data, slot=slot, by=self.request.user)
        return PhotoForm(slot=slot, by=self.request.user)

    def is_done(self) -> bool:
        """Whether something was sent and taken in."""
        if self.request.method != "POST":
            return False
        by = self.request.user
        if gone := self.request.POST.get("remove", ""):
            evidence.remove(self.row, named(gone), by=by)
            messages.success(self.request, "已删除")
            return True
        form = next((form for form in self.forms if form.is_bound), None)
        if form is None or not form.is_valid():
            return False
        photo, instead = form.cleaned_data["photo"], form.cleaned_data["instead"]
        evidence.add(self.row, form.slot.kind, photo, by=by, instead=instead)
        messages.success(self.request, "照片已保存")
        return True


def named(text: str) -> UUID:
    """A picture's name; raises `Refused` for what is none."""
    try:
        return UUID(text)
    except ValueError as broken:
        raise Refused(evidence.GONE) from broken


class SigningForm(forms.Form):
    """承诺书: read, then signed by finger, or by typing one's name where that is not possible."""

    read = forms.BooleanField(
        label="我已阅读并同意以上内容",
        error_messages={"required": "请先阅读承诺书，再勾选同意"},
    )
    manner = forms.ChoiceField(
        choices=Manner, required=False, error_messages={"invalid_choice": "请重新选择签署方式"}
    )
    drawn = forms.CharField(required=False, max_length=LONGEST_TEXT, widget=forms.HiddenInput)
    typed = forms.CharField(
        label="键入姓名",
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "done"}),
    )

    signature: Signature

    def __init__(self, *args: Any, student: Student, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.student = student

    def clean(self) -> dict[str, Any]:
        """Ask what counts as a signature; the sentence stands at the way that was chosen."""
        cleaned = super().clean()
        manner = cleaned.get("manner") or Manner.DRAWN
        drawn, typed = cleaned.get("drawn", ""), cleaned.get("typed", "")
        if self.errors.keys() & {"manner", "drawn", "typed"}:
            return cleaned
        try:
            self.signature = signature_of(self.student, manner, drawn=drawn, typed=typed)
        except Refused as refusal:
            self.add_error("typed" if manner == Manner.TYPED else "drawn", str(refusal))
        return cleaned

    @property
    def is_typed(self) -> bool:
        """Which way is open on the page."""
        return self["manner"].value() == Manner.TYPED
