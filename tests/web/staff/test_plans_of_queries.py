"""What lists of a million rows stand on: indexes that fit what is asked. Plans, not times."""

import pytest
from django.db import connection

from tests.cast import make_cast
from tests.factories import make_plan
from yibao.enrolment.roster import enlist
from yibao.grid.query import Condition, GridQuery
from yibao.people.levels import Level
from yibao.people.models import Post
from yibao.web.staff.enrolments import EnrolmentGrid
from yibao.web.staff.students import StudentGrid


@pytest.fixture
def office(db):
    cast = make_cast()
    enlist(make_plan(), by=cast.office)
    return cast.office


def chosen_without(sql, params, *ways):
    """The plan when the ways that win in a table of four rows are shut."""
    with connection.cursor() as cursor:
        for way in ways:
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN {sql}", params)
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize("words", ["王小明", "010001", "欧阳 2024"])
def test_the_search_box_finds_part_of_a_name_or_number_by_an_index(office, words):
    rows = StudentGrid(office, GridQuery(search=words)).narrowed.values("pk")
    plan = chosen_without(*rows.query.sql_with_params(), "seqscan", "indexscan", "indexonlyscan")
    assert "student_name_part" in plan
    assert "student_no_part" in plan
    assert "student_id_number" in plan
    assert "student_mobile" in plan


def test_the_count_and_the_sum_of_a_plan_join_nothing(office, django_assert_num_queries):
    grid = EnrolmentGrid(office, GridQuery(columns=("student_no", "amount_due")))
    assert grid.plan
    with django_assert_num_queries(1) as asked:
        assert grid._count() == (4, {"amount_due": 0})
    assert "JOIN" not in asked.captured_queries[0]["sql"]


@pytest.mark.parametrize("operator", ["in", "out"])
def test_a_college_is_asked_for_by_its_key(office, operator):
    asked = GridQuery(conditions=(Condition("and", "college", operator, "计算机学院"),))
    grid = EnrolmentGrid(office, asked)
    assert grid.plan
    assert "people_college" not in str(grid.narrowed.query)
    names = grid.all_rows.values_list("student__class_group__major__college__name", flat=True)
    count = sum((name == "计算机学院") is (operator == "in") for name in names)
    assert 0 < grid.narrowed.count() == count < 4


@pytest.mark.parametrize("kind", [EnrolmentGrid, StudentGrid])
def test_who_counsels_a_class_is_asked_once_and_says_the_same_as_row_by_row(office, kind):
    """A million students have some thousand classes; to ask for each of them anew took 25 seconds."""
    Post.objects.filter(user__name="张两岗", level=Level.COUNSELOR).update(is_active=False)
    for order in ("counselors", "-counselors"):
        grid = kind(office, GridQuery(order=order, columns=("student_no", "counselors")))
        said = [row[grid.paths.index("counselors")] for row in grid.page.rows]
        there = sorted(["李老师", "何老师、李老师", "孙老师"], reverse=order.startswith("-"))
        assert said == [*there, None]
        plan = chosen_without(*grid.matching.values("pk").query.sql_with_params())
        assert "InitPlan" in plan
        assert "SubPlan" not in plan
    asked = GridQuery(conditions=(Condition("and", "counselors", "has", "何"),))
    assert kind(office, asked).narrowed.count() == 1
