"""和去年一样: last year's choice at this year's price, confirmed on one screen."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from yibao.common.errors import refuse_if
from yibao.enrolment import drafts, evidence, rules
from yibao.enrolment.again import again_of, draft_for
from yibao.enrolment.statement import text_for
from yibao.enrolment.states import Intent
from yibao.plans.statement import TITLE
from yibao.web.student.apply import bill_of, digest_of, person_of, submit_draft
from yibao.web.student.mine import my_enrolment, my_enrolments
from yibao.web.student.paper_forms import SigningForm
from yibao.web.student.words import counselors


@require_http_methods(["GET", "HEAD", "POST"])
def again(request, enrolment_id):
    """One screen; where photos are asked for, it leads to them. Whatever has changed leads the usual way."""
    row = my_enrolment(request, enrolment_id)
    found = again_of(row, my_enrolments(request.user))
    if found is None:
        return redirect("student:apply", row.public_id)
    refuse_if(rules.why_not_submit([row], request.user).get(row.pk, ""))
    draft = draft_for(row, found)
    stays_out = found.intent == Intent.STAY_OUT
    slots = evidence.slots(row, found.reason) if stays_out else []
    wants_photos = any(slot.required for slot in slots)
    signs = stays_out and row.plan.statement_required and not wants_photos
    form = SigningForm(request.POST or None, student=row.student) if signs else None
    bill = bill_of(row, draft)
    seen = digest_of(draft, bill["lines"], slots)
    if request.method == "POST" and (form is None or form.is_valid()):
        if wants_photos:
            drafts.keep(
                row, data_confirmed=True, intent=draft.intent, reason=draft.reason, type_ids=[]
            )
            return redirect("student:apply_step", row.public_id, "evidence")
        if request.POST.get("seen") == seen:
            return submit_draft(request, row, draft, form.signature if form else None)
        messages.warning(request, "内容或金额刚刚有变化，请核对后再提交")
        return redirect("student:again", row.public_id)
    page = bill | {
        "row": row,
        "plan": row.plan,
        "found": found,
        "joins": not stays_out,
        "seen": seen,
        "person": person_of(row),
        "group": row.student.class_group,
        "counselors": counselors(row),
        "wants_photos": wants_photos,
        "slots": slots,
        "form": form,
        "statement": text_for(row, draft.reason, "") if signs else "",
        "statement_title": TITLE,
    }
    return render(request, "student/again.html", page)
