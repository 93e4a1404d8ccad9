"""What the figures of pages share: requests as somebody, and a bare page to compare with."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client, override_settings
from django.urls import include, path

from yibao.accounts.models import User

PLAIN = engines["django"].from_string(
    "<!doctype html><title>{{ total }}</title><table>{% for row in rows %}<tr>"
    "{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
)
BARE = "/bare/"
Rows = Sequence[Sequence[Any]]

bare: list[Callable[[], tuple[int, Rows]]] = []
"""What the bare page shows now: how to get the total, and the rows of the page."""


@login_required
def bare_page(request: HttpRequest) -> HttpResponse:
    """A page as bare as it can be: two statements by hand, a table without anything around it."""
    total, rows = bare[-1]()
    return HttpResponse(PLAIN.render({"total": total, "rows": rows}, request))


# Under the name of an address that needs no post: the guard knows every name.
urlpatterns = [path("", include("yibao.server.urls")), path("bare/", bare_page, name="readyz")]


def served() -> AbstractContextManager[None]:
    """The bare page stands beside the product's; to be entered once, it makes every address anew."""
    return override_settings(ROOT_URLCONF=__name__)


def visitor(user: User) -> Callable[..., bytes]:
    """Somebody who is signed in and asks for pages, with headers or without."""
    client = Client()
    client.force_login(user)

    def get(address: str, **headers: str) -> bytes:
        response = client.get(address, headers=headers)
        assert response.status_code == 200, (address, response.status_code)
        return response.content

    return get


def ask(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rows of a statement by hand."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
