"""Kinds of messages of the tests, people with addresses, and the ways outside switched on."""

import threading
from collections.abc import Collection, Iterator

import pytest

from tests.notify.outside import MailOffice, RobotHall
from yibao.accounts.models import User
from yibao.notify import channels, kinds, ways
from yibao.notify.kinds import SECOND_THOUGHTS, Kind

HOLDING: set[int] = set()


def still(subjects: Collection[int]) -> set[int]:
    """What the test says."""
    return {pk for pk in subjects if pk in HOLDING}


FACT = Kind("test_fact", "事实")
TO_DO = Kind("test_to_do", "待办", still_true=still)
INSIDE = Kind("test_inside", "站内", outside=False)
LATER = Kind("test_later", "稍后", wait=SECOND_THOUGHTS)
FOR_STAFF = Kind("test_staff", "老师", for_staff=True)
KINDS = (FACT, TO_DO, INSIDE, LATER, FOR_STAFF)


def forget() -> None:
    kinds.kinds.cache_clear()
    channels.channels.cache_clear()


@pytest.fixture(autouse=True)
def test_kinds(settings) -> Iterator[None]:
    settings.MESSAGE_KINDS = ["tests.notify.conftest.KINDS"]
    settings.QUIET_HOURS = None
    settings.PUBLIC_URL = "https://yibao.example.edu.cn"
    HOLDING.clear()
    forget()
    yield
    forget()


def serve(server) -> Iterator:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def post_office() -> Iterator[MailOffice]:
    """A mail server that listens."""
    office = MailOffice()
    yield from serve(office)
    office.released.set()


@pytest.fixture
def mail(settings, post_office) -> MailOffice:
    """Mail is switched on."""
    sender = {"YIBAO_MAIL": post_office.url, "YIBAO_MAIL_FROM": "大学生医保 <yibao@example.edu.cn>"}
    settings.MAIL_SERVER = ways.mail_server(sender)
    settings.MESSAGE_CHANNELS = {"mail": "yibao.notify.mail.Mail"}
    forget()
    return post_office


@pytest.fixture
def hall() -> Iterator[RobotHall]:
    """A group with a robot that listens."""
    yield from serve(RobotHall())


@pytest.fixture
def robot(settings, hall):
    """`robot(FORMAT="dingtalk", …)` switches it on."""

    def switch_on(**more: str) -> RobotHall:
        asked = {"YIBAO_ROBOT": hall.url, "YIBAO_ROBOT_FORMAT": "wecom"}
        settings.ROBOT_GROUP = ways.robot_group(
            asked | {f"YIBAO_ROBOT_{name}": value for name, value in more.items()}
        )
        settings.MESSAGE_CHANNELS = {"robot": "yibao.notify.robots.Robot"}
        forget()
        return hall

    return switch_on


@pytest.fixture
def people(db):
    """`people(3)`: so many accounts with an address."""

    def make(count: int, email: str = "{}@example.edu.cn") -> list[User]:
        made = []
        for n in range(count):
            user = User.objects.create_user(f"P{n:03d}", f"人{n}")
            user.email = email.format(user.username.lower())
            user.save()
            made.append(user)
        return made

    return make
