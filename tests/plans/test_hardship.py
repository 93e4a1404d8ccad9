"""The hardship list comes in by the same rules as the roster."""

from datetime import date

import pytest
from django.db import connection

from tests.common.books import book
from tests.factories import make_class, make_student
from yibao.common.models import AuditEntry
from yibao.plans.hardship import HEADERS, check_hardship, import_hardship
from yibao.plans.models import HardshipEntry

pytestmark = pytest.mark.django_db
HEAD = list(HEADERS.values())


@pytest.fixture
def student():
    return make_student(make_class(), "王小明", "20240001")


def line(**changes):
    right = {
        "学年": "2026-2027",
        "学号": "20240001",
        "姓名": "王小明",
        "困难等级": "特别困难",
        "认定类别": "低保对象",
        "有效期起": "2026-09-01",
        "有效期止": "2027-08-31",
    }
    return [(right | changes)[header] for header in HEAD]


def entries():
    return list(
        HardshipEntry.objects.order_by("pk").values_list(
            "academic_year", "student__name", "category", "level", "valid_from", "valid_until"
        )
    )


def faults(path):
    return [(f.row, f.column, f.message) for f in check_hardship(path).errors]


ENTRY = (2026, "王小明", "低保对象", "特别困难", date(2026, 9, 1), date(2027, 8, 31))


def test_an_entry_comes_in_and_the_same_file_again_changes_nothing(tmp_path, student):
    path = book(tmp_path / "a.xlsx", ["2026 学年困难认定"], HEAD, line())
    assert check_hardship(path).as_dict() == {
        "rows": 1, "added": 1, "changed": 0, "unchanged": 0, "errors": [],
    }  # fmt: skip
    assert entries() == []
    import_hardship(path, by=None)
    assert entries() == [ENTRY]
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text FROM plans_hardshipentry")
        before = cursor.fetchall()
        again = import_hardship(path, by=None)
        assert (again.added, again.changed, again.unchanged) == (0, 0, 1)
        cursor.execute("SELECT xmin::text FROM plans_hardshipentry")
        assert cursor.fetchall() == before
    assert [entry.data for entry in AuditEntry.objects.filter(action="import_hardship")] == [
        {"rows": 1, "added": 1, "changed": 0}
    ]


def test_a_level_changes_an_empty_cell_does_not(tmp_path, student):
    import_hardship(book(tmp_path / "a.xlsx", HEAD, line()), by=None)
    path = book(tmp_path / "b.xlsx", HEAD, line(困难等级="困难", 有效期起="", 有效期止=""))
    report = import_hardship(path, by=None)
    assert [(c.key, c.name, c.fields) for c in report.changes] == [
        ("20240001", "王小明", ("困难等级",))
    ]
    assert entries() == [(*ENTRY[:3], "困难", *ENTRY[4:])]
    assert HardshipEntry.objects.count() == 1


def test_years_and_categories_are_entries_of_their_own(tmp_path, student):
    path = book(
        tmp_path / "a.xlsx", HEAD, line(), line(学年="2025"), line(认定类别="残疾学生", 有效期止="")
    )
    import_hardship(path, by=None)
    assert [(year, category, until) for year, _, category, *_, until in entries()] == [
        (2026, "低保对象", date(2027, 8, 31)),
        (2025, "低保对象", date(2027, 8, 31)),
        (2026, "残疾学生", None),
    ]


@pytest.mark.parametrize(
    ("header", "cell", "sentence"),
    [
        ("学年", "", "缺少学年"),
        ("学年", "今年", "“今年”不是年份，请写成 2026 的样子"),
        ("学年", "1998", "学年应在 2000 至 2027 之间，现在是 1998"),
        ("学号", "20249999", "学生名册中没有学号 20249999，请核对或先导入名册"),
        ("姓名", "王晓明", "学号 20240001 的学生是“王小明”，这里是“王晓明”，请核对"),
        ("困难等级", "", "缺少困难等级"),
        ("认定类别", "类" * 41, "最多 40 个字，现在是 41 个字，请缩短"),
        ("有效期起", "2027-09-01", "有效期止 2027-08-31 早于有效期起 2027-09-01"),
        ("有效期止", "长期", "“长期”不是日期，请写成 2026-09-01 的样子"),
    ],
)
def test_one_wrong_cell_is_one_fault_and_nothing_is_written(
    tmp_path, student, time_machine, header, cell, sentence
):
    time_machine.move_to("2026-11-01 12:00+08:00")
    column = "有效期止" if header == "有效期起" else header
    path = book(tmp_path / "a.xlsx", HEAD, line(认定类别="孤儿"), line(**{header: cell}))
    assert faults(path) == [(3, column, sentence)]
    assert import_hardship(path, by=None).errors == check_hardship(path).errors
    assert entries() == []


def test_one_recognition_twice_in_a_file(tmp_path, student):
    path = book(tmp_path / "a.xlsx", HEAD, line(), line(困难等级="困难"))
    assert faults(path) == [(3, "学号", "与第 2 行重复：同一学年、学号、认定类别只占一行")]


def test_a_period_that_would_end_before_the_known_one_begins(tmp_path, student):
    import_hardship(book(tmp_path / "a.xlsx", HEAD, line()), by=None)
    path = book(tmp_path / "b.xlsx", HEAD, line(有效期起="", 有效期止="2026-08-31"))
    assert faults(path) == [(2, "有效期止", "有效期止 2026-08-31 早于有效期起 2026-09-01")]


def test_a_list_for_nobody(tmp_path, student):
    assert faults(book(tmp_path / "a.xlsx", HEAD)) == [(0, "", "名单里一行都没有")]
