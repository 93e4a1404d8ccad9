"""How letters and robots speak, and what the environment may say of them."""

import base64
import hashlib
import hmac
from datetime import time
from urllib.parse import parse_qs, unquote_plus, urlsplit

import pytest

from tests.notify.conftest import FACT, FOR_STAFF
from yibao.notify import ways
from yibao.notify.channels import Letter
from yibao.notify.flow import Note, tell
from yibao.notify.mail import written
from yibao.notify.models import Delivery, DeliveryState
from yibao.notify.sending import send_due

LETTER = Letter(
    number="0190a1b2",
    to="wang@example.edu.cn",
    headline="已退回",
    title="申请被退回\r\nBcc: all@example.edu.cn",
    text="原因：材料不清晰",
    link="https://yibao.example.edu.cn/progress/1/",
)
SENDER = "大学生医保 <yibao@example.edu.cn>"


# Letters ------------------------------------------------------------------------------------
def test_a_letter_says_what_is_to_be_done_and_where():
    mail = written(LETTER, SENDER)
    assert mail["To"] == "wang@example.edu.cn"
    assert mail["From"] == SENDER
    assert mail["Message-ID"] == "<0190a1b2@example.edu.cn>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"] == "【大学生医保】申请被退回 Bcc: all@example.edu.cn"
    assert mail["Bcc"] is None
    said = mail.get_content()
    assert "原因：材料不清晰" in said
    assert "登录查看：https://yibao.example.edu.cn/progress/1/" in said


@pytest.mark.django_db
def test_a_letter_arrives_as_it_was_written(people, mail):
    tell([Note(people(1)[0].pk, FACT, "标题", "第一行\n.\n第三行", "/me/")], by=None)
    assert send_due() == 1
    ((_, letter),) = mail.letters
    assert letter["Subject"] == "【大学生医保】标题"
    assert "第一行\n.\n第三行" in letter.get_content().replace("\r\n", "\n")
    assert "https://yibao.example.edu.cn/me/" in letter.get_content()


# Robots -------------------------------------------------------------------------------------
def tell_all(users, kind, title="张三的申请因“困难认定”被退回"):
    tell([Note(user.pk, kind, title, "原因") for user in users], by=None)


@pytest.mark.django_db
def test_in_a_group_a_robot_says_no_more_than_the_kind(people, robot):
    hall = robot()
    tell_all(people(3), FACT)
    assert send_due() == 3
    ((path, body),) = hall.said
    assert path == "/robot?key=geheim"
    assert body == {
        "msgtype": "text",
        "text": {
            "content": "【大学生医保】事实\n请登录查看：https://yibao.example.edu.cn/",
            "mentioned_list": ["P000", "P001", "P002"],
        },
    }


@pytest.mark.django_db
def test_what_concerns_staff_is_said_by_its_title(people, robot):
    hall = robot()
    tell_all(people(1), FOR_STAFF, "计算机学院 2024 级参保率待审核")
    tell_all(people(0), FOR_STAFF)
    send_due()
    assert "计算机学院 2024 级参保率待审核" in hall.said[0][1]["text"]["content"]


@pytest.mark.django_db
def test_many_are_named_together_but_not_too_many(people, robot):
    hall = robot()
    tell_all(people(45), FACT)
    assert send_due() == 45
    named = [body["text"]["mentioned_list"] for _, body in hall.said]
    assert [len(some) for some in named] == [20, 20, 5]
    assert len({person for some in named for person in some}) == 45


@pytest.mark.django_db
def test_a_group_of_staff_hears_nothing_of_students(people, robot):
    hall = robot(FOR="staff")
    tell_all(people(1), FACT)
    tell_all(people(0), FOR_STAFF)
    assert send_due() == 0
    assert (hall.said, Delivery.objects.count()) == ([], 0)


@pytest.mark.django_db
def test_dingtalk_wants_names_in_the_text_and_a_signature(people, robot):
    hall = robot(FORMAT="dingtalk", SECRET="SEC42")
    tell_all(people(2), FACT)
    assert send_due() == 2
    ((path, body),) = hall.said
    assert body["at"] == {"atUserIds": ["P000", "P001"], "isAtAll": False}
    assert body["text"]["content"].endswith("\n@P000 @P001")
    asked = parse_qs(urlsplit(path).query)
    content = f"{asked['timestamp'][0]}\nSEC42".encode()
    digest = base64.b64encode(hmac.digest(b"SEC42", content, hashlib.sha256)).decode()
    assert unquote_plus(path.rpartition("sign=")[2]) == digest


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ((200, {"errcode": 45009}), DeliveryState.WAITING),
        ((200, {"errcode": 130101}), DeliveryState.WAITING),
        ((200, {"errcode": 93000}), DeliveryState.FAILED),
        ((403, {}), DeliveryState.FAILED),
        ((502, {}), DeliveryState.UNKNOWN),
        ((200, {}), DeliveryState.UNKNOWN),
        ((200, []), DeliveryState.UNKNOWN),
    ],
)
def test_what_a_robot_answers(people, robot, answer, state, caplog):
    hall = robot()
    hall.answer = answer
    tell_all(people(1), FACT)
    assert send_due() == 0
    assert Delivery.objects.get().state == state
    assert "geheim" not in caplog.text + Delivery.objects.get().said


# The environment ----------------------------------------------------------------------------
MAIL = {"YIBAO_MAIL": "smtps://a%40b.cn:p%2Fw@mail.b.cn", "YIBAO_MAIL_FROM": SENDER}
ROBOT = {"YIBAO_ROBOT": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=geheim"}


def test_nothing_is_set_up_unless_it_is_asked_for():
    assert ways.mail_server({}) is None
    assert ways.robot_group({}) is None
    assert ways.quiet_hours({}) == (time(22), time(8))
    assert ways.why_not({}) == ""


def test_what_is_asked_for():
    server = ways.mail_server(MAIL)
    assert (server.host, server.port, server.tls) == ("mail.b.cn", 465, True)
    assert (server.user, server.password) == ("a@b.cn", "p/w")
    assert ways.mail_server({**MAIL, "YIBAO_MAIL": "smtp://mail.b.cn"}).port == 587
    assert ways.robot_group(ROBOT).format == "wecom"
    assert not ways.robot_group(ROBOT).for_staff_only
    assert ways.robot_group({**ROBOT, "YIBAO_ROBOT_FOR": "staff"}).for_staff_only
    ding = {"YIBAO_ROBOT": "https://oapi.dingtalk.com/robot/send?access_token=x"}
    assert ways.robot_group(ding).format == "dingtalk"
    assert ways.quiet_hours({"YIBAO_QUIET": "off"}) is None
    assert ways.quiet_hours({"YIBAO_QUIET": "12:30-13:30"}) == (time(12, 30), time(13, 30))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({**MAIL, "YIBAO_MAIL": "mail.b.cn:25"}, "YIBAO_MAIL is no mail server"),
        ({**MAIL, "YIBAO_MAIL": "smtp://geheim:x@"}, "YIBAO_MAIL is no mail server"),
        ({**MAIL, "YIBAO_MAIL": "smtp://mail.b.cn:99999"}, "YIBAO_MAIL has no right port"),
        ({**MAIL, "YIBAO_MAIL_FROM": ""}, "YIBAO_MAIL_FROM is no address"),
        ({**MAIL, "YIBAO_MAIL_FROM": "医保办"}, "YIBAO_MAIL_FROM is no address"),
        ({"YIBAO_ROBOT": "http://qyapi.weixin.qq.com/?key=geheim"}, "YIBAO_ROBOT is no address"),
        ({"YIBAO_ROBOT": "https://im.b.cn/?key=geheim"}, "YIBAO_ROBOT_FORMAT says"),
        ({**ROBOT, "YIBAO_ROBOT_FOR": "all"}, "YIBAO_ROBOT_FOR says"),
        ({"YIBAO_QUIET": "22-8"}, "YIBAO_QUIET is no time of rest"),
        ({"YIBAO_QUIET": "08:00-08:00"}, "YIBAO_QUIET is no time of rest"),
        ({"YIBAO_QUIET": "night"}, "YIBAO_QUIET is no time of rest"),
    ],
)
def test_what_is_wrong_is_said_without_a_secret(wrong, said):
    answer = ways.why_not(wrong)
    assert answer.startswith(said)
    assert "geheim" not in answer


def test_a_secret_is_not_shown_by_accident():
    shown = repr(ways.mail_server(MAIL)) + repr(ways.robot_group(ROBOT))
    assert "p/w" not in shown
    assert "geheim" not in shown
