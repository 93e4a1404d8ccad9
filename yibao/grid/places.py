"""A list at its address, for work that goes on after the request."""

from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import resolve

from yibao.grid.grid import Grid


def grid_at(path: str, query: str, user: Any) -> Grid:
    """The list as `user` sees it at an address now; raises what the page would raise."""
    found = resolve(path)
    request = HttpRequest()
    request.method, request.path, request.user = "GET", path, user
    request.GET, request.resolver_match = QueryDict(query), found
    page: Any = found.func
    view = page.view_class(**page.view_initkwargs)
    view.setup(request, *found.args, **found.kwargs)
    view.check(request)
    grid: Grid = view.grid_for(request, **found.kwargs)
    return grid
