"""Whether the process lives, and whether it can work: for supervisors and load balancers."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

PLAIN = "text/plain; charset=utf-8"


def livez(request: HttpRequest) -> HttpResponse:
    """The process answers; asks nothing of the database."""
    del request
    return HttpResponse("ok\n", content_type=PLAIN)


def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers too."""
    del request
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("database away\n", status=503, content_type=PLAIN)
    return HttpResponse("ok\n", content_type=PLAIN)
