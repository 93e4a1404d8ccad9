"""The embedded PostgreSQL: whoever starts it, wherever it lies, however it ended before."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from yibao.server import postgres
from yibao.server.postgres import LONGEST_SOCKET, SOCKET, THROW_AWAY, Account, Cluster, url
from yibao.server.trouble import Trouble


@pytest.fixture
def cluster(folder):
    made = Cluster(folder / "postgres", THROW_AWAY)
    yield made
    made.stop()


def ask(folder, question):
    with psycopg.connect(url(folder / "postgres"), autocommit=True) as connection:
        return connection.execute(question).fetchone()[0]


def test_the_role_is_nobody_special(cluster, folder):
    cluster.start()
    assert ask(folder, "SELECT current_user::text") == "yibao"
    assert ask(folder, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


def test_a_used_pid_of_another_process_does_not_count(cluster, folder):
    cluster.start()
    cluster.stop()
    stale = cluster.data / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{cluster.data}\n", encoding="ascii")
    assert cluster.live_pid() is None
    cluster.start()
    assert ask(folder, "SELECT 1") == 1


def test_what_was_committed_survives_a_kill(folder):
    cluster = Cluster(folder / "postgres")
    cluster.start()
    with psycopg.connect(url(folder / "postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS figure")
    cluster.process.kill()
    cluster.process.wait()
    cluster.start()
    try:
        assert ask(folder, "SELECT figure FROM kept") == 7
    finally:
        cluster.stop()


def test_a_server_that_outlived_its_owner_is_replaced(cluster, folder):
    left_over = cluster.start()
    cluster._lock.close()
    heir = Cluster(folder / "postgres", THROW_AWAY)
    try:
        heir.start()
        assert left_over.wait(5) == 0
        assert ask(folder, "SELECT 1") == 1
    finally:
        heir.stop()


def test_two_owners_are_refused(cluster, folder):
    cluster.start()
    with pytest.raises(Trouble, match="in use by another yibao process"):
        Cluster(folder / "postgres", THROW_AWAY).start()


def test_a_running_server_is_shared_not_stopped(cluster, folder):
    cluster.start()
    with postgres.running(folder / "postgres", say=pytest.fail) as address:
        assert address == url(folder / "postgres")
    assert ask(folder, "SELECT 1") == 1


def test_a_long_path_still_has_a_socket(folder):
    deep = folder / ("很" * 40)
    deep.mkdir()
    cluster = Cluster(deep / "postgres", THROW_AWAY)
    assert len(os.fsencode(cluster.run / SOCKET)) <= LONGEST_SOCKET
    try:
        cluster.start()
        assert ask(deep, "SELECT 1") == 1
    finally:
        cluster.stop()
        cluster.run.rmdir()


def test_a_strangers_socket_folder_is_not_used(folder, monkeypatch):
    if os.geteuid() != 0:
        pytest.skip("only root can make a stranger's folder")
    strangers = folder / "strangers"
    strangers.mkdir()
    os.chown(strangers, 12345, 12345)
    monkeypatch.setattr(postgres, "socket_folder", lambda _home: strangers)
    with pytest.raises(Trouble, match="belongs to someone else"):
        Cluster(folder / "postgres", THROW_AWAY).start()


def test_an_account_must_get_through_every_folder(folder):
    nobody = Account(uid=54321, gid=54321, name="somebody")
    inner = folder / "closed" / "inner"
    inner.mkdir(parents=True)
    inner.chmod(0o755)
    assert nobody.may_enter(inner)
    inner.parent.chmod(0o700)
    assert not nobody.may_enter(inner)
    assert Account(uid=os.geteuid(), gid=0, name="ourselves").may_enter(inner)


def test_root_keeps_a_cluster_outside_of_a_closed_folder(folder, monkeypatch):
    monkeypatch.setattr(postgres, "account", lambda: Account(54321, 54321, "somebody"))
    folder.chmod(0o700)
    assert postgres.place(folder / "postgres").parent == Path("/var/lib/yibao")
    folder.chmod(0o755)
    assert postgres.place(folder / "postgres") == folder / "postgres"


def test_a_failed_start_is_one_sentence(cluster):
    cluster.start()
    cluster.stop()
    (cluster.data / "postgresql.conf").write_text("nonsense = 1\n", encoding="ascii")
    with pytest.raises(Trouble) as caught:
        cluster.start()
    assert str(caught.value).startswith("PostgreSQL did not start:")
    assert "\n" not in str(caught.value)


STARTER = """
import os, signal, sys
from pathlib import Path
from yibao.server.postgres import THROW_AWAY, Cluster
cluster = Cluster(Path(sys.argv[1]), THROW_AWAY)
cluster.start()
print(cluster.live_pid(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_ends_with_the_process_that_started_it(folder):
    """Started by a process that is then killed, it is gone soon after."""
    command = [sys.executable, "-c", STARTER, str(folder / "postgres")]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout
    assert int(said) > 0
    watched = Cluster(folder / "postgres")
    deadline = time.monotonic() + 60
    while watched.live_pid() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert watched.live_pid() is None
