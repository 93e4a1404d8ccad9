"""What an address asks for is what is found."""

from urllib.parse import quote

import pytest
from django.http import QueryDict

from tests.grid.conftest import ID_NUMBER, MOBILE, enrol
from yibao.grid.query import Condition, GridQuery
from yibao.grid.sentence import phrases, sentence
from yibao.people.codes import Sex


def found(numbers, **params):
    return numbers("&".join(f"{k}={quote(v)}" for k, v in params.items()))


def test_everything_at_once(listed):
    grid = listed(
        f"q={quote('生')}&where=and.grade.ge.2025&where=and.sex.in.2&f=college.{quote('计算机学院')}"
        "&sort=-student_no&cols=student_no,college&size=10&page=2"
    )
    assert [c.label for c in grid.shown] == ["学号", "学院"]
    assert grid.page.total == 30
    assert grid.page.rows[0][1:] == ("20250038", "生38", "计算机学院")


def test_an_address_reads_back_as_itself(listed):
    address = "plan=3&q=%E7%94%9F&f=status.active&where=or.grade.ge.2025&sort=-name&cols=name,sex&page=2&size=10"
    assert listed(address).query.to_query_string() == address
    assert listed(address).param("plan") == "3"


def test_a_changed_query_starts_at_page_one(listed):
    assert listed("page=3").query.to_query_string(order="name") == "sort=name"


def test_and_binds_tighter_than_or(numbers):
    assert numbers(
        f"where=and.college.in.{quote('外国语学院')}"
        "&where=or.grade.eq.2025&where=and.student_no.starts.2025000&where=and.sex.in.1"
    ) == ["20250001", "20250003", "20250005", "20250007", "20250009", "20260001"]


def test_a_drop_down_narrows_every_alternative(numbers):
    either = "where=and.student_no.eq.20250005&where=or.student_no.eq.20260001"
    assert numbers(f"{either}&f=college.{quote('外国语学院')}") == ["20260001"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("student_no.has.500", 60),
        ("student_no.eq.20250007", 1),
        ("student_no.ne.20250007", 60),
        ("student_no.starts.2026", 1),
        ("birth_date.empty", 1),
        ("birth_date.filled", 60),
        ("birth_date.eq.2007-01-01", 3),
        ("birth_date.ge.2007年1月28日", 2),
        ("birth_date.le.２００７／０１／０２", 6),
        ("sex.in.1,2", 60),
        ("sex.out.1", 31),
        ("status.in.suspended", 3),
        ("grade.ge.2,026", 1),
        ("grade.le.２０２５", 60),
        ("grade.within.2026..2025", 61),
        ("grade.within.2026..2030", 1),
        ("grade.within.2026..", 1),
        ("grade.within...2025", 60),
        ("birth_date.within.2007-01-02..2007/1/3", 6),
        ("updated_at.within.2020-01-01 08:30..2020-01-02", 0),
        ("updated_at.within.2020-01-01..", 61),
        ("active.in.0", 0),
        ("updated_at.ge.2020-01-01 08:30", 61),
        ("updated_at.le.2020-01-01", 0),
        (f"id_number.eq.{ID_NUMBER}", 1),
        (f"mobile.eq.{MOBILE}", 1),
        ("id_number.empty", 60),
        ("id_number.filled", 1),
    ],
)
def test_operators(numbers, condition, expected):
    assert len(found(numbers, where=f"and.{condition}")) == expected


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("生7", ["20250007"]),
        ("２０２６０００１", ["20260001"]),
        ("　生7　20250007　", ["20250007"]),
        (ID_NUMBER, ["20260001"]),
        (ID_NUMBER.lower(), ["20260001"]),
        (ID_NUMBER[:-1], []),
        (MOBILE, ["20260001"]),
        ("%", []),
        ("_", []),
        ("'", []),
        ("\\", []),
        ("\0", None),
    ],
)
def test_search(numbers, search, expected):
    assert found(numbers, q=search) == (numbers() if expected is None else expected)


def test_percent_and_underscore_are_themselves(numbers, campus):
    enrol(campus.c1, "20270001", "100%_'生")
    for search in ("%", "_", "'", "0%_'"):
        assert found(numbers, q=search) == ["20270001"]


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("where=and.gone.eq.1", "条件里的列“gone”已不存在，未使用"),
        ("where=and.name.ge.1", "“姓名”不能用这样的条件，未使用"),
        ("where=and.called.eq.1", "“称呼”不能用这样的条件，未使用"),
        ("where=and.grade.ge.abc", "“abc”不是数字，请写成 280 或 280.50，条件未使用"),
        ("where=and.grade.ge.NaN", "“NaN”不是数字，请写成 280 或 280.50，条件未使用"),
        ("where=and.birth_date.ge.2026-02-30", "“2026-02-30”不是日期，请写成 2026-11-21，条件未使用"),
        ("where=and.updated_at.ge.0001-01-01", "“0001-01-01”不是日期，请写成 2026-11-21，条件未使用"),
        ("where=and.updated_at.ge.2026-01-01 25:00", "“2026-01-01 25:00”不是时间，请写成 2026-11-21 14:05，条件未使用"),
        ("where=and.grade.within.2025..x", "“x”不是数字，请写成 280 或 280.50，条件未使用"),
        ("where=and.birth_date.within...", "“”不是日期，请写成 2026-11-21，条件未使用"),
        ("where=and.name.within.a..b", "“姓名”不能用这样的条件，未使用"),
        ("where=and.status.in.lost", "“学籍状态”没有“lost”这一项，条件未使用"),
        ("where=and.name.has.", "“姓名”没有填写关键字，条件未使用"),
        ("f=gone.1", "条件里的列“gone”已不存在，未使用"),
        ("sort=gone", "链接里的排序列已不存在，改用默认顺序"),
        ("sort=id_number", "链接里的排序列已不存在，改用默认顺序"),
        ("cols=gone,name", "链接里有已不存在的列，未显示"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_dropped_with_a_sentence(listed, address, fault):
    grid = listed(address)
    assert grid.faults == (fault,)
    assert grid.page.total == 61


def test_nonsense_is_no_error(listed):
    grid = listed("page=-1&size=7&where=x&where=..&f=.&sort=,,&cols=,&density=no&page=９９９９９")
    assert grid.page.total == 61
    assert grid.page.number == 4
    assert grid.size == 20


def test_more_conditions_than_anybody_needs(listed):
    grid = listed("&".join(f"where=and.grade.ge.{n}" for n in range(30)))
    assert grid.faults == ("条件超过 20 个，只用了前 20 个",)


def test_the_sentence_and_each_condition_without(listed):
    grid = listed(
        f"q={quote('生')}&f=status.active&where=and.grade.ge.2025&where=or.name.has.{quote('王')}"
    )
    assert (
        sentence(grid) == "搜索“生” 并且 学籍状态：在读 并且 （年级 不低于 2025 或者 姓名 包含 王）"
    )
    assert [(p.opens, p.closes) for p in phrases(grid)] == [("", "")] * 2 + [("（", ""), ("", "）")]
    assert [QueryDict(p.without).get("q") for p in phrases(grid)] == [None, "生", "生", "生"]
    assert listed(phrases(grid)[3].without).query.conditions == (
        Condition("and", "grade", "ge", "2025"),
    )


def test_from_one_to_another_is_said(listed):
    assert sentence(listed("where=and.grade.within.2025..2026")) == "年级 介于 2025 至 2026"
    assert sentence(listed("where=and.grade.within...2026")) == "年级 介于 … 至 2026"


def test_nothing_asked_is_all(listed):
    assert sentence(listed()) == "全部"


def test_full_numbers_are_not_said(listed):
    said = sentence(listed(f"where=and.id_number.eq.{ID_NUMBER}"))
    assert said == "证件号码 等于 （完整号码，已隐藏）"


def test_order_is_stable_and_empty_comes_last(numbers, listed):
    by_sex = [s.sex for s in listed("sort=-sex").matching]
    assert by_sex == [Sex.FEMALE] * 30 + [Sex.MALE] * 30 + [""]
    assert numbers("sort=birth_date")[-1] == "20260001"
    assert numbers("sort=-birth_date")[-1] == "20260001"
    for order in ("grade", "-grade", "sex,-grade"):
        assert listed(f"sort={order}").matching.query.order_by[-1] == "pk"


def test_a_number_that_is_a_link(listed, campus):
    query = GridQuery(filters=(("status", "suspended"), ("college", "计算机学院")))
    assert listed(query.to_query_string()).page.total == 3
    assert type(listed())(campus.school, query).matching.count() == 3
