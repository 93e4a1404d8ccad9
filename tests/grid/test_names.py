"""Names with commas, brackets and backslashes: in links, drop-downs, 自定义查询 and the search box."""

from urllib.parse import quote

import pytest

from tests.grid.conftest import enrol
from yibao.grid import reading
from yibao.grid.sentence import sentence
from yibao.people.models import College, Major

pytestmark = [pytest.mark.urls("tests.grid.lists"), pytest.mark.django_db]
HERE = "/staff/students/"
NAME = "能源,环境（合作）学院"


@pytest.fixture
def named(campus):
    """外国语学院 is called otherwise."""
    campus.languages.name = NAME
    campus.languages.save()
    return campus


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("a,b", ["a", "b"]),
        ("a", ["a"]),
        (",a,,b,", ["a", "b"]),
        (r"a\,b,c", ["a,b", "c"]),
        (r"a\\,b", ["a\\", "b"]),
        ("a\\", ["a"]),
        ("a\0,b", ["a", "b"]),
        ("", []),
    ],
)
def test_items_of_an_address(text, items):
    assert reading.listed(text) == items


@pytest.mark.parametrize("key", ["f=college.{}", "where=and.college.in.{}"])
def test_one_name_with_a_comma(named, numbers, listed, key):
    address = key.format(quote(NAME))
    assert numbers(address) == ["20260001"]
    assert listed(address).faults == ()
    assert NAME in sentence(listed(address))


def test_several_names_and_the_others(named, numbers, listed):
    both = quote(NAME.replace(",", r"\,") + ",计算机学院")
    assert len(numbers(f"where=and.college.in.{both}")) == 61
    assert len(numbers(f"where=and.college.out.{quote(NAME)}")) == 60
    assert sentence(listed(f"where=and.college.in.{both}")) == f"学院 属于 {NAME}、计算机学院"


def test_old_links_go_on_or_are_dropped_with_a_sentence(named, numbers, listed):
    assert len(numbers("f=status.active,suspended")) == 60 + 1
    cut = listed(f"f=college.{quote('能源,计算机学院')}")
    assert cut.faults == ("“学院”没有“能源”这一项，条件未使用",)
    assert cut.page.total == 61


def test_a_name_is_not_taken_for_two_others(named, numbers):
    for name in ("能源", "环境（合作）学院"):
        group = Major.objects.create(
            name="专业", college=College.objects.create(name=name)
        ).classes.create(grade=2026, name=f"{name}班")
        enrol(group, f"2027{len(name):04}", "多一个")
    assert numbers(f"f=college.{quote(NAME)}") == ["20260001"]
    assert len(numbers(f"f=college.{quote(NAME + ',')}")) == 2


def test_the_drop_down_stands_at_it(client, named):
    client.force_login(named.school)
    response = client.post(HERE, {"do": "find", "f": f"college.{NAME}"})
    page = client.get(response["Location"]).content.decode()
    assert f'<option value="college.{NAME}" selected>' in page
    assert ">多项</option>" not in page
    several = client.get(f"{HERE}?f=status.active,suspended").content.decode()
    assert '<option value="status.active,suspended" selected>多项</option>' in several


@pytest.mark.parametrize("word", ["软工（中外）", "软工(中外)", "软工（中外)"])
@pytest.mark.parametrize("stored", ["软工（中外）2501", "软工(中外)2501"])
def test_brackets_of_either_kind_are_found(campus, numbers, listed, stored, word):
    campus.c2.name = stored
    campus.c2.save()
    for operator in ("has", "starts"):
        assert numbers(f"where=and.class_group.{operator}.{quote(word)}") == ["20260001"]
    assert numbers(f"where=and.class_group.eq.{quote(word + '2501')}") == ["20260001"]
    assert len(numbers(f"where=and.class_group.ne.{quote(word + '2501')}")) == 60


@pytest.mark.parametrize(
    ("stored", "word", "marked"),
    [
        ("阿（新）明", "(新)", "阿<mark>（新）</mark>明"),
        ("买买提·艾力", "提•艾力", "买买<mark>提·艾力</mark>"),
        ("买买提•艾力", "买买提.艾", "<mark>买买提•艾</mark>力"),
    ],
)
def test_what_is_found_is_marked_as_it_is_written(client, campus, stored, word, marked):
    campus.outside.name = stored
    campus.outside.save()
    client.force_login(campus.school)
    assert marked in client.get(f"{HERE}?q={quote(word)}").content.decode()
