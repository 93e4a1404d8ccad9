"""首页: every plan that is for me."""

from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from yibao.enrolment.again import again_of
from yibao.people.codes import ORIGINS, Origin
from yibao.people.models import Announcement, Student
from yibao.people.states import CorrectionStatus
from yibao.plans.states import PlanStatus
from yibao.web.english import language_of
from yibao.web.student.cards import card_of
from yibao.web.student.corrections import my_corrections, news_of
from yibao.web.student.mine import my_enrolments, my_student


def comes_from_abroad(student: Student) -> bool:
    """By the document; who has none yet is taken to be from here."""
    return ORIGINS.get(student.document_type) == Origin.FOREIGN


@require_safe
def home(request):
    """One card a plan that is not yet archived."""
    every = list(my_enrolments(request.user))
    rows = [row for row in every if row.plan.status != PlanStatus.ARCHIVED]
    asked = list(my_corrections(request))
    waiting = [row.topic for row in asked if row.status == CorrectionStatus.OPEN]
    at = now()
    student = my_student(request)
    page = {
        "student": student,
        "cards": [
            card_of(row, at, waiting, again=again_of(row, every) is not None) for row in rows
        ],
        "corrections": [(row, CorrectionStatus(row.status)) for row in news_of(asked)],
        "offers_english": not language_of(request) and comes_from_abroad(student),
        "announcements": Announcement.objects.shown_to(request.user),
    }
    return render(request, "student/home.html", page)
