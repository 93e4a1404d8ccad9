"""撤销 of what was done to rows of a list, for ten minutes."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests.grid import lists
from tests.grid.test_errands import all_pieces, at, queued, short
from yibao.grid import batches, jobs
from yibao.grid.models import Batch, Progress
from yibao.people.codes import RosterStatus
from yibao.people.models import Student

__all__ = ["at", "short"]
pytestmark = [pytest.mark.urls("tests.grid.lists"), pytest.mark.django_db]
HERE = "/staff/students/"
HX = {"HX-Request": "true"}
RUN = {"do": "run", "action": "suspend", "all": "1", "comment": "因病"}
MINUTES = timedelta(minutes=1)


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def suspended():
    return Student.objects.filter(roster_status=RosterStatus.SUSPENDED).count()


def pk_of(number):
    return Student.objects.get(student_no=number).pk


def undo(at, batch, **more):
    return at.post(HERE, {"do": "undo", "batch": batch.pk, **more}, headers=HX)


def test_what_was_done_at_once_can_be_undone_from_the_list(at):
    at.post(f"{HERE}?q=2025000", RUN, headers=HX)
    batch = Batch.objects.get()
    assert (batch.progress, len(batch.done), len(batch.refused)) == (Progress.READY, 7, 3)
    page = words(at.get(HERE))
    assert "刚才办理休学 7 条" in page
    assert f"{timezone.localtime(batch.undo_until):%H:%M} 前可以撤销" in page
    response = undo(at, batch)
    assert json.loads(response["HX-Trigger"])["list:done"]["close"] is True
    assert json.loads(response["HX-Trigger"])["notices"]["notices"] == [
        {"tone": "green", "text": "撤销办理休学：已完成 7 条"}
    ]
    assert suspended() == 3
    assert "刚才" not in words(at.get(HERE))


def test_without_a_script_too(at):
    at.post(HERE, RUN)
    response = at.post(HERE, {"do": "undo", "batch": Batch.objects.get().pk}, follow=True)
    assert [str(m) for m in response.context["messages"]][-1] == "撤销办理休学：已完成 58 条"
    assert suspended() == 3


def test_the_report_names_every_row_and_has_the_button(at):
    said = at.post(f"{HERE}?q=2025000", RUN, headers=HX).content.decode()
    assert 'name="do" value="undo"' in said
    assert "办理休学：完成 7 条，3 条未完成" in said
    assert re.findall(r"part=detail&amp;pk=\d+\" data-dialog>(\d+)", said) == [
        "20250000", "20250001", "20250002",
        *(f"2025000{n}" for n in range(3, 10)),
    ]  # fmt: skip


def test_what_cannot_be_undone_is_told_row_by_row(at):
    at.post(f"{HERE}?q=2025000", RUN, headers=HX)
    Student.objects.filter(student_no="20250005").update(roster_status=RosterStatus.WITHDRAWN)
    response = undo(at, Batch.objects.get(undoes=None))
    assert "撤销办理休学：完成 6 条，1 条未完成" in words(response)
    assert "20250005 生5 已经退学" in words(response).replace(
        "20250005 生5已经", "20250005 生5 已经"
    )
    assert 'name="do" value="undo"' not in response.content.decode()
    assert suspended() == 3
    assert undo(at, Batch.objects.get(undoes=None)).content.decode() == "这次操作已经撤销过"


def test_in_the_dialog_of_one_row(at):
    sent = {"do": "run", "action": "suspend", "pk": pk_of("20250005"), "at": "2", "comment": "病"}
    said = at.post(f"{HERE}?f=status.active", sent, headers=HX)
    assert "20250005 生5 办理休学：已完成" in words(said)
    assert "20250006 生6</h2>" in said.content.decode()
    form = re.search(r'<form class="list-undo".*?</form>', said.content.decode(), re.DOTALL)[0]
    fields = dict(re.findall(r'name="(\w+)" value="(\w+)"', form))
    assert fields["pk"] == str(pk_of("20250005"))
    back = at.post(f"{HERE}?f=status.active", fields, headers=HX)
    assert "20250005 生5</h2>" in back.content.decode()
    assert "20250005 生5 撤销办理休学：已完成" in words(back)
    assert suspended() == 3


def test_who_when_and_only_once(client, at, campus):
    at.post(f"{HERE}?q=2025000", RUN, headers=HX)
    batch = Batch.objects.get()
    client.force_login(campus.xu)
    assert undo(client, batch).status_code == 404
    assert "刚才" not in words(client.get(HERE))
    client.force_login(campus.school)
    with time_machine.travel(timezone.now() + 11 * MINUTES):
        assert "刚才" not in words(client.get(HERE))
        refused = undo(client, batch)
        assert (refused.status_code, refused.content.decode()) == (
            422,
            "已超过 10 分钟，不能撤销",
        )
        assert 'value="undo"' not in client.get(f"{HERE}?part=batch&pk={batch.pk}").content.decode()
    assert suspended() == 10
    undo(client, batch)
    assert undo(client, batch).content.decode() == "这次操作已经撤销过"
    undoing = Batch.objects.get(undoes=batch)
    assert undo(client, undoing).content.decode() == "这次操作没有可以撤销的内容"


def test_a_long_batch_and_its_long_undo(at, short):
    at.post(HERE, RUN, headers=HX)
    batch = Batch.objects.get()
    assert undo(at, batch).content.decode() == "操作还在进行，完成后才能撤销"
    all_pieces(batch)
    result = at.get(f"{HERE}?part=batch&pk={batch.pk}", headers=HX)
    assert 'name="do" value="undo"' in result.content.decode()
    assert json.loads(result["HX-Trigger"])["list:done"]["close"] is False
    assert "刚才办理休学 58 条" in words(at.get(HERE))
    assert "已处理 0 / 58 条" in words(undo(at, batch))
    undoing = Batch.objects.get(undoes=batch)
    assert queued("yibao.grid.jobs.run_batch")[-1] == {"batch": undoing.pk}
    assert all_pieces(undoing) == 6
    assert suspended() == 3
    assert "撤销办理休学：完成 58 条" in words(at.get(f"{HERE}?part=batch&pk={undoing.pk}"))


def test_an_undo_that_was_asked_in_time_is_done_in_time(at, short, monkeypatch):
    told = []

    def take_back(rows, *, by, until, asked):
        told.append((until, asked))
        return lists.take_back(rows, by=by, until=until, asked=asked)

    monkeypatch.setitem(lists.SUSPEND.__dict__, "undo", take_back)
    at.post(HERE, RUN, headers=HX)
    all_pieces(Batch.objects.get())
    batch = Batch.objects.get()
    undo(at, batch)
    undoing = Batch.objects.get(undoes=batch)
    with time_machine.travel(timezone.now() + 11 * MINUTES):
        all_pieces(undoing)
    assert set(told) == {(batch.moved_at, undoing.asked_at)}
    assert suspended() == 3


def test_several_are_listed_and_old_ones_are_forgotten(at):
    for number in ("20250005", "20250006", "20250007"):
        at.post(f"{HERE}?q={number}", RUN, headers=HX)
    page = words(at.get(HERE))
    assert "刚才办理休学：20250007 生7" in page
    assert "之前还有 2 次" in page
    dialog = at.get(f"{HERE}?part=recent", headers=HX).content.decode()
    assert dialog.count('name="do" value="undo"') == 3
    with time_machine.travel(timezone.now() + batches.KEPT_FOR + MINUTES):
        assert jobs.throw_away_downloads(timestamp=0) == 3
    assert "没有可以撤销的操作" in words(at.get(f"{HERE}?part=recent", headers=HX))


def test_an_action_without_an_undo_leaves_nothing(at):
    at.post(HERE, {"do": "run", "action": "remind", "all": "1"}, headers=HX)
    assert not Batch.objects.exists()
