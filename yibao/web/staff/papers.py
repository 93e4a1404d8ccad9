"""证明材料 and 承诺书 of students in charge: looked at, which leaves its line, and held to be doubtful."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from yibao.enrolment import papers
from yibao.enrolment.models import Enrolment
from yibao.enrolment.paper_models import Evidence, Statement
from yibao.enrolment.statement import sheet_of, statement_pdf
from yibao.people.disclosure import look_at_paper
from yibao.people.levels import REVIEWING
from yibao.web.papers import check_address, pdf
from yibao.web.pictures import shown


@require_safe
def evidence(request: HttpRequest, picture_id: UUID) -> HttpResponse:
    """A photo that was handed in; small, nobody reads a number on it, large, it leaves its line."""
    found = _one(request, picture_id)
    small = "small" in request.GET
    if not small:
        look_at_paper(found.enrolment.student, f"{found.kind}的照片", by=request.user)
    return shown(found.picture, small=small)


@require_POST
def evidence_doubt(request: HttpRequest, picture_id: UUID) -> HttpResponse:
    """存疑, or not after all."""
    found = _one(request, picture_id)
    doubted = request.POST.get("doubted") == "1"
    these = Evidence.objects.covered_by(request.user, *REVIEWING).filter(pk=found.pk)
    papers.doubt(these, doubted=doubted, by=request.user)
    if not request.htmx:
        messages.success(request, "已标记，退回后学生会看到" if doubted else "已取消标记")
        return redirect("staff:reviews")
    page = {"photo": these.select_related("kind", "picture", "doubt__by").get(), "may_doubt": True}
    return render(request, "staff/enrolments/_photo.html", page)


@require_safe
def statement_file(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """承诺书 as a PDF."""
    mine = Statement.objects.covered_by(request.user, *REVIEWING)
    story = mine.select_related(
        "enrolment__plan", "enrolment__student__class_group__major__college"
    )
    found = get_object_or_404(story, public_id=statement_id)
    look_at_paper(found.enrolment.student, "承诺书", by=request.user)
    sheet = sheet_of(found)
    address = check_address(
        request, "student:verify_statement", number=sheet.number, code=sheet.code
    )
    return pdf(statement_pdf(sheet, address), f"statement-{sheet.number}.pdf")


def papers_of(row: Enrolment, viewer: Any) -> dict[str, Any]:
    """What the dialog about an enrolment says of its papers (of a row of `readable`)."""
    every = list(row.evidence.all())
    now = [one for one in every if one.round == row.round]
    shown_now = {one.picture_id for one in now}
    # The same photo handed in twice is one; what was replaced stands below.
    before = {one.picture_id: one for one in every if one.picture_id not in shown_now}
    needs = list(row.reason.needs.all()) if row.reason else []
    given = {one.kind_id for one in now}
    return {
        "photos": now,
        "photos_before": list(before.values()),
        "lacking": [need.kind for need in needs if need.required and need.kind_id not in given],
        "may_doubt": bool(now) and not papers.why_not_doubt(now[0], viewer),
        "may_supply": row.submitted_by_id != row.student.user_id
        and not papers.why_not_supply_for(row, viewer),
        "statement": papers.statement_of(row),
        "statements_before": [one for one in row.statements.all() if one.round != row.round],
    }


def _one(request: HttpRequest, picture_id: UUID) -> Evidence:
    """The latest submission of a photo by a student in charge."""
    mine = Evidence.objects.covered_by(request.user, *REVIEWING).filter(
        picture__public_id=picture_id
    )
    found = mine.select_related("enrolment__student", "kind").order_by("-round", "-pk").first()
    if found is None:
        raise Http404
    return found
