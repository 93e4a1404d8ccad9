"""The outside world of messages: a mail server and a group robot that remember what they were told."""

import json
import socketserver
import threading
from collections.abc import Callable
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import EmailMessage

DEAF = 30  # seconds; longer than any test waits


class MailHandler(socketserver.StreamRequestHandler):
    """Just enough SMTP."""

    server: "MailOffice"

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("220 here")
        to = ""
        for raw in self.rfile:
            line = raw.decode().strip()
            match line.upper().split(" ")[0].split(":")[0]:
                case "RCPT":
                    to = line.partition("<")[2].partition(">")[0]
                    self.say(self.server.rcpt(to))
                case "MAIL":
                    self.say(self.server.sender)
                case "DATA":
                    self.say("354 go on")
                    if not self.take(to):
                        return
                case "QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("250 fine")

    def take(self, to: str) -> bool:
        lines = []
        for raw in self.rfile:
            if raw == b".\r\n":
                break
            lines.append(raw)
        else:
            return False  # the sender died before its last line
        office = self.server
        with office.lock:
            office.letters.append((to, message_from_bytes(b"".join(lines), policy=policy.default)))
            deaf = len(office.letters) == office.deaf_at
        if deaf:
            office.met.set()
            office.released.wait(DEAF)
            return False
        self.say(office.answer)
        return True


class MailOffice(socketserver.ThreadingTCPServer):
    """A mail server. `deaf_at` is the letter that it takes without ever answering."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), MailHandler)
        self.letters: list[tuple[str, EmailMessage]] = []
        self.lock, self.met, self.released = threading.Lock(), threading.Event(), threading.Event()
        self.deaf_at, self.answer, self.sender = 0, "250 taken", "250 fine"
        self.rcpt: Callable[[str], str] = lambda _: "250 fine"

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    @property
    def addresses(self) -> list[str]:
        """To whom letters came, in order of the alphabet."""
        return sorted(to for to, _ in self.letters)


class RobotHandler(BaseHTTPRequestHandler):
    """Answers as a robot does."""

    server: "RobotHall"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.said.append((self.path, json.loads(body)))
        status, answer = self.server.answer
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        pass


class RobotHall(ThreadingHTTPServer):
    """A group with a robot in it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), RobotHandler)
        self.said: list[tuple[str, dict]] = []
        self.answer: tuple[int, object] = (200, {"errcode": 0, "errmsg": "ok"})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/robot?key=geheim"
