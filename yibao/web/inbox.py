"""消息: the inbox, the same for students and staff but for the frame around it.

A message is opened by POST, since that marks it as read, and leads to the page it is about.
"""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yibao.accounts.email import LONGEST, change_email, why_not_email
from yibao.grid.reading import plain
from yibao.notify import flow
from yibao.notify.channels import channels, labels
from yibao.notify.kinds import kinds
from yibao.notify.models import Message

ON_A_PAGE = 30


class EmailForm(forms.Form):
    """接收邮箱."""

    email = forms.CharField(
        label="接收邮箱",
        required=False,
        max_length=LONGEST,
        help_text="医保消息也发到这个邮箱；不需要可以留空",
        widget=forms.TextInput(
            attrs={"type": "email", "autocomplete": "email", "placeholder": "name@example.edu.cn"}
        ),
    )

    def clean_email(self):
        """The fault stands at the field."""
        email = self.cleaned_data["email"].strip()
        if reason := why_not_email(email):
            raise forms.ValidationError(reason)
        return email


@require_safe
def inbox(request, at):
    """What I was told, newest first."""
    mine = Message.objects.visible_to(request.user).select_related("by")
    asked = {"q": plain(request.GET.get("q", "")), "unread": request.GET.get("unread", "")[:1]}
    if asked["unread"]:
        mine = mine.unread()
    for word in asked["q"].split():
        said = Q(title__icontains=word) | Q(text__icontains=word)
        mine = mine.filter(said | Q(by__name__icontains=word))
    pages = Paginator(mine.order_by("-created_at", "-pk"), ON_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    lead = urlencode({key: value for key, value in asked.items() if value})
    found = {"at": at, "page": _dressed(page), "asked": asked, "lead": lead}
    return render(request, f"{at}/inbox.html", _about() | found)


@require_POST
def opened(request, at, message_id):
    """Read, and on to what it is about."""
    mine = Message.objects.visible_to(request.user)
    message = flow.read(get_object_or_404(mine, public_id=message_id))
    here = url_has_allowed_host_and_scheme(message.link, allowed_hosts=None)
    return redirect(message.link if message.link and here else f"{at}:inbox")


@require_POST
def all_read(request, at):
    """全部标为已读."""
    count = flow.read_all(request.user)
    messages.success(request, f"已将 {count} 条消息标为已读" if count else "没有未读的消息")
    return redirect(f"{at}:inbox")


@require_http_methods(["GET", "HEAD", "POST"])
def email(request):
    """接收邮箱 of staff; students keep theirs with their other contact data."""
    form = EmailForm(request.POST or None, initial={"email": request.user.email})
    if request.method == "POST" and form.is_valid():
        change_email(request.user, form.cleaned_data["email"], by=request.user)
        messages.success(request, "接收邮箱已保存")
        return redirect("staff:inbox")
    return render(request, "staff/email.html", _about() | {"form": form})


def _dressed(page: Any) -> Any:
    """Each message with the icon of its kind."""
    for message in page:
        kind = kinds().get(message.kind)
        message.icon = kind.icon if kind else "message"
    return page


def _about() -> dict[str, Any]:
    """The ways by which messages also come, and when they rest."""
    quiet = settings.QUIET_HOURS
    return {
        "by_mail": "mail" in channels(),
        "ways": labels(channels()),
        "quiet": f"{quiet[0]:%H:%M} 至 {quiet[1]:%H:%M}" if quiet else "",
    }
