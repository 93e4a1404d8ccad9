"""Backups: the whole database as one file with what it must hold, and back into an empty one.

Keys and settings are no part of it: without the keys of its time a backup's ID numbers stay sealed, and
with them in the same place it would protect nobody.
"""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from yibao.server import postgres
from yibao.server.trouble import Trouble, explain

ENDING, ABOUT = ".dump", ".json"
CHUNK = 1 << 20
TABLES = """
    SELECT quote_ident(schemaname) || '.' || quote_ident(tablename), schemaname, tablename
    FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""
LIBPQ = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}
VERSION = re.compile(r"\s(\d+)")


@dataclass(frozen=True)
class Server:
    """Where a database is, as PostgreSQL's programs want it: never on a command line."""

    asked: Mapping[str, str]

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> "Server":
        """Of what Django connects with."""
        return cls({key: str(parameters[key]) for key in LIBPQ if parameters.get(key)})

    @property
    def name(self) -> str:
        """The name of the database."""
        return self.asked["dbname"]

    @property
    def environment(self) -> dict[str, str]:
        """What libpq reads."""
        return {**os.environ, **{LIBPQ[key]: value for key, value in self.asked.items()}}

    def connect(self) -> "psycopg.Connection[Any]":
        """A connection of our own."""
        return psycopg.connect(make_conninfo("", **dict(self.asked)))


@dataclass(frozen=True)
class About:
    """What stands beside a backup: when it was made, what it must hold, and its fingerprint."""

    at: str
    server: int
    rows: dict[str, int]
    sha256: str
    size: int


def dump(server: Server, folder: Path) -> tuple[Path, About]:
    """Write a backup into a folder; nothing half-written ever has its final name."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    at = datetime.now(UTC)
    target = folder / f"yibao-{at:%Y%m%d-%H%M%S}{ENDING}"
    part = target.with_suffix(".part")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with _snapshot(server) as (name, version, rows):
            asked = ["--format=custom", f"--snapshot={name}", f"--file={part}"]
            _run(server, version, "pg_dump", [*asked, "--no-owner", "--no-privileges"])
        about = About(at.isoformat(), version, rows, _fingerprint(part), part.stat().st_size)
        _run(server, version, "pg_restore", ["--list", str(part)])
        beside = target.with_suffix(ABOUT)
        beside.write_text(json.dumps(asdict(about), indent=1), "utf-8")
        beside.chmod(0o600)
        _settle(part)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return target, about


def restore(server: Server, source: Path) -> About:
    """Read a backup into a database without tables, all of it or nothing, and count it."""
    about = read_about(source)
    if _fingerprint(source) != about.sha256:
        message = f"{source.name} is damaged or was changed: it is not what was written."
        raise Trouble(message)
    with server.connect() as connection:
        version = connection.info.server_version // 10_000
        if connection.execute(TABLES).fetchone():
            message = f"The database {server.name} is not empty: restore into a new one."
            raise Trouble(message)
    asked = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    _run(server, version, "pg_restore", [*asked, f"--dbname={server.name}", str(source)])
    with server.connect() as connection:
        there = _rows(connection)
    if there != about.rows:
        differing = sorted(
            name for name in {*there, *about.rows} if there.get(name) != about.rows.get(name)
        )
        message = f"The restored database differs from the backup in: {', '.join(differing)}."
        raise Trouble(message)
    return about


def read_about(source: Path) -> About:
    """What was written beside a backup."""
    beside = source.with_suffix(ABOUT)
    try:
        return About(**json.loads(beside.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        message = f"{beside.name} is missing or damaged: keep both files of a backup together."
        raise Trouble(message) from error


@contextmanager
def _snapshot(server: Server) -> Iterator[tuple[str, int, dict[str, int]]]:
    """One moment of the database, held open for pg_dump, and the rows of each table in it."""
    with server.connect() as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        name = connection.execute("SELECT pg_export_snapshot()").fetchone()
        yield name[0] if name else "", connection.info.server_version // 10_000, _rows(connection)


def _rows(connection: "psycopg.Connection[Any]") -> dict[str, int]:
    counts = {}
    for name, schema, table in connection.execute(TABLES).fetchall():
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
        found = connection.execute(query).fetchone()
        counts[name] = found[0] if found else 0
    return counts


def _run(server: Server, version: int, program: str, arguments: list[str]) -> None:
    path = tool(program, version)
    done = subprocess.run(
        [str(path), *arguments],
        env=server.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Trouble(explain(done.stderr, f"{program} failed:"))


def tool(program: str, version: int) -> Path:
    """A program of PostgreSQL of the server's own version, else of the next newer one."""
    folders = [*_folders()]
    found = sorted(
        (major, at, folder / program)
        for at, folder in enumerate(folders)
        if (folder / program).is_file() and (major := _major(folder / program)) >= version
    )
    if not found:
        message = (
            f"No {program} for PostgreSQL {version} was found: install postgresql-client-{version}, "
            "or name the folder of one in PG_BIN."
        )
        raise Trouble(message)
    return found[0][2]


def _folders() -> Iterator[Path]:
    """Where programs of PostgreSQL may be."""
    with suppress(Trouble):  # on a machine with a client alone
        yield postgres.binaries()
    yield from Path("/usr/lib/postgresql").glob("*/bin")
    yield from (Path(part) for part in os.environ.get("PATH", "").split(os.pathsep) if part)


def _major(program: Path) -> int:
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False)
    found = VERSION.search(said.stdout)
    return int(found[1]) if found else 0


def _fingerprint(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _settle(path: Path) -> None:
    """On the disk before it is called a backup."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
