"""Everything a list does, at one address: page, dialogs, search, actions, export, settings."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views import View

from yibao.common.errors import Refused
from yibao.grid import acting, files, keeping, printing, reading, screens
from yibao.grid.details import Place, detail
from yibao.grid.fragments import is_fragment
from yibao.grid.grid import Grid
from yibao.grid.query import GridQuery
from yibao.grid.sealing import seal


class GridView(View):
    """The page of any list. `check` says who may open it, `grid_context` what the list is of."""

    grid_class: ClassVar[type[Grid]] = Grid
    template_name = "grid/page.html"
    http_method_names = ("get", "post", "head")

    def check(self, _request: HttpRequest) -> None:
        """Raise PermissionDenied with a sentence for those who have no business here."""

    def grid_context(self, _request: HttpRequest, **_kwargs: Any) -> dict[str, Any]:
        """What the list is about; from the address."""
        return {}

    def page_context(self, _grid: Grid) -> dict[str, Any]:
        """Further variables of the page's template."""
        return {}

    def grid_for(self, request: HttpRequest, **kwargs: Any) -> Grid:
        """The list as this person asks for it."""
        query = GridQuery.read(request.GET, self.grid_class.params)
        return self.grid_class(request.user, query, **self.grid_context(request, **kwargs))

    def dispatch(self, request: HttpRequest, *_args: Any, **kwargs: Any) -> HttpResponseBase:
        """Sign in first, then be allowed, then see."""
        if not request.user.is_authenticated:
            return _sign_in(request)
        self.check(request)
        self.grid = self.grid_for(request, **kwargs)
        response = super().dispatch(request)
        patch_vary_headers(response, ["HX-Request"])
        return response

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The list, or one of its dialogs."""
        match part := request.GET.get("part"):
            case "detail":
                pk, at = (reading.whole(request.GET.get(key, ""), 0) for key in ("pk", "at"))
                return detail(request, self.grid, Place(pk, at))
            case "download":
                return files.download(request, self.grid)
            case "batch":
                return acting.batch(request, self.grid)
            case "recent" | "reveal" | "columns" | "query":
                return self._dialog(request, part)
        if not request.GET and (default := keeping.default_of(self.grid)):
            # The address of one that asks nothing must not be the one that asks for the default.
            return redirect(f"{request.path}?{default.params or 'q='}")
        sealed = seal(self.grid)
        if sealed != self.grid.query:
            return redirect(f"{request.path}?{sealed.to_query_string()}")
        return self._list(request)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """One of the things that can be done with a list."""
        doing: dict[str, Callable[[HttpRequest], HttpResponseBase]] = {
            "find": self._find,
            "preview": partial(acting.preview, grid=self.grid),
            "run": partial(acting.run, grid=self.grid),
            "undo": partial(acting.undo, grid=self.grid),
            "phrase": partial(acting.phrase, grid=self.grid),
            "export": partial(files.export_rows, grid=self.grid),
            "print": partial(printing.sheet, grid=self.grid),
            "layout": self._keep_layout,
            "save_query": self._save_query,
            "drop_query": self._drop_query,
            "prefer_query": self._prefer_query,
        }
        verb = doing.get(request.POST.get("do", ""))
        if verb is None:
            raise Refused("没有这个操作，请刷新页面后再试")
        return verb(request)

    # The list ------------------------------------------------------------------------------

    def _list(self, request: HttpRequest) -> HttpResponse:
        template = "grid/_list.html" if is_fragment(request) else self.template_name
        return render(request, template, screens.of_list(self.grid) | self.page_context(self.grid))

    def _dialog(self, request: HttpRequest, part: str) -> HttpResponse:
        """One that stands over the list; opened in a tab of its own it is the list."""
        if not is_fragment(request):
            return redirect(f"{request.path}?{self.grid.query.to_query_string() or 'q='}")
        if part == "recent":
            return acting.recent(request, self.grid)
        of = {
            "reveal": screens.of_reveal,
            "columns": screens.of_columns,
            "query": screens.of_query,
        }
        return render(request, f"grid/_{part}.html", of[part](self.grid))

    def _find(self, request: HttpRequest) -> HttpResponse:
        """Search box, drop-downs and 自定义查询: tidy what was entered and show its address."""
        faults = self._ask(request)
        address = f"{request.path}?{self.grid.query.to_query_string() or 'q='}"
        if not is_fragment(request):
            for fault in faults:
                messages.warning(request, fault)
            return redirect(address)
        self.grid.faults = faults
        response = self._list(request)
        response["HX-Push-Url"] = address
        return response

    def _ask(self, request: HttpRequest) -> tuple[str, ...]:
        """Put what a form asks in place of what the address asked; what was dropped of it."""
        asked = GridQuery.read(request.POST, self.grid_class.params)
        sealed = "" if asked.search else request.POST.get("q_sealed", "")
        narrowed = replace(
            self.grid.query,
            search=asked.search or reading.plain(sealed),
            conditions=asked.conditions,
            filters=asked.filters,
            page=1,
        )
        self.grid = self.grid.asking(narrowed)
        faults = self.grid.faults
        self.grid = self.grid.asking(seal(self.grid))
        return faults

    # What the person keeps ---------------------------------------------------------------

    def _keep_layout(self, request: HttpRequest) -> HttpResponse:
        keeping.keep_layout(self.grid, request.POST)
        query = self.grid.query
        # Other columns and heights show the same rows; another size has other pages.
        page = 1 if "size" in request.POST else query.page
        kept = {"columns": (), "size": 0, "density": "", "page": page}
        return self._show(request, query.to_query_string(**kept))

    def _save_query(self, request: HttpRequest) -> HttpResponse:
        for fault in self._ask(request):
            messages.warning(request, fault)
        saved = keeping.save_query(self.grid, request.POST)
        messages.success(request, f"已保存查询“{saved.name}”")
        return self._show(request, self.grid.query.to_query_string(page=1))

    def _drop_query(self, request: HttpRequest) -> HttpResponse:
        keeping.drop_query(self.grid, reading.whole(request.POST.get("saved", ""), 0))
        return self._show(request, self.grid.query.to_query_string())

    def _prefer_query(self, request: HttpRequest) -> HttpResponse:
        saved = keeping.prefer_query(self.grid, reading.whole(request.POST.get("saved", ""), 0))
        said = f"打开列表时先用“{saved.name}”" if saved.is_default else "打开列表时显示全部"
        messages.success(request, said)
        return self._show(request, self.grid.query.to_query_string())

    def _show(self, request: HttpRequest, query_string: str) -> HttpResponse:
        address = f"{request.path}?{query_string or 'q='}"
        if not is_fragment(request):
            return redirect(address)
        return HttpResponse(headers={"HX-Location": json.dumps(
            {"path": address, "target": "#list", "swap": "outerHTML"}
        )})  # fmt: skip


def _sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back to the same list, also out of a fragment."""
    if not is_fragment(request):
        return redirect_to_login(request.get_full_path())
    current = request.headers.get("HX-Current-URL", "")
    path = current.partition("//")[2].partition("/")[2]
    target = redirect_to_login(f"/{path}" if path else request.get_full_path())
    return HttpResponse(headers={"HX-Redirect": target["Location"]})
