"""A student whose data would be recognised anywhere, and eyes at every place where they might come out."""

import json
import logging
import logging.config
import re
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import caches
from django.db import connection
from django.test import Client
from psycopg.sql import SQL, Identifier

from tests.web.answers import text_of
from yibao.server import logs

NAME = "金丝雀"
ID_NUMBER = "350102199911139871"
NEW_ID_NUMBER = "350102199911138799"
WRONG_ID_NUMBER = "350102199911136417"
MOBILE, NEW_MOBILE, OFFICE_MOBILE = "13712349876", "13798761234", "13787654321"
HOME_PHONE, ADDRESS = "0591-83746592", "福州市鼓楼区鸟笼巷731号"
SECRETS = {
    ID_NUMBER, NEW_ID_NUMBER, WRONG_ID_NUMBER, MOBILE, NEW_MOBILE, OFFICE_MOBILE, HOME_PHONE, ADDRESS,
}  # fmt: skip
OWN = {MOBILE, NEW_MOBILE, HOME_PHONE, ADDRESS}
LINKS = re.compile(r"""\b(?:href|src|action|hx-(?:get|post|vals|push-url))=("[^"]*"|'[^']*')""")
HEADERS = ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url", "Set-Cookie")
# Keys and the database's own files are no places of the product's.
NOT_OURS = ("keys", "postgres", "static")


def traces(text: str) -> set[str]:
    """Which secrets stand in a text: as they are, without their separators, or without their ends."""
    bare = re.sub(r"[\s\-]", "", text)
    return {s for s in SECRETS if s in text or re.sub(r"[\s\-]", "", s)[2:-1] in bare}


def traces_in_bytes(content: bytes) -> set[str]:
    """The same, packed in any way that we know."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(content)) as packed:
            return set().union(*(traces_in_bytes(packed.read(n)) for n in packed.namelist()))
    return traces(content.decode("utf-8", "replace")) | traces(
        content.decode("utf-16-le", "replace")
    )


def forms_of(secret: str) -> set[str]:
    """How a secret would look in a row that is written as text."""
    raw = secret.encode()
    return {secret, raw.hex(), b64encode(raw).decode()[:-4], json.dumps(secret)[1:-1]}


# The database ---------------------------------------------------------------------------------
def tables() -> list[tuple[str, str]]:
    """Schema and name of every table and materialised view that is not PostgreSQL's own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE relkind IN ('r', 'm', 'p') AND nspname !~ '^(pg_|information_schema)'"
        )
        return sorted(cursor.fetchall())


def rows_that_tell() -> list[tuple[str, str]]:
    """Every table with a secret in any column of any type, and the secret; sealed ones say nothing."""
    found = []
    with connection.cursor() as cursor:
        for schema, table in tables():
            asked = SQL(
                "SELECT EXISTS (SELECT 1 FROM {} t, unnest(%s::text[]) form"
                " WHERE position(form in t::text) > 0)"
            ).format(Identifier(schema, table))
            for secret in sorted(SECRETS):
                cursor.execute(asked, [sorted(forms_of(secret))])
                if cursor.fetchone()[0]:
                    found.append((table, secret))
    return found + packed_columns_that_tell()


def packed_columns_that_tell() -> list[tuple[str, str]]:
    """What is compressed: sessions, and files in columns."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_data FROM django_session")
        sessions = [SessionStore().decode(data) for (data,) in cursor.fetchall()]
        assert sessions
        found = [("django_session", s) for data in sessions for s in traces(json.dumps(data))]
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE data_type = 'bytea' AND table_schema = 'public'"
        )
        for table, column in cursor.fetchall():
            names = {"column": Identifier(column), "table": Identifier(table)}
            asked = SQL("SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
            cursor.execute(asked.format(**names))
            for (content,) in cursor.fetchall():
                found += [(table, secret) for secret in traces_in_bytes(bytes(content))]
    return found


# Other places ---------------------------------------------------------------------------------
def files_that_tell() -> list[tuple[str, str]]:
    """Every file that the product has written."""
    found = []
    for path in Path(settings.DATA).rglob("*"):
        if path.is_file() and path.relative_to(settings.DATA).parts[0] not in NOT_OURS:
            told = traces_in_bytes(path.read_bytes()) | traces(path.name)
            found += [(path.name, secret) for secret in told]
    return found


def caches_that_tell() -> set[str]:
    """Whatever is kept between requests."""
    kept = [str(vars(caches[name]).get("_cache", "")) for name in settings.CACHES]
    return traces("\n".join(kept))


class Ear(logging.Handler):
    """Hears every record of every logger, however unimportant."""

    def __init__(self) -> None:
        super().__init__(level=1)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Everything that it holds, not only what our format writes."""
        told = {k: str(v) for k, v in vars(record).items() if k not in {"exc_info", "request"}}
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        self.lines.append(f"{record.getMessage()} {told} {trace}")


@contextmanager
def listening() -> Iterator[Ear]:
    """An ear at all loggers, as talkative as the product can be set."""
    ear, root = Ear(), logging.getLogger()
    logging.config.dictConfig(logs.to_stdout("DEBUG"))
    root.addHandler(ear)
    try:
        yield ear
    finally:
        root.removeHandler(ear)
        logging.config.dictConfig(settings.LOGGING)


class Watched(Client):
    """A browser that reads every answer for what its person must not see; addresses tell nobody."""

    def __init__(self, *sees: str, knows_name: bool = True) -> None:
        super().__init__(raise_request_exception=False)
        self.sees, self.knows_name = set(sees), knows_name
        self.answers = 0

    @contextmanager
    def seeing(self, *more: str) -> Iterator[None]:
        """A deliberate act that shows more."""
        before, self.sees = self.sees, self.sees | set(more)
        yield
        self.sees = before

    def request(self, **request: Any) -> Any:
        """Send, and read the answer."""
        answer = super().request(**request)
        about = (request.get("PATH_INFO"), answer.status_code)
        said = text_of(answer)
        head = " ".join(answer.headers.get(name, "") for name in HEADERS) + str(answer.cookies)
        addresses = unquote(unescape(f"{head} {' '.join(LINKS.findall(said))}"))
        assert traces(addresses) == set(), about
        assert traces(said) - self.sees == set(), about
        assert self.knows_name or NAME not in said, about
        self.answers += 1
        answer.said = said
        return answer
