"""The way to the sign-in page and back, for whole pages and for htmx."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

HTMX_REDIRECT = "HX-Redirect"


def to_sign_in(request: Any) -> HttpResponse:
    """To the sign-in page; afterwards back to the page the person looked at."""
    back = request.get_full_path()
    if request.htmx:
        seen = urlsplit(request.htmx.current_url_abs_path or "/")
        back = f"{seen.path}?{seen.query}" if seen.query else seen.path
    elif request.method != "GET":
        back = page_of(request)
    query = f"?{urlencode({'next': back})}" if back else ""
    return leave(request, f"{reverse('accounts:sign_in')}{query}")


def page_of(request: Any) -> str:
    """The page that a form stood on, as far as the browser says so and it is ours."""
    seen = urlsplit(request.META.get("HTTP_REFERER", ""))
    if seen.netloc != request.get_host():
        return ""
    return f"{seen.path}?{seen.query}" if seen.query else seen.path


def leave(request: Any, address: str) -> HttpResponse:
    """Go to another page; htmx must not put that page inside the present one."""
    if request.htmx:
        return HttpResponse(headers={HTMX_REDIRECT: address})
    return redirect(address)
