"""The inbox on a page: what is new, what opens it, and that it is one's own."""

import pytest
from django.urls import reverse
from django.utils.timezone import now

from tests.cast import make_cast
from tests.factories import make_plan
from yibao.accounts.models import User
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.notify.flow import Note, tell
from yibao.notify.models import Message
from yibao.reports.messages import HANDED_IN


@pytest.fixture
def cast(db):
    """王's application was returned by his counselor."""
    cast = make_cast()
    enlist(make_plan(), by=cast.office)
    rows = Enrolment.objects.filter(student=cast.wang)
    flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.wang.user).or_refuse()
    flow.send_back(rows, by=cast.li, comment="<b>照片</b>不清晰").or_refuse()
    return cast


@pytest.fixture
def wang(client, cast):
    client.force_login(cast.wang.user)
    return client


def page(client, name="student:inbox", query=""):
    response = client.get(f"{reverse(name)}{query}")
    assert response.status_code == 200
    return response.content.decode()


def of(person) -> Message:
    return Message.objects.visible_to(person).get()


def bell(said: str) -> str:
    """What a screen reader says of the bell."""
    return said.partition('class="bell"')[2].partition('aria-label="')[2].partition('"')[0]


def test_the_bell_counts_and_the_inbox_tells(wang, cast):
    assert bell(page(wang, "student:home")) == "消息，1 条未读"
    said = page(wang)
    assert "申请被退回，请修改后重新提交" in said
    assert "原因：&lt;b&gt;照片&lt;/b&gt;不清晰。" in said
    assert "李老师" in said
    assert said.count('class="message message-unread"') == 1


def test_opening_marks_it_read_and_leads_to_the_page(wang, cast):
    message = of(cast.wang.user)
    address = reverse("student:message", args=[message.public_id])
    assert wang.get(address).status_code == 405
    response = wang.post(address)
    row = Enrolment.objects.get(student=cast.wang)
    assert response["Location"] == reverse("student:progress", args=[row.public_id])
    assert wang.get(response["Location"]).status_code == 200
    assert bell(page(wang)) == "消息"


def test_another_s_message_is_not_there(client, cast):
    message = of(cast.wang.user)
    client.force_login(cast.liu.user)
    assert client.post(reverse("student:message", args=[message.public_id])).status_code == 404
    assert of(cast.wang.user).is_unread
    assert "还没有消息" in page(client)


def test_what_was_mended_is_not_counted_and_says_so(wang, cast):
    rows = Enrolment.objects.filter(student=cast.wang)
    flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.wang.user).or_refuse()
    said = page(wang)
    assert bell(said) == "消息"
    assert "已有新进展" in said


def test_all_at_once(wang, cast):
    response = wang.post(reverse("student:inbox_read"), follow=True)
    assert "已将 1 条消息标为已读" in response.content.decode()
    response = wang.post(reverse("student:inbox_read"), follow=True)
    assert "没有未读的消息" in response.content.decode()


def test_a_link_that_leads_away_is_not_followed(wang, cast):
    for link in ("https://example.com/", "//example.com/", "javascript:alert(1)", ""):
        Message.objects.update(link=link)
        response = wang.post(reverse("student:message", args=[of(cast.wang.user).public_id]))
        assert response["Location"] == reverse("student:inbox")


def test_many_messages_have_pages(client, cast):
    tell([Note(cast.li.pk, HANDED_IN, f"第 {n} 条") for n in range(70)], by=None)
    client.force_login(cast.li)
    first, last = page(client, "staff:inbox"), page(client, "staff:inbox", "?page=3")
    assert (first.count("message-unread"), last.count("message-unread")) == (30, 10)
    assert "第 69 条" in first
    assert "第 0 条" in last
    assert "第 1 页，共 3 页" in first
    assert bell(first) == "消息，70 条未读"
    found = page(client, "staff:inbox", "?q=第 6&unread=1")
    assert found.count('class="message message-unread"') == 16  # 6, 16 … 56, 60 … 69
    assert "第 1 页" not in found
    Message.objects.filter(title="第 6 条").update(read_at=now())
    assert page(client, "staff:inbox", "?q=第 6&unread=1").count("message-unread") == 15
    assert "?q=%E7%AC%AC&amp;page=2" in page(client, "staff:inbox", "?q=第")
    assert "没有符合条件的消息" in page(client, "staff:inbox", "?q=%25_")
    for nonsense in ("?page=99", "?page=-1", "?page=x"):
        assert "message-unread" in page(client, "staff:inbox", nonsense)


def test_above_a_hundred_the_bell_stops_counting(client, cast):
    tell([Note(cast.li.pk, HANDED_IN, "待审核") for _ in range(100)], by=None)
    client.force_login(cast.li)
    assert ">99+<" in page(client, "staff:home")


def test_staff_open_theirs(client, cast):
    tell([Note(cast.li.pk, HANDED_IN, "待审核", link="/staff/rates/grades/")], by=None)
    client.force_login(cast.li)
    response = client.post(reverse("staff:message", args=[of(cast.li).public_id]))
    assert response["Location"] == "/staff/rates/grades/"
    assert client.post(reverse("staff:inbox_read"))["Location"] == reverse("staff:inbox")


def test_staff_say_where_mail_goes(client, cast):
    client.force_login(cast.li)
    address = reverse("staff:email")
    assert "学校还没有开通邮件发送" in page(client, "staff:email")
    wrong = client.post(address, {"email": "li@"}).content.decode()
    assert "name@example.edu.cn 的样式" in wrong
    assert 'value="li@"' in wrong
    assert client.post(address, {"email": "li@example.edu.cn"}).status_code == 302
    assert User.objects.get(pk=cast.li.pk).email == "li@example.edu.cn"
    assert 'value="li@example.edu.cn"' in page(client, "staff:email")
    client.post(address, {"email": ""})
    assert User.objects.get(pk=cast.li.pk).email == ""


def test_the_inbox_asks_the_same_few_questions_however_full(
    client, cast, django_assert_num_queries
):
    client.force_login(cast.li)
    client.get("/accounts/still-here/")  # the session is written once, when it begins
    tell([Note(cast.li.pk, HANDED_IN, "待审核")], by=cast.xu)
    with django_assert_num_queries(7):
        page(client, "staff:inbox")
    tell([Note(cast.li.pk, HANDED_IN, "待审核") for _ in range(20)], by=cast.xu)
    with django_assert_num_queries(7):
        page(client, "staff:inbox")
