"""公告: the school office's list of what stands on home pages, and the form for one."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localtime, now
from django.views.decorators.http import require_POST

from yibao.grid.columns import Choice, Moment, Text
from yibao.grid.grid import Grid, Link
from yibao.people import announcing
from yibao.people.models import (
    AUDIENCE,
    STUDENTS,
    Announcement,
    AnnouncementQuerySet,
    read_by,
)
from yibao.people.states import Showing

USUALLY = timedelta(days=7)
LONGEST = 2000


class AnnouncementForm(forms.Form):
    """标题, 正文, for whom, from when until when."""

    title = forms.CharField(label="标题", max_length=60)
    text = forms.CharField(
        label="正文",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="只显示文字，换行保留；网址不会变成链接。请不要写学生的姓名和号码",
    )
    audience = forms.MultipleChoiceField(
        label="给谁看", choices=AUDIENCE, widget=forms.CheckboxSelectMultiple
    )
    shown_from = forms.DateTimeField(label="显示开始时间")
    shown_until = forms.DateTimeField(label="显示截止时间", help_text="到点自动从首页消失")

    def clean(self):
        """Faults of values taken together."""
        cleaned = super().clean()
        for name, sentence in announcing.faults(cleaned).items():
            self.add_error(name, sentence)
        return cleaned


class AnnouncementGrid(Grid):
    """公告: what the office keeps; a row leads to its form."""

    key = "announcements"
    title = "公告"
    columns = (
        Text(name="title", label="标题", search=True, frozen=True, width="l"),
        Choice(name="showing", label="状态", choices=Showing),
        Text(
            name="audience",
            label="给谁看",
            sort_path="audience",
            needs=("audience",),
            value=read_by,
        ),
        Moment(name="shown_from", label="显示开始时间"),
        Moment(name="shown_until", label="显示截止时间"),
        Text(name="by", label="发布人", path="by__name"),
        Moment(name="at", label="发布时间"),
    )
    default_columns = ("title", "showing", "audience", "shown_from", "shown_until", "by")
    default_order = "-shown_from"
    quick_filters = ("showing",)
    added = {("showing",): AnnouncementQuerySet.with_showing}
    row_label = ("title",)
    search_hint = "标题"
    empty_text = "还没有公告；发布后显示在所选人员的首页，到点自动开始和消失"

    def rows(self):
        """Nobody but the office has any."""
        return Announcement.objects.visible_to(self.viewer)

    def links_for(self, _viewer):
        """发布公告."""
        href = reverse("staff:announcement_new")
        yield Link("发布公告", href, icon="plus", tone="primary")

    def row_href(self, pk):
        """The form."""
        return reverse("staff:announcement", args=[pk])


def announcement_new(request):
    """发布: usually for students, a week from now."""
    at = localtime(now()).replace(minute=0, second=0, microsecond=0)
    usual = {"audience": [STUDENTS], "shown_from": at, "shown_until": at + USUALLY}
    return _edit(request, Announcement(), AnnouncementForm(request.POST or None, initial=usual))


def announcement(request, pk):
    """修改."""
    found = get_object_or_404(Announcement.objects.visible_to(request.user), pk=pk)
    there = {name: getattr(found, name) for name in AnnouncementForm.base_fields}
    return _edit(request, found, AnnouncementForm(request.POST or None, initial=there))


def _edit(request, found, form):
    if request.method == "POST" and form.is_valid():
        announcing.publish(found, form.cleaned_data, by=request.user)
        messages.success(request, f"公告“{found.title}”已保存，{found.state[0]}")
        return redirect("staff:announcements")
    page = {"form": form, "announcement": found if found.pk else None}
    return render(
        request, "staff/announcements/edit.html", page, status=422 if form.errors else 200
    )


@require_POST
def announcement_withdraw(request, pk):
    """撤下."""
    found = get_object_or_404(Announcement.objects.visible_to(request.user), pk=pk)
    announcing.withdraw(found, by=request.user)
    messages.success(request, f"公告“{found.title}”已撤下")
    return redirect("staff:announcements")
