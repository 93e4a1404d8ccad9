"""E-mail by SMTP. One letter to one address; the Message-ID stays the same however often it is tried."""

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from typing import ClassVar, cast

from django.conf import settings
from django.db.models import QuerySet

from yibao.accounts.models import User
from yibao.notify.channels import Letter, NotSentError, UnclearError
from yibao.notify.kinds import Kind
from yibao.notify.ways import LOOPBACK, MailServer

TIMEOUT = 10
FINE, LATER, FOR_GOOD = 250, 400, 500
CHINESE = (
    "【大学生医保】",
    "登录查看：",
    "此邮件由大学生医保管理系统自动发送，请勿回复；接收邮箱可在系统的“消息”或“联系方式”里修改。",
)
ENGLISH = (
    "[Student medical insurance] ",
    "Sign in to read: ",
    "This e-mail was sent automatically by the student medical insurance system; please do not reply. "
    "You can change the address under “Messages” or “Contact details”.",
)
"""What stands before a title, before the link, and at the foot."""


class Mail:
    """邮件, to whoever has entered an address."""

    together: ClassVar[int] = 1
    at_once: ClassVar[int] = 50
    rounds: ClassVar[int] = 12

    def __init__(self) -> None:
        self.server = cast("MailServer", settings.MAIL_SERVER)

    def takes(self, kind: Kind) -> bool:
        """Whatever goes outside."""
        return kind.outside

    def reached(self, people: QuerySet[User]) -> QuerySet[User]:
        """Who has an address."""
        return people.filter(email__isnull=False)

    def address(self, user: User) -> str:
        """The address as it is now."""
        return str(user.email)

    @contextmanager
    def open(self) -> Iterator["MailLine"]:
        """Connect and sign in."""
        try:
            smtp = _connect(self.server)
        except (OSError, smtplib.SMTPException) as error:
            raise NotSentError(
                f"邮件服务器连接失败：{type(error).__name__}", for_all=True
            ) from error
        try:
            yield MailLine(smtp, self.server.sender)
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
        finally:
            smtp.close()


def _connect(server: MailServer) -> smtplib.SMTP:
    secure = ssl.create_default_context()
    if server.tls:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT, context=secure
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    try:
        smtp.ehlo()
        if not server.tls and smtp.has_extn("starttls"):
            smtp.starttls(context=secure)
            smtp.ehlo()
        elif not server.tls and server.host not in LOOPBACK:
            message = "no TLS"
            raise smtplib.SMTPNotSupportedError(message)
        if server.user:
            smtp.login(server.user, server.password)
    except (OSError, smtplib.SMTPException):
        smtp.close()
        raise
    return smtp


class MailLine:
    """A connection to the server."""

    def __init__(self, smtp: smtplib.SMTP, sender: str) -> None:
        self.smtp, self.sender = smtp, sender

    def ready(self, letters: Sequence[Letter]) -> None:
        """Name sender and receiver; nothing is sent yet."""
        (letter,) = letters
        try:
            self.smtp.rset()
            known, _ = self.smtp.mail(parseaddr(self.sender)[1])
            if known == FINE:
                code, _ = self.smtp.rcpt(letter.to)
        except (OSError, smtplib.SMTPException) as error:
            raise NotSentError("邮件服务器断开了连接", for_all=True) from error
        if known != FINE:
            raise NotSentError(f"发件地址被拒收（{known}）", for_all=True)
        if code >= LATER:
            raise NotSentError(f"邮件地址被拒收（{code}）", for_good=code >= FOR_GOOD)

    def hand_over(self, letters: Sequence[Letter]) -> None:
        """The letter itself: as soon as its last line is out, nobody can take it back."""
        (letter,) = letters
        try:
            code, _ = self.smtp.data(written(letter, self.sender).as_bytes())
        except smtplib.SMTPDataError as error:  # refused before the first line
            code = error.smtp_code
        except (OSError, smtplib.SMTPException) as error:
            raise UnclearError from error
        if code != FINE:
            raise NotSentError(f"邮件被退回（{code}）", for_good=code >= FOR_GOOD)


def written(letter: Letter, sender: str) -> EmailMessage:
    """The letter as mail."""
    mail = EmailMessage(policy=SMTP)
    head, see, foot = ENGLISH if letter.english else CHINESE
    mail["Subject"] = f"{head}{' '.join(letter.title.split())}"
    mail["From"] = sender
    mail["To"] = letter.to
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = f"<{letter.number}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    parts = [letter.title, letter.text, f"{see}{letter.link}", f"--\n{foot}"]
    mail.set_content("\n\n".join(part for part in parts if part) + "\n")
    return mail
