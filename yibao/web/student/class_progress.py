"""班级办理情况: what a class helper sees, and nobody else."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yibao.enrolment.class_progress import progress_of
from yibao.people.helping import classes_helped_by


@require_safe
def class_progress(request: HttpRequest) -> HttpResponse:
    """Done and not done by name; an address like any other for who helps no class."""
    groups = classes_helped_by(request.user)
    if not groups:
        raise Http404
    return render(request, "student/class_progress.html", {"found": progress_of(groups)})
