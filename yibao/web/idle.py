"""How long a session lasts that nobody uses: a desk left alone must not show students to the next comer.

What a page asks by itself (it says so by `X-Poll`) is no use. Who is away too long, or too long altogether,
signs in again and comes back to the same page; yibao/web/static/yibao/idle.js keeps what was typed.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now

from yibao.accounts import flow
from yibao.accounts.middleware import MACHINES
from yibao.web import access

STAFF, STUDENT = timedelta(minutes=15), timedelta(minutes=30)
WRITTEN_EVERY = 30  # seconds; not every request writes its session
SEEN, SINCE = "seen", "since"


def limit_of(user: Any) -> timedelta:
    """Staff see others' data, so they are out sooner."""
    return STAFF if access.is_staff(user) else STUDENT


def why_over(request: Any, at: float) -> str:
    """Why a session has come to its end; "" while it goes on."""
    longest = settings.SESSION_COOKIE_AGE
    if at - request.session.get(SINCE, at) > longest:
        return f"登录已满 {longest // 3600} 小时，请重新登录"
    away = at - request.session.get(SEEN, at)
    if away > STAFF.total_seconds() and away > (limit := limit_of(request.user)).total_seconds():
        minutes = limit // timedelta(minutes=1)
        return f"已有 {minutes} 分钟没有操作，为保护个人信息已退出，请重新登录"
    return ""


class IdleMiddleware:
    """Ends sessions that are over, before anything is shown or done."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request):
        """Nothing here: machines are known only once the address is resolved."""
        return self.get_response(request)

    def process_view(self, request, _view, _args, _kwargs):
        """Note that somebody is there, or close the session behind them."""
        if request.resolver_match.view_name in MACHINES or SESSION_KEY not in request.session:
            return
        if request.user.is_authenticated:
            at = now().timestamp()
            if why := why_over(request, at):
                flow.sign_out(request, why=why)
                messages.info(request, why, extra_tags="notice-stays")
            elif "X-Poll" not in request.headers:
                note(request, at)


def note(request: Any, at: float) -> None:
    """Somebody is there; the first time also when the session began."""
    if SINCE not in request.session:
        request.session[SINCE] = at
    if at - request.session.get(SEEN, 0) >= WRITTEN_EVERY:
        request.session[SEEN] = at
