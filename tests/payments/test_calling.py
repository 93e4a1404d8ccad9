"""Calls to a gateway: what counts as unknown, and the pause after many failures."""

import httpx
import pytest

from yibao.payments.providers import calling
from yibao.payments.providers.base import GatewayUnavailable
from yibao.payments.providers.calling import FAILURES, PAUSE_SECONDS, Caller


class Line:
    """A gateway that answers what it is told to, and counts the calls."""

    def __init__(self) -> None:
        self.calls, self.answer = 0, httpx.Response(200, content=b"{}")
        self.caller = Caller("http://gateway.test", transport=httpx.MockTransport(self.take))

    def take(self, _request: httpx.Request) -> httpx.Response:
        self.calls += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        raw, headers = self.answer.content, self.answer.headers
        return httpx.Response(
            self.answer.status_code, headers=headers, stream=httpx.ByteStream(raw)
        )

    def ask(self):
        return self.caller.ask("GET", "/", headers={})


@pytest.fixture
def line():
    return Line()


@pytest.fixture
def clock(monkeypatch):
    """Time that passes only when told to."""
    at = [calling.time.monotonic()]
    monkeypatch.setattr(calling.time, "monotonic", lambda: at[0])
    return at


@pytest.mark.parametrize("status", [200, 204, 302, 400, 404])
def test_an_answer_is_handed_on_as_it_is(line, status):
    line.answer = httpx.Response(status, headers={"X-One": "1"}, content=b"raw")
    told = line.ask()
    assert (told.status, told.headers["x-one"], told.body) == (status, "1", b"raw")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(503),
        httpx.Response(429),
        httpx.Response(200, content=b"x" * (64 * 1024 + 1)),
        httpx.ConnectTimeout("slow"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("broken"),
    ],
)
def test_everything_else_is_unknown(line, answer):
    line.answer = answer
    with pytest.raises(GatewayUnavailable):
        line.ask()


def test_after_many_failures_nobody_waits_for_a_while(line, clock):
    line.answer = httpx.Response(500)
    for _ in range(FAILURES + 3):
        with pytest.raises(GatewayUnavailable):
            line.ask()
    assert line.calls == FAILURES
    clock[0] += PAUSE_SECONDS
    with pytest.raises(GatewayUnavailable, match="500"):
        line.ask()
    with pytest.raises(GatewayUnavailable, match="not called"):
        line.ask()
    assert line.calls == FAILURES + 1
    clock[0] += PAUSE_SECONDS
    line.answer = httpx.Response(200)
    assert [line.ask().status for _ in range(FAILURES + 1)] == [200] * (FAILURES + 1)


def test_one_answer_forgives_the_failures_before(line, clock):
    for answer in [httpx.Response(500)] * (FAILURES - 1) + [httpx.Response(200)]:
        line.answer = answer
        try:
            line.ask()
        except GatewayUnavailable:
            continue
    line.answer = httpx.Response(500)
    for _ in range(FAILURES - 1):
        with pytest.raises(GatewayUnavailable, match="500"):
            line.ask()
    assert line.calls == 2 * FAILURES - 1
