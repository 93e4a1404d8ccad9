"""人员与岗位 and 操作日志: the administrator manages accounts, the auditor reads, neither sees students."""

import re

import pytest
from django.urls import reverse

from yibao.accounts.models import User
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.people import posts
from yibao.people.levels import Level
from yibao.people.models import Post


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.admin)
    return client


def page(client, name, *args):
    return client.get(reverse(f"staff:{name}", args=args)).content.decode()


def test_the_list_has_all_staff_and_no_student(admin, cast):
    text = page(admin, "people")
    assert [name for name in ("李老师", "徐书记", "周主任", "陈审计") if name not in text] == []
    assert "计算机学院（院级）" in text
    assert "王小明" not in text
    everything = admin.get(reverse("staff:people") + "?q=王小明").content.decode()
    assert "2024010001" not in everything


def test_a_new_officer_can_start_to_work(admin, client, cast):
    admin.post(reverse("staff:person_new"), {"number": "T100", "name": "新老师"})
    user = User.objects.get(username="T100")
    college = cast.classes.cs1.major.college
    admin.post(reverse("staff:person", args=[user.pk]), {"level": "college", "college": college.pk})
    assert [str(p) for p in user.posts.all()] == ["计算机学院（院级）"]
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


def test_the_last_auditor_stays(cast):
    """Else an administrator could make the trail unread."""
    [post] = cast.auditor.posts.all()
    with pytest.raises(Refused, match=r"^至少要保留一名审计$"):
        posts.end_post(post, by=cast.admin)
    outcome = posts.switch_off(User.objects.filter(pk=cast.auditor.pk), by=cast.admin)
    assert outcome.refused == {cast.auditor.pk: "至少要保留一名审计"}
    second = posts.add_person("T052", "新审计", by=cast.admin)
    posts.give_post(second, Level.AUDITOR, by=cast.admin)
    assert posts.end_post(post, by=cast.admin).is_active is False


def refusals(person):
    trail = AuditEntry.objects.filter(action__endswith="_refused", subject_id=person.pk)
    return [(line.by.name, line.action, line.data["why"]) for line in trail]


@pytest.mark.parametrize("level", [level for level in Level if level != Level.COLLEGE])
def test_nobody_gives_themselves_a_post(admin, cast, level):
    address = reverse("staff:person", args=[cast.admin.pk])
    answer = admin.post(
        address, {"level": level}, headers={"Referer": f"http://testserver{address}"}
    )
    why = "不能给自己添加岗位，请由另一名系统管理员办理"
    assert why in admin.get(answer["Location"]).content.decode()
    assert [str(post) for post in cast.admin.posts.all()] == ["系统管理员"]
    assert refusals(cast.admin) == [("冯管理", "give_post_refused", why)]
    assert f"{why}" in page_of_the_trail(admin, cast)


def page_of_the_trail(client, cast):
    client.force_login(cast.auditor)
    text = page(client, "audit")
    assert "未能添加岗位" in text
    return text


@pytest.mark.parametrize(
    ("who", "level", "why"),
    [
        (
            "office",
            Level.ADMIN,
            "系统管理员不能兼任其他岗位，周主任现在的岗位是学校，请先撤销或换一个账号",
        ),
        (
            "finance",
            Level.AUDITOR,
            "审计不能兼任其他岗位，吴会计现在的岗位是财务，请先撤销或换一个账号",
        ),
        (
            "auditor",
            Level.COUNSELOR,
            "审计不能兼任其他岗位，陈审计现在的岗位是审计，请先撤销或换一个账号",
        ),
        (
            "auditor",
            Level.ADMIN,
            "系统管理员不能兼任其他岗位，陈审计现在的岗位是审计，请先撤销或换一个账号",
        ),
    ],
)
def test_who_manages_and_who_audits_does_nothing_else(cast, who, level, why):
    person = getattr(cast, who)
    with pytest.raises(Refused, match=f"^{why}$"):
        posts.give_post(person, level, by=cast.admin)
    assert refusals(person) == [("冯管理", "give_post_refused", why)]
    posts.give_post(
        person, Level(person.posts.get().level), by=cast.admin
    )  # the same again is none


def test_a_post_that_ended_is_no_hindrance(cast):
    posts.end_post(cast.office.posts.get(), by=cast.admin)
    posts.give_post(cast.office, Level.ADMIN, by=cast.admin)


def test_a_taken_number_is_said_without_naming_a_student(admin, cast):
    for number, why in (
        ("2024010001", "2024010001 已被占用，不能用作工号，请核对"),
        ("T001", "T001 已是李老师的账号，请直接为其添加岗位"),
    ):
        with pytest.raises(Refused, match=f"^{why}$"):
            posts.add_person(number, "新老师", by=cast.admin)
    answer = admin.post(
        reverse("staff:person_new"),
        {"number": "2024010001", "name": "新老师"},
        headers={"Referer": f"http://testserver{reverse('staff:person_new')}"},
        follow=True,
    )
    text = answer.content.decode()
    assert "2024010001 已被占用" in text
    assert "王小明" not in text


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
