"""Nobody works under an initial password."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

ALLOWED = frozenset(
    {
        "accounts:change_password",
        "accounts:language",
        "accounts:sign_out",
        "accounts:still_here",
    }
)
# Not pages of a person: gateways and monitors come here without a session anyway.
MACHINES = frozenset({"pay:notify", "livez", "readyz"})


class InitialPasswordMiddleware:
    """Sends whoever still has an initial password to change it before anything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request):
        """Nothing here: what is asked for is known only once it is resolved."""
        return self.get_response(request)

    def process_view(self, request, _view, _args, _kwargs):
        """Let through, or send to the change of password and back afterwards."""
        name = request.resolver_match.view_name
        if name in ALLOWED or name in MACHINES:
            return None
        if not request.user.is_authenticated or not request.user.must_change_password:
            return None
        address = reverse("accounts:change_password")
        if request.htmx:
            return HttpResponse(headers={"HX-Redirect": address})
        if request.method == "GET":
            address += f"?{urlencode({'next': request.get_full_path()})}"
        return redirect(address)
