"""岗位 of one person: the telephone, who stands in while they are away, and classes handed over."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from yibao.people import handing_over, staff
from yibao.web.staff.people import person_page
from yibao.web.staff.post_forms import DeputyForm, HandOverForm, PhoneForm


@require_POST
def post_phone(request: HttpRequest, pk: int) -> HttpResponse:
    """办公电话: whom colleges and the school call."""
    post = get_object_or_404(staff.posts_seen_by(request.user), pk=pk)
    form = PhoneForm(post, request.user, request.POST)
    if not form.is_valid():
        return person_page(request, post.user, sent=form)
    handing_over.set_phone(post, form.cleaned_data["phone"], by=request.user)
    messages.success(request, f"{post.user.name}的办公电话已保存")
    return redirect("staff:person", post.user_id)


@require_POST
def post_deputy(request: HttpRequest, pk: int) -> HttpResponse:
    """安排代理."""
    post = get_object_or_404(staff.posts_seen_by(request.user), pk=pk)
    form = DeputyForm(post, request.user, request.POST)
    if not form.is_valid():
        return person_page(request, post.user, sent=form)
    data = form.cleaned_data
    deputy, days = data["number"], (data["from_on"], data["until"])
    handing_over.deputize(post, deputy, days, by=request.user, reason=data["reason"])
    said = f"{deputy.name}从 {days[0]} 到 {days[1]} 代理{post.user.name}的{post}岗位"
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
    form = HandOverForm(post, request.user, request.POST)
    if not form.is_valid():
        return person_page(request, post.user, sent=form)
    to, classes = form.cleaned_data["number"], list(form.cleaned_data["classes"])
    handing_over.hand_over(post, to, classes, by=request.user)
    messages.success(request, f"已将 {len(classes)} 个班从{post.user.name}移交给{to.name}")
    return redirect("staff:person", post.user_id)
