"""岗位 of one person: the telephone, who stands in while they are away, and classes handed over."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from yibao.common.errors import Refused
from yibao.people import handing_over, staff


class PhoneForm(forms.Form):
    """办公电话."""

    phone = forms.RegexField(
        r"^[0-9 +()（）\-转]{3,30}$",
        required=False,
        error_messages={"invalid": "办公电话只能是数字、空格、- 和“转”"},
    )


class NumberForm(forms.Form):
    """Somebody who works here, by number."""

    number = forms.CharField(error_messages={"required": "请填写工号"})

    def __init__(self, viewer: Any, *data: Any):
        super().__init__(*data)
        self.viewer = viewer

    def clean_number(self) -> Any:
        """Whose number it is."""
        number = self.cleaned_data["number"].strip()
        found = staff.staff_seen_by(self.viewer).filter(username=number).first()
        if found is None:
            raise forms.ValidationError("没有这个工号，请先在“人员与岗位”里添加")
        return found


class DeputyForm(NumberForm):
    """代理."""

    from_on = forms.DateField(
        error_messages={"required": "请填写开始日期", "invalid": "开始日期有误"}
    )
    until = forms.DateField(
        error_messages={"required": "请填写结束日期", "invalid": "结束日期有误"}
    )
    reason = forms.CharField(max_length=60, required=False)


@require_POST
def post_phone(request: HttpRequest, pk: int) -> HttpResponse:
    """办公电话: whom colleges and the school call."""
    post = get_object_or_404(staff.posts_seen_by(request.user), pk=pk)
    data = _clean(PhoneForm(request.POST))
    handing_over.set_phone(post, data["phone"], by=request.user)
    messages.success(request, f"{post.user.name}的办公电话已保存")
    return redirect("staff:person", post.user_id)


@require_POST
def post_deputy(request: HttpRequest, pk: int) -> HttpResponse:
    """安排代理."""
    post = get_object_or_404(staff.posts_seen_by(request.user), pk=pk)
    data = _clean(DeputyForm(request.user, request.POST))
    deputy, days = data["number"], (data["from_on"], data["until"])
    handing_over.deputize(post, deputy, days, by=request.user, reason=data["reason"])
    said = f"{deputy.name}从 {days[0]} 到 {days[1]} 代理{post.user.name}的{post}"
    messages.success(request, f"{said}，到期自动结束")
    return redirect("staff:person", post.user_id)


@require_POST
def deputy_end(request: HttpRequest, pk: int) -> HttpResponse:
    """结束代理 before its days are over."""
    deputy = get_object_or_404(staff.deputies_seen_by(request.user), pk=pk)
    handing_over.end_deputy(deputy, by=request.user)
    messages.success(request, f"{deputy.user.name}对{deputy.post.user.name}的代理已结束")
    return redirect("staff:person", deputy.post.user_id)


@require_POST
def post_hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """移交班级 to another counselor, at once."""
    post = get_object_or_404(staff.posts_seen_by(request.user), pk=pk)
    to = _clean(NumberForm(request.user, request.POST))["number"]
    ticked = {int(pk) for pk in request.POST.getlist("classes") if pk.isdecimal()}
    classes = [group for group in post.class_groups.all() if group.pk in ticked]
    if len(classes) != len(ticked):
        raise Refused("所选班级已不在其名下，请刷新后重新选择")
    handing_over.hand_over(post, to, classes, by=request.user)
    messages.success(request, f"已将 {len(classes)} 个班从{post.user.name}移交给{to.name}")
    return redirect("staff:person", post.user_id)


def _clean(form: forms.Form) -> dict[str, Any]:
    """What was sent, or the first thing that is wrong with it."""
    if form.is_valid():
        return form.cleaned_data
    raise Refused(str(next(iter(form.errors.values()))[0]))
