"""What a list knows of its rows: page, cost, picked, neighbours, details."""

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from tests.grid.conftest import ID_NUMBER
from tests.grid.lists import StudentGrid
from yibao.grid.columns import Choice, Text
from yibao.grid.models import ColumnLayout
from yibao.grid.rendering import rows_html
from yibao.people.models import Student

ALL_COLUMNS = ",".join(column.name for column in StudentGrid.columns)


@pytest.mark.parametrize("size", [10, 100])
def test_a_page_costs_the_same_whatever_its_size(listed, size):
    grid = listed(f"size={size}&cols={ALL_COLUMNS}")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        rows_html(grid)
    assert len(asked) == 6  # posts, colleges to choose from, layout, count and sum, keys, rows


def test_which_rows_are_on_a_page_is_asked_without_what_is_shown_of_them(listed):
    """A dozen joins make the planner blind for how few rows are wanted: seconds in a long list."""
    grid = listed(f"size=10&cols={ALL_COLUMNS}")
    with CaptureQueriesContext(connection) as asked:
        assert len(grid.page.rows) == 10
    [keys] = [query["sql"] for query in asked if "LIMIT 10" in query["sql"]]
    assert "JOIN" not in keys
    # As a subquery the planner would leave the keys for last, and read every row there is.
    [shown] = [
        query["sql"] for query in asked if "JOIN" in query["sql"] and "= ANY(" in query["sql"]
    ]
    assert "unnest" not in shown


def test_beyond_the_last_page_is_the_last_page(listed):
    page = listed("size=50&page=99").page
    assert (page.number, page.first, len(page.rows)) == (2, 50, 11)


@pytest.mark.parametrize("order", ["student_no", "-birth_date", "sex,-name"])
def test_the_way_from_the_end_leads_to_the_same_rows(listed, order):
    grid = listed(f"sort={order}")
    pks = list(grid.matching.values_list("pk", flat=True))
    for start in (0, 10, 30, 31, 50, 60):
        stop = min(start + 10, 61)
        assert grid.keys(start, stop) == grid.keys(start, stop, 61) == pks[start:stop]


def test_a_row_that_is_gone_is_left_out(listed):
    grid = listed()
    pks = grid.keys(0, 3)
    assert [row[0] for row in grid.read([pks[2], 0, pks[0]])] == [pks[2], pks[0]]
    assert grid.read([]) == []


def test_pages(listed):
    page = listed("size=50&page=2").page
    assert (page.number, page.pages, page.total, len(page.rows), page.first) == (2, 2, 61, 11, 50)


def test_the_sum_is_of_the_query_not_of_the_page(listed):
    assert listed("size=10&where=and.grade.eq.2025").page.sums == {"fee": 60 * 2025}


def test_nobody_sees_past_their_scope(listed, campus):
    assert listed(viewer=campus.xu).page.total == 60
    assert listed(f"q={ID_NUMBER}", viewer=campus.xu).page.total == 0
    assert listed(viewer=campus.xu).one(campus.outside.pk) is None
    assert listed(viewer=campus.xu).facts(campus.outside.pk) == []
    assert listed(viewer=campus.zhao).one(campus.outside.pk) == campus.outside


def test_picked_is_within_the_query_and_the_scope(listed, campus):
    inside = Student.objects.get(student_no="20250005").pk
    forged = QueryDict(f"pk={campus.outside.pk}&pk={inside}&pk=x&pk=-1&pk=９")
    assert list(listed(viewer=campus.xu).picked(forged).values_list("pk", flat=True)) == [inside]
    assert listed("q=20250006", viewer=campus.xu).picked(forged).count() == 0
    assert listed(viewer=campus.xu).picked(QueryDict("all=1")).count() == 60
    assert listed(viewer=campus.xu).picked(QueryDict(f"all=1&but={inside}")).count() == 59
    assert listed(viewer=campus.xu).picked(QueryDict("")).count() == 0


def test_what_is_picked_stays_while_it_changes(listed):
    rows = listed("f=status.suspended").picked(QueryDict("all=1"))
    rows.update(roster_status="active")
    assert rows.count() == 3


def test_neighbours_in_the_order_of_the_query(listed):
    grid = listed("sort=-student_no")
    pks = list(grid.matching.values_list("pk", flat=True))
    assert grid.neighbours(pks[0], 0) == (None, pks[1], 0)
    assert grid.neighbours(pks[30], 30) == (pks[29], pks[31], 30)
    assert grid.neighbours(pks[31], 30) == (pks[30], pks[32], 31)
    assert grid.neighbours(pks[60], 60) == (pks[59], None, 60)


def test_what_slid_into_the_place_of_a_row_comes_next(listed):
    grid = listed("f=status.suspended")
    first, second, third = grid.matching.values_list("pk", flat=True)
    Student.objects.filter(pk=second).update(roster_status="active")
    assert listed("f=status.suspended").neighbours(second, 1) == (first, third, 1)
    Student.objects.filter(pk=third).update(roster_status="active")
    assert listed("f=status.suspended").neighbours(third, 1) == (first, None, 1)


def test_rows_are_escaped_and_marked(listed, campus):
    Student.objects.filter(pk=campus.outside.pk).update(name="<b>&王")
    html = rows_html(listed("q=王&cols=name,student_no"))
    assert "&lt;b&gt;&amp;<mark>王</mark>" in html
    assert "<b>" not in html


def test_a_full_number_is_never_in_a_page(listed):
    html = rows_html(listed(f"cols={ALL_COLUMNS}&q=20260001"))
    assert "110***********002X"[:3] in html
    assert ID_NUMBER not in html
    assert "13800138000" not in html


def test_computed_columns_and_tones(listed):
    grid = listed("cols=called,status&q=20250001")
    assert [c.text(v, grid) for c, v in grid.cells(grid.page.rows[0])] == ["生1先生", "休学"]
    assert '<span class="tone tone-orange">休学</span>' in rows_html(grid)


def test_frozen_columns_come_first(listed):
    assert [c.name for c in listed("cols=sex,name").shown] == ["name", "sex"]


def test_remembered_columns_and_size(listed, campus):
    ColumnLayout.objects.create(
        user=campus.school, grid="test_students", columns=["sex", "gone"], size=50
    )
    assert [c.name for c in listed().shown] == ["sex"]
    assert listed().size == 50
    assert listed("size=10&cols=name").size == 10
    assert [c.name for c in listed("cols=name").shown] == ["name"]
    assert len(listed(viewer=campus.xu).shown) == 14


def test_facts_are_all_columns(listed, campus):
    facts = dict(listed().facts(campus.outside.pk))
    assert list(facts) == [c.label for c in sorted(StudentGrid.columns, key=lambda c: not c.frozen)]
    assert facts["姓名"] == "=1+1"
    assert facts["应缴金额"] == "¥2,026.00"
    assert facts["出生日期"] == "—"


def test_an_unknown_choice_is_shown_as_it_is(listed):
    column = Choice(name="status", label="状态", choices=[("a", "甲")])
    assert column.painter(listed())("<x>") == "&lt;x&gt;"
    assert column.text(None, listed()) == ""


def test_a_computed_column_with_a_path_sorts_by_it():
    column = Text(name="x", label="某", path="name", needs=("name", "sex"), value=str)
    assert (column.sort, column.lookup, column.sources) == ("name", "name", ("name", "sex"))
