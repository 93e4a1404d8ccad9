"""人员与岗位: accounts and posts, by the administrator, who sees no student."""

from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from yibao.grid.actions import Action
from yibao.grid.columns import Flag, Moment, Text
from yibao.grid.grid import Grid, Link
from yibao.people import posts, staff
from yibao.people.levels import Level
from yibao.web.staff.post_forms import with_forms

SWITCH_OFF = Action(
    name="switch_off",
    label="停用",
    icon="user-off",
    tone="red",
    run=posts.switch_off,
    why_not=posts.why_not_switch_off,
    confirm="将停用 {count} 个账号，已登录的立即退出；做过的事仍留在记录里。",
)
SWITCH_ON = Action(
    name="switch_on",
    label="启用",
    icon="user-check",
    run=posts.switch_on,
)


class PeopleGrid(Grid):
    """Everybody who works here."""

    key = "people"
    title = "人员与岗位"
    columns = (
        Text(name="username", label="工号", search=True, frozen=True),
        Text(name="name", label="姓名", search=True, frozen=True),
        Text(name="posts", label="岗位", path="post_words", search=True, width="l"),
        Flag(name="is_active", label="启用"),
        Flag(name="must_change_password", label="待改初始密码"),
        Moment(name="last_login", label="最近登录"),
        Moment(name="created_at", label="建立时间"),
    )
    default_order = "username"
    quick_filters = ("is_active",)
    row_label = ("username", "name")
    search_hint = "工号 / 姓名 / 岗位"
    empty_text = "还没有人员；辅导员随学生名册导入，其他人员请点“添加”"
    actions = (SWITCH_OFF, SWITCH_ON)

    def rows(self):
        """Whoever is no student."""
        return staff.staff_seen_by(self.viewer)

    def row_href(self, pk: int) -> str:
        """A page of its own for each person."""
        return reverse("staff:person", args=[pk])

    def links_for(self, _viewer: Any):
        """添加."""
        return [Link("添加", reverse("staff:person_new"), icon="plus", tone="primary")]


class PersonForm(forms.Form):
    """添加人员."""

    number = forms.CharField(label="工号", max_length=32, help_text="登录时使用")
    name = forms.CharField(label="姓名", max_length=60)


class PostForm(forms.Form):
    """添加岗位."""

    level = forms.ChoiceField(label="级别", choices=Level)
    college = forms.ModelChoiceField(
        label="学院",
        queryset=staff.colleges(),
        required=False,
        help_text="仅学院岗位需要选择",
    )
    classes = forms.ModelMultipleChoiceField(
        label="所带班级", queryset=staff.classes(), required=False
    )

    def clean(self):
        """Ask the rule; what is wrong stands at the field that mends it."""
        cleaned = super().clean()
        if not self.errors:
            why = posts.why_not_post(
                Level(cleaned["level"]), cleaned["college"], list(cleaned["classes"])
            )
            if why:
                self.add_error("classes" if "班级" in why else "college", why)
        return cleaned

    @property
    def by_college(self) -> list[tuple[str, int, list[tuple[Any, bool]]]]:
        """The classes as boxes to tick, by college; how many of a college are ticked."""
        ticked = {str(pk) for pk in self["classes"].value() or ()}
        found = []
        for college, group in groupby(staff.classes(), lambda c: c.major.college.name):
            boxes = [(c, str(c.pk) in ticked) for c in group]
            found.append((college, sum(on for _, on in boxes), boxes))
        return found


@require_http_methods(["GET", "HEAD", "POST"])
def person_new(request: HttpRequest) -> HttpResponse:
    """添加: the account; its posts follow on the person's page."""
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["number"].strip()
        if staff.staff_seen_by(request.user).filter(username=number).exists():
            form.add_error("number", "这个工号已有账号，请在列表中找到此人添加岗位")
        else:
            name = form.cleaned_data["name"].strip()
            user = posts.add_person(number, name, by=request.user)
            messages.success(request, f"已添加{user.name}，请为其添加岗位并设置初始密码")
            return redirect("staff:person", user.pk)
    status = 422 if form.errors else 200
    return render(request, "staff/people/new.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: posts held, and a post to add."""
    user = get_object_or_404(staff.staff_seen_by(request.user), pk=pk)
    form = PostForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        post = posts.give_post(
            user,
            Level(form.cleaned_data["level"]),
            college=form.cleaned_data["college"],
            classes=form.cleaned_data["classes"],
            by=request.user,
        )
        messages.success(request, f"{user.name}的岗位“{post}”已保存")
        return redirect("staff:person", user.pk)
    return person_page(request, user, form)


@require_POST
def person_password(request: HttpRequest, pk: int) -> HttpResponse:
    """重置密码: shown once, on this page and nowhere else."""
    user = get_object_or_404(staff.staff_seen_by(request.user), pk=pk)
    password = posts.new_password(user, by=request.user)
    return person_page(request, user, password=password)


@require_POST
def post_end(request: HttpRequest, pk: int) -> HttpResponse:
    """撤销岗位."""
    post = get_object_or_404(staff.posts_seen_by(request.user), pk=pk)
    posts.end_post(post, by=request.user)
    messages.success(request, f"{post.user.name}的岗位“{post}”已撤销")
    return redirect("staff:person", post.user_id)


def person_page(
    request: HttpRequest, user: Any, form: Any = None, *, sent: Any = None, password: str = ""
) -> HttpResponse:
    """One person: the posts with their forms, and the form for another post."""
    form = form or PostForm()
    held = staff.posts_seen_by(request.user).filter(user=user)
    page = {
        "person": user,
        "posts": with_forms(held, request.user, sent),
        "form": form,
        "password": password,
    }
    faulty = form.errors or (sent and sent.errors)
    return render(request, "staff/people/person.html", page, status=422 if faulty else 200)
