"""导出报表: the page of all types, and one report as a file."""

from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from urllib.parse import quote

from django.http import FileResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST

from yibao.grid.query import GridQuery
from yibao.people.scope import holds
from yibao.plans.models import InsurancePlan
from yibao.reports.exporters.catalogue import REPORTS, Asked, export, why_not_export
from yibao.web.staff.orders import OrderGrid
from yibao.web.staff.statistics_cells import offered

IN_MEMORY = 2**20
KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


def report_exports(request):
    """The types of report that the viewer may have of a plan."""
    grid = OrderGrid(request.user, GridQuery.read(request.GET, OrderGrid.params))
    plan = grid.plan
    reports = [report for report in REPORTS.values() if holds(request.user, *report.levels)]
    return render(
        request,
        "staff/statistics/reports.html",
        {
            "grid": grid,
            "plan": plan,
            "reports": [(report, why_not_export(report, plan, request.user)) for report in reports]
            if plan
            else [],
            "dimensions": offered(["college", "grade"]),
        },
    )


@require_POST
def export_report(request, pk, key):
    """One report as a file."""
    plan = get_object_or_404(InsurancePlan.objects.visible_to(request.user), pk=pk)
    ending = request.POST.get("format", "xlsx")
    asked = Asked(ending, tuple(request.POST.getlist("by")))
    with ExitStack() as refused:
        out = refused.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY))
        report = export(key, plan, out, by=request.user, asked=asked)
        refused.pop_all()  # the response closes it
    out.seek(0)
    response = FileResponse(out, content_type=KINDS[ending])
    name = f"{report.label}-{plan.name}-{localtime():%Y%m%d-%H%M}.{ending}"
    response["Content-Disposition"] = (
        f"attachment; filename=\"{key}.{ending}\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    return response
