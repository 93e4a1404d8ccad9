"""English pages for students who ask for them: which language, and the page translated on its way out."""

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from yibao.accounts.models import Language
from yibao.common.english.catalogue import HAN, in_english, with_own
from yibao.common.english.markup import page_in_english
from yibao.plans.english import own_words
from yibao.web import access
from yibao.web.idle import MACHINES

COOKIE = "yibao_language"
"""For who is not signed in, such as at the door."""
TOASTS = "HX-Trigger"


def language_of(request: Any) -> str:
    """The student's own choice, else this browser's."""
    return getattr(request.user, "language", "") or request.COOKIES.get(COOKIE, "")


def reads_english(request: Any) -> bool:
    """Whether this page is to be English: a student's, or a door that a student goes through."""
    name = request.resolver_match.view_name if request.resolver_match else ""
    if name.startswith("staff:") or name in MACHINES:  # these ask nobody who they are
        return False
    if language_of(request) != Language.ENGLISH:
        return False
    return name.startswith("student:") or not access.is_staff(request.user)


class EnglishMiddleware:
    """Translates what students read; what they send and what is stored stays as it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request):
        """Pages, fragments of pages, and the notices of htmx."""
        with with_own(lambda: own_words() if language_of(request) == Language.ENGLISH else {}):
            return self.answer(request)

    def answer(self, request):
        """The page as it goes out."""
        response = self.get_response(request)
        kind = response.headers.get("Content-Type", "")
        speaks = kind.startswith(("text/html", "text/plain")) or TOASTS in response.headers
        if response.streaming or not speaks or not reads_english(request):
            return response
        if kind.startswith("text/html"):
            response.content = page_in_english(response.text)
        elif kind.startswith("text/plain"):
            response.content = in_english(response.text)
        if "\\u" in response.headers.get(TOASTS, ""):
            response.headers[TOASTS] = _toasts(response.headers[TOASTS])
        return response


def _toasts(header: str) -> str:
    trigger = json.loads(header)
    for notice in trigger.get("notices", {}).get("notices", ()):
        if HAN.search(notice["text"]):
            notice["text"] = in_english(notice["text"])
    return json.dumps(trigger)
