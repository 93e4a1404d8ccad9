"""Whether the process lives, and whether it can work: for supervisors and load balancers."""

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from yibao.common import key_proof

PLAIN = "text/plain; charset=utf-8"


def livez(request: HttpRequest) -> HttpResponse:
    """The process answers; asks nothing of the database."""
    del request
    return HttpResponse("ok\n", content_type=PLAIN)


def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers too, and what is sealed in it can be opened with our keys."""
    del request
    try:
        wrong_keys = key_proof.why_not_open()
    except DatabaseError:
        return HttpResponse("database away\n", status=503, content_type=PLAIN)
    if wrong_keys:
        return HttpResponse(f"{wrong_keys}\n", status=503, content_type=PLAIN)
    return HttpResponse("ok\n", content_type=PLAIN)
