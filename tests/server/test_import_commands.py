"""`yibao import-roster`, `import-hardship` and `make-demo`: what they print and how they end."""

import json

import pytest

from tests.common.books import book
from tests.factories import make_class, make_plan, make_student
from tests.people.rosters import line, roster
from yibao.demo import cast
from yibao.demo.staff import demo_accounts
from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import Status
from yibao.people.models import Student
from yibao.server.commands import import_hardship, import_roster, make_demo

pytestmark = pytest.mark.django_db


def test_the_report_as_json_and_the_exit_status(tmp_path, capsys):
    path = str(roster(tmp_path, line(1), line(2, 姓名="")))
    assert import_roster.run([path, "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "rows": 2,
        "added": 0,
        "changed": 0,
        "unchanged": 0,
        "errors": [{"row": 3, "column": "姓名", "message": "缺少姓名"}],
    }
    path = str(roster(tmp_path, line(1)))
    for argv, added in (([path, "--check", "--json"], 1), ([path, "--json"], 1), ([path], None)):
        assert import_roster.run(argv) == 0
        out = capsys.readouterr().out
        assert added is None or json.loads(out)["added"] == added
    assert out == "导入完成：共 1 行，新增 0，更新 0，没有变化 1。\n"


def test_faults_are_printed_with_their_place_and_long_lists_end(tmp_path, capsys):
    assert import_roster.run([str(roster(tmp_path, line(1, 姓名="")))]) == 1
    assert (
        capsys.readouterr().out == "第 2 行 姓名：缺少姓名\n共 1 行，1 处问题，没有写入任何内容。\n"
    )
    path = roster(tmp_path, *[line(n, 姓名="") for n in range(1, 250)])
    assert import_roster.run([str(path)]) == 1
    out = capsys.readouterr().out.splitlines()
    assert len(out) == 202
    assert out[-2:] == [
        "……另有 49 处，用 --json 查看全部",
        "共 249 行，249 处问题，没有写入任何内容。",
    ]


def test_students_who_come_in_stand_in_the_open_plans(tmp_path):
    make_student(make_class("软件2401", "计算机学院", "软件工程"))
    plan = make_plan()
    assert import_roster.run([str(roster(tmp_path, line(1)))]) == 0
    assert Enrolment.objects.filter(plan=plan, status=Status.UNREGISTERED).count() == 2
    assert import_roster.run([str(roster(tmp_path, line(1, 学籍状态="退学")))]) == 0
    assert Enrolment.objects.get(student__student_no="20240001").off_roster


def test_the_hardship_list(tmp_path, capsys):
    make_student(make_class(), "王小明", "20240001")
    head = ["学年", "学号", "姓名", "困难等级", "认定类别"]
    path = book(tmp_path / "a.xlsx", head, ["2026", "20240001", "王小明", "困难", "孤儿"])
    assert import_hardship.run([str(path), "--check"]) == 0
    assert import_hardship.run([str(path), "--json"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "检查通过（未写入）：共 1 行，新增 1，更新 0，没有变化 0。"
    assert json.loads(out[1])["added"] == 1


def test_without_a_demo_there_is_nobody_to_show():
    make_student(make_class(), cast.STUDENT)
    assert demo_accounts() == []


def test_a_demo_does_not_touch_real_data(capsys, settings):
    make_student(make_class())
    assert make_demo.run(["--students", "10"]) == 1
    assert "已有学生" in capsys.readouterr().err
    Student.objects.all().delete()
    settings.PRODUCTION = True
    assert make_demo.run(["--students", "10"]) == 1
    assert "不能装入正式环境" in capsys.readouterr().err
    assert not Student.objects.exists()


def test_the_lists_of_a_demo_can_be_had_without_loading_them(tmp_path, capsys):
    assert make_demo.run(["--students", "20", "--files", str(tmp_path), "--only-files"]) == 0
    assert not Student.objects.exists()
    newest = max(tmp_path.glob("学生名册-*.xlsx"))
    assert import_roster.run([str(newest), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["added"] == 20
    assert Student.objects.filter(name=cast.STUDENT).count() <= 1
