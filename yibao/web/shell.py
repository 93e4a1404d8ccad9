"""What stands around every page: the frame's contents, and refusals turned into messages."""

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import Count, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from yibao.common.errors import Refused
from yibao.common.statements import Given, Kept
from yibao.notify.models import Message
from yibao.people.scope import posts_of
from yibao.web import access
from yibao.web.english import reads_english
from yibao.web.idle import limit_of
from yibao.web.menu import address_of, menu_of, student_menu
from yibao.web.sign_in import HTMX_REDIRECT, leave

UNPROCESSABLE = 422
CONFLICT = 409
TONES = {"debug": "blue", "info": "blue", "success": "green", "warning": "orange", "error": "red"}
UNREAD = Kept(
    lambda: Message.objects.visible_to(Given("user")).unread().values("to").values_list(Count("pk"))
)


class Shell:
    """The frame of one page; every part is worked out when a template asks for it."""

    def __init__(self, request: Any):
        self.request = request
        self.user = request.user

    @cached_property
    def name(self) -> str:
        """The name of the present address."""
        match = self.request.resolver_match
        return match.view_name if match else ""

    @cached_property
    def page(self) -> access.Page | None:
        """The present page as the table describes it."""
        return access.PAGES.get(self.name)

    @cached_property
    def entry(self) -> str:
        """The name of the menu's entry that the present page belongs to."""
        return access.entry_of(self.name) if self.page else self.name

    @cached_property
    def entry_label(self) -> str:
        """What that entry is called in the strip of opened pages."""
        return access.PAGES[self.entry].label if self.page else ""

    @cached_property
    def trail(self) -> list[dict[str, str]]:
        """Group and pages above the present one, outermost first."""
        trail = []
        name, page = self.name, self.page
        while page and page.parent:
            name, page = page.parent, access.PAGES[page.parent]
            trail.append({"label": page.label, "name": name, "href": self._address_above(name)})
        if page and page.group != page.label:
            trail.append({"label": page.group, "name": "", "href": ""})
        return trail[::-1]

    def _address_above(self, name: str) -> str:
        """The address of a page above this one: of the same thing, by fewer of its arguments."""
        arguments = list(self.request.resolver_match.kwargs.items())
        tried = (address_of(name, **dict(arguments[:n])) for n in range(len(arguments), -1, -1))
        return next(filter(None, tried), "")

    @cached_property
    def menu(self) -> list:
        """The groups of the staff menu."""
        return menu_of(self.user)

    @cached_property
    def student_menu(self) -> list:
        """The students' pages."""
        return student_menu()

    @cached_property
    def unread(self) -> int:
        """How many messages wait to be opened: the number in the bell."""
        return sum(n for (n,) in UNREAD.tuples(user=self.user.pk))

    @cached_property
    def english(self) -> bool:
        """Whether the page goes out in English (web/english.py)."""
        return reads_english(self.request)

    @cached_property
    def is_student(self) -> bool:
        """Whether to offer the students' pages."""
        return access.is_student(self.user)

    @cached_property
    def is_staff(self) -> bool:
        """Whether to offer the staff pages."""
        return access.is_staff(self.user)

    @property
    def idle(self) -> int:
        """After how many seconds without use the page is left."""
        return int(limit_of(self.user).total_seconds())

    @cached_property
    def posts(self) -> list[str]:
        """The person's posts in words: the college of a college officer, else the level."""
        if not access.is_staff(self.user):
            return []
        held = posts_of(self.user)
        prefetch_related_objects([post for post in held if post.college_id], "college")
        return [post.college.name if post.college else post.get_level_display() for post in held]


def shell(request):
    """Context processor: `shell` in every template."""
    return {"shell": Shell(request)} if hasattr(request, "user") else {}


def start(request):
    """Where somebody lands after signing in: staff at their desk, students at home."""
    if not request.user.is_authenticated:
        return redirect("accounts:sign_in")
    return redirect(access.STAFF_HOME if access.is_staff(request.user) else access.STUDENT_HOME)


def _events(header: str) -> dict[str, Any]:
    """The events that an HX-Trigger header names, in either of its two forms."""
    if header.startswith("{"):
        return json.loads(header)
    return {name.strip(): None for name in header.split(",") if name.strip()}


def toast(response: HttpResponse, *said: tuple[str, str]) -> HttpResponse:
    """Let an htmx answer say something: pairs of tone and sentence (app.js shows them)."""
    trigger = _events(response.headers.get("HX-Trigger", ""))
    trigger.setdefault("notices", {"notices": []})["notices"] += [
        {"tone": tone, "text": text} for tone, text in said
    ]
    response.headers["HX-Trigger"] = json.dumps(trigger)
    return response


class RefusedMiddleware:
    """Turns `Refused` into a sentence on the page, so that no view needs a try/except."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request):
        """Translate answers to htmx on their way out."""
        response = self.get_response(request)
        if request.htmx:
            return self.for_htmx(request, response)
        return response

    def process_exception(self, request, exception):
        """A sentence where the person is: a toast, or a message on the page they came from."""
        if not isinstance(exception, Refused):
            return None
        sentence = str(exception)
        if request.htmx:
            response = HttpResponse(
                sentence,
                status=UNPROCESSABLE,
                content_type="text/plain; charset=utf-8",
                headers={"HX-Reswap": "none"},
            )
            return toast(response, ("red", sentence))
        back = self.came_from(request)
        if request.method == "POST" and back:
            messages.error(request, sentence)
            return redirect(back)
        # A refused GET has no page to go back to that could not send us here again.
        return render(request, "refused.html", {"sentence": sentence}, status=CONFLICT)

    def came_from(self, request):
        """The page that the form stood on, when it is one of ours."""
        address = request.META.get("HTTP_REFERER", "")
        hosts = {request.get_host()}
        safe = url_has_allowed_host_and_scheme(address, hosts, require_https=request.is_secure())
        return address if safe and address.startswith("http") else ""

    def for_htmx(self, request, response):
        """Carry messages and redirects in the way htmx understands."""
        if response.status_code in (301, 302) and response.url.startswith(
            reverse("accounts:sign_in")
        ):
            return leave(request, response.url)
        if HTMX_REDIRECT in response.headers or "HX-Refresh" in response.headers:
            return response
        if response.status_code in (301, 302):
            return response
        waiting = messages.get_messages(request)
        if not getattr(waiting, "used", False) and len(waiting):
            said = [(TONES.get(message.level_tag, "blue"), str(message)) for message in waiting]
            toast(response, *said)
        return response
