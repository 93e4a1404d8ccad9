"""公告: the school office's page of what stands on home pages, and the form for one."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localtime, now
from django.views.decorators.http import require_POST, require_safe

from yibao.people import announcing
from yibao.people.models import AUDIENCE, STUDENTS, Announcement

LATEST = 100
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


@require_safe
def announcements(request):
    """The latest, with how each stands."""
    found = Announcement.objects.visible_to(request.user).select_related("by")[:LATEST]
    return render(request, "staff/announcements/list.html", {"announcements": found})


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
