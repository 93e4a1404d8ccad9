"""导出全部 and 选中导出 over HTTP: short lists at once, long ones as a job."""

from io import BytesIO

from django.contrib import messages
from django.db import transaction
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render

from yibao.common.errors import refuse_if
from yibao.grid import downloads, export, jobs, reading
from yibao.grid.fragments import is_fragment
from yibao.grid.grid import Grid
from yibao.grid.models import Download, Progress

KINDS = {"csv": export.CSV, "xlsx": export.XLSX}


def export_rows(request: HttpRequest, grid: Grid) -> HttpResponseBase:
    """The file of the ticked rows, or of all that match when none is ticked."""
    data = request.POST
    ticked = data.get("all") or data.getlist("pk")
    picked = grid.picked(data) if ticked else None
    count = grid.narrowed.count() if picked is None else picked.count()
    ending = "csv" if data.get("format") == "csv" else "xlsx"
    reason = reading.plain(data.get("reason", ""))
    if data.get("full"):
        refuse_if(grid.why_not_reveal(request.user))
        refuse_if("" if reason else "请写明导出完整号码的用途")
        grid.reveal = True
    downloads.note(grid, count, reason)
    if grid.reveal:
        grid.revealed(grid.narrowed if picked is None else picked, reason)
    # A file with full numbers is never stored.
    if count > downloads.LONG and not grid.reveal:
        pks = None if picked is None else list(picked.values_list("pk", flat=True))
        with transaction.atomic():
            download = downloads.order(grid, request.path, ending, pks, count)
            jobs.make_download.defer(download=download.pk)
        return _progress(request, grid, download)
    pks = export.chosen(grid, picked)
    response: HttpResponseBase
    if ending == "csv":
        response = StreamingHttpResponse(export.csv_lines(grid, pks), content_type=export.CSV)
    else:
        out = BytesIO()
        export.write_xlsx(grid, pks, out)
        out.seek(0)
        response = FileResponse(out, content_type=export.XLSX)
    response["Content-Disposition"] = export.disposition(grid, ending)
    return response


def download(request: HttpRequest, grid: Grid) -> HttpResponseBase:
    """How far a file is; the file itself when it is ready."""
    found = downloads.fetch(grid, reading.whole(request.GET.get("pk", ""), 0))
    if found is None:
        raise Http404
    if found.progress != Progress.READY or is_fragment(request):
        return _progress(request, grid, found)
    content = BytesIO(found.content or b"")
    response = FileResponse(content, content_type=KINDS[found.ending])
    response["Content-Disposition"] = export.attachment(grid, found.name)
    return response


def _progress(request: HttpRequest, grid: Grid, found: Download) -> HttpResponse:
    if is_fragment(request):
        context = {"grid": grid, "errand": found, "again": f"{found.href}"}
        return render(request, "grid/_download.html", context)
    said = f"正在后台生成“{grid.title}”的文件（{found.total} 条），完成后在“我的下载”中领取"
    messages.info(request, found.said or said)
    return redirect(f"{request.path}?{grid.query.to_query_string() or 'q='}")
