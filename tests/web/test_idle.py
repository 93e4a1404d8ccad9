"""Sessions that nobody uses end; whoever was at work comes back to the same page with what was typed."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client

from yibao.common.models import AuditEntry
from yibao.grid.models import ColumnLayout
from yibao.web import idle

BEGUN = datetime(2026, 10, 12, 1, tzinfo=UTC)
HX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/staff/reviews/?q=王"}
STILL_HERE = "/accounts/still-here/"


@pytest.fixture
def clock():
    with time_machine.travel(BEGUN, tick=False) as clock:
        yield clock


def arrive(person) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(STILL_HERE).status_code == 204
    return client


def at(clock, **after):
    clock.move_to(BEGUN + timedelta(**after))


@pytest.mark.parametrize(
    ("who", "minutes", "address"),
    [("li", 15, "/staff/reviews/?q=a"), ("wang", 30, "/history/?n=1")],
)
def test_a_second_before_and_a_second_after(cast, clock, who, minutes, address):
    person = getattr(getattr(cast, who), "user", getattr(cast, who))
    client = arrive(person)
    at(clock, minutes=minutes)
    assert client.get(address).status_code == 200
    at(clock, minutes=2 * minutes)
    assert client.get(address).status_code == 200  # used in between
    at(clock, minutes=3 * minutes, seconds=1)
    answer = client.get(address)
    path, _, query = address.partition("?")
    assert (
        answer.url
        == f"/accounts/sign-in/?next={path.replace('/', '%2F')}%3F{query.replace('=', '%3D')}"
    )
    said = f"已有 {minutes} 分钟没有操作，为保护个人信息已退出，请重新登录"
    assert said in client.get(answer.url).content.decode()
    assert client.get(STILL_HERE).status_code == 401
    line = AuditEntry.objects.get(action="sign_out")
    assert (line.by, line.data) == (person, {"why": said})


def test_twelve_hours_are_a_day_at_any_pace(cast, clock):
    client = arrive(cast.wang.user)
    for minutes in range(20, 12 * 60 + 1, 20):
        at(clock, minutes=minutes)
        assert client.get("/history/").status_code == 200
    at(clock, hours=12, seconds=1)
    assert client.get("/history/").status_code == 302
    assert "登录已满 12 小时，请重新登录" in client.get("/accounts/sign-in/").content.decode()


def test_what_a_page_asks_by_itself_keeps_nothing_alive(cast, clock):
    client = arrive(cast.li)
    for minutes in range(1, 16):
        at(clock, minutes=minutes)
        assert client.get(STILL_HERE, headers={"X-Poll": "1"}).status_code == 204
    at(clock, minutes=15, seconds=1)
    assert client.get(STILL_HERE, headers={"X-Poll": "1"}).status_code == 401


def test_every_part_that_asks_by_itself_says_so():
    polls = [
        tag
        for path in Path("yibao").rglob("*.html")
        for tag in re.findall(
            r"<[^<]*hx-trigger=\"[^\"]*(?:\bload\b|\bevery\b)[^<]*>", path.read_text("utf-8")
        )
    ]
    assert len(polls) >= 3
    assert [tag for tag in polls if '"X-Poll": "1"' not in tag] == []


def test_a_form_sent_too_late_changes_nothing_and_leads_back_to_its_page(cast, clock):
    client = arrive(cast.li)
    at(clock, minutes=16)
    answer = client.post(
        "/staff/reviews/",
        {"do": "layout", "cols": "name"},
        headers={"Referer": "http://testserver/staff/reviews/?q=a"},
    )
    assert answer.url == "/accounts/sign-in/?next=%2Fstaff%2Freviews%2F%3Fq%3Da"
    assert ColumnLayout.objects.count() == 0
    elsewhere = client.post("/staff/reviews/", headers={"Referer": "http://elsewhere.example/a"})
    assert elsewhere.url == "/accounts/sign-in/"


def test_a_list_is_left_as_a_whole_and_found_again(cast, clock):
    client = arrive(cast.li)
    at(clock, minutes=16)
    answer = client.get("/staff/reviews/?part=columns", headers=HX)
    assert answer["HX-Redirect"].startswith("/accounts/sign-in/?next=%2Fstaff%2Freviews%2F%3Fq%3D")
    assert b"<form" not in answer.content


def test_machines_need_no_session(cast, clock, django_assert_num_queries):
    client = arrive(cast.li)
    with django_assert_num_queries(0):
        assert client.get("/livez").status_code == 200


def test_not_every_request_writes_its_session(cast, clock):
    client = arrive(cast.li)
    before = client.session[idle.SEEN]
    at(clock, seconds=idle.WRITTEN_EVERY - 1)
    client.get("/staff/")
    assert client.session[idle.SEEN] == before
    at(clock, seconds=idle.WRITTEN_EVERY)
    client.get("/staff/")
    assert client.session[idle.SEEN] == before + idle.WRITTEN_EVERY
