"""Calls to a gateway: bounded in time and size, no proxy, no redirect, and a pause after many failures.

Whatever goes wrong on the way is `GatewayUnavailable`: the gateway may have done what was asked.
"""

import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from threading import Lock
from typing import Any, NamedTuple

import httpx

from yibao.payments.providers.base import GatewayUnavailable
from yibao.payments.providers.wire import LARGEST_BODY

CONNECT_SECONDS = 3
TOTAL_SECONDS = 10
PATIENCE = httpx.Timeout(TOTAL_SECONDS - CONNECT_SECONDS, connect=CONNECT_SECONDS)
FAILURES = 5  # in a row, then nobody waits for this gateway
PAUSE_SECONDS = 20


HEARD = 600  # seconds for which what an answer said of the time counts

# Host → when it was heard, and its time less ours in seconds.
_clocks: dict[str, tuple[Any, int]] = {}


def clock_offset() -> int | None:
    """What gateways heard lately have of the time, less what we have; of several the nearest to ours."""
    since = time.monotonic() - HEARD
    heard = [seconds for at, seconds in tuple(_clocks.values()) if at > since]
    return min(heard, key=abs, default=None)


@cache
def authorities() -> ssl.SSLContext:
    """Who may vouch for a gateway: read once per process, since that takes longer than a call."""
    return httpx.create_ssl_context(trust_env=False)


class Answer(NamedTuple):
    """What came back, unread and unproven. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Caller:
    """One gateway's line. After `FAILURES` in a row it rests, so that our pages stay quick."""

    def __init__(
        self,
        base_url: str,
        patience: httpx.Timeout = PATIENCE,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`base_url` comes from settings or key folders, never from the database."""
        # No proxy from the environment, no connection kept: one question, one answer.
        self._client = httpx.Client(
            base_url=base_url,
            verify=authorities(),
            transport=transport,
            timeout=patience,
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
            follow_redirects=False,
        )
        self._lock = Lock()
        self._failures = 0
        self._resting_until = time.monotonic()

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str],
        largest: int = LARGEST_BODY,
    ) -> Answer:
        """One exchange; raises `GatewayUnavailable` for everything but an answer below 500 and 429."""
        self._refuse_while_resting()
        try:
            answer = self._exchange(method, path, body, headers, largest)
        except GatewayUnavailable:
            self._count_failure()
            raise
        with self._lock:
            self._failures = 0
        return answer

    def _exchange(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], largest: int
    ) -> Answer:
        until = time.monotonic() + TOTAL_SECONDS
        raw = bytearray()
        try:
            with self._client.stream(method, path, content=body, headers=dict(headers)) as answer:
                for chunk in answer.iter_raw():
                    raw += chunk
                    if len(raw) > largest or time.monotonic() > until:
                        message = "an answer too long or too slow"
                        raise GatewayUnavailable(message)
                status, told = answer.status_code, answer.headers
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            message = f"{type(failure).__name__}: {failure}"
            raise GatewayUnavailable(message) from None
        if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.TOO_MANY_REQUESTS:
            message = f"the gateway answered {status}"
            raise GatewayUnavailable(message)
        self._hear(told.get("date", ""))
        return Answer(status, {name.lower(): value for name, value in told.items()}, bytes(raw))

    def _hear(self, date: str) -> None:
        with suppress(ValueError, TypeError):  # none, or not one of HTTP
            ahead = parsedate_to_datetime(date) - datetime.now(UTC)
            _clocks[self._client.base_url.host] = (time.monotonic(), round(ahead.total_seconds()))

    def _refuse_while_resting(self) -> None:
        if time.monotonic() < self._resting_until:
            message = f"not called: {FAILURES} calls in a row went wrong"
            raise GatewayUnavailable(message)

    def _count_failure(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES:
                # The first call after the pause decides: one more failure, one more pause.
                self._failures = FAILURES - 1
                self._resting_until = time.monotonic() + PAUSE_SECONDS
