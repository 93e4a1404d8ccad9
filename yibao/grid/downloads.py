"""我的下载: files that take longer than a request, for one person and one day."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils import timezone

from yibao.common import audit
from yibao.common.errors import Refused, refuse_if
from yibao.common.models import AuditEntry
from yibao.grid import export
from yibao.grid.columns import Choice, Moment, Number, Text
from yibao.grid.grid import Grid
from yibao.grid.models import KEPT_FOR, Download, Progress
from yibao.grid.places import grid_at

LONG = 2000
STEP = 500
MOST_AN_HOUR = 60
Said = Callable[[int], None]


def note(grid: Grid, count: int, reason: str = "", *, act: str = "export") -> None:
    """Every export and print stands in the audit trail; too many in an hour are refused."""
    hour = timezone.now() - timedelta(hours=1)
    acts = ("export", "print")
    recent = AuditEntry.objects.filter(by=grid.viewer, action__in=acts, at__gte=hour).count()
    refuse_if(
        f"一小时内最多导出、打印 {MOST_AN_HOUR} 次，请稍后再试；经常需要的数据请联系学校管理员"
        if recent >= MOST_AN_HOUR
        else ""
    )
    audit.record(
        act,
        None,
        by=grid.viewer,
        list=grid.key,
        rows=count,
        query=grid.query.to_query_string(),
        full_numbers=grid.reveal,
        reason=reason,
    )


def order(grid: Grid, path: str, ending: str, pks: list[int] | None, count: int) -> Download:
    """Ask for a file of the list as it is seen now."""
    return Download.objects.create(
        user=grid.viewer,
        grid=grid.key,
        title=grid.title,
        path=path,
        query=grid.query.to_query_string(columns=tuple(c.name for c in grid.shown)),
        ending=ending,
        pks=pks,
        total=count,
        reach=grid.reach_of(grid.viewer),
    )


def make(pk: int) -> None:
    """Write the file. A second worker writes the same file again: nothing is lost or doubled."""
    download = Download.objects.select_related("user").get(pk=pk)
    if download.is_over:
        return
    try:
        grid = grid_at(download.path, download.query, download.user)
        picked = grid.rows().filter(pk__in=download.pks) if download.pks is not None else None
        pks = export.chosen(grid, picked)
        out = BytesIO()

        def said(through: int) -> None:
            if through % STEP == 0:
                Download.objects.filter(pk=pk).update(through=through, progress=Progress.RUNNING)

        if download.ending == "csv":
            for through, line in enumerate(export.csv_lines(grid, pks)):
                out.write(line.encode())
                said(through)
        else:
            export.write_xlsx(grid, pks, out, said)
    except (Refused, PermissionDenied) as reason:
        fail(pk, str(reason))
        return
    Download.objects.filter(pk=pk).update(
        content=out.getvalue(),
        name=export.file_name(grid, download.ending),
        progress=Progress.READY,
        through=download.total,
        moved_at=timezone.now(),
    )


def fail(pk: int, reason: str) -> None:
    """Say why there is no file."""
    Download.objects.filter(pk=pk).exclude(progress=Progress.READY).update(
        progress=Progress.FAILED, said=reason[:300], moved_at=timezone.now()
    )


def fetch(grid: Grid, pk: int) -> Download | None:
    """The viewer's own file, if it is not too old and they are still in charge of the same rows."""
    oldest = timezone.now() - KEPT_FOR
    download = Download.objects.filter(
        user=grid.viewer, grid=grid.key, pk=pk, asked_at__gte=oldest
    ).first()
    if download and download.reach != grid.reach_of(grid.viewer):
        raise Refused("您负责的范围已有变化，这个文件不再提供，请重新导出")
    return download


def throw_away() -> int:
    """Forget files that are older than a day; how many."""
    old = Download.objects.filter(asked_at__lt=timezone.now() - KEPT_FOR)
    return old.delete()[0]


class DownloadGrid(Grid):
    """我的下载: the viewer's own files."""

    key = "downloads"
    title = "我的下载"
    columns = (
        Text(
            name="name",
            label="文件",
            path="name",
            needs=("name", "progress"),
            value=lambda name, progress: name or Progress(progress).label,
            search=True,
            width="l",
            frozen=True,
        ),
        Text(name="title", label="列表", search=True),
        Choice(name="progress", label="进度", choices=Progress),
        Number(name="total", label="条数"),
        Moment(name="asked_at", label="导出时间"),
        Moment(
            name="until",
            label="保留至",
            sort_path="asked_at",
            needs=("asked_at",),
            value=lambda at: at + KEPT_FOR,
        ),
        Text(name="said", label="说明", width="l"),
    )
    default_order = "-asked_at"
    row_label = ("title", "name")
    search_hint = "列表 / 文件"
    empty_text = "还没有文件；导出超过 2,000 条时会在后台生成，做好后放在这里，保留 24 小时"

    def rows(self) -> QuerySet[Any]:
        """Of this person, not yet thrown away."""
        oldest = timezone.now() - KEPT_FOR
        return Download.objects.filter(user=self.viewer, asked_at__gte=oldest)

    def row_href(self, pk: int) -> str:
        """The file itself."""
        return self._hrefs.get(pk, "")

    @property
    def _hrefs(self) -> dict[int, str]:
        if "hrefs" not in self.context:
            some = self.rows().only("pk", "path", "query")
            self.context["hrefs"] = {download.pk: download.href for download in some}
        hrefs: dict[int, str] = self.context["hrefs"]
        return hrefs
