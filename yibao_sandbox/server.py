"""Routes and the HTTP server around the gateway."""

import logging
import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from yibao_sandbox import (
    alipay,
    alipay_bill,
    campus,
    cashier,
    control,
    pages,
    wechat,
    wechat_pages,
)
from yibao_sandbox.exchange import LARGEST_BODY, Answer, Request
from yibao_sandbox.gateway import Gateway
from yibao_sandbox.ledger import Declined

log = logging.getLogger(__name__)


def respond(gateway: Gateway, request: Request) -> Answer:
    """The answer to a request."""
    if request.path.startswith("/v1/"):
        return campus.answer(gateway, request)
    if request.path.startswith("/v3/"):
        return wechat.answer(gateway, request)
    if request.path.startswith("/control") and control.refused(request):
        return pages.message("控制台只能在运行沙箱的这台机器上打开", 403)
    for method, pattern, act in ROUTES:
        found = re.fullmatch(pattern, request.path, re.ASCII)
        if found and method == request.method:
            try:
                return act(gateway, request, *found.groups())
            except Declined as no:
                return pages.message(no.message, no.status)
    return pages.message("链接不完整或已失效，请回到原页面重新发起支付", 404)


def alive(_gateway: Gateway, _request: Request) -> Answer:
    """For the supervisor."""
    return Answer(200, b"ok")


def static(_gateway: Gateway, _request: Request, name: str) -> Answer:
    """A file that pages ask for."""
    return pages.static(name)


TOKEN = r"([0-9A-Za-z_-]{32})"  # noqa: S105 a pattern
ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("GET", r"/livez", alive),
    ("GET", r"/static/(cashier\.(?:css|js))", static),
    ("GET", rf"/cashier/{TOKEN}", cashier.show),
    ("POST", rf"/cashier/{TOKEN}", cashier.pay),
    ("GET", rf"/cashier/{TOKEN}/state", cashier.state),
    ("GET", rf"/cashier/{TOKEN}/qr\.svg", cashier.qr_code),
    ("GET", r"/wechat/h5", wechat_pages.h5),
    ("GET", r"/connect/oauth2/authorize", wechat_pages.consent),
    ("GET", r"/sns/oauth2/access_token", wechat_pages.who),
    ("GET", r"/gateway\.do", alipay.answer),
    ("POST", r"/gateway\.do", alipay.answer),
    ("GET", r"/alipay/bill", alipay_bill.download),
    ("GET", r"/control", control.show),
    ("GET", r"/control/state", control.told),
    ("POST", r"/control/faults", control.switch),
    ("POST", r"/control/clear", control.clear),
    ("POST", r"/control/notices", control.send),
]


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "CampusCashier"
    sys_version = ""
    timeout = 15
    server: "Server"

    def do_GET(self) -> None:
        """Read without a body."""
        self._respond(b"")

    def do_POST(self) -> None:
        """Read with a body of bounded length."""
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"\d{1,9}", length, re.ASCII):
            self._refuse(411)
        elif int(length) > LARGEST_BODY:
            self._refuse(413)
        else:
            self._respond(self.rfile.read(int(length)))

    def _refuse(self, status: int) -> None:
        self.close_connection = True
        self._send(Answer(status, headers={"Connection": "close"}))

    def _respond(self, body: bytes) -> None:
        request = Request(self.command, self.path, self.headers, body, str(self.client_address[0]))
        try:
            answer = respond(self.server.gateway, request)
        except Exception:
            log.exception("no answer to %s %s", self.command, request.path)
            answer = Answer(500, b"internal error")
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: Any) -> None:
        """Say nothing: the address of a cashier page is a key."""


class Server(ThreadingHTTPServer):
    """The listening socket, with the gateway behind it."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int) -> None:
        """Take the address; raises OSError when somebody else has it."""
        super().__init__((host, port), Handler)
        self.gateway: Gateway

    def handle_error(self, _request: object, _client: object) -> None:
        """Let a browser that went away go."""
        log.debug("a connection was lost")
