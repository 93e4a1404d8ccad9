"""One browser that the whole cast of the matrix uses in turn; nothing that it does lasts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from tests.web.answers import text_of
from tests.web.matrix import PEOPLE
from tests.web.matrix_world import BACKEND, World
from yibao.web.idle import SEEN, SINCE

# A refusal, a sign-in and a look at a number leave their line here; nothing of the story changes.
TRAIL = "'django_session', 'common_auditentry', 'axes_accessattempt'"
TABLES = f"""
    SELECT relid FROM pg_stat_user_tables WHERE relname NOT IN ({TRAIL})
"""  # noqa: S608 - a constant
# The view pg_stat_xact_user_tables says the same, and takes eight times as long to say it.
WRITTEN = """
    SELECT coalesce(sum(
        pg_stat_get_xact_tuples_inserted(t)
        + pg_stat_get_xact_tuples_updated(t)
        + pg_stat_get_xact_tuples_deleted(t)
    ), 0) FROM unnest(%s::oid[]) t
"""


class Visitor:
    """Sends one request after the other, each as somebody, and takes back what it changed."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lax = Client(raise_request_exception=False)
        self.strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self.sessions = {who: session_of(world.person(who)) for who in PEOPLE}
        with connection.cursor() as cursor:
            cursor.execute(TABLES)
            self.tables = [oid for (oid,) in cursor.fetchall()]

    def send(
        self,
        who: str,
        method: str,
        address: str,
        data: dict[str, Any] | bytes | None = None,
        *,
        strict: bool = False,
        **more: Any,
    ) -> Any:
        """The answer, with all that it says (`said`) and whether it changed anything."""
        client = self.strict if strict else self.lax
        client.cookies.clear()
        client.cookies.load(self.sessions[who])
        with taken_back():
            before = self.rows_written()
            match method:
                case "GET" | "POST" | "HEAD":
                    answer = getattr(client, method.lower())(address, data or {}, **more)
                case _:
                    answer = client.generic(method, address, **more)
            answer.said = text_of(answer)
            answer.changed = self.rows_written() != before
        assert answer.status_code < 500, (who, method, address, answer.said)
        return answer

    def rows_written(self) -> int:
        """How many rows this transaction has written so far, but for the trail."""
        with connection.cursor() as cursor:
            cursor.execute(WRITTEN, [self.tables])
            return cursor.fetchone()[0]


def session_of(user: Any) -> str:
    """The cookie of somebody who is signed in, seen already for the hour to come.

    That somebody was seen is taken back with all else; each request would write it down again.
    """
    client = Client()
    if user:
        client.force_login(user, backend=BACKEND)
        session = client.session
        at = now().timestamp()
        session[SINCE], session[SEEN] = at, at + 3600
        session.save()
    return client.cookies.output(attrs=[], header="")


@contextmanager
def taken_back() -> Iterator[None]:
    """Nothing that happens in here has happened afterwards."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        connection.needs_rollback = False
        transaction.savepoint_rollback(point)


def word_for(answer: Any) -> str:
    """An answer as the table has it."""
    if answer.changed:
        return "do"
    to = answer.headers.get("HX-Redirect") or answer.headers.get("Location") or ""
    return "in" if to.startswith(reverse("accounts:sign_in")) else str(answer.status_code)


@pytest.fixture(scope="module")
def visitor(world: World) -> Visitor:
    """Somebody at the door of the university of the matrix."""
    return Visitor(world)
