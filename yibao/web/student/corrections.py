"""申请更正: what I say my data should be, what became of it, and 撤回."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yibao.common.errors import refuse_if
from yibao.people import flow, rules, staff, units
from yibao.people.checks import master_faults
from yibao.people.flow import Wish
from yibao.people.master import changes_in_words, following, tidied
from yibao.people.models import Correction, CorrectionQuerySet, Student
from yibao.people.states import PROOF_NEEDED, CorrectionStatus, Topic
from yibao.web.master_fields import entered, fields_of, initial_of
from yibao.web.pictures import PictureField, shown
from yibao.web.student.facts import master_facts
from yibao.web.student.mine import my_enrolments, my_student

NEWS_DAYS = 14
REASONS = {
    Topic.DOCUMENT: "例如：登记时号码抄错了一位",
    Topic.NAME: "例如：“晓”字登记成了“小”",
    Topic.CLASS_GROUP: "例如：9 月已转到二班",
}


class CorrectionForm(forms.Form):
    """The new value, why, and a photo of what proves it."""

    def __init__(self, *args, student: Student, topic: Topic, college: int | None, **kwargs):
        super().__init__(*args, **kwargs)
        self.student, self.topic = student, topic
        classes = units.classes_in(college) if topic == Topic.CLASS_GROUP else ()
        self.fields |= fields_of(student, topic.names, classes)
        self.initial |= initial_of(student, topic.names)
        self.fields["reason"] = forms.CharField(
            label="更正原因",
            max_length=200,
            widget=forms.Textarea(attrs={"rows": 2, "placeholder": REASONS.get(topic, "")}),
        )
        self.fields["proof"] = PictureField(
            label="证件照片" if topic in PROOF_NEEDED else "证明照片",
            by=student.user,
            required=topic in PROOF_NEEDED,
            help_text=PROOFS[topic],
        )

    def clean(self):
        """Ask the rules; each fault stands at its field."""
        cleaned = super().clean()
        names = self.topic.names
        if not any(name in self.errors for name in names):
            new = tidied(entered(self.student, cleaned, names))
            for field, why in rules.wrong_in_request(self.student, self.topic, new).items():
                self.add_error(field if field in self.fields else names[-1], why)
        return cleaned

    @property
    def wish(self) -> Wish:
        """The valid request."""
        said = self.cleaned_data
        new = entered(self.student, said, self.topic.names)
        return Wish(self.topic, new, said["reason"], said["proof"])


PROOFS = {
    Topic.DOCUMENT: "拍证件有姓名和号码的一面，字要看得清",
    Topic.NAME: "拍证件有姓名的一面，字要看得清",
    Topic.SEX: "如户口页、证件",
    Topic.ETHNICITY: "如户口页、证件",
    Topic.BIRTH_DATE: "如户口页、证件",
    Topic.CLASS_GROUP: "如转专业、转班通知",
    Topic.ENTERED_ON: "如录取通知书、学生证",
    Topic.GRADUATES_ON: "如学生证、学籍页截图",
}


@dataclass(frozen=True)
class Asked:
    """A request as its student reads it."""

    row: Correction
    changes: list[dict[str, str]]

    @property
    def status(self) -> CorrectionStatus:
        """Its state with label and tone."""
        return CorrectionStatus(self.row.status)


@require_safe
def corrections(request):
    """What can be corrected, what waits, and what became of earlier requests."""
    student = my_student(request)
    rows = list(my_corrections(request))
    faults = {fault.field: fault.sentence for fault in master_faults(student)}
    waiting = [row for row in rows if row.status == CorrectionStatus.OPEN]
    page = {
        "facts": master_facts(student, faults, waiting),
        "rows": [asked(row) for row in rows],
        "apply": _application(request),
    }
    return render(request, "student/corrections.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def correction_new(request, topic):
    """申请更正 of one thing."""
    if topic not in Topic.values:
        raise Http404
    topic, student, row = Topic(topic), my_student(request), _application(request)
    refuse_if(rules.why_not_ask(student, topic, request.user))
    college = _college(request, student)
    form = CorrectionForm(
        request.POST or None, request.FILES or None, student=student, topic=topic, college=college
    )
    if request.method == "POST" and form.is_valid():
        flow.ask_correction(student, form.wish, by=request.user)
        messages.success(request, f"{topic.label}的更正申请已提交，处理后会告诉你")
        if row:
            return redirect("student:apply_step", row.public_id, "data")
        return redirect("student:corrections")
    faults = {fault.field: fault.sentence for fault in master_faults(student)}
    page = {
        "form": form,
        "topic": topic,
        "facts": [f for f in master_facts(student, faults) if f.topic == topic],
        "apply": row,
        "colleges": staff.colleges() if topic == Topic.CLASS_GROUP else (),
        "college": college,
    }
    return render(request, "student/correction_new.html", page)


@require_safe
def correction(request, correction_id):
    """One request: from what to what, where it stands, what was said."""
    row = _one(request, correction_id)
    return render(request, "student/correction.html", {"asked": asked(row), "row": row})


@require_safe
def correction_proof(request, correction_id):
    """The photo that I sent."""
    row = _one(request, correction_id)
    if row.proof is None:
        raise Http404
    return shown(row.proof)


@require_POST
def correction_withdraw(request, correction_id):
    """撤回."""
    row = _one(request, correction_id)
    flow.withdraw_corrections(
        my_corrections(request).filter(pk=row.pk), by=request.user
    ).or_refuse()
    messages.success(request, f"{row.get_topic_display()}的更正申请已撤回，上传的照片已删除")
    return redirect("student:corrections")


def asked(row: Correction) -> Asked:
    """A request with its changes in words, and while it waits with what a new number brings along."""
    old, new = dict(row.old), dict(row.new)
    if row.status == CorrectionStatus.OPEN and row.topic == Topic.DOCUMENT:
        along = following(row.student, new)
        new |= along
        old |= {name: getattr(row.student, name) for name in along}
    return Asked(row, changes_in_words(old, new))


def news_of(rows: list[Correction]) -> list[Correction]:
    """For the home page: what waits, and the latest word on each topic while it is news."""
    since = now() - timedelta(days=NEWS_DAYS)
    latest: dict[str, Correction] = {}
    for row in sorted(rows, key=lambda row: row.asked_at):
        latest[row.topic] = row
    return [
        row
        for row in latest.values()
        if row.status == CorrectionStatus.OPEN
        or (row.status != CorrectionStatus.WITHDRAWN and row.decided_at > since)
    ]


def my_corrections(request: HttpRequest) -> CorrectionQuerySet:
    """The student's own requests, the newest first."""
    mine = Correction.objects.visible_to(request.user).filter(student__user=request.user)
    return mine.with_story().select_related("decided_by").order_by("-asked_at", "-pk")


def _one(request: HttpRequest, public_id: UUID) -> Correction:
    return get_object_or_404(my_corrections(request), public_id=public_id)


def _application(request: HttpRequest) -> Any:
    """The application that led here, to go back to; None if there is none."""
    try:
        asked_for = UUID(request.GET.get("apply", ""))
    except ValueError:
        return None
    return my_enrolments(request.user).filter(public_id=asked_for).first()


def _college(request: HttpRequest, student: Student) -> int:
    """The college whose classes are offered: one's own, or the one chosen."""
    chosen = request.GET.get("college", "")
    known = {str(pk): pk for pk in staff.colleges().values_list("pk", flat=True)}
    return known.get(chosen, student.class_group.major.college_id)
