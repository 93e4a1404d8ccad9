"""The ways outside as the environment names them; asked while the settings load, so without Django.

YIBAO_MAIL           smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465
YIBAO_MAIL_FROM      in whose name: 大学生医保 <yibao@example.edu.cn>
YIBAO_ROBOT          the address of a group robot of 企业微信 or 钉钉
YIBAO_ROBOT_SECRET   what a robot of 钉钉 signs with
YIBAO_ROBOT_FORMAT   wecom or dingtalk, where the address does not tell
YIBAO_ROBOT_FOR      everybody (default) or staff: whose messages it tells
YIBAO_QUIET          when nothing goes outside: 22:00-08:00 (default) or off
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

WECOM, DINGTALK = "wecom", "dingtalk"
HOSTS = {"qyapi.weixin.qq.com": WECOM, "oapi.dingtalk.com": DINGTALK}
PORTS = {"smtp": 587, "smtps": 465}
EVERYBODY, STAFF = "everybody", "staff"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
USUAL_QUIET = "22:00-08:00"


@dataclass(frozen=True)
class MailServer:
    """Where letters are handed in, and in whose name."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False  # from the first byte; else by STARTTLS


@dataclass(frozen=True)
class RobotGroup:
    """The address of a robot, which is its secret, and how it wants to be spoken to."""

    url: str = field(repr=False)
    format: str
    secret: str = field(default="", repr=False)
    for_staff_only: bool = False


def mail_server(environment: Mapping[str, str]) -> MailServer | None:
    """None when there is none; ValueError says what is wrong, without the password."""
    if not (url := environment.get("YIBAO_MAIL")):
        return None
    asked = urlsplit(url)
    if asked.scheme not in PORTS or not asked.hostname:
        message = (
            "YIBAO_MAIL is no mail server: write smtp://user:password@host:587, "
            "or smtps://user:password@host:465 for TLS from the start."
        )
        raise ValueError(message)
    sender = environment.get("YIBAO_MAIL_FROM", "")
    if not re.fullmatch(r"[!-~]+@[!-~]+", parseaddr(sender)[1]):
        message = (
            "YIBAO_MAIL_FROM is no address: say in whose name mail is sent, such as "
            "大学生医保 <yibao@example.edu.cn>."
        )
        raise ValueError(message)
    return MailServer(
        asked.hostname,
        _port(url) or PORTS[asked.scheme],
        sender,
        unquote(asked.username or ""),
        unquote(asked.password or ""),
        asked.scheme == "smtps",
    )


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError:
        message = "YIBAO_MAIL has no right port: give a number from 1 to 65535."
        raise ValueError(message) from None


def robot_group(environment: Mapping[str, str]) -> RobotGroup | None:
    """None when there is none; ValueError says what is wrong, without the address."""
    if not (url := environment.get("YIBAO_ROBOT")):
        return None
    asked = urlsplit(url)
    local = asked.scheme == "http" and asked.hostname in LOOPBACK
    if (asked.scheme != "https" and not local) or not asked.hostname:
        message = "YIBAO_ROBOT is no address of a robot: copy it whole, beginning with https://."
        raise ValueError(message)
    form = environment.get("YIBAO_ROBOT_FORMAT") or HOSTS.get(asked.hostname, "")
    if form not in HOSTS.values():
        message = "YIBAO_ROBOT_FORMAT says how the robot is spoken to: wecom or dingtalk."
        raise ValueError(message)
    whose = environment.get("YIBAO_ROBOT_FOR") or EVERYBODY
    if whose not in {EVERYBODY, STAFF}:
        message = "YIBAO_ROBOT_FOR says whose messages the robot tells: everybody or staff."
        raise ValueError(message)
    return RobotGroup(url, form, environment.get("YIBAO_ROBOT_SECRET", ""), whose == STAFF)


def quiet_hours(environment: Mapping[str, str]) -> tuple[time, time] | None:
    """From when until when nothing goes outside; None for never."""
    asked = environment.get("YIBAO_QUIET") or USUAL_QUIET
    if asked == "off":
        return None
    try:
        begins, ends = (time.fromisoformat(part) for part in asked.split("-"))
    except ValueError:
        begins = ends = time.min
    if begins == ends:
        message = "YIBAO_QUIET is no time of rest: write 22:00-08:00, or off."
        raise ValueError(message)
    return begins, ends


def why_not(environment: Mapping[str, str]) -> str:
    """What is wrong with all of this; "" when nothing is."""
    for read in (mail_server, robot_group, quiet_hours):
        try:
            read(environment)
        except ValueError as error:
            return str(error)
    return ""
