"""The office brings a list in: upload, see what it would do, confirm; nothing is believed twice."""

import os
import re
import time
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.common.books import book
from tests.factories import make_class, make_plan, make_staff, make_student
from tests.people.rosters import line, roster
from yibao.common.models import AuditEntry
from yibao.enrolment.models import Enrolment
from yibao.people.levels import Level
from yibao.people.models import Student
from yibao.people.roster import check_roster
from yibao.plans.models import HardshipEntry
from yibao.web.staff import uploads

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.DATA = tmp_path / "var"
    return settings.DATA / "uploads"


@pytest.fixture
def office():
    return make_staff("9001", "周主任", Level.SCHOOL)


@pytest.fixture
def client(office):
    client = Client()
    client.force_login(office)
    return client


def send(client, path, kind="roster", name="名册.xlsx"):
    """Upload a file; the address of its preview."""
    file = SimpleUploadedFile(name, path.read_bytes())
    answer = client.post(reverse(f"staff:import_{kind}"), {"file": file})
    assert answer.status_code == 302, answer.content.decode()
    return answer.url


def text_of(answer):
    """What stands on a page, without tags."""
    page = re.sub(r"(?s)^.*<main|</main>.*$", "", answer.content.decode())
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def test_upload_preview_confirm(client, office, folder, tmp_path):
    make_student(make_class("软件2401", "计算机学院", "软件工程"), "旧生", "20230001")
    plan = make_plan()
    preview = send(client, roster(tmp_path, line(1), line(2)))
    page = text_of(client.get(preview))
    assert "文件中的行 2 行 新增 2 条 更新 0 条 没有变化 0 条" in page
    assert "核对通过，还没有写入" in page
    assert "新增辅导员 1 人" in page
    assert "2 20240001 张三 新增" in page
    assert line(1)["证件号码"] not in page
    assert not Student.objects.filter(student_no="20240001").exists()
    answer = client.post(f"{preview}confirm/", follow=True)
    assert answer.redirect_chain[-1][0] == reverse("staff:import_roster")
    assert "学生名册已导入：新增 2 条，更新 0 条，没有变化 0 条" in answer.content.decode()
    assert Student.objects.count() == 3
    assert Enrolment.objects.filter(plan=plan).count() == 3
    assert AuditEntry.objects.get(action="import_roster").by == office
    assert list(folder.iterdir()) == []
    assert client.get(preview).status_code == 404


def test_faults_are_shown_and_come_back_in_the_file(client, tmp_path):
    preview = send(client, roster(tmp_path, line(1, 姓名=""), line(2), line(3, 民族="汗")))
    page = text_of(client.get(preview))
    assert "文件中的行 3 行 问题 2 处 有问题的行 2 行" in page
    assert "姓名 1 处，民族 1 处" in page
    assert "2 姓名 缺少姓名" in page
    assert "新增班级" not in page
    assert "写入：" not in page
    file = client.get(f"{preview}faults/")
    assert file.headers["Content-Disposition"].startswith("attachment; ")
    assert file.headers["Cache-Control"] == "no-store"
    sheet = openpyxl.load_workbook(BytesIO(file.content)).active
    column = [row[-1].value for row in sheet.iter_rows()]
    assert column == [
        "问题",
        "姓名：缺少姓名",
        None,
        "民族：没有“汗”这个民族，请按国家标准填写，如“汉族”；其余填“其他”",
    ]
    answer = client.post(f"{preview}confirm/", follow=True)
    assert "文件没有写入" in answer.content.decode()
    assert not Student.objects.exists()


def test_what_changed_since_the_preview_is_looked_at_again(client, tmp_path):
    preview = send(client, roster(tmp_path, line(1)))
    assert "核对通过" in text_of(client.get(preview))
    make_student(make_class(), "别人", "20230009", id_number=line(1)["证件号码"])
    answer = client.post(f"{preview}confirm/", follow=True)
    assert "证件号码已属于学号 20230009 的学生" in answer.content.decode()
    assert Student.objects.count() == 1


def test_a_file_that_is_no_list_has_its_sentence_and_no_download(client, tmp_path):
    path = tmp_path / "x"
    path.write_bytes("学号,姓名".encode())
    preview = send(client, path)
    page = text_of(client.get(preview))
    assert "这是改了扩展名的文本（CSV）文件，不是 Excel 表格" in page
    assert "下载回来" not in page
    assert client.get(f"{preview}faults/").url == preview


def test_an_upload_is_private_to_its_sender(client, folder, tmp_path):
    preview = send(client, roster(tmp_path, line(1)))
    [path] = folder.iterdir()
    assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    other = Client()
    other.force_login(make_staff("9002", "何敏", Level.SCHOOL))
    assert other.get(preview).status_code == 404
    assert other.get(f"{preview}faults/").status_code == 404
    assert other.post(f"{preview}confirm/").status_code == 404
    assert other.post(f"{preview}discard/").status_code == 404
    assert path.exists()
    assert client.get(f"{preview}confirm/").status_code == 405
    client.post(f"{preview}discard/")
    assert not path.exists()


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "长" * 90 + ".xlsx",
        "\u202excod.xlsx",
        "a\nb.xlsx",
        "😀.xlsx",
        "<b>.xlsx",
    ],
)
def test_the_name_of_a_file_is_never_a_path(client, folder, tmp_path, name):
    preview = send(client, roster(tmp_path, line(1)), name=name)
    [path] = folder.iterdir()
    assert re.fullmatch(r"\d+-[0-9a-f]{32}\.xlsx", path.name)
    page = client.get(preview).content.decode()
    assert "\u202e" not in page
    assert "<b>.xlsx" not in page


@pytest.mark.parametrize("token", ["0" * 32, "x", "..%2f..%2fetc%2fpasswd", "A" * 32])
def test_a_token_that_nobody_has(client, token):
    assert client.get(f"/staff/import/roster/{token}/").status_code == 404


def test_what_nobody_came_back_for_is_removed(client, folder, tmp_path):
    send(client, roster(tmp_path, line(1)))
    [old] = folder.iterdir()
    hours_ago = time.time() - 3 * 3600
    os.utime(old, (hours_ago, hours_ago))
    send(client, roster(tmp_path, line(1)))
    assert len(list(folder.iterdir())) == 1
    assert not old.exists()


def test_too_large_a_file_and_no_file(client, folder, monkeypatch):
    address = reverse("staff:import_roster")
    assert "请上传文件" in client.post(address, {}).content.decode()
    monkeypatch.setattr("yibao.web.staff.imports.MOST_BYTES", 3)
    answer = client.post(address, {"file": SimpleUploadedFile("a.xlsx", b"1234")})
    assert "请删去图片等无关内容后再上传" in answer.content.decode()
    assert list(uploads.folder().iterdir()) == []


def test_the_template_is_understood_by_the_import_itself(client, tmp_path):
    file = client.get(reverse("staff:import_roster_template"))
    path = tmp_path / "template.xlsx"
    path.write_bytes(file.content)
    report = check_roster(path)
    assert report.rows == 1
    assert not any("列" in fault.message for fault in report.errors)
    assert report.notes == []
    assert {fault.row for fault in report.errors} == {2}


def test_the_hardship_list_goes_the_same_way(client, tmp_path):
    make_student(make_class(), "王小明", "20240001")
    head = ["学年", "学号", "姓名", "困难等级", "认定类别"]
    path = book(tmp_path / "a.xlsx", head, ["2026", "20240001", "王小明", "困难", "孤儿"])
    preview = send(client, path, "hardship")
    assert "新增 1 条" in text_of(client.get(preview))
    answer = client.post(f"{preview}confirm/", follow=True)
    assert "贫困生名单已导入：新增 1 条" in answer.content.decode()
    assert HardshipEntry.objects.get().category == "孤儿"
    assert client.get(reverse("staff:import_hardship_template")).status_code == 200


@pytest.mark.parametrize("level", [Level.COUNSELOR, Level.FINANCE, Level.ADMIN, Level.AUDITOR])
def test_only_the_school_office_brings_lists_in(level):
    client = Client()
    client.force_login(make_staff("T1", "老师", level))
    for kind in ("roster", "hardship"):
        for end in ("", "template/", "0" * 32 + "/", "0" * 32 + "/faults/"):
            assert client.get(f"/staff/import/{kind}/{end}").status_code == 403
        assert client.post(f"/staff/import/{kind}/{'0' * 32}/confirm/").status_code == 403
