"""The students' pages in English: every page, and every sentence that they may meet."""

import re
from collections.abc import Iterable
from html import unescape

import pytest
from django.urls import reverse

from tests.factories import make_class, make_staff, make_student
from tests.web.matrix import READ
from tests.web.matrix_acts import address_of
from tests.web.matrix_world import BACKEND, World, world
from tests.web.student.basics import faults
from tests.web.student.sentences import ROOT, of_code, of_template
from tests.web.visitor import visitor
from yibao.accounts.models import Language, User
from yibao.common.english.catalogue import HAN, in_english, is_known, reading_of, with_own
from yibao.common.english.markup import page_in_english
from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import Decision, Intent, Manner, Papers, Place, Signed, Standing, Status
from yibao.payments.states import OrderStatus, PaymentStatus, RefundStatus
from yibao.people.codes import ETHNICITIES, DocumentType, RosterStatus, Sex, TrainingLevel
from yibao.people.levels import Level
from yibao.people.models import ClassGroup, College
from yibao.people.states import Topic
from yibao.plans.statement import BLANKS, DEFAULT, filled
from yibao.web.student.apply import NAMES

__all__ = ["visitor", "world"]
TYPED = {"改名字", "登记时写错了", "电话确认", "我已在家里参保"}
"""What 王 has written himself."""
LIGHT = 100_000
MARKED = re.compile(r'<(\w+)[^>]*\blang="zh-CN"[^>]*>.*?</\1>', re.DOTALL)
QUIET = re.compile(r"<(script|style)\b.*?</\1>|value=\"[^\"]*\"", re.DOTALL)


def chinese_in(page: str) -> list[str]:
    """Chinese words of a page, but for those that say that they are."""
    left = QUIET.sub("", MARKED.sub("", page))
    return [unescape(text) for text in re.findall(r"[^<>\"]+", left) if HAN.search(text)]


def names_of(world: World) -> set[str]:
    """What is data: people, their classes, what the school has called its plans."""
    group = world.cast.wang.class_group
    people = {*User.objects.values_list("name", flat=True)}
    plans = {plan.name for plan in world.plans.values()}
    units = {group.name, group.major.name, group.major.college.name}
    units |= {*College.objects.values_list("name", flat=True)}
    units |= {*ClassGroup.objects.values_list("name", flat=True)}
    return people | plans | units


# Pages -------------------------------------------------------------------------------------
def student_addresses(world: World) -> list[str]:
    """Every page that 王 can open, in every state of his."""
    pages = [line for line in READ if line.name.startswith("student:")]
    own = [address_of(world, line) for line in pages if line.answers["wang"] == "200"]
    row = world.row("apply").public_id
    steps = [reverse("student:apply_step", args=[row, name]) for name in NAMES]
    topics = [reverse("student:correction_new", args=[topic.value]) for topic in Topic]
    ways = [
        reverse("student:progress", args=[public_id])
        for public_id in Enrolment.objects.filter(student=world.cast.wang).values_list(
            "public_id", flat=True
        )
    ]
    return [*own, *steps, *topics, *ways, reverse("accounts:change_password")]


@pytest.mark.django_db
def test_every_page_of_a_student_is_english_but_for_names_and_what_the_school_wrote(world, visitor):
    User.objects.filter(pk=world.cast.wang.user_id).update(language=Language.ENGLISH)
    known, found = names_of(world), {}
    for address in student_addresses(world):
        answer = visitor.send("wang", "GET", address)
        if not answer.headers["Content-Type"].startswith("text/html") or not answer.content:
            continue
        page = answer.text
        if address.startswith("/") and "<html" in page:
            assert '<html lang="en"' in page, address
        assert [w for w in chinese_in(page) if not any(n in w for n in known)] == [], address
        for _, said in re.findall(r'<(span|\w+) lang="zh-CN">(.*?)</\1>', page, re.DOTALL):
            words = unescape(re.sub(r"<[^>]*>", "", said)).strip()
            if not any(words in name or name in words for name in known | TYPED):
                found.setdefault(words, address)
    assert found == {}


@pytest.mark.django_db
def test_every_page_of_a_student_is_light_and_can_be_read_aloud(world, visitor):
    """After the first visit nothing but the page and its photos is sent: the rest is kept for a year."""
    found = {}
    for address in student_addresses(world):
        answer = visitor.send("wang", "GET", address)
        if (
            "<html" not in answer.text
            if answer.headers["Content-Type"].startswith("text/html")
            else 1
        ):
            continue
        photos = re.findall(r'<img src="(/photos/[^"]*)"', answer.text)
        sent = [answer, *(visitor.send("wang", "GET", photo) for photo in photos)]
        weight = sum(len(one.content) for one in sent)
        if wrong := [*faults(answer.text), *([f"{weight} bytes"] if weight > LIGHT else [])]:
            found[address] = wrong
        assert '<html lang="zh-CN"' in answer.text
    assert found == {}


@pytest.mark.django_db
def test_a_student_switches_and_the_door_remembers(client):
    door = reverse("accounts:sign_in")
    assert "学生用学号" in client.get(door).text
    student = make_student(make_class())
    client.force_login(student.user, backend=BACKEND)
    answer = client.post(reverse("accounts:language"), {"language": "en", "next": "/me/"})
    assert answer["Location"] == "/me/"
    student.user.refresh_from_db()
    assert student.user.language == Language.ENGLISH
    assert 'value="zh" lang="zh-CN"' in client.get("/me/").text
    client.post(reverse("accounts:sign_out"))
    page = client.get(door, follow=True).text
    assert "Students use their student number" in page
    assert "You have signed out" in page
    client.force_login(student.user, backend=BACKEND)
    client.post(reverse("accounts:language"), {"language": "zh"})
    assert "Home" not in client.get("/").text
    assert client.post(reverse("accounts:language"), {"language": "fr"}).status_code == 404


@pytest.mark.django_db
def test_refusals_and_faults_are_english_too_and_staff_read_chinese(client):
    student = make_student(make_class())
    teacher = make_staff("T009", "何静", Level.SCHOOL)
    User.objects.update(language=Language.ENGLISH)
    client.force_login(student.user, backend=BACKEND)
    page = client.post(reverse("student:contact"), {"mobile": "12"}).text
    assert "A mobile number has 11 digits and begins with 13 to 19; this one has 2 digits" in page
    assert "This page or record was not found" in client.get("/nowhere/").text
    answer = client.get("/nowhere/", headers={"HX-Request": "true"})
    assert answer.text.startswith("This page or record was not found")
    assert "This page or record" in answer.headers["HX-Trigger"]
    User.objects.filter(pk=student.user_id).update(language=Language.CHINESE)
    client.force_login(teacher, backend=BACKEND)
    assert "没有找到这个页面" in client.get("/nowhere/").text


# Sentences ---------------------------------------------------------------------------------
CODE = """
    accounts/email accounts/forms accounts/passwords accounts/views common/pictures
    enrolment/choice enrolment/evidence enrolment/statement enrolment/strokes
    people/checks people/contact people/identity people/names people/passwords people/states
    plans/choosing plans/coverage web/choice_form web/failures web/forms web/idle web/inbox web/master_fields web/menu
    web/papers web/pictures
""".split()
PARTS = {
    "enrolment/rules": "why_not_submit why_not_withdraw _why_not_in_plan _outside _faults",
    "enrolment/papers": "why_not_supply supply why_not_stay_out",
    "people/rules": "why_not_ask why_not_incomplete why_not_withdraw",
    "payments/rules": "why_not_order why_not_pay_online",
}
"""Of modules that speak to staff too, what they say to students."""
PAGES = ("web/templates/student", "web/templates/parts", "accounts/templates/accounts")
PIECES = re.compile(
    r"^7族$|^\[㐀|^7时间|^申请$|^请7$|^如有疑问，7$|^如需补办，7$|^为你登记了|如需参保，7?$|请写明学生|您的岗位"
)
"""Parts of sentences, which are tried whole below, and what staff are told."""


def unknown(said: Iterable[str]) -> list[str]:
    """Those that the catalogue does not have; longer ones are forms to be filled, not sentences."""
    return [s for s in dict.fromkeys(said) if not is_known(s) and not PIECES.search(s)]


@pytest.mark.parametrize("module", CODE)
def test_every_sentence_for_students_is_in_the_catalogue(module):
    assert unknown(of_code(f"{module}.py")) == []


@pytest.mark.parametrize(("module", "functions"), PARTS.items())
def test_every_refusal_that_a_student_meets_is_in_the_catalogue(module, functions):
    assert unknown(of_code(f"{module}.py", functions.split())) == []


@pytest.mark.parametrize(
    "choices",
    [
        *(Status, Intent, Decision, Standing, Papers, Signed, Manner, Place),
        *(Sex, DocumentType, TrainingLevel, RosterStatus),
        *(OrderStatus, PaymentStatus, RefundStatus),
    ],
)
def test_every_state_has_its_word(choices):
    assert [label for label in choices.labels if not is_known(label)] == []


def test_every_ethnic_group_has_its_name():
    assert [name for name in ETHNICITIES if not is_known(f"{name}族")] == []


def test_every_sentence_of_the_students_own_code_and_templates_is_in_the_catalogue():
    modules = [f"web/student/{path.name}" for path in (ROOT / "web/student").glob("*.py")]
    templates = [path for folder in PAGES for path in (ROOT / folder).glob("*.html")]
    said = [s for module in modules for s in of_code(module)]
    said += [s for path in templates if path.name != "_language.html" for s in of_template(path)]
    assert unknown(said) == []


@pytest.mark.parametrize(
    ("said", "english"),
    [
        ("已提交，等待辅导员审核", "Submitted, waiting for: Counselor review"),
        (
            "标准 380.00 元，已认定为低保对象（特殊困难），减免 50% 即 190.00 元，由学校承担，应缴 190.00 元",
            "Standard ¥380.00, recognised as recipient of minimum living allowance (severe), reduction of "
            "50%, i.e. ¥190.00, borne by the university, ¥190.00 due",
        ),
        (
            "个人信息不完整或有误：身份证号第 18 位应为 9，现在是 3，请对照证件核对整个号码；缺少民族",
            "Your personal data are incomplete or wrong: The ID card number: character 18 should be 9, but "
            "is 3. Please check the whole number by your document; ethnic group is missing",
        ),
        (
            "2026-2027 学年大学生医疗保险：李老师（辅导员审核）退回，原因：照片不清楚。请在 2026-11-30 23:59 前提交",
            "Student medical insurance 2026-2027: Returned by 李老师 (Counselor review). Reason: 照片不清楚. "
            "Please submit before 2026-11-30 23:59",
        ),
        ("辅导员李老师、何老师", "your counselor 李老师, 何老师"),
        ("艾克拜尔·亚森，你好", "Hello, 艾克拜尔·亚森"),
        ("2026-11-21 14:05（还剩 3 天）", "2026-11-21 14:05 (3 day(s) left)"),
    ],
)
def test_sentences_are_put_together(said, english):
    assert in_english(said) == english


def test_what_is_called_in_capitals_keeps_them_within_a_sentence():
    with with_own(lambda: {"甲险": "Basic Medical Insurance", "乙险": "Supplementary cover"}):
        assert in_english("学号；甲险；乙险") == (
            "Student number; Basic Medical Insurance; supplementary cover"
        )


def test_only_texts_and_labels_of_a_page_are_touched_and_what_stays_chinese_is_marked():
    page = (
        '<html lang="zh-CN"><title>首页</title><p title="返回">姓名 <b>王小明</b></p>'
        '<input value="姓名" placeholder="请选择"><textarea>姓名</textarea>'
        '<div lang="zh-CN"><div>姓名</div></div><p>&lt;b&gt;下一步</p><script>"姓名"</script>'
        "<p>与证件不符先不要提交，请<a>申请更正</a>。（已缴）</p>"
    )
    assert page_in_english(page) == (
        '<html lang="en"><title>Home</title><p title="Back">Name <b><span lang="zh-CN">王小明</span></b></p>'
        '<input value="姓名" placeholder="Please choose"><textarea>姓名</textarea>'
        '<div lang="zh-CN"><div>姓名</div></div><p>&lt;b&gt;下一步</p><script>"姓名"</script>'
        "<p>If anything differs from your document, do not submit; please <a>Request correction</a>. "
        "(Paid)</p>"
    ).replace("&lt;b&gt;下一步", '&lt;b&gt;<span lang="zh-CN">下一步</span>')


def test_the_statement_is_read_in_english_or_said_not_to_be():
    values = dict.fromkeys(BLANKS, "某") | {
        "保障期": "2027-01-01 至 2027-12-31",
        "原因": "自愿放弃",
    }
    read = reading_of(filled(DEFAULT, values))
    assert len(read) == 8
    assert read[1] == "Reason for not joining: I choose not to join."
    assert read[3].endswith("of the period 2027-01-01 to 2027-12-31.")
    assert reading_of(f"{DEFAULT}\n\n另外约定如下。") == [
        "This statement was written by the university and has no English reading. If anything is "
        "unclear, ask your counselor first."
    ]
