"""Signing in, the first own password, signing out."""

import pytest
from axes.models import AccessAttempt
from django.test import Client

from tests.factories import make_class, make_student
from yibao.accounts import flow
from yibao.accounts.models import User
from yibao.common.models import AuditEntry

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.stand_ins")]
GOOD = "七月 流火 July"
OTHER = "蓝色 茶杯 四十二"
SIGN_IN, CHANGE, OUT = "/accounts/sign-in/", "/accounts/password/", "/accounts/sign-out/"


@pytest.fixture
def wang():
    student = make_student(make_class(), "王小明", "2024010001")
    student.user.set_password(GOOD)
    student.user.save()
    return student.user


@pytest.fixture
def newcomer():
    """A student who never had a password: the last six of the ID number open the door once."""
    return make_student(make_class(), "李新来", "2024010009")


def trail():
    return list(AuditEntry.objects.order_by("pk").values_list("action", "subject_id", "by_id"))


def sign_in(client, username, password, **more):
    return client.post(SIGN_IN, {"username": username, "password": password, **more})


def test_a_person_signs_in_and_lands_at_home(client, wang):
    answer = sign_in(client, "2024010001", GOOD)
    assert (answer.status_code, answer.url) == (302, "/start/")
    assert client.get("/start/").url == "/"
    assert client.get("/").status_code == 200
    assert trail() == [("sign_in", wang.pk, wang.pk)]


def test_the_password_is_compared_exactly(client, wang):
    for wrong in (GOOD.lower(), f" {GOOD}", GOOD.replace(" ", "")):
        assert sign_in(client, "2024010001", wrong).status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_wrong_password_is_said_in_plain_chinese_and_written_down(client, wang):
    text = sign_in(client, "2024010001", "wrong password").content.decode()
    assert "学号/工号或密码不正确，请检查后重试" in text
    assert 'value="2024010001"' in text
    assert "wrong password" not in text
    assert trail() == [("sign_in_refused", wang.pk, None)]


def test_an_unknown_name_gets_the_same_answer_and_is_not_kept(client, wang):
    known = sign_in(client, "2024010001", "wrong password").context["form"].errors
    unknown = sign_in(client, "my secret", "wrong password").context["form"].errors
    assert known == unknown
    assert [action for action, *_ in trail()] == ["sign_in_refused"]


def test_empty_fields_say_what_to_do(client):
    text = sign_in(client, "", "").content.decode()
    assert "请填写学号或工号" in text
    assert "请填写密码" in text


def test_a_disabled_account_stays_outside(client, wang):
    User.objects.update(is_active=False)
    assert sign_in(client, "2024010001", GOOD).status_code == 200
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/records/?q=a", "/records/?q=a"),
        ("", "/start/"),
        ("https://elsewhere.example/", "/start/"),
        ("//elsewhere.example/", "/start/"),
        ("http://testserver@elsewhere.example/", "/start/"),
        ("javascript:alert(1)", "/start/"),
    ],
)
def test_next_leads_back_but_never_elsewhere(client, wang, wanted, led_to):
    assert sign_in(client, "2024010001", GOOD, next=wanted).url == led_to
    assert client.get(SIGN_IN, {"next": wanted}).url == led_to


def test_signing_in_changes_the_key_of_the_session(client, wang):
    client.get(SIGN_IN)
    session = client.session
    session["draft"] = "1"
    session.save()
    before = session.session_key
    sign_in(client, "2024010001", GOOD)
    assert client.session.session_key != before


def test_five_wrong_passwords_lock_one_person_at_one_address(client, wang):
    for _ in range(5):
        locked = sign_in(client, "2024010001", "wrong password")
    assert locked.status_code == 429
    assert "密码连续输错 5 次" in locked.content.decode()
    assert sign_in(client, "2024010001", GOOD).status_code == 429
    assert sign_in(Client(REMOTE_ADDR="10.0.0.2"), "2024010001", GOOD).status_code == 302


def test_a_new_password_unlocks(client, wang):
    for _ in range(5):
        sign_in(client, "2024010001", "wrong password")
    flow.give_initial_password(wang, OTHER, by=None)
    assert sign_in(client, "2024010001", OTHER).status_code == 302


def test_what_was_typed_as_a_name_is_not_kept(client, wang):
    for name in ("350102200503020014", "my secret"):
        sign_in(client, name, "wrong password")
    kept = str(list(AccessAttempt.objects.values()))
    assert AccessAttempt.objects.count() == 2
    assert [name for name in ("350102200503020014", "secret", "wrong") if name in kept] == []


def test_the_initial_password_must_be_changed_before_anything_else(client, newcomer):
    answer = sign_in(client, "2024010009", newcomer.id_number[-6:])
    assert answer.status_code == 302
    assert client.get("/records/?q=a").url == f"{CHANGE}?next=%2Frecords%2F%3Fq%3Da"
    assert client.get("/start/").url == f"{CHANGE}?next=%2Fstart%2F"
    assert client.post("/say/").url == CHANGE
    answer = client.get("/records/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == CHANGE
    page = client.get(CHANGE, {"next": "/records/?q=a"}).content.decode()
    assert "李新来，您还在使用初始密码" in page
    assert "现在的密码" not in page
    for rule in (
        "至少 8 个字符，字母、数字、符号、空格、汉字都可以",
        "不能是常见密码，如 12345678、password1",
        "不能由学号/工号、姓名构成",
        "不能由生日、证件号码、手机号构成",
    ):
        assert rule in page


def test_the_first_own_password_opens_everything(client, newcomer):
    initial = newcomer.id_number[-6:]
    sign_in(client, "2024010009", initial)
    change = {"new_password": GOOD, "repeated": GOOD, "next": "/records/"}
    assert client.post(CHANGE, change).url == "/records/"
    assert "密码已修改" in client.get("/records/").content.decode()
    last = AuditEntry.objects.latest("pk")
    assert (last.action, last.data) == ("change_password", {"was_initial": True})
    fresh = Client()
    assert sign_in(fresh, "2024010009", initial).status_code == 200
    assert sign_in(fresh, "2024010009", GOOD).status_code == 302


def test_changing_the_password_needs_the_present_one(client, wang):
    client.force_login(wang)
    change = {"old_password": "wrong", "new_password": OTHER, "repeated": OTHER}
    assert "现在的密码不正确，请重新输入" in client.post(CHANGE, change).content.decode()
    assert User.objects.get().check_password(GOOD)
    assert client.post(CHANGE, change | {"old_password": GOOD}).url == "/start/"
    assert User.objects.get().check_password(OTHER)
    assert AuditEntry.objects.latest("pk").data == {"was_initial": False}


def test_changing_the_password_ends_the_other_sessions(wang):
    here, there = Client(), Client()
    for client in (here, there):
        sign_in(client, "2024010001", GOOD)
    here.post(CHANGE, {"old_password": GOOD, "new_password": OTHER, "repeated": OTHER})
    assert here.get("/records/").status_code == 200
    assert there.get("/records/").url == f"{SIGN_IN}?next=%2Frecords%2F"


def test_two_different_new_passwords_are_refused_at_the_second(client, wang):
    client.force_login(wang)
    answer = client.post(
        CHANGE, {"old_password": GOOD, "new_password": OTHER, "repeated": f"{OTHER}!"}
    )
    assert answer.context["form"].errors == {"repeated": ["两次输入的新密码不一样，请重新输入"]}


def test_signing_out_is_a_deed_not_a_link(client, wang):
    client.force_login(wang)
    assert client.get(OUT).status_code == 405
    assert client.get("/records/").status_code == 200
    assert client.post(OUT).url == SIGN_IN
    assert "您已退出" in client.get(SIGN_IN).content.decode()
    assert client.get("/records/").status_code == 302
    assert trail()[-1] == ("sign_out", wang.pk, wang.pk)


def test_no_page_of_the_doors_is_kept_by_a_cache(client, wang):
    assert "no-store" in client.get(SIGN_IN).headers["Cache-Control"]
    client.force_login(wang)
    assert "no-store" in client.get(CHANGE).headers["Cache-Control"]
