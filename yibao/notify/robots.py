"""群机器人 of 企业微信 and 钉钉. A robot speaks in a group, so it says what a message is about, and no more."""

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, cast
from urllib.parse import quote_plus

import httpx
from django.conf import settings
from django.db.models import QuerySet

from yibao.accounts.models import User
from yibao.notify.channels import Letter, NotSentError, UnclearError
from yibao.notify.kinds import Kind
from yibao.notify.ways import DINGTALK, RobotGroup

TIMEOUT = httpx.Timeout(10, connect=3)
TOO_FAST = frozenset({45009, 45033, 130101, 660026})


class Robot:
    """群机器人: names people by the number they sign in with, several of a kind in one message."""

    together: ClassVar[int] = 20
    at_once: ClassVar[int] = 18  # both kinds take 20 a minute
    rounds: ClassVar[int] = 1

    def __init__(self) -> None:
        self.group = cast("RobotGroup", settings.ROBOT_GROUP)

    def takes(self, kind: Kind) -> bool:
        """Staff's messages alone where the group is theirs."""
        return kind.outside and (kind.for_staff or not self.group.for_staff_only)

    def reached(self, people: QuerySet[User]) -> QuerySet[User]:
        """Everybody has a number."""
        return people

    def address(self, user: User) -> str:
        """The number, which schools use as the name in 企业微信 and 钉钉."""
        return user.username

    @contextmanager
    def open(self) -> Iterator["RobotLine"]:
        """Connections are made one by one."""
        with httpx.Client(timeout=TIMEOUT) as client:
            yield RobotLine(client, self.group)


class RobotLine:
    """Says one thing after the other in the group."""

    def __init__(self, client: httpx.Client, group: RobotGroup) -> None:
        self.client, self.group = client, group

    def ready(self, letters: Sequence[Letter]) -> None:
        """Nothing comes before it counts."""

    def hand_over(self, letters: Sequence[Letter]) -> None:
        """Say it."""
        body = said(self.group.format, letters)
        try:
            answer = self.client.post(signed(self.group), json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NotSentError("群机器人连接失败", for_all=True) from error
        except httpx.HTTPError as error:
            raise UnclearError from error
        _judge(answer)


def _judge(answer: httpx.Response) -> None:
    if answer.is_server_error:
        raise UnclearError
    try:
        code = answer.json()["errcode"] if answer.is_success else answer.status_code
    except (ValueError, KeyError, TypeError) as error:
        raise UnclearError from error
    if code in TOO_FAST:
        raise NotSentError("群机器人发送过快，稍后再发", for_all=True)
    if code != 0:
        raise NotSentError(f"群机器人拒绝了消息（{code}）", for_good=True)


def said(form: str, letters: Sequence[Letter]) -> dict[str, Any]:
    """What is said, in the robot's format. Names, reasons and amounts stay out of a group."""
    lines = list(dict.fromkeys(letter.headline for letter in letters))
    content = f"【大学生医保】{'；'.join(lines)}\n请登录查看：{settings.PUBLIC_URL}/"
    people = list(dict.fromkeys(letter.to for letter in letters))
    if form == DINGTALK:
        named = " ".join(f"@{person}" for person in people)
        return {
            "msgtype": "text",
            "text": {"content": f"{content}\n{named}"},
            "at": {"atUserIds": people, "isAtAll": False},
        }
    return {"msgtype": "text", "text": {"content": content, "mentioned_list": people}}


def signed(group: RobotGroup) -> str:
    """The address; 钉钉 wants time and signature in it."""
    if group.format != DINGTALK or not group.secret:
        return group.url
    at = str(round(time.time() * 1000))
    digest = hmac.digest(group.secret.encode(), f"{at}\n{group.secret}".encode(), hashlib.sha256)
    return f"{group.url}&timestamp={at}&sign={quote_plus(base64.b64encode(digest))}"
