"""公告: the office writes, the named read, for as long as it said, and plain text stays plain."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localtime, now

from tests.cast import make_cast
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.people import announcing
from yibao.people.models import Announcement
from yibao.people.states import Showing

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
UNPROCESSABLE = 422
HOUR = timedelta(hours=1)


@pytest.fixture
def cast():
    return make_cast()


def client_of(user):
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def form(**changes):
    at = localtime(now())
    return {
        "title": "医保缴费提醒",
        "text": "周五前缴费。\n<script>alert(1)</script>",
        "audience": ["student", "counselor"],
        "shown_from": f"{at - HOUR:%Y-%m-%dT%H:%M}",
        "shown_until": f"{at + HOUR:%Y-%m-%dT%H:%M}",
        **changes,
    }


def home_of(user):
    at = "student:home" if hasattr(user, "student") else "staff:home"
    return client_of(user).get(reverse(at)).content.decode()


def test_the_named_read_it_as_plain_text_and_nobody_else(cast):
    office = client_of(cast.office)
    answer = office.post(reverse("staff:announcement_new"), form())
    assert answer.url == reverse("staff:announcements")
    readers = (cast.wang.user, cast.li)
    for user in readers:
        page = home_of(user)
        assert "医保缴费提醒" in page
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page
    for user in (cast.xu, cast.office, cast.finance):
        assert "医保缴费提醒" not in home_of(user)
    row = Announcement.objects.get()
    assert "正在显示" in office.get(reverse("staff:announcements")).content.decode()
    office.post(
        reverse("staff:announcement", args=[row.pk]), form(title="改了", audience=["college"])
    )
    assert [("改了" in home_of(user)) for user in (*readers, cast.xu)] == [False, False, True]
    office.post(reverse("staff:announcement_withdraw", args=[row.pk]))
    assert "改了" not in home_of(cast.xu)
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))[-3:] == [
        "publish_announcement", "change_announcement", "withdraw_announcement",
    ]  # fmt: skip


def test_it_comes_and_goes_by_the_clock(cast):
    at = now()
    values = {"title": "甲", "text": "乙", "audience": ["student"]}
    windows = {
        "over": (at - 2 * HOUR, at),
        "now": (at - HOUR, at + HOUR),
        "later": (at + HOUR, at + 2 * HOUR),
    }
    for name, (start, end) in windows.items():
        window = {"shown_from": start, "shown_until": end, "title": name}
        announcing.publish(Announcement(), values | window, by=cast.office)
    shown = Announcement.objects.shown_to(cast.wang.user)
    assert [row.title for row in shown] == ["now"]
    assert {row.title: row.state[0] for row in Announcement.objects.all()} == {
        "over": "已结束", "now": "正在显示", "later": "未开始",
    }  # fmt: skip
    announcing.withdraw(Announcement.objects.get(title="later"), by=cast.office)
    # The list says and asks by SQL what a page says of its one.
    for row in Announcement.objects.with_showing():
        assert row.state[0] == Showing(row.showing).label
    page = client_of(cast.office).get(reverse("staff:announcements"), {"f": "showing.shown"})
    assert [row[1] for row in page.context["grid"].page.rows] == ["now"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "长" * 61}, "title"),
        ({"text": "长" * 2001}, "text"),
        ({"text": "坏\0字"}, "text"),
        ({"audience": []}, "audience"),
        ({"audience": ["everybody"]}, "audience"),
        ({"shown_from": "明天"}, "shown_from"),
        ({"shown_until": "2020-01-01T00:00"}, "shown_until"),
    ],
)
def test_a_fault_stands_at_its_field_and_the_rest_is_kept(cast, changes, field):
    answer = client_of(cast.office).post(reverse("staff:announcement_new"), form(**changes))
    assert answer.status_code == UNPROCESSABLE
    assert list(answer.context["form"].errors) == [field]
    kept = "医保缴费提醒" if field != "title" else "周五前缴费"
    assert kept in answer.content.decode()
    assert not Announcement.objects.exists()


def test_only_the_office_and_only_once(cast):
    with pytest.raises(Refused, match="只有学校医保办公室"):
        announcing.publish(Announcement(), {"title": "甲"}, by=cast.xu)
    at = now()
    window = {"shown_from": at, "shown_until": at + HOUR}
    values = {"title": "甲", "text": "乙", "audience": ["student"], **window}
    row = announcing.publish(Announcement(), values, by=cast.office)
    announcing.withdraw(row, by=cast.office)
    with pytest.raises(Refused, match="已经撤下"):
        announcing.withdraw(row, by=cast.office)
    for wrong in ({"audience": []}, {"shown_until": at}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Announcement.objects.create(**(values | wrong), by=cast.office)
