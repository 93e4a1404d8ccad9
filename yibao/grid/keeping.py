"""What a person keeps of a list: columns, page size, row height, and named queries."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.http import QueryDict

from yibao.common.errors import Refused, refuse_if
from yibao.grid import reading
from yibao.grid.models import ColumnLayout, SavedQuery
from yibao.grid.query import DENSITIES, SIZES

if TYPE_CHECKING:
    from yibao.grid.grid import Grid

MOST_QUERIES = 50


def keep_layout(grid: "Grid", data: QueryDict) -> None:
    """Remember what is said of columns, size and height; "reset" forgets the columns."""
    layout, _ = ColumnLayout.objects.get_or_create(user=grid.viewer, grid=grid.key)
    if data.get("reset"):
        layout.columns = []
    elif "cols" in data:
        names = [name for item in data.getlist("cols") for name in item.split(",")]
        known = [name for name in dict.fromkeys(names) if name in grid.by_name]
        refuse_if("" if known else "请至少选一列")
        layout.columns = known
    size = reading.whole(data.get("size", ""), 0)
    if size in SIZES:
        layout.size = size
    if "density" in data:
        density = data["density"]
        layout.density = density if density in DENSITIES else ""
    layout.save()


def default_of(grid: "Grid") -> SavedQuery | None:
    """The query that the viewer wants to see first."""
    mine = (s for s in grid.saved_queries if s.user_id == grid.viewer.pk)
    return next((saved for saved in mine if saved.is_default), None)


@transaction.atomic
def save_query(grid: "Grid", data: QueryDict) -> SavedQuery:
    """Keep the query of the address under a name; the same name again replaces it."""
    name = reading.plain(data.get("name", ""))[:40]
    refuse_if("" if name else "请给查询起一个名字")
    own = SavedQuery.objects.filter(user=grid.viewer, grid=grid.key)
    if own.count() >= MOST_QUERIES and not own.filter(name=name).exists():
        raise Refused(f"最多保存 {MOST_QUERIES} 个查询，请先删除不用的")
    default = bool(data.get("is_default"))
    if default:
        own.update(is_default=False)
    kept = {
        # A query is kept for every plan that comes, so the plan of this address is no part of it.
        "params": grid.query.to_query_string(extra=()),
        "unit": grid.unit_of(grid.viewer) if data.get("shared") else "",
        "is_default": default,
    }
    saved, _ = SavedQuery.objects.update_or_create(
        user=grid.viewer, grid=grid.key, name=name, defaults=kept
    )
    return saved


def drop_query(grid: "Grid", pk: int) -> None:
    """Forget one of the viewer's own queries."""
    dropped, _ = SavedQuery.objects.filter(Q(user=grid.viewer, grid=grid.key, pk=pk)).delete()
    refuse_if("" if dropped else "没有找到这个查询，可能已经删除")
