"""Who opens what: the menu and the guard read one table."""

import pytest
from django.urls import get_resolver, resolve, reverse

from tests.factories import make_class, make_staff
from yibao.accounts.models import User
from yibao.people.levels import Level
from yibao.web.access import PAGES, entry_of, is_known, levels_of, may_open, why_not_open
from yibao.web.menu import STUDENT_PAGES, menu_of
from yibao.web.shell import Shell

stand_ins = pytest.mark.urls("tests.web.stand_ins")


def named_addresses(resolver=None, namespace=""):
    """The name of every address there is."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if hasattr(pattern, "url_patterns"):
            inner = ":".join(filter(None, (namespace, pattern.namespace)))
            yield from named_addresses(pattern, inner)
        else:
            yield ":".join(filter(None, (namespace, pattern.name or str(pattern.pattern))))


def test_every_address_stands_in_the_table():
    assert sorted(name for name in named_addresses() if not is_known(name)) == []


def test_every_line_of_the_table_is_an_address():
    entries = {name for name, page in PAGES.items() if page.group}
    entries |= {name for name, _label, _icon in STUDENT_PAGES}
    assert sorted((entries | set(PAGES)) - set(named_addresses())) == []


def test_every_page_has_levels_and_an_entry():
    for name in PAGES:
        assert levels_of(name)
        assert PAGES[entry_of(name)].group


def test_the_trail_leads_up_to_the_same_plan(rf):
    request = rf.get("/staff/plans/7/edit/basics/")
    request.user = None
    request.resolver_match = resolve(request.path)
    assert [(step["label"], step["href"]) for step in Shell(request).trail] == [
        ("基础数据", ""),
        ("医保计划", "/staff/plans/"),
        ("计划详情", "/staff/plans/7/"),
    ]


@stand_ins
def test_anonymous_people_go_to_the_sign_in_page_and_back(client, db):
    answer = client.get("/staff/orders/?f=status.paid")
    assert (answer.status_code, answer.url) == (
        302,
        "/accounts/sign-in/?next=%2Fstaff%2Forders%2F%3Ff%3Dstatus.paid",
    )
    assert client.post("/staff/orders/", {"a": 1}).url == "/accounts/sign-in/"


@stand_ins
def test_htmx_is_sent_to_the_sign_in_page_as_a_whole(client, db):
    answer = client.get(
        "/staff/orders/?part=detail",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/staff/orders/?q=a"},
    )
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["HX-Redirect"] == "/accounts/sign-in/?next=%2Fstaff%2Forders%2F%3Fq%3Da"


@stand_ins
@pytest.mark.parametrize("level", Level)
def test_each_post_opens_its_pages_and_no_other(client, db, level):
    college = make_class().major.college if level == Level.COLLEGE else None
    user = make_staff("T1", "某老师", level, college)
    client.force_login(user)
    opened = {name for name in PAGES if client.get(reverse(name)).status_code == 200}
    assert opened == {name for name in PAGES if level in levels_of(name)}
    shown = {entry.name for group in menu_of(user) for entry in group.entries}
    assert shown == {name for name in opened if PAGES[name].group}


@stand_ins
def test_a_wrong_post_gets_a_chinese_page(client, cast):
    client.force_login(cast.li)
    answer = client.get("/staff/refunds/")
    assert answer.status_code == 403
    assert "“退费”由财务岗位使用，您现在的岗位是辅导员" in answer.content.decode()


@stand_ins
def test_two_posts_open_the_pages_of_both(cast):
    for name in PAGES:
        wanted = {Level.COUNSELOR, Level.COLLEGE} & set(levels_of(name))
        assert may_open(cast.zhang, name) == bool(wanted)


@stand_ins
def test_a_post_that_has_ended_opens_nothing(client, cast):
    cast.li.posts.update(is_active=False)
    client.force_login(cast.li)
    assert client.get("/staff/").status_code == 403


@stand_ins
def test_an_address_outside_the_table_is_refused_to_everybody(client, db):
    for number, level in enumerate(set(Level) - {Level.COLLEGE}):
        client.force_login(make_staff(f"T{number}", "某老师", level))
        assert client.get("/staff/forgotten/").status_code == 403


@stand_ins
def test_students_open_their_pages_only(client, cast):
    client.force_login(cast.wang.user)
    assert client.get("/").status_code == 200
    answer = client.get("/staff/")
    assert answer.status_code == 403
    assert "这是老师使用的页面，学生账号不能打开" in answer.content.decode()


@stand_ins
def test_staff_at_the_students_door(client, cast):
    client.force_login(cast.li)
    assert client.get("/").url == "/staff/"
    assert client.get("/records/").status_code == 403


def test_somebody_without_student_and_post_opens_nothing(db):
    user = User.objects.create_user("N1", "新来")
    reason = "您的账号既没有关联学生信息，也没有岗位，请联系学校学工部门处理"
    assert {why_not_open(user, name) for name in ("staff:home", "student:home")} == {reason}


@stand_ins
def test_notices_of_gateways_need_no_sign_in(client, db):
    assert client.post("/pay/notify/").status_code == 200


@stand_ins
@pytest.mark.parametrize(
    ("who", "home"), [("wang", "/"), ("li", "/staff/"), ("auditor", "/staff/")]
)
def test_everybody_lands_at_home(client, cast, who, home):
    person = getattr(cast, who)
    client.force_login(getattr(person, "user", person))
    assert client.get("/start/").url == home


@stand_ins
def test_somebody_who_is_both_may_switch(client, cast):
    cast.wang.user.posts.create(level=Level.FINANCE)
    client.force_login(cast.wang.user)
    assert client.get("/start/").url == "/staff/"
    assert "切换到学生端" in client.get("/staff/").content.decode()
    assert "切换到工作台" in client.get("/").content.decode()


@stand_ins
def test_nobody_else_is_offered_the_switch(client, cast):
    client.force_login(cast.wang.user)
    assert "切换到" not in client.get("/").content.decode()
    client.force_login(cast.li)
    assert "切换到" not in client.get("/staff/").content.decode()
