"""The forms beside each post of a person: the telephone, who stands in, classes handed over."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict

from yibao.people import handing_over, staff
from yibao.people.models import ClassGroup, Post

LONGEST_NUMBER = 30


class PhoneForm(forms.Form):
    """办公电话."""

    phone = forms.RegexField(
        r"^[0-9 +()（）\-转]{3,30}$",
        label="办公电话",
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "maxlength": "30"}),
        error_messages={"invalid": "办公电话只能是数字、空格、- 和“转”"},
    )

    def __init__(self, post: Post, _viewer: Any, data: QueryDict | None = None):
        start = {"phone": post.phone}
        super().__init__(data, auto_id=f"phone{post.pk}_%s", initial=start)
        self.post = post


class NumberForm(forms.Form):
    """Somebody who works here, by number."""

    number = forms.CharField(
        label="工号",
        max_length=LONGEST_NUMBER,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填写工号"},
    )

    def __init__(self, post: Post, viewer: Any, data: QueryDict | None = None):
        super().__init__(data, auto_id=f"{type(self).__name__.lower()}{post.pk}_%s")
        self.post, self.viewer = post, viewer

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
        label="开始日期",
        widget=forms.DateInput,
        error_messages={"required": "请填写开始日期", "invalid": "开始日期有误"},
    )
    until = forms.DateField(
        label="结束日期",
        widget=forms.DateInput,
        error_messages={"required": "请填写结束日期", "invalid": "结束日期有误"},
    )
    reason = forms.CharField(label="原因", max_length=60, required=False)

    def __init__(self, *args: Any):
        super().__init__(*args)
        self.fields["number"].label = "代理人工号"

    def clean(self):
        """The rule is asked here, so that what was typed is not lost."""
        cleaned = super().clean()
        if self.errors:
            return cleaned
        days = cleaned["from_on"], cleaned["until"]
        why = handing_over.why_not_deputize(self.post, cleaned["number"], *days, self.viewer)
        if why:
            self.add_error("until" if "日期" in why or "一年" in why else "number", why)
        return cleaned


class HandOverForm(NumberForm):
    """移交班级: which, and to whom."""

    classes: Any = forms.ModelMultipleChoiceField(
        None,  # known with the post
        label="班级",
        error_messages={
            "required": "请勾选要移交的班级",
            **dict.fromkeys(
                ("invalid_choice", "invalid_pk_value"), "所选班级已不在其名下，请刷新后重新选择"
            ),
        },
    )

    def __init__(self, post: Post, *args: Any):
        super().__init__(post, *args)
        self.fields["number"].label = "接手的辅导员工号"
        self.fields["classes"].queryset = post.class_groups.all()

    def clean(self):
        """As above."""
        cleaned = super().clean()
        if self.errors:
            return cleaned
        to, classes = cleaned["number"], cleaned["classes"]
        if why := handing_over.why_not_hand_over(self.post, to, classes, self.viewer):
            self.add_error("number", why)
        return cleaned

    @property
    def boxes(self) -> list[tuple[ClassGroup, bool]]:
        """Every class of the post, all ticked at first."""
        ticked = set(map(str, self["classes"].value() or ())) if self.is_bound else None
        return [(c, ticked is None or str(c.pk) in ticked) for c in self.post.class_groups.all()]


FORMS = {"phone": PhoneForm, "deputy": DeputyForm, "hand_over": HandOverForm}


def with_forms(posts: Iterable[Post], viewer: Any, sent: forms.Form | None = None) -> list[Post]:
    """Posts with their forms; the one that was sent stands in its place, with what is wrong."""
    found = list(posts)
    for post in found:
        for name, form_class in FORMS.items():
            mine = type(sent) is form_class and sent.post.pk == post.pk
            setattr(post, f"{name}_form", sent if mine else form_class(post, viewer))
    return found
