"""What a person keeps of lists: columns, page size, row height, named queries, 意见常用语."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict

from yibao.common.errors import Refused, refuse_if
from yibao.grid import reading
from yibao.grid.actions import Opinion
from yibao.grid.models import ColumnLayout, Phrase, SavedQuery
from yibao.grid.query import DENSITIES, SIZES

if TYPE_CHECKING:
    from yibao.grid.grid import Grid

MOST_QUERIES = 50
MOST_PHRASES = 20


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
    own = _own_alone(grid)
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


def _own_alone(grid: "Grid") -> QuerySet[SavedQuery]:
    """The viewer's own queries, which nobody else changes now: two tabs cannot both name a default."""
    viewer = get_user_model()._default_manager.filter(pk=grid.viewer.pk)
    viewer.select_for_update(no_key=True).values_list("pk").get()
    return SavedQuery.objects.filter(user=grid.viewer, grid=grid.key)


@transaction.atomic
def prefer_query(grid: "Grid", pk: int) -> SavedQuery:
    """Let the list open with one of the viewer's own queries; the same again: without."""
    own = _own_alone(grid)
    saved = own.filter(pk=pk).first()
    if saved is None:
        raise Refused("没有找到这个查询，可能已经删除")
    own.update(is_default=False)
    saved.is_default = not saved.is_default
    saved.save(update_fields=["is_default"])
    return saved


def phrases_of(user: Any, field: Opinion) -> list[Phrase]:
    """The person's own phrases for a kind of opinion, in the order they were kept."""
    return list(Phrase.objects.filter(user=user, kind=field.kind).order_by("pk"))


def keep_phrase(user: Any, field: Opinion, text: str) -> None:
    """Keep what stands in the field as one of the person's phrases."""
    bare = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    refuse_if("" if bare else f"请先填写{field.label}，再存为常用语")
    if field.max_length and len(bare) > field.max_length:
        raise Refused(f"常用语最多 {field.max_length} 字")
    own = Phrase.objects.filter(user=user, kind=field.kind)
    if bare in field.phrases or own.filter(text=bare).exists():
        raise Refused("常用语里已经有这一条")
    refuse_if(
        f"最多存 {MOST_PHRASES} 条常用语，请先删除不用的" if own.count() >= MOST_PHRASES else ""
    )
    Phrase.objects.get_or_create(user=user, kind=field.kind, text=bare)


def drop_phrase(user: Any, pk: int) -> None:
    """Forget one of the person's phrases; one that is gone already is gone."""
    Phrase.objects.filter(user=user, pk=pk).delete()
