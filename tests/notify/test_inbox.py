"""What is told, to whom, and what becomes of it in the inbox."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.notify.conftest import FACT, INSIDE, LATER, TO_DO, forget
from yibao.accounts.models import User
from yibao.notify import flow
from yibao.notify.flow import Note, tell, withdraw, without_numbers
from yibao.notify.kinds import Kind
from yibao.notify.models import Delivery, DeliveryState, Message

pytestmark = pytest.mark.django_db


def note(user: User, kind: Kind = FACT, **more) -> Note:
    return Note(user.pk, kind, "标题", "内容", "/progress/1/", **more)


def test_everybody_is_told_but_whoever_did_it(people):
    wang, li = people(2)
    assert tell([note(wang, about=li), note(li)], by=li) == 1
    message = Message.objects.get()
    assert (message.to, message.by, message.kind) == (wang, li, "test_fact")
    assert (message.title, message.text, message.link) == ("标题", "内容", "/progress/1/")
    assert (message.subject_type, message.subject_id) == ("user", li.pk)
    assert message.is_unread


def test_a_job_and_a_gateway_tell_everybody(people):
    wang, li = people(2)
    assert tell([note(wang), note(li)], by=None) == 2
    assert tell([], by=None) == 0


@pytest.mark.parametrize("channels", ["nothing", "mail"])
def test_the_number_of_queries_does_not_grow(people, mail, settings, channels):
    if channels == "nothing":
        settings.MESSAGE_CHANNELS = {}
        forget()
    users = people(40)
    tell([note(users[0])], by=None)  # what is asked once is asked
    counts = []
    for some in (users[:1], users):
        with CaptureQueriesContext(connection) as queries:
            tell([note(user) for user in some], by=None)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert Message.objects.count() == 42


def test_a_kind_that_settings_do_not_name_is_a_mistake(people):
    with pytest.raises(ValueError, match="MESSAGE_KINDS does not name the kind test_new"):
        tell([note(*people(1), kind=Kind("test_new", "新"))], by=None)


def test_what_goes_outside_is_written_beside_the_message(people, mail):
    (with_address,) = people(1)
    without = User.objects.create_user("Q1", "无邮箱")
    closed = User.objects.create_user("Q2", "停用")
    closed.email, closed.is_active = "q2@example.edu.cn", False
    closed.save()
    tell([note(user) for user in (with_address, without, closed)], by=None)
    delivery = Delivery.objects.get()
    assert (delivery.message.to, delivery.channel) == (with_address, "mail")
    assert delivery.state == DeliveryState.WAITING
    assert ProcrastinateJob.objects.filter(task_name="yibao.notify.jobs.send_now").count() == 1


def test_some_kinds_stay_inside_and_some_wait(people, mail):
    (wang,) = people(1)
    tell([note(wang, INSIDE)], by=None)
    assert not Delivery.objects.exists()
    tell([note(wang, LATER)], by=None)
    delivery = Delivery.objects.get()
    assert delivery.due_at - delivery.moved_at > LATER.wait * 0.99
    assert not ProcrastinateJob.objects.filter(task_name="yibao.notify.jobs.send_now").exists()


def test_without_a_way_outside_there_is_the_inbox(people):
    tell([note(*people(1))], by=None)
    assert not Delivery.objects.exists()
    assert not ProcrastinateJob.objects.filter(task_name="yibao.notify.jobs.send_now").exists()


def test_what_has_moved_on_no_longer_counts(people):
    wang, li = people(2)
    tell([note(wang, TO_DO, about=li), note(wang, FACT, about=li)], by=None)
    tell([note(wang, TO_DO, about=wang)], by=None)
    assert Message.objects.visible_to(wang).unread().count() == 3
    assert withdraw([li]) == 1
    assert withdraw([li]) == 0
    assert withdraw([]) == 0
    gone = Message.objects.exclude(withdrawn_at=None).get()
    assert (gone.kind, gone.subject_id) == (TO_DO.key, li.pk)
    assert Message.objects.visible_to(wang).unread().count() == 2


def test_opened_once_and_all_at_once(people):
    wang, li = people(2)
    tell([note(wang), note(wang), note(li)], by=None)
    first = Message.objects.visible_to(wang).first()
    at = flow.read(first).read_at
    assert flow.read(first).read_at == at
    assert flow.read_all(wang) == 1
    assert not Message.objects.visible_to(wang).unread().exists()
    assert Message.objects.visible_to(li).unread().count() == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("证件号码350102200503021234有误", "证件号码350*************34有误"),
        ("35010220050302123x", "350*************3x"),
        ("请打 13905914858 给我", "请打 139******58 给我"),
        ("学号 2024010001，应缴 533.00 元，2026-11-21 14:05 前", None),
        ("０１２", None),
    ],
)
def test_no_full_number_leaves_by_a_message(people, typed, told):
    assert without_numbers(typed) == (told or typed)
    (wang,) = people(1)
    tell([Note(wang.pk, FACT, typed, typed)], by=None)
    message = Message.objects.get()
    assert (message.title, message.text) == (told or typed, told or typed)


def test_what_is_too_long_is_cut(people):
    (wang,) = people(1)
    tell([Note(wang.pk, FACT, "长" * 81, "长" * 601)], by=None)
    message = Message.objects.get()
    assert (len(message.title), message.title[-2:]) == (80, "长…")
    assert len(message.text) == 600


def test_nothing_is_told_when_the_act_fails(people, mail):
    (wang,) = people(1)

    @transaction.atomic
    def act():
        tell([note(wang)], by=None)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert not Message.objects.exists()
    assert not ProcrastinateJob.objects.exists()
