"""A backup holds all that it says, goes into an empty database, and nowhere else."""

import json
from datetime import timedelta
from types import SimpleNamespace

import psycopg
import pytest
from django.db import connection
from django.urls import reverse
from django.utils.timezone import localtime, now
from psycopg import sql

from tests.cast import make_cast
from yibao.common import audit
from yibao.common.models import BackupNote
from yibao.server import backup
from yibao.server.backup import Server
from yibao.server.commands import backup as command
from yibao.server.trouble import Trouble

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def empty(transactional_db):
    """Another database of the same server, without a table."""
    here = Server.of(connection.get_connection_params())
    there = Server({**here.asked, "dbname": f"{here.name}_restored"})
    name = sql.Identifier(there.name)
    with here.connect() as server:
        server.autocommit = True
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))
    yield there
    with here.connect() as server:
        server.autocommit = True
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def test_what_was_written_comes_back_row_by_row(empty, tmp_path, capsys):
    cast = make_cast()
    audit.record("sign_in", cast.wang.user, by=cast.wang.user)
    assert command.run([str(tmp_path / "kept")]) == 0
    [path] = (tmp_path / "kept").glob("*.dump")
    about = backup.read_about(path)
    assert about.rows["public.people_student"] == 4
    assert f"{sum(about.rows.values()):,} rows" in capsys.readouterr().out
    assert (path.stat().st_mode & 0o777, path.stat().st_size) == (0o600, about.size)
    note = BackupNote.objects.get()
    assert (note.file, note.rows) == (path.name, sum(about.rows.values()))
    assert sorted(found.suffix for found in path.parent.iterdir()) == [".dump", ".json"]

    assert backup.restore(empty, path) == about
    with empty.connect() as there:
        numbers = there.execute("SELECT student_no, id_number FROM people_student ORDER BY 1")
        with connection.cursor() as cursor:
            cursor.execute("SELECT student_no, id_number FROM people_student ORDER BY 1")
            assert numbers.fetchall() == cursor.fetchall()
        # What the database itself refuses, the restored one refuses too.
        with pytest.raises(psycopg.errors.RaiseException, match="Cannot update or delete rows"):
            there.execute("DELETE FROM common_auditentry")
    with pytest.raises(Trouble, match="is not empty: restore into a new one"):
        backup.restore(empty, path)
    assert cast.wang.student_no == "2024010001"


def test_a_damaged_file_is_not_restored(tmp_path):
    path = tmp_path / "yibao-1.dump"
    path.write_bytes(b"PGDMP")
    server = SimpleNamespace()  # never asked
    with pytest.raises(Trouble, match=r"yibao-1\.json is missing or damaged"):
        backup.restore(server, path)
    about = {"at": "", "server": 15, "rows": {}, "sha256": "0", "size": 5}
    path.with_suffix(".json").write_text(json.dumps(about), "utf-8")
    with pytest.raises(Trouble, match="damaged or was changed"):
        backup.restore(server, path)


def test_a_program_older_than_the_server_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert backup.tool("pg_dump", 1).name == "pg_dump"
    with pytest.raises(Trouble, match="No pg_dump for PostgreSQL 999 was found"):
        backup.tool("pg_dump", 999)


@pytest.mark.parametrize(
    ("hours", "late", "words"),
    [
        (None, True, "还没有备份过。"),
        (1, False, "上次备份 {at}"),
        (49, True, "上次备份 {at}；超过两天没有备份，请检查服务器的定时任务"),
    ],
)
def test_the_administrator_reads_when_it_was(cast, client, hours, late, words):
    at = now() - timedelta(hours=hours or 0)
    if hours is not None:
        BackupNote.objects.create(at=at, file="x.dump", size=1, rows=1)
    client.force_login(cast.admin, backend=BACKEND)
    found = client.get(reverse("staff:home"))
    assert found.context["system"].backup.is_late is late
    assert words.format(at=f"{localtime(at):%Y-%m-%d %H:%M}") in found.content.decode()
