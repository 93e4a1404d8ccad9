"""Whether a request wants a part of the page or the whole of it."""

from django.http import HttpRequest


def is_fragment(request: HttpRequest) -> bool:
    """Whether a part of the page is wanted; going back wants the whole page again."""
    return bool(
        request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    )
