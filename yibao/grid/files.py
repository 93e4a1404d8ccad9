"""导出全部 and 选中导出 over HTTP: short lists at once, long ones as a job."""

from tempfile import TemporaryFile

from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse

from yibao.grid import export
from yibao.grid.grid import Grid


def export_rows(request: HttpRequest, grid: Grid) -> HttpResponseBase:
    """The file of the ticked rows, or of all that match when none is ticked."""
    ticked = request.POST.get("all") or request.POST.getlist("pk")
    rows = export.chosen(grid, grid.picked(request.POST) if ticked else None)
    response: HttpResponseBase
    if request.POST.get("format") == "csv":
        response = StreamingHttpResponse(export.csv_lines(grid, rows), content_type=export.CSV)
        response["Content-Disposition"] = export.disposition(grid, "csv")
        return response
    out = TemporaryFile()  # noqa: SIM115 - the response closes it
    export.write_xlsx(grid, rows, out)
    out.seek(0)
    response = FileResponse(out, content_type=export.XLSX)
    response["Content-Disposition"] = export.disposition(grid, "xlsx")
    return response
