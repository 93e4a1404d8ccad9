"""The frame: refusals, messages and failures as people see them."""

import json

import pytest
from django.test import Client

from tests.factories import make_post
from tests.web.stand_ins import SENTENCE
from yibao.people.levels import Level
from yibao.web import failures

pytestmark = pytest.mark.urls("tests.web.stand_ins")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def student(client, cast):
    client.force_login(cast.wang.user)
    return client


def notices(answer):
    return json.loads(answer.headers["HX-Trigger"])["notices"]["notices"]


def test_a_refused_form_leads_back_to_its_page_with_the_sentence(student):
    page = "http://testserver/records/?q=a"
    answer = student.post("/refuse/", headers={"Referer": page})
    assert (answer.status_code, answer.url) == (302, page)
    text = student.get("/records/").content.decode()
    assert text.count(SENTENCE) == 1
    assert 'class="notice notice-error" role="alert"' in text


@pytest.mark.parametrize("page", ["https://elsewhere.example/", "", "javascript:alert(1)"])
def test_a_refused_form_never_leads_elsewhere(student, page):
    answer = student.post("/refuse/", headers={"Referer": page})
    assert answer.status_code == 409
    assert SENTENCE in answer.content.decode()


def test_a_refused_page_says_why(student):
    answer = student.get("/refuse/", headers={"Referer": "http://testserver/records/"})
    assert answer.status_code == 409
    assert SENTENCE in answer.content.decode()


def test_htmx_hears_a_refusal_and_swaps_nothing(student):
    answer = student.post("/refuse/", headers=HTMX)
    assert (answer.status_code, answer.content.decode()) == (422, SENTENCE)
    assert answer.headers["HX-Reswap"] == "none"
    assert notices(answer) == [{"tone": "red", "text": SENTENCE}]


def test_messages_reach_htmx_once(student):
    answer = student.post("/say/", headers=HTMX)
    assert notices(answer) == [{"tone": "green", "text": "已通过 35 人"}]
    assert "已通过 35 人" not in student.get("/").content.decode()


def test_messages_wait_for_the_page_that_a_redirect_leads_to(student):
    answer = student.post("/say-and-go/", headers=HTMX)
    assert "HX-Trigger" not in answer.headers
    assert "已保存" in student.get("/").content.decode()


def test_messages_wait_for_a_whole_page(student):
    assert student.post("/say/").content == b"fragment"
    assert student.get("/").content.decode().count("已通过 35 人") == 1


def test_a_fault_of_ours_is_said_without_the_frame(student):
    student.raise_request_exception = False
    answer = student.get("/break/")
    assert answer.status_code == 500
    assert "系统暂时没有完成这次操作" in answer.content.decode()
    assert "RuntimeError" not in answer.content.decode()


def test_a_fault_of_ours_is_said_to_htmx(student):
    student.raise_request_exception = False
    answer = student.get("/break/", headers=HTMX)
    assert answer.status_code == 500
    assert [notice["tone"] for notice in notices(answer)] == ["red"]


def test_what_is_not_there_is_said_in_chinese(student):
    answer = student.get("/nowhere/")
    assert answer.status_code == 404
    assert "没有找到这个页面或这条记录" in answer.content.decode()


def test_what_is_not_there_is_said_to_htmx(student):
    answer = student.get("/nowhere/", headers=HTMX)
    assert answer.status_code == 404
    assert notices(answer) == [{"tone": "red", "text": answer.content.decode()}]


def test_a_stale_form_is_told_to_reload(client, db):
    answer = Client(enforce_csrf_checks=True).post("/accounts/sign-in/", {"username": "a"})
    assert answer.status_code == 403
    assert "页面停留太久，已经过期" in answer.content.decode()


def test_the_frame_names_person_posts_and_place(client, cast):
    client.force_login(cast.zhang)
    text = client.get("/staff/reviews/").content.decode()
    assert "<title>审核 · 大学生医保</title>" in text
    assert "<h1>审核</h1>" in text
    assert "<span>医保业务</span>" in text
    assert 'href="/staff/reviews/" title="审核" aria-current="page"' in text
    assert text.count('aria-current="page"') == 2  # the menu and the trail
    assert 'data-name="staff:reviews" data-entry="staff:reviews" data-label="审核"' in text
    assert "等 2 个岗位" in text
    assert "<span>辅导员</span>" in text
    assert "<span>计算机学院</span>" in text


def test_the_frame_asks_the_database_no_more_for_more_posts(
    client, cast, django_assert_num_queries
):
    client.force_login(cast.xu)
    client.get("/accounts/still-here/")  # the session is written once, when it begins
    with django_assert_num_queries(6):  # session, person, posts, colleges, student, messages
        client.get("/staff/reviews/")
    for college in (cast.classes.en1.major.college, None):
        make_post(cast.xu, Level.COLLEGE if college else Level.SCHOOL, college)
    with django_assert_num_queries(6):
        client.get("/staff/reviews/")


def test_a_name_with_markup_is_text(client, cast):
    cast.li.name = "<script>alert(1)</script>"
    cast.li.save()
    client.force_login(cast.li)
    text = client.get("/staff/").content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_while_the_database_is_away_no_page_asks_it(rf, headers):
    request = rf.get("/", headers=headers)
    request.htmx = bool(headers)  # no database fixture: a query would fail the test
    answer = failures.busy(request)
    assert answer.status_code == 503
    assert "请等几秒后再试一次" in answer.content.decode()
