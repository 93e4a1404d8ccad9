"""What every request passes, whatever page it is for."""

import secrets
from collections.abc import Callable, Iterator

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

from yibao.server.logs import request_id

View = Callable[[HttpRequest], HttpResponse]
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")
TOO_LARGE = 413


class TrustedProxy:
    """Believes what our own reverse proxy says of the client, and nobody else."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Put the client's real address into REMOTE_ADDR, or drop what was claimed."""
        if request.META.get("REMOTE_ADDR") in settings.TRUSTED_PROXIES:
            # the last entry is the one that our proxy added itself
            claimed = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
            if claimed:
                request.META["REMOTE_ADDR"] = claimed
        else:
            for header in FORWARDED:
                request.META.pop(header, None)
        return self.get_response(request)


class RequestId:
    """Gives each request a name that stands in its log lines and in its answer."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Name it while it is worked on."""
        name = secrets.token_hex(8)
        token = request_id.set(name)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response.headers["X-Request-ID"] = name
        return response


class Sane:
    """Refuses what no browser sends: NUL characters (PostgreSQL takes none), giant bodies."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer 400 or 413, or go on."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > settings.LARGEST_REQUEST:
            return HttpResponse(
                f"提交的内容超过 {settings.LARGEST_REQUEST // 1024**2} MB，请减小文件后重试",
                status=TOO_LARGE,
                content_type="text/plain; charset=utf-8",
            )
        if any("\0" in text for text in _texts(request)):
            message = "a NUL character"
            raise BadRequest(message)
        return self.get_response(request)


def _texts(request: HttpRequest) -> Iterator[str]:
    yield request.path_info
    yield from request.COOKIES.values()
    for name, values in request.GET.lists():
        yield name
        yield from values


class NoStore:
    """Keeps pages out of every cache: nearly all of them show somebody's data."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Mark what does not say otherwise."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
