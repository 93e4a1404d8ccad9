"""My photos and statements: looked at, made good afterwards (补交), checked by whoever holds the paper."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from yibao.common.errors import refuse_if
from yibao.enrolment import evidence, papers
from yibao.enrolment.paper_models import Statement
from yibao.enrolment.statement import find_statement, sheet_of, statement_pdf, text_for
from yibao.people.identity import mask_name
from yibao.plans.statement import TITLE
from yibao.web.papers import CheckForm, check_address, pdf
from yibao.web.pictures import shown
from yibao.web.student.mine import my_enrolment, my_enrolments
from yibao.web.student.paper_forms import EvidenceEntry, SigningForm

PAPER = "承诺书"


@require_safe
def evidence_picture(request, picture_id):
    """A photo of mine, ready or handed in."""
    found = evidence.picture_of(my_enrolments(request.user), picture_id)
    if found is None:
        raise Http404
    return shown(found, small="small" in request.GET)


@require_safe
def statement_file(request, statement_id):
    """My statement as a PDF."""
    mine = Statement.objects.visible_to(request.user).filter(enrolment__student__user=request.user)
    story = mine.select_related(
        "enrolment__plan", "enrolment__student__class_group__major__college"
    )
    sheet = sheet_of(get_object_or_404(story, public_id=statement_id))
    address = check_address(
        request, "student:verify_statement", number=sheet.number, code=sheet.code
    )
    return pdf(statement_pdf(sheet, address), f"statement-{sheet.number}.pdf")


@require_safe
def verify_statement(request):
    """承诺书查验: no signing in; says no more than whether it is real and still stands."""
    form = CheckForm(request.GET or None, paper=PAPER)
    page = {"form": form, "paper": PAPER}
    if form.is_valid():
        found = find_statement(form.cleaned_data["number"], form.cleaned_data["code"])
        page |= {"asked": True, "found": found, "name": mask_name(found.name) if found else ""}
    return render(request, "student/verify_statement.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def supply(request, enrolment_id):
    """补交: what was missing when somebody registered me."""
    row = my_enrolment(request, enrolment_id)
    refuse_if(papers.why_not_supply(row, request.user))
    wants_evidence, wants_signature = papers.outstanding(row)
    sends = request.POST.get("go") == "supply"
    slots = evidence.slots(row, row.reason) if wants_evidence else []
    entered = EvidenceEntry(request, row, slots)
    if not sends and entered.is_done():
        return redirect("student:supply", row.public_id)
    data = request.POST if sends and wants_signature else None
    form = SigningForm(data, student=row.student) if wants_signature else None
    if sends and (form is None or form.is_valid()):
        papers.supply(row, signature=form.signature if form else None, by=request.user)
        messages.success(request, "已补交，辅导员可以看到")
        return redirect("student:progress", row.public_id)
    page = {
        "row": row,
        "plan": row.plan,
        "entered": entered,
        "form": form,
        "statement": text_for(row, row.reason, row.reason_note),
        "statement_title": TITLE,
    }
    return render(request, "student/supply.html", page)
