"""人员与岗位 and 操作日志: the administrator manages accounts, the auditor reads, neither sees students."""

import re

import pytest
from django.urls import reverse

from tests.cast import Cast, make_cast
from yibao.accounts.models import User
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.people import posts
from yibao.people.levels import Level
from yibao.people.models import Post


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.admin)
    return client


def page(client, name, *args):
    return client.get(reverse(f"staff:{name}", args=args)).content.decode()


def test_the_list_has_all_staff_and_no_student(admin, cast):
    text = page(admin, "people")
    assert [name for name in ("李老师", "徐书记", "周主任", "陈审计") if name not in text] == []
    assert "计算机学院学院" in text
    assert "王小明" not in text
    everything = admin.get(reverse("staff:people") + "?q=王小明").content.decode()
    assert "2024010001" not in everything


def test_a_new_officer_can_start_to_work(admin, client, cast):
    admin.post(reverse("staff:person_new"), {"number": "T100", "name": "新老师"})
    user = User.objects.get(username="T100")
    college = cast.classes.cs1.major.college
    admin.post(reverse("staff:person", args=[user.pk]), {"level": "college", "college": college.pk})
    assert [str(p) for p in user.posts.all()] == ["计算机学院学院"]
    shown = admin.post(reverse("staff:person_password", args=[user.pk])).content.decode()
    password = re.search(r"初始密码：<code>(\w{12})</code>", shown).group(1)
    client.logout()
    answer = client.post(
        reverse("accounts:sign_in"), {"username": "T100", "password": password}, follow=True
    )
    assert "新密码" in answer.content.decode()
    assert password not in page(admin, "people")


@pytest.mark.parametrize(
    ("level", "college", "classes", "why"),
    [
        ("college", "", [], "学院岗位请选择学院"),
        ("school", "yes", [], "只有学院岗位需要选择学院"),
        ("finance", "", ["cs1"], "只有辅导员岗位可以选择所带班级"),
    ],
)
def test_a_post_that_does_not_fit_says_why_and_keeps_what_was_entered(
    admin, cast, level, college, classes, why
):
    data = {
        "level": level,
        "college": cast.classes.cs1.major.college_id if college else "",
        "classes": [getattr(cast.classes, name).pk for name in classes],
    }
    answer = admin.post(reverse("staff:person", args=[cast.he.pk]), data)
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert cast.he.posts.count() == 1


def test_saving_a_counselors_post_again_replaces_the_classes(admin, cast):
    data = {"level": "counselor", "college": "", "classes": [cast.classes.en1.pk]}
    admin.post(reverse("staff:person", args=[cast.he.pk]), data)
    assert [str(c) for p in cast.he.posts.all() for c in p.class_groups.all()] == ["英语2401"]


def test_the_last_administrator_stays(admin, cast):
    outcome = posts.switch_off(User.objects.filter(pk=cast.admin.pk), by=cast.admin)
    assert list(outcome.refused.values()) == ["不能停用自己的账号"]
    with pytest.raises(Refused, match="至少要保留一名系统管理员"):
        posts.end_post(Post.objects.get(level=Level.ADMIN), by=cast.admin)
    second = posts.add_person("T042", "备用管理", by=cast.admin)
    posts.give_post(second, Level.ADMIN, by=cast.admin)
    assert posts.switch_off(User.objects.filter(pk=cast.admin.pk), by=second).done == [
        cast.admin.pk
    ]


def test_a_switched_off_account_is_out_at_once(admin, client, cast):
    other = type(client)()
    other.force_login(cast.li)
    assert other.get(reverse("staff:reviews")).status_code == 200
    data = {"do": "run", "action": "switch_off", "pk": cast.li.pk}
    admin.post(reverse("staff:people"), data)
    assert other.get(reverse("staff:reviews")).status_code == 302


@pytest.mark.parametrize("who", ["li", "xu", "office", "finance", "auditor"])
def test_nobody_else_manages_people(cast, who):
    with pytest.raises(Refused, match="只有系统管理员"):
        posts.add_person("T100", "新老师", by=getattr(cast, who))


def test_the_auditor_reads_the_trail_in_chinese(client, cast):
    posts.add_person("T100", "新老师", by=cast.admin)
    client.force_login(cast.auditor)
    text = page(client, "audit")
    assert [word for word in ("添加人员", "冯管理", "T041") if word not in text] == []
    english = AuditEntry.objects.values_list("action", flat=True)
    assert [action for action in english if f">{action}<" in text] == []
