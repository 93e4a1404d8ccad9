"""Everything a list does, at one address: page, dialogs, search, actions, export, settings."""

import json
from dataclasses import replace
from tempfile import TemporaryFile
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views import View

from yibao.common.errors import Refused
from yibao.common.outcome import Outcome
from yibao.grid import export, keeping, reading, screens
from yibao.grid.actions import Action, look, reasons_of
from yibao.grid.grid import Grid
from yibao.grid.query import GridQuery
from yibao.grid.sealing import seal

MENTIONED = 3


def is_fragment(request: HttpRequest) -> bool:
    """Whether a part of the page is wanted; going back wants the whole page again."""
    return bool(
        request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    )


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

    def dispatch(self, request: HttpRequest, *_args: Any, **kwargs: Any) -> HttpResponseBase:
        """Sign in first, then be allowed, then see."""
        if not request.user.is_authenticated:
            return _sign_in(request)
        self.check(request)
        query = GridQuery.read(request.GET, self.grid_class.params)
        self.grid = self.grid_class(request.user, query, **self.grid_context(request, **kwargs))
        response = super().dispatch(request)
        patch_vary_headers(response, ["HX-Request"])
        return response

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The list, or one of its dialogs."""
        match request.GET.get("part"):
            case "detail":
                pk, at = (reading.whole(request.GET.get(key, ""), 0) for key in ("pk", "at"))
                return self._detail(request, pk, at)
            case "columns":
                return render(request, "grid/_columns.html", screens.of_columns(self.grid))
            case "query":
                return render(request, "grid/_query.html", screens.of_query(self.grid))
        if not request.GET and (default := keeping.default_of(self.grid)):
            return redirect(f"{request.path}?{default.params}")
        sealed = seal(self.grid)
        if sealed != self.grid.query:
            return redirect(f"{request.path}?{sealed.to_query_string()}")
        return self._list(request)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """One of the things that can be done with a list."""
        doing = {
            "find": self._find,
            "preview": self._preview,
            "run": self._run,
            "export": self._export,
            "layout": self._keep_layout,
            "save_query": self._save_query,
            "drop_query": self._drop_query,
        }
        verb = doing.get(request.POST.get("do", ""))
        if verb is None:
            raise Refused("没有这个操作，请刷新页面后再试")
        return verb(request)

    # The list ------------------------------------------------------------------------------

    def _list(self, request: HttpRequest) -> HttpResponse:
        template = "grid/_list.html" if is_fragment(request) else self.template_name
        return render(request, template, screens.of_list(self.grid) | self.page_context(self.grid))

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

    # Dialogs -------------------------------------------------------------------------------

    def _detail(
        self, request: HttpRequest, pk: int, at: int, said: str = "", tone: str = "green"
    ) -> HttpResponse:
        row = self.grid.one(pk)
        if row is None:
            raise Http404
        before, after, at = self.grid.neighbours(pk, at)
        template, context = self.grid.detail(row)
        buttons = [
            (action, reason or action.reason_for(row, request.user))
            for action, reason in self.grid.actions_for(request.user)
        ]
        here = self.grid.query.to_query_string()
        page = "grid/_detail.html" if is_fragment(request) else "grid/detail_page.html"
        return render(
            request,
            page,
            context
            | {
                "grid": self.grid,
                "row": row,
                "label": self.grid.labels([pk]).get(pk, ""),
                "body": template,
                "buttons": buttons,
                "at": at,
                "position": at + 1,
                "total": self.grid.narrowed.count(),
                "before": before and f"?{here}&part=detail&pk={before}&at={max(at - 1, 0)}",
                "after": after and f"?{here}&part=detail&pk={after}&at={at + 1}",
                "here": here,
                "said": said,
                "said_tone": tone,
            },
        )

    # Actions -------------------------------------------------------------------------------

    def _action(self, request: HttpRequest) -> Action:
        for action, reason in self.grid.actions_for(request.user):
            if action.name == request.POST.get("action"):
                if reason:
                    raise Refused(reason)
                return action
        raise Refused("没有这个操作，请刷新页面后再试")

    def _preview(self, request: HttpRequest, form: Any = None, notice: str = "") -> HttpResponse:
        action = self._action(request)
        preview = look(action, self.grid, self.grid.picked(request.POST))
        pks, at = request.POST.getlist("pk"), request.POST.get("at", "")
        here = self.grid.query.to_query_string()
        return render(
            request,
            "grid/_preview.html",
            {
                "grid": self.grid,
                "action": action,
                "form": form or action.form(self.grid),
                "preview": preview,
                "confirm": action.confirm.format(count=preview.possible),
                "notice": notice,
                "pks": pks,
                "buts": request.POST.getlist("but"),
                "all": request.POST.get("all", ""),
                "at": at,
                "back": at and pks and f"?{here}&part=detail&pk={pks[0]}&at={at}",
                "here": here,
            },
        )

    def _run(self, request: HttpRequest) -> HttpResponse:
        action = self._action(request)
        form = action.form(self.grid, request.POST, request.FILES)
        if not form.is_valid():
            if is_fragment(request):
                return self._preview(request, form)
            raise Refused("；".join(f"{form[n].label}：{e[0]}" for n, e in form.errors.items()))
        rows = self.grid.picked(request.POST)
        seen = request.POST.get("seen", "")
        if seen and (now := rows.count()) != reading.whole(seen, 0):
            return self._preview(request, form, f"刚才选中 {seen} 条，现在是 {now} 条，请再看一遍")
        outcome = action.run(rows, by=request.user, data=form.cleaned_data)
        if not is_fragment(request):
            self._tell(request, action, outcome)
            return redirect(request.get_full_path())
        return self._result(request, action, outcome)

    def _result(self, request: HttpRequest, action: Action, outcome: Outcome) -> HttpResponse:
        """Close the dialog and say so if all went well; else every refusal with its reason.

        Out of the dialog of one row: that row again, or the next one if it has left the list.
        """
        names = self.grid.labels(outcome.refused)
        event = {"done": outcome.done, "close": bool(outcome.done and not outcome.refused)}
        at = request.POST.get("at", "")
        picked = reading.keys(request.POST.getlist("pk"))
        if at and len(picked) == 1:
            response = self._after_one(request, action, outcome, picked[0], reading.whole(at, 0))
            event["close"] = response is None
            if response is not None:
                response["HX-Trigger"] = json.dumps({"list:done": event})
                return response
        if outcome.done:
            messages.success(request, _said(action, outcome))
        response = render(
            request,
            "grid/_result.html",
            {
                "grid": self.grid,
                "action": action,
                "outcome": outcome,
                "refused": [(pk, names.get(pk, str(pk)), t) for pk, t in outcome.refused.items()],
                "here": self.grid.query.to_query_string(),
            },
        )
        response["HX-Trigger"] = json.dumps({"list:done": event})
        return response

    def _after_one(
        self, request: HttpRequest, action: Action, outcome: Outcome, pk: int, at: int
    ) -> HttpResponse | None:
        if outcome.refused:
            return self._detail(request, pk, at, outcome.refused[pk], "red")
        if not outcome.done:
            return None
        said = f"{self.grid.labels([pk]).get(pk, '')} {outcome.said or f'{action.label}：已完成'}"
        if self.grid.narrowed.filter(pk=pk).exists():
            return self._detail(request, pk, at, said)
        before, after, _ = self.grid.neighbours(pk, at)
        if after:
            return self._detail(request, after, at, said)
        return self._detail(request, before, max(at - 1, 0), said) if before else None

    def _tell(self, request: HttpRequest, action: Action, outcome: Outcome) -> None:
        if outcome.done:
            messages.success(request, _said(action, outcome))
        reasons = reasons_of(self.grid, outcome.refused)
        for reason in reasons[:MENTIONED]:
            names = "、".join(reason.names)
            messages.warning(request, f"{names} 等 {reason.count} 条未完成：{reason.text}")
        if not outcome.done and not outcome.refused:
            messages.warning(request, f"{action.label}：没有选中任何记录")

    # Files and settings --------------------------------------------------------------------

    def _export(self, request: HttpRequest) -> HttpResponseBase:
        ticked = request.POST.get("all") or request.POST.getlist("pk")
        rows = export.chosen(self.grid, self.grid.picked(request.POST) if ticked else None)
        response: HttpResponseBase
        if request.POST.get("format") == "csv":
            response = StreamingHttpResponse(
                export.csv_lines(self.grid, rows), content_type=export.CSV
            )
            response["Content-Disposition"] = export.disposition(self.grid, "csv")
            return response
        out = TemporaryFile()  # noqa: SIM115 - the response closes it
        export.write_xlsx(self.grid, rows, out)
        out.seek(0)
        response = FileResponse(out, content_type=export.XLSX)
        response["Content-Disposition"] = export.disposition(self.grid, "xlsx")
        return response

    def _keep_layout(self, request: HttpRequest) -> HttpResponse:
        keeping.keep_layout(self.grid, request.POST)
        query = self.grid.query
        kept = {"columns": (), "size": 0, "density": ""}
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

    def _show(self, request: HttpRequest, query_string: str) -> HttpResponse:
        address = f"{request.path}?{query_string or 'q='}"
        if not is_fragment(request):
            return redirect(address)
        return HttpResponse(headers={"HX-Location": json.dumps(
            {"path": address, "target": "#list", "swap": "outerHTML"}
        )})  # fmt: skip


def _said(action: Action, outcome: Outcome) -> str:
    """What was done, in the verb's own words if it has any."""
    return outcome.said or f"{action.label}：已完成 {len(outcome.done)} 条"


def _sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back to the same list, also out of a fragment."""
    if not is_fragment(request):
        return redirect_to_login(request.get_full_path())
    current = request.headers.get("HX-Current-URL", "")
    path = current.partition("//")[2].partition("/")[2]
    target = redirect_to_login(f"/{path}" if path else request.get_full_path())
    return HttpResponse(headers={"HX-Redirect": target["Location"]})
