"""首页: every plan that is for me."""

from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from yibao.enrolment.again import again_of
from yibao.people.models import Announcement
from yibao.people.states import CorrectionStatus
from yibao.plans.states import PlanStatus
from yibao.web.student.cards import card_of
from yibao.web.student.corrections import my_corrections, news_of
from yibao.web.student.mine import my_enrolments, my_student


@require_safe
def home(request):
    """One card a plan that is not yet archived."""
    every = list(my_enrolments(request.user))
    rows = [row for row in every if row.plan.status != PlanStatus.ARCHIVED]
    asked = list(my_corrections(request))
    waiting = [row.topic for row in asked if row.status == CorrectionStatus.OPEN]
    at = now()
    page = {
        "student": my_student(request),
        "cards": [
            card_of(row, at, waiting, again=again_of(row, every) is not None) for row in rows
        ],
        "corrections": [(row, CorrectionStatus(row.status)) for row in news_of(asked)],
        "announcements": Announcement.objects.shown_to(request.user),
    }
    return render(request, "student/home.html", page)
