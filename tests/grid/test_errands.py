"""Work that goes on after the request: long actions and large files."""

import json
from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
import time_machine
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.grid import lists
from tests.grid.conftest import ID_NUMBER, MOBILE
from yibao.common.models import AuditEntry
from yibao.grid import batches, downloads, jobs, telling
from yibao.grid.models import Batch, Download, Progress
from yibao.people.models import Student

pytestmark = [pytest.mark.urls("tests.grid.lists"), pytest.mark.django_db]
HERE = "/staff/students/"
HX = {"HX-Request": "true"}
RUN = {"do": "run", "action": "suspend", "all": "1", "comment": "因病"}


@pytest.fixture
def at(client, campus):
    client.force_login(campus.school)
    return client


@pytest.fixture
def short(monkeypatch):
    """Everything counts as long, and is done in pieces of ten."""
    monkeypatch.setattr(batches, "LONG", 5)
    monkeypatch.setattr(batches, "PIECE", 10)
    monkeypatch.setattr(downloads, "LONG", 5)


def queued(task):
    return list(ProcrastinateJob.objects.filter(task_name=task).values_list("args", flat=True))


def suspended():
    return Student.objects.filter(roster_status="suspended").count()


def all_pieces(batch):
    pieces = 1
    while batches.take_piece(batch.pk):
        pieces += 1
    return pieces


# Long actions --------------------------------------------------------------------------------


def test_a_long_action_goes_on_in_the_background(at, short, monkeypatch):
    response = at.post(HERE, RUN, headers=HX)
    batch = Batch.objects.get()
    assert "已处理 <b>0</b> / 61 条" in response.content.decode()
    assert queued("yibao.grid.jobs.run_batch") == [{"batch": batch.pk}]
    assert suspended() == 3
    assert "办理休学：已处理 0 / 61 条" in at.get(HERE).content.decode()
    assert all_pieces(batch) == 7
    batch.refresh_from_db()
    assert (batch.progress, len(batch.done), len(batch.refused)) == (Progress.READY, 58, 3)
    assert suspended() == 61
    response = at.get(f"{HERE}?part=batch&pk={batch.pk}", headers=HX)
    assert "完成 58 条，3 条未完成" in response.content.decode()
    assert "<b>3 条</b> 已经休学" not in response.content.decode()
    monkeypatch.setattr(telling, "MANY", 2)
    response = at.get(f"{HERE}?part=batch&pk={batch.pk}", headers=HX)
    assert "<b>3 条</b> 已经休学" in response.content.decode()
    assert len(json.loads(response["HX-Trigger"])["list:done"]["done"]) == 58
    assert "已处理" not in at.get(HERE).content.decode()


def test_without_htmx_nothing_is_put_off(at, short):
    assert at.post(HERE, RUN).status_code == 302
    assert suspended() == 61
    assert Batch.objects.get().progress == Progress.READY
    assert queued("yibao.grid.jobs.run_batch") == []


def test_a_killed_worker_loses_no_piece_and_does_none_twice(at, short, monkeypatch):
    at.post(HERE, RUN, headers=HX)
    batch = Batch.objects.get()
    acted = []

    def suspend(rows, *, by, comment):
        acted.extend(row.pk for row in rows)
        outcome = lists.suspend(rows, by=by, comment=comment)
        if len(acted) == 20:
            raise KeyboardInterrupt
        return outcome

    monkeypatch.setitem(lists.SUSPEND.__dict__, "run", suspend)
    with pytest.raises(KeyboardInterrupt):
        all_pieces(batch)
    assert suspended() == 10
    assert Batch.objects.get().through == 10
    monkeypatch.setitem(lists.SUSPEND.__dict__, "run", lists.suspend)
    all_pieces(batch)
    assert len(Batch.objects.get().done) == 58
    assert suspended() == 61


def test_what_the_person_may_is_asked_again_for_every_piece(client, campus, short):
    client.force_login(campus.xu)
    client.post(HERE, RUN, headers=HX)
    batch = Batch.objects.get()
    batches.take_piece(batch.pk)
    campus.xu.posts.update(college=campus.languages)
    all_pieces(batch)
    batch.refresh_from_db()
    assert len(batch.done) == 7
    assert list(batch.refused.values()).count("已经休学") == 3
    assert list(batch.refused.values()).count(batches.GONE) == 50
    assert suspended() == 10


def test_a_disabled_account_does_nothing_more(at, campus, short):
    at.post(HERE, RUN, headers=HX)
    campus.school.is_active = False
    campus.school.save()
    all_pieces(Batch.objects.get())
    assert set(Batch.objects.get().refused.values()) == {"账号已停用"}
    assert suspended() == 3


def test_another_persons_batch_is_not_there(client, at, campus, short):
    at.post(HERE, RUN, headers=HX)
    client.force_login(campus.xu)
    pk = Batch.objects.get().pk
    assert client.get(f"{HERE}?part=batch&pk={pk}", headers=HX).status_code == 404


# Large files ---------------------------------------------------------------------------------


@pytest.fixture
def ordered(at, short):
    sent = {"do": "export"}
    response = at.post(f"{HERE}?q=2025&sort=-student_no&cols=student_no,name", sent, headers=HX)
    assert "正在生成 60 条" in response.content.decode()
    return Download.objects.get()


def test_a_large_file_is_made_in_the_background(at, ordered):
    assert queued("yibao.grid.jobs.make_download") == [{"download": ordered.pk}]
    waiting = at.get(ordered.href)
    assert waiting.status_code == 302
    downloads.make(ordered.pk)
    ordered.refresh_from_db()
    assert (ordered.progress, ordered.through) == (Progress.READY, 60)
    assert "已生成，共 60 条" in at.get(ordered.href, headers=HX).content.decode()
    response = at.get(ordered.href)
    assert "filename*=UTF-8''%E5%AD%A6%E7%94%9F" in response["Content-Disposition"]
    sheet = openpyxl.load_workbook(BytesIO(b"".join(response))).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    assert cells[:2] == [["学号", "姓名"], ["20250059", "生59"]]
    assert len(cells) == 61


def test_from_two_thousand_and_one_rows_on_it_is_a_job(at, monkeypatch):
    assert downloads.LONG == 2000
    for most, jobs_made in ((60, 0), (59, 1)):
        monkeypatch.setattr(downloads, "LONG", most)
        response = at.post(f"{HERE}?q=2025&cols=student_no", {"do": "export"}, headers=HX)
        assert response.streaming is not bool(jobs_made)
        assert Download.objects.count() == jobs_made


def test_a_large_file_of_ticked_rows(at, short):
    pks = list(Student.objects.values_list("pk", flat=True)[:8])
    at.post(f"{HERE}?cols=student_no", {"do": "export", "format": "csv", "pk": pks}, headers=HX)
    download = Download.objects.get()
    downloads.make(download.pk)
    text = b"".join(at.get(download.href)).decode()
    assert text.split() == ["\ufeff学号", *(f"2025000{i}" for i in range(8))]


def test_a_file_is_for_one_person_and_one_day(client, campus, ordered):
    downloads.make(ordered.pk)
    assert client.get(ordered.href).status_code == 200
    client.force_login(campus.xu)
    assert client.get(ordered.href).status_code == 404
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        client.force_login(campus.school)
        assert client.get(ordered.href).status_code == 404
        assert jobs.throw_away_downloads(timestamp=0) == 1
    assert not Download.objects.exists()


def test_a_file_is_kept_back_when_the_scope_has_changed(client, campus, short):
    client.force_login(campus.xu)
    client.post(HERE, {"do": "export"}, headers=HX)
    download = Download.objects.get()
    downloads.make(download.pk)
    assert client.get(download.href).status_code == 200
    campus.xu.posts.update(college=campus.languages)
    refused = client.get(download.href, headers=HX)
    assert "您负责的范围已有变化" in refused.content.decode()


def test_a_job_that_fails_for_good_says_so(ordered, monkeypatch):
    def broken(*_args):
        raise OSError("disk full")

    monkeypatch.setattr(downloads.export, "write_xlsx", broken)

    class Last:
        class job:  # noqa: N801 - as procrastinate names it
            attempts = jobs.TRIES - 1

    with pytest.raises(OSError, match="disk full"):
        jobs.make_download(Last, download=ordered.pk)
    ordered.refresh_from_db()
    assert (ordered.progress, ordered.said) == (
        Progress.FAILED,
        "系统出错，文件没有做好，请重新导出",
    )


# Traces and full numbers -----------------------------------------------------------------------


def test_every_export_leaves_a_trace_and_many_are_too_many(at, campus, monkeypatch):
    at.post(f"{HERE}?q=2025000", {"do": "export"})
    entry = AuditEntry.objects.get(action="export")
    assert entry.by == campus.school
    assert entry.data == {
        "list": "test_students",
        "rows": 10,
        "query": "q=2025000",
        "full_numbers": False,
        "reason": "",
    }
    monkeypatch.setattr(downloads, "MOST_AN_HOUR", 1)
    refused = at.post(HERE, {"do": "export"}, headers=HX)
    assert refused.status_code == 422
    assert "一小时内最多导出、打印 1 次" in refused.content.decode()


def test_full_numbers_need_leave_and_a_reason(client, campus, short):
    sent = {"do": "export", "full": "1", "format": "csv", "reason": "报送医保局"}
    address = f"{HERE}?cols=id_number,mobile"
    client.force_login(campus.zhao)
    refused = client.post(address, sent, headers=HX)
    assert refused.content.decode() == "您的岗位不能导出完整号码"
    client.force_login(campus.school)
    assert client.post(address, sent | {"reason": " "}, headers=HX).status_code == 422
    text = b"".join(client.post(address, sent)).decode()
    assert (ID_NUMBER in text, MOBILE in text) == (True, True)
    assert not Download.objects.exists()
    entry = AuditEntry.objects.get(action="export")
    assert (entry.data["full_numbers"], entry.data["reason"]) == (True, "报送医保局")
    masked = b"".join(client.post(f"{address}&q=20260001", {"do": "export", "format": "csv"}))
    assert ID_NUMBER not in masked.decode()


def test_the_dialog_says_who_may_export_full_numbers(client, campus):
    client.force_login(campus.xu)
    said = client.get(f"{HERE}?part=reveal", headers=HX).content.decode()
    assert "您的岗位不能导出完整号码" in said
    client.force_login(campus.school)
    assert "会记入操作日志" in client.get(f"{HERE}?part=reveal", headers=HX).content.decode()
