"""代登记: find a student who has not registered, and register on the student's behalf."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from yibao.enrolment import drafts, flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment, EnrolmentQuerySet
from yibao.enrolment.quoting import quote_for
from yibao.enrolment.rules import why_not_submit
from yibao.enrolment.states import Intent, Status
from yibao.grid import reading
from yibao.grid.query import GridQuery
from yibao.people.levels import Level
from yibao.plans.choosing import chosen_types
from yibao.plans.states import PlanStatus
from yibao.web.choice_form import LONGEST_NOTE, ChoiceForm
from yibao.web.staff.enrolments import UnregisteredGrid

MOST_FOUND = 20


class RegisterForm(ChoiceForm):
    """The student's choice, and how they told it to whoever enters it."""

    consent = forms.CharField(
        label="学生是怎样同意的",
        max_length=LONGEST_NOTE,
        error_messages={"required": "请写明学生是怎样同意的"},
        help_text="如：电话确认、本人当面确认。学生会看到这句话，不同意时可以提出异议",
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if self.row.plan.statement_required:
            self.fields["consent"].help_text += "；不参保的承诺书不能代签，由学生登录后补签"


class RegisterGrid(UnregisteredGrid):
    """Whom the viewer may register: counselors their classes, the school office everybody."""

    levels = (Level.COUNSELOR, Level.SCHOOL)
    default_order = "student_no"


def _mine(user: Any) -> EnrolmentQuerySet:
    return Enrolment.objects.covered_by(user, *RegisterGrid.levels)


@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Find the student; by POST, since an address must not carry an ID number."""
    asked = request.POST or request.GET
    search = reading.plain(asked.get("q", ""))
    query = GridQuery(search=search, extra=(("plan", asked.get("plan", "")),))
    grid = RegisterGrid(request.user, query)
    plans = [plan for plan in grid.plans if plan.status == PlanStatus.OPEN]
    rows = grid.matching.select_related("student__class_group__major__college")
    found = list(rows[:MOST_FOUND]) if grid.plan in plans else []
    template = "staff/enrolments/_found.html" if request.htmx else "staff/enrolments/register.html"
    return render(
        request,
        template,
        {
            "plan": grid.plan,
            "plans": plans,
            "search": search,
            "found": [(row, Status(row.status)) for row in found],
            "total": grid.narrowed.count() if found else 0,
        },
    )


@require_http_methods(["GET", "POST"])
def register_one(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The same choice as the student has, with the amount and why."""
    rows = _mine(request.user).with_story().with_quote()
    row = get_object_or_404(rows, public_id=public_id)
    if request.htmx and request.method == "GET":
        return _amount(request, row)
    form = RegisterForm(request.POST or None, row=row, draft=drafts.draft_of(row))
    if request.method == "POST" and form.is_valid():
        return _save(request, row, form)
    page = {
        "enrolment": row,
        "form": form,
        "why_not": why_not_submit([row], request.user).get(row.pk, ""),
        "last_return": row.reviews.standing().order_by("at", "pk").last(),
        "back": f"{reverse('staff:register')}?{urlencode({'plan': row.plan_id})}",
    }
    return render(request, "staff/enrolments/register_one.html", page | _bill(row, form))


def _amount(request: HttpRequest, row: Enrolment) -> HttpResponse:
    """What the types ticked just now would cost."""
    form = RegisterForm(request.GET, row=row, draft=drafts.draft_of(row))
    form.is_valid()
    return render(request, "staff/enrolments/_amount.html", _bill(row, form))


def _bill(row: Enrolment, form: RegisterForm) -> dict[str, Any]:
    types = list(row.plan.types.all())
    ticked = form.type_ids if form.is_bound else form.draft.type_ids
    quote = quote_for(row, chosen_types(types, ticked))
    lines = [
        {"label": line.type_name, "amount": line.amount, "explanation": line.explanation}
        for line in quote.lines
    ]
    return {"joins": form.intent_now != Intent.STAY_OUT, "amount": quote.amount, "lines": lines}


def _save(request: HttpRequest, row: Enrolment, form: RegisterForm) -> HttpResponse:
    intent = Intent(form.cleaned_data["intent"])
    said = form.cleaned_data
    if intent == Intent.JOIN:
        choice = Choice(intent, type_ids=tuple(form.type_ids), consent=said["consent"])
    else:
        choice = Choice(intent, reason=form.reason, note=said["note"], consent=said["consent"])
    one = _mine(request.user).filter(pk=row.pk)
    flow.submit(one, choice, by=request.user).or_refuse()
    now = one.select_related("student", "current_step").get()
    owes = f"，应缴 {now.amount_due:,.2f} 元" if intent == Intent.JOIN else ""
    step = f"，等待{now.current_step}" if now.current_step else f"，{now.get_status_display()}"
    unsigned = intent == Intent.STAY_OUT and row.plan.statement_required
    rest = "；承诺书待学生登录后补签" if unsigned else ""
    messages.success(request, f"已为{now.student.name}登记{intent.label}{owes}{step}{rest}")
    return redirect(f"{reverse('staff:register')}?{urlencode({'plan': row.plan_id})}")
