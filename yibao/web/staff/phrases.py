"""原因与常用语: the school office's table of what everybody is offered when a reason is asked."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Case, IntegerField, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from yibao.grid.actions import Action
from yibao.grid.columns import Choice, Flag, Moment, Number, Text
from yibao.grid.grid import Grid, Link
from yibao.grid.query import GridQuery
from yibao.people import phrases
from yibao.people.phrase_models import OfficePhrase, OfficePhraseQuerySet
from yibao.web.staff.opinions import KINDS

UNPROCESSABLE = 422
LABELS = [(kind.key, kind.label) for kind in KINDS.values()]


UP = Action(
    name="up",
    label="上移",
    icon="arrow-up",
    run=partial(phrases.move, up=True),
    why_not=phrases.why_not_move,
)
DOWN = Action(
    name="down",
    label="下移",
    icon="arrow-down",
    run=partial(phrases.move, up=False),
    why_not=phrases.why_not_move,
)
RETIRE = Action(
    name="retire",
    label="停用",
    icon="eye-off",
    tone="orange",
    run=phrases.retire,
    why_not=phrases.why_not_retire,
    confirm="停用的 {count} 条不再提供给任何人选择；已经写进记录的文字不变，以后可以恢复。",
)
RESTORE = Action(
    name="restore",
    label="恢复",
    icon="arrow-back-up",
    run=phrases.restore,
    why_not=phrases.why_not_restore,
)


class PhraseGrid(Grid):
    """Every line of the table, in the order in which it is offered."""

    key = "office_phrases"
    title = "原因与常用语"
    columns = (
        Choice(name="kind", label="用于", choices=LABELS, sort_path="kind_place", frozen=True),
        Number(name="position", label="顺序"),
        Text(name="text", label="内容", search=True, width="xl"),
        Flag(name="in_use", label="使用中", tones={"1": "green"}),
        Moment(name="changed_at", label="修改时间"),
        Moment(name="retired_at", label="停用时间"),
    )
    default_columns = ("kind", "position", "text", "in_use", "changed_at")
    default_order = "kind,-in_use,position"
    quick_filters = ("kind", "in_use")
    row_label = ("text",)
    search_hint = "内容"
    empty_text = "没有符合条件的常用语；点“添加”写一条"
    actions = (UP, DOWN, RETIRE, RESTORE)

    def rows(self) -> OfficePhraseQuerySet:
        """The office's table."""
        places = [When(kind=key, then=Value(at)) for at, key in enumerate(KINDS)]
        return OfficePhrase.objects.visible_to(self.viewer).annotate(
            in_use=Q(retired_at__isnull=True),
            kind_place=Case(*places, default=Value(len(KINDS)), output_field=IntegerField()),
        )

    def row_href(self, pk: int) -> str:
        """The form for its words."""
        return reverse("staff:phrase", args=[pk])

    def links_for(self, _viewer: Any) -> Iterable[Link]:
        """添加, of the kind that is looked at."""
        kinds = [value for name, value in self.query.filters if name == "kind"]
        asked = f"?{urlencode({'kind': kinds[0]})}" if len(kinds) == 1 else ""
        return [Link("添加", reverse("staff:phrase_new") + asked, icon="plus", tone="primary")]


class PhraseForm(forms.Form):
    """What it is for, and the words."""

    kind = forms.ChoiceField(label="用于", choices=LABELS)
    text = forms.CharField(
        label="内容",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="点一下就填进意见框，填进去以后还可以改；请不要写学生的姓名和号码",
    )

    def __init__(self, *args: Any, row: OfficePhrase | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        if row:
            del self.fields["kind"]

    @property
    def chosen(self) -> phrases.PhraseKind:
        """The kind of the line, or the one chosen for a new one."""
        return KINDS[self.row.kind if self.row else self.cleaned_data["kind"]]

    def clean(self) -> dict[str, Any]:
        """Ask the rule; what is wrong stands at the words."""
        cleaned = super().clean()
        if not self.errors:
            text = phrases.tidy(cleaned["text"])
            but = self.row.pk if self.row else None
            if why := phrases.why_not_say(self.chosen, text, but=but):
                self.add_error("text", why)
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
def phrase_new(request: HttpRequest) -> HttpResponse:
    """添加."""
    form = PhraseForm(request.POST or None, initial={"kind": request.GET.get("kind", "")})
    if request.method == "POST" and form.is_valid():
        row = phrases.add(form.chosen, form.cleaned_data["text"], by=request.user)
        return _back(request, row, "已添加")
    return _page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
def phrase(request: HttpRequest, pk: int) -> HttpResponse:
    """修改 the words of one."""
    known = OfficePhrase.objects.visible_to(request.user).filter(kind__in=KINDS)
    row = get_object_or_404(known, pk=pk)
    form = PhraseForm(request.POST or None, row=row, initial={"text": row.text})
    if request.method == "POST" and form.is_valid():
        row = phrases.change(row, KINDS[row.kind], form.cleaned_data["text"], by=request.user)
        return _back(request, row, "已保存")
    return _page(request, form, row)


def _back(request: HttpRequest, row: OfficePhrase, said: str) -> HttpResponse:
    messages.success(request, f"“{KINDS[row.kind].label}”的常用语{said}")
    query = GridQuery(filters=(("kind", row.kind),))
    return redirect(f"{reverse('staff:phrases')}?{query.to_query_string()}")


def _page(request: HttpRequest, form: PhraseForm, row: OfficePhrase | None = None) -> HttpResponse:
    page = {"form": form, "phrase": row, "label": KINDS[row.kind].label if row else ""}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "staff/phrases/edit.html", page, status=status)
