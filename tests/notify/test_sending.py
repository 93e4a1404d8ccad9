"""Once and never twice: with retries, with two workers, and when one of them is killed."""

import os
import re
import subprocess
import sys
import threading
from collections import Counter
from datetime import datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, connections
from django.utils.timezone import now

from tests.notify.conftest import FACT, HOLDING, LATER, TO_DO
from yibao.accounts.models import Language, User
from yibao.notify import flow, jobs, sending
from yibao.notify.channels import channels
from yibao.notify.flow import Note, tell
from yibao.notify.models import Delivery, DeliveryState, Message
from yibao.notify.sending import give_up_on_silent, quiet_until, send_due

BEIJING = ZoneInfo("Asia/Shanghai")


def told(users, kind=FACT, **more):
    tell([Note(user.pk, kind, "标题", "内容", **more) for user in users], by=None)


def states():
    return Counter(Delivery.objects.values_list("state", flat=True))


def due_now():
    Delivery.objects.filter(state=DeliveryState.WAITING).update(due_at=now())


# One worker ---------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_letter_goes_to_the_address_and_once(people, mail):
    told(people(3))
    assert send_due() == 3
    assert send_due() == 0
    assert mail.addresses == [f"p00{n}@example.edu.cn" for n in range(3)]
    assert states() == {"sent": 3}


@pytest.mark.django_db
def test_who_reads_english_gets_an_english_letter(people, mail):
    reader, other = people(2)
    reader.language = Language.ENGLISH
    reader.save()
    tell(
        [Note(user.pk, FACT, "审核通过，请缴费", "审核已通过，请缴费") for user in (reader, other)],
        by=None,
    )
    assert send_due() == 2
    english, chinese = (letter for _, letter in sorted(mail.letters, key=lambda it: it[0]))
    assert english["Subject"] == "[Student medical insurance] Approved, please pay"
    assert "Approved. Please pay" in english.get_content()
    assert not re.search("[一-鿿]", english.get_content())
    assert chinese["Subject"] == "【大学生医保】审核通过，请缴费"


@pytest.mark.django_db
def test_what_is_due_later_waits(people, mail):
    told(people(1), LATER)
    assert send_due() == 0
    with time_machine.travel(now() + LATER.wait):
        assert send_due() == 1


@pytest.mark.django_db
def test_asked_again_at_the_last_second(people, mail):
    holds, over, read, taken_back, left, gone = people(6)
    HOLDING.update(user.pk for user in (holds, read, taken_back, left, gone))
    for user in (holds, over, read, taken_back, left, gone):
        told([user], TO_DO, about=user)
    flow.read(Message.objects.get(to=read))
    flow.withdraw([taken_back])
    User.objects.filter(pk=left.pk).update(is_active=False)
    User.objects.filter(pk=gone.pk).update(email=None)
    assert send_due() == 1
    assert mail.addresses == [holds.email]
    assert states() == {"sent": 1, "needless": 4, "failed": 1}
    assert Message.objects.get(to=over).withdrawn_at
    assert not Message.objects.get(to=left).withdrawn_at


@pytest.mark.django_db
def test_refused_for_good_is_not_tried_again(people, mail):
    mail.rcpt = lambda to: "550 nobody here" if to.startswith("p000") else "250 fine"
    told(people(2))
    assert send_due() == 1
    failed = Delivery.objects.get(state=DeliveryState.FAILED)
    assert failed.said == "邮件地址被拒收（550）"
    due_now()
    assert send_due() == 0


@pytest.mark.django_db
def test_refused_for_now_is_tried_again_later_and_later(people, mail, monkeypatch):
    monkeypatch.setattr(sending, "MOST_TRIES", 3)
    mail.answer = "451 busy"
    told(people(1))
    pauses = []
    for _ in range(3):
        due_now()
        assert send_due() == 0
        delivery = Delivery.objects.get()
        pauses.append(round((delivery.due_at - now()).total_seconds() / 60))
    assert (delivery.state, delivery.said) == (DeliveryState.FAILED, "邮件被退回（451）")
    assert pauses[:2] == [1, 2]


@pytest.mark.django_db
def test_a_server_that_is_down_costs_nothing_but_time(people, mail):
    told(people(3))
    mail.sender = "421 closing"
    assert send_due() == 0
    assert states() == {"waiting": 3}
    assert Delivery.objects.filter(due_at__gt=now()).count() == 3
    mail.sender = "250 fine"
    due_now()
    assert send_due() == 3
    assert len(mail.letters) == 3


@pytest.mark.django_db
def test_nobody_listens(people, mail, settings):
    told(people(1))
    channels()["mail"].server = settings.MAIL_SERVER.__class__("127.0.0.1", 9, "a@b.cn")
    assert send_due() == 0
    assert Delivery.objects.get().said.startswith("邮件服务器连接失败")


@pytest.mark.django_db
def test_no_answer_is_not_sent_again(people, mail, monkeypatch):
    monkeypatch.setattr("yibao.notify.mail.TIMEOUT", 0.2)
    mail.deaf_at = 2
    told(people(3))
    assert send_due() == 1
    assert states() == {"sent": 1, "unknown": 1, "waiting": 1}
    due_now()
    assert send_due() == 1
    assert mail.addresses == [f"p00{n}@example.edu.cn" for n in range(3)]


# Quiet hours --------------------------------------------------------------------------------
NIGHT, NOON = (time(22), time(8)), (time(12), time(13))


@pytest.mark.parametrize(
    ("hours", "at", "until"),
    [
        (NIGHT, (21, 59), None),
        (NIGHT, (22, 0), (22, 8)),
        (NIGHT, (23, 30), (22, 8)),
        (NIGHT, (0, 30), (21, 8)),
        (NIGHT, (7, 59), (21, 8)),
        (NIGHT, (8, 0), None),
        (NOON, (12, 30), (21, 13)),
        (NOON, (13, 0), None),
        (None, (23, 30), None),
    ],
)
def test_quiet_hours_are_the_schools(settings, hours, at, until):
    settings.QUIET_HOURS = hours
    moment = datetime(2026, 11, 21, *at, tzinfo=BEIJING)
    expected = until and datetime(2026, 11, until[0], until[1], tzinfo=BEIJING)
    assert quiet_until(moment) == expected


@pytest.mark.django_db
def test_at_night_only_the_inbox_speaks(people, mail, settings):
    settings.QUIET_HOURS = NIGHT
    with time_machine.travel(datetime(2026, 11, 21, 23, 0, tzinfo=BEIJING)):
        told(people(1))
        assert send_due() == 0
        assert Message.objects.count() == 1
    with time_machine.travel(datetime(2026, 11, 22, 8, 0, tzinfo=BEIJING)):
        assert jobs.send_messages(timestamp=0) == 1


# Several workers, one of them killed -----------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_letter_once(people, mail):
    users = people(30)
    told(users)
    gate, sent = threading.Barrier(3), []

    def work():
        gate.wait()
        sent.append(send_due())
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(sent) == 30
    assert mail.addresses == sorted(user.email for user in users)


@pytest.mark.django_db(transaction=True)
def test_a_slow_worker_does_not_send_what_another_has_taken(people, mail):
    """Its lease runs out between taking and handing over."""
    told(people(1))
    slow = sending._take("mail", 10)
    due_now()
    quick = sending._take("mail", 10)
    assert sending._send_all(channels()["mail"], slow) == 0
    assert sending._send_all(channels()["mail"], quick) == 1
    assert len(mail.letters) == 1
    assert states() == {"sent": 1}


WORKER = """
import django
django.setup()
from yibao.notify.sending import send_due
send_due()
"""


def worker(mail) -> subprocess.Popen:
    """A process of its own on the database of this test."""
    name = connection.settings_dict["NAME"]
    environment = {
        **os.environ,
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl(),
        "DJANGO_SETTINGS_MODULE": "yibao.server.settings",
        "YIBAO_MAIL": mail.url,
        "YIBAO_MAIL_FROM": "yibao@example.edu.cn",
        "YIBAO_QUIET": "off",
    }
    return subprocess.Popen([sys.executable, "-c", WORKER], env=environment)


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_is_continued_and_nothing_goes_twice(people, mail):
    users = people(10)
    told(users)
    mail.deaf_at = 4
    killed = worker(mail)
    # A start takes long on a busy machine. Three are sent, the fourth is on the line.
    assert mail.met.wait(120)
    killed.kill()
    killed.wait(60)
    assert states() == {"sent": 3, "handed": 1, "waiting": 6}
    assert send_due() == 0  # what the dead one had taken is still its own
    with time_machine.travel(now() + sending.LEASE + timedelta(seconds=1)):
        assert send_due() == 6
    with time_machine.travel(now() + sending.SILENCE + timedelta(seconds=1)):
        assert give_up_on_silent() == 1
        assert send_due() == 0
    assert states() == {"sent": 9, "unknown": 1}
    assert mail.addresses == sorted(user.email for user in users)
