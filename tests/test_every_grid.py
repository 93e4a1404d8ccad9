"""One suite over every list of the system: whatever GridView stands in the URLconf is tried.

Each list is seen by everybody in the cast; what is asserted holds for any list, so a new one needs
no line here.
"""

from dataclasses import replace
from urllib.parse import quote

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from tests.every_grid import (
    EVERY,
    OF_ONE_COLLEGE,
    STAFF,
    address,
    cast,
    fitting_viewer,
    grid_of,
    known,
    page_of,
    seen,
    sessions,
    submit,
    university,
)
from tests.factories import make_student
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.grid.actions import Opinion
from yibao.grid.columns import Secret
from yibao.grid.query import Condition, GridQuery, queryable

__all__ = [
    "address",
    "cast",
    "fitting_viewer",
    "known",
    "page_of",
    "seen",
    "sessions",
    "university",
]
HX = {"HX-Request": "true"}
ELSEWHERE = ("赵外语", "2024020001")  # never to be seen by the college of the others
every_list = pytest.mark.parametrize("name", EVERY)
UNORDERED = {  # encrypted, or worked out of several values in Python
    ("corrections", "change"),
    ("corrections", "reason"),
    ("students", "faults"),
    ("audit", "content"),
}


def test_there_are_lists():
    assert EVERY


def test_keys_are_one_of_a_kind():
    grids = {grid_of(name) for name in EVERY}
    assert sorted(grid.key for grid in grids) == sorted({grid.key for grid in grids} - {""})


@every_list
def test_a_list_names_only_columns_that_it_has(page_of, fitting_viewer, name):
    grid = page_of(fitting_viewer(name), name).context["grid"]
    names = [column.name for column in grid.columns]
    order = [item.removeprefix("-") for item in grid.default_order.split(",") if item]
    assert len(names) == len(set(names))
    assert {*grid.default_columns, *grid.quick_filters, *order} <= set(names)
    assert [column for column in order if not grid.by_name[column].sort] == []
    assert order
    assert len({action.name for action in grid.actions}) == len(grid.actions)


def test_every_list_is_searched_frozen_and_sorted_by_each_column():
    grids = {grid_of(name) for name in EVERY}
    searched = [g for g in grids if g.search_hint and any(column.search for column in g.columns)]
    frozen = [g for g in grids if any(column.frozen for column in g.columns)]
    assert [g.key for g in grids if g not in searched or g not in frozen] == []
    columns = [(g.key, c) for g in grids for c in g.columns if not isinstance(c, Secret)]
    assert {(key, c.name) for key, c in columns if not c.sort} == UNORDERED


@every_list
def test_strangers_are_sent_to_the_sign_in_page(client, cast, address, name):
    response = client.get(address(name))
    assert response.status_code == 302
    assert reverse("accounts:sign_in") in response["Location"]
    assert client.post(address(name), {"do": "export"}).status_code == 302


@every_list
def test_everybody_gets_a_page_or_a_refusal(page_of, seen, name):
    for viewer in STAFF:
        response = page_of(viewer, name)
        for part in ("columns", "query"):
            assert bool(seen(viewer, name, f"part={part}", headers=HX)) == bool(response)


@every_list
@pytest.mark.parametrize("viewer", OF_ONE_COLLEGE)
def test_another_college_appears_nowhere(client, cast, seen, page_of, address, name, viewer):
    for query in ("", f"q={quote(ELSEWHERE[0])}", f"q={ELSEWHERE[1]}", "size=100"):
        page = seen(viewer, name, query) if query else page_of(viewer, name)
        if page is None:
            return
        rows = page.content.decode().partition("<tbody>")[2]
        assert not any(word in rows for word in ELSEWHERE)
    exported = client.post(address(name), {"do": "export", "format": "csv", "all": "1"})
    assert not any(word in b"".join(exported).decode() for word in ELSEWHERE)
    printed = client.post(address(name), {"do": "print"}).content.decode()
    assert not any(word in printed for word in ELSEWHERE)
    grid = page.context["grid"]
    others = type(grid)(cast.office, grid.query, **grid.context).rows()
    mine = set(grid.rows().values_list("pk", flat=True))
    for pk in set(others.values_list("pk", flat=True)) - mine:
        assert seen(viewer, name, f"part=detail&pk={pk}", headers=HX) is None


@every_list
def test_a_page_costs_the_same_at_any_length(client, cast, seen, address, fitting_viewer, name):
    def cost():
        seen(viewer, name, "q=")
        with CaptureQueriesContext(connection) as asked:
            page = client.get(f"{address(name)}?q=&size=100")
        return len(asked), page.context["grid"].page.total, [q["sql"] for q in asked]

    viewer = fitting_viewer(name)
    few = cost()
    students = [make_student(cast.classes.cs1, "孙多多") for _ in range(10)]
    for plan in {row.plan for row in Enrolment.objects.select_related("plan")}:
        enlist(plan, by=cast.office)
    submit(*students)
    many = cost()
    extra = [sql for sql in many[2] if sql not in few[2]]
    assert many[0] == few[0], f"{few[1]} rows: {few[0]}, {many[1]} rows: {many[0]}; {extra[:3]}"


@every_list
def test_a_short_list_reads_at_once_what_a_long_one_reads_by_keys(seen, name):
    page = seen("li", name, "q=")
    if page and page.context["grid"].is_short:
        grid = page.context["grid"]
        columns = tuple(grid.by_name)
        for number in (1, 2, 9):
            asked = grid.asking(replace(grid.query, columns=columns, page=number, size=1))
            found = [asked._page_at_once(), asked._page_by_keys()]
            assert found[0] == (found[1] if number <= found[1].pages else None)


@every_list
def test_every_column_sorts_and_stands_in_a_page_and_a_file(
    client, seen, page_of, address, fitting_viewer, name
):
    viewer = fitting_viewer(name)
    grid = page_of(viewer, name).context["grid"]
    for column in grid.columns:
        order = f"-{column.name}" if column.sort else ""
        asked = GridQuery.read(QueryDict(f"cols={column.name}&sort={order}"))
        alone = grid.asking(replace(asked, extra=grid.query.extra))
        assert (alone.faults, alone.query.order) == ((), order)
        assert [shown.name for shown in alone.shown] == [column.name]
        assert len(alone.page.rows) == len(grid.page.rows)
    everything = f"cols={','.join(grid.by_name)}&sort={order}"
    page = seen(viewer, name, everything).context["grid"]
    assert {shown.name for shown in page.shown} == grid.by_name.keys()
    assert page.query.order == order
    exported = client.post(f"{address(name)}?{everything}", {"do": "export"})
    assert b"".join(exported).startswith(b"PK")


@every_list
def test_a_list_is_printed_as_it_is_seen(client, seen, page_of, address, fitting_viewer, name):
    viewer = fitting_viewer(name)
    grid = page_of(viewer, name).context["grid"]
    printed = client.post(address(name), {"do": "print"}).content.decode()
    body = printed.partition("<tbody>")[2].partition("</tbody>")[0]
    assert body.count("<tr>") == grid.page.total
    labels = [column.label for column in grid.shown] if grid.page.total else []
    assert [label for label in labels if f">{label}</th>" not in printed] == []
    assert escape(grid.subject) in printed


@every_list
def test_every_operator_of_every_column_asks_the_database(page_of, fitting_viewer, name):
    grid = page_of(fitting_viewer(name), name).context["grid"]
    for column in grid.columns:
        choices = grid.choices(column)
        keywords = {
            "text": "某",
            "number": "1",
            "date": "2026-01-01",
            "datetime": "2026-01-01 08:00",
            "choice": next(iter(choices), ""),
        }
        for operator in queryable(column):
            if column.keyword == "choice" and not choices and operator in ("in", "out"):
                continue
            asked = grid.asking(
                GridQuery(
                    conditions=(Condition("and", column.name, operator, keywords[column.keyword]),),
                    extra=grid.query.extra,
                )
            )
            assert asked.faults == ()
            assert asked.narrowed.count() <= grid.page.total


@every_list
def test_the_search_box_finds_and_marks_what_stands_in_the_first_row(page_of, fitting_viewer, name):
    grid = page_of(fitting_viewer(name), name).context["grid"]
    grid = grid.asking(replace(grid.query, columns=tuple(grid.by_name)))
    for row in grid.page.rows[:1]:
        for column, value in grid.cells(row):
            if column.search and value:
                found = grid.asking(replace(grid.query, search=str(value)))
                assert row[0] in found.narrowed.values_list("pk", flat=True), column.label
                assert f"<mark>{column.text(value, found)}</mark>" in column.painter(found)(value)


@every_list
def test_details_of_the_first_row(seen, page_of, fitting_viewer, name):
    viewer = fitting_viewer(name)
    grid = page_of(viewer, name).context["grid"]
    for row in grid.page.rows[:1]:
        if not grid.row_href(row[0]):
            said = seen(viewer, name, f"part=detail&pk={row[0]}", headers=HX)
            assert grid.label_of(row) in said.content.decode()


@every_list
def test_every_action_has_a_preview(client, seen, page_of, address, fitting_viewer, name):
    viewer = fitting_viewer(name)
    grid = page_of(viewer, name).context["grid"]
    assert seen(viewer, name, "part=recent", headers=HX)  # also where nothing can be undone
    for action, reason in grid.actions_for(grid.viewer):
        sent = {"do": "preview", "action": action.name, "all": "1"}
        response = client.post(address(name), sent, headers=HX)
        assert response.status_code == (422 if reason else 200)


@every_list
def test_an_action_stores_words_as_long_as_it_takes(client, cast, page_of, seen, address, name):
    look = page_of
    for viewer in STAFF:
        if not (page := look(viewer, name)):
            continue
        grid = page.context["grid"]
        for action, reason in grid.actions_for(grid.viewer):
            fields = action.form(grid).fields.items()
            words = {key: "意" * field.max_length for key, field in fields if is_opinion(field)}
            if words and not reason:
                sent = {"do": "run", "action": action.name, "all": "1", **words}
                assert client.post(address(name), sent).status_code in {302, 409}
                look = seen  # it is no longer as it was


def is_opinion(field):
    return isinstance(field, Opinion)


NONSENSE = (
    "q=%27%22%25_&where=and.x.y.z&where=&sort=-x&cols=x&page=x&size=x&f=x&f=.",
    f"page=999999999&where={quote('and..in.')}&part=detail&pk=-1&at=-1",
    "part=nothing&pk=99999999999999999999",
)


@every_list
def test_nonsense_in_an_address_is_no_fault_of_ours(seen, name):
    for query in NONSENSE:
        seen("office", name, query)


def test_a_query_survives_its_own_address():
    query = GridQuery(search="王", filters=(("a", "b"),), order="-a", columns=("a",), page=3)
    assert query.to_query_string() == "q=%E7%8E%8B&f=a.b&sort=-a&cols=a&page=3"
