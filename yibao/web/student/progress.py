"""进度 of one enrolment, and 撤回."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_safe

from yibao.common.errors import refuse_if
from yibao.enrolment import evidence, flow, objecting, papers, rules
from yibao.web.student.cards import card_of
from yibao.web.student.line import earlier_of, stops_of
from yibao.web.student.mine import my_enrolment, my_enrolments


@require_safe
def progress(request, enrolment_id):
    """From top to bottom: what was done, by whom, what is next."""
    row = my_enrolment(request, enrolment_id)
    by_other = row.submitted_by_id not in (None, request.user.pk)
    said = row.objections.filter(round=row.round).first() if by_other else None
    page = {
        "row": row,
        "objection": said,
        "may_object": by_other and not objecting.why_not_object(row, request.user),
        "card": card_of(row, now()).on_progress_page(),
        "stops": stops_of(row),
        "earlier": earlier_of(row),
        "orders": row.orders.all(),
        "evidence": evidence.handed_in(row),
        "doubted": evidence.doubted(row),
        "statement": papers.statement_of(row),
        "may_withdraw": not rules.why_not_withdraw([row], request.user),
    }
    return render(request, "student/progress.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request, enrolment_id):
    """撤回: asked once more, then done."""
    row = my_enrolment(request, enrolment_id)
    if request.method == "POST":
        mine = my_enrolments(request.user).filter(pk=row.pk)
        flow.withdraw(mine, by=request.user).or_refuse()
        messages.success(request, "已撤回，填写的内容还在，修改后可以重新提交")
        return redirect("student:home")
    refuse_if(rules.why_not_withdraw([row], request.user).get(row.pk, ""))
    return render(request, "student/withdraw.html", {"row": row})
