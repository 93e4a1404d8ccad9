"""The sandbox gateway as a real process, and a person who pays on its cashier page.

`gateway` points the settings at it, `ear` is a merchant who only listens.
"""

import base64
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from yibao.payments.providers import base
from yibao.payments.providers.campus import serial

PACE = 0.01  # 15 s become 0.15 s
STOPS_WITHIN, SETTLES_WITHIN = 60, 60  # seconds; a busy machine is slow, not wrong
PASSWORD = "123456"
YES = (200, b'{"code":"SUCCESS"}')
# It keeps no connection: nobody closes it, and an open socket at the end is a warning.
BROWSER = httpx.Client(
    timeout=60, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
)


class GatewayProcess:
    """`python -m yibao_sandbox` on a free port."""

    def __init__(self, data: Path, pace: float = PACE) -> None:
        self.data, self.pace, self.port = data, pace, 0
        self.start()

    def start(self) -> None:
        """Start, and know the port; started again it takes the same one."""
        command = [sys.executable, "-m", "yibao_sandbox", "--data", self.data, "--port", self.port]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("YIBAO_SANDBOX_")}
        self.process = subprocess.Popen(
            [str(part) for part in (*command, "--pace", self.pace)],
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        line = self.process.stdout.readline()
        self.port = int(line.rpartition(":")[2])

    def stop(self, *, kill: bool = False) -> None:
        """End it, politely or not."""
        self.process.kill() if kill else self.process.terminate()
        self.process.wait(STOPS_WITHIN)
        self.process.stdout.close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def keys(self) -> Path:
        return self.data / "sandbox" / "keys"

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "base_url": self.base_url,
            "public_url": self.base_url,
            "merchant": "YIBAO-DEMO",
            "folder": self.data / "sandbox",
            "private_key_file": self.keys / "merchant.key",
            "platform_key_file": self.keys / "platform.pub",
        }

    def told(self, number: str) -> dict[str, Any]:
        """How an order stands there, with its notices."""
        address = f"{self.base_url}/control/state"
        return (
            BROWSER.get(address, params={"number": number}).raise_for_status().json()["orders"][0]
        )

    def switch(self, name: str, number: str = "*", *, on: bool = True) -> None:
        """Let something go wrong."""
        form = {"name": name, "number": number, "on": "1" if on else "0"}
        assert BROWSER.post(f"{self.base_url}/control/faults", data=form).status_code == 303

    def send(self, number: str, fault: str = "") -> None:
        """Have a notice sent now."""
        form = {"number": number, "fault": fault}
        assert BROWSER.post(f"{self.base_url}/control/notices", data=form).status_code == 303

    def clear(self) -> None:
        """Let everything go right."""
        assert BROWSER.post(f"{self.base_url}/control/clear").status_code == 303

    def pay(self, order: str, phone: str = "138 0591 0001", password: str = PASSWORD) -> str:
        """Pay like a person, by order number or address of the page; the page that follows."""
        address = order if order.startswith("http") else self.told(order)["cashier_url"]
        page = BROWSER.get(address)
        action = re.search(r'<form method="post" action="([^"]+)"', page.text)
        assert action, page.text
        form = {"phone": phone, "password": password}
        answer = BROWSER.post(f"{self.base_url}{action[1]}", data=form, follow_redirects=True)
        return answer.text

    def sign_notice(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """Headers of a notice, signed with the platform's own key."""
        return sign_notice(self.keys, body, at)


def sign_notice(keys: Path, body: bytes, at: float | None = None) -> dict[str, str]:
    """Headers of a notice, signed with the platform key of a folder."""
    key = _platform_key((keys / "platform.key").read_bytes())
    timestamp, nonce = str(int(time.time() if at is None else at)), "0123456789abcdef"
    content = f"notice\n{timestamp}\n{nonce}\n".encode() + body + b"\n"
    signature = key.sign(content, padding.PKCS1v15(), hashes.SHA256())
    return {
        "Campus-Timestamp": timestamp,
        "Campus-Nonce": nonce,
        "Campus-Serial": serial(key.public_key()),
        "Campus-Signature": base64.b64encode(signature).decode(),
    }


@cache
def _platform_key(pem: bytes) -> rsa.RSAPrivateKey:
    """Reading a private key proves it, which takes a hundred times as long as signing with it."""
    return serialization.load_pem_private_key(pem, None)


class Ear:
    """A merchant's address that keeps what it hears and answers what it is told to."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, dict[str, str]]] = []
        self.answers: list[tuple[int, bytes]] = []
        self.yes = YES
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.append((body, dict(self.headers)))
                status, answer = ear.answers.pop(0) if ear.answers else ear.yes
                self.send_response(status)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/heard/"

    def wait_for(self, count: int) -> list[tuple[bytes, dict[str, str]]]:
        """What was heard, once it is that many."""
        wait_until(lambda: len(self.heard) >= count)
        return self.heard

    @contextmanager
    def listening(self) -> Iterator["Ear"]:
        thread = threading.Thread(target=self.server.serve_forever, args=[0.02])
        thread.start()
        yield self
        self.server.shutdown()
        thread.join()
        self.server.server_close()


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    until = time.monotonic() + SETTLES_WITHIN
    while not true():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)


@pytest.fixture(scope="session")
def gateway_process(tmp_path_factory) -> Iterator[GatewayProcess]:
    """One process for the whole run."""
    process = GatewayProcess(tmp_path_factory.mktemp("gateway"))
    yield process
    process.stop()


@pytest.fixture
def gateway(gateway_process, settings) -> Iterator[GatewayProcess]:
    """The process, with no fault switched on, and the product talking to it."""
    gateway_process.clear()
    settings.SANDBOX_GATEWAY = gateway_process.settings
    base.provider.cache_clear()
    yield gateway_process
    gateway_process.clear()
    base.provider.cache_clear()


@pytest.fixture
def ear() -> Iterator[Ear]:
    """A merchant who listens."""
    with Ear().listening() as ear:
        yield ear
