"""`yibao start` as its user sees it: sentences, addresses, and nothing left behind."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.server.conftest import unused_port

START = [sys.executable, "-m", "yibao.server.cli", "start", "--empty", "--workers", "1"]
PATIENCE = 300  # seconds; a busy machine is slow, not wrong


def environment(folder, port, **more):
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("YIBAO_") and name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    }
    told = {"YIBAO_DATA": str(folder), "PORT": str(port), **more}
    if told.get("YIBAO_ENV") != "production":
        # Two tests at once, or somebody's own demo: each has a gateway of its own.
        told["YIBAO_SANDBOX_PORT"] = str(unused_port())
    return {**kept, **told}


def start(folder, port, **more):
    return subprocess.Popen(
        START,
        env=environment(folder, port, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def answer(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def until(question, what):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := question():
            return found
        time.sleep(0.05)
    return pytest.fail(f"waited in vain: {what}")


def processes(folder):
    """Pid and command of everything that works for this data folder."""
    mark, found = os.fsencode(str(folder)), {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            if mark in command or mark in (process / "environ").read_bytes():
                found[int(process.name)] = command.replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


def unit(supervisor, folder, pattern):
    """The pid of the supervisor's own child with such a command, or None."""
    for pid, command in processes(folder).items():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        except OSError:  # it ended in the meantime
            continue
        parent = int(stat.rpartition(")")[2].split()[1])
        if parent == supervisor.pid and re.search(pattern, command):
            return pid
    return None


def kill_and_await_the_next(supervisor, folder, pattern):
    killed = unit(supervisor, folder, pattern)
    os.kill(killed, signal.SIGKILL)
    until(lambda: unit(supervisor, folder, pattern) not in {None, killed}, f"another {pattern}")


@pytest.fixture
def started(used_folder, free_port):
    process = start(used_folder, free_port)
    try:
        until(lambda: answer(free_port) == 200 or process.poll() is not None, "the first answer")
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)


def test_it_serves_mends_itself_and_leaves_nothing(started, used_folder, free_port):
    folder = used_folder
    assert answer(free_port) == 200

    for pattern in ("cli worker", "postgres -D", "granian"):
        kill_and_await_the_next(started, folder, pattern)
        until(lambda: answer(free_port) == 200, f"the return after the end of {pattern}")

    begun = time.monotonic()
    started.send_signal(signal.SIGINT)
    said, _ = started.communicate(timeout=PATIENCE)
    assert time.monotonic() - begun < 20  # none of its four had to be forced
    assert started.returncode == 0
    assert processes(folder) == {}
    assert f"http://127.0.0.1:{free_port}/" in said
    assert "Traceback" not in said
    # The worker ends once more, by itself, while the database is away.
    assert set(re.findall(r"^(.*) ended \(", said, re.MULTILINE)) == {
        "The job worker",
        "PostgreSQL",
        "The web server",
    }


def test_nothing_outlives_a_killed_supervisor(started, used_folder, free_port):
    started.kill()
    started.wait()
    until(lambda: not processes(used_folder), f"{processes(used_folder)} to end")
    assert answer(free_port) is None


def test_another_key_starts_nothing(started, used_folder, free_port):
    started.terminate()
    started.wait(PATIENCE)
    key = used_folder / "keys" / "field_key_1"
    right = key.read_text(encoding="ascii")
    key.write_text("0" * 64, encoding="ascii")
    status, said = refusal(used_folder, free_port)
    key.write_text(right, encoding="ascii")
    assert status == 1
    assert [line for line in said if line.startswith("yibao: ")] == [
        "yibao: 密钥不符：密钥文件 field_key_1 打不开这个数据库里的个人信息，"
        "请放回原来的密钥文件，或改正 YIBAO_KEYS、DATABASE_URL",
        "yibao: The preparation failed; the reason stands above.",
    ]


def refusal(folder, port, **more):
    done = start(folder, port, **more)
    said, _ = done.communicate(timeout=PATIENCE)
    assert processes(folder) == {}
    return done.returncode, said.splitlines()


def test_a_port_in_use_is_one_sentence(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert refusal(folder, port) == (
            1,
            [
                f"yibao: Port {port} on 127.0.0.1 is in use: choose another one, "
                f"such as PORT={port + 1}."
            ],
        )


def test_production_without_keys_is_one_sentence(folder, free_port):
    more = {
        "YIBAO_ENV": "production",
        "ALLOWED_HOSTS": "yibao.example.edu.cn",
        "DATABASE_URL": "postgresql://yibao@127.0.0.1:1/yibao",
    }
    assert refusal(folder, free_port, **more) == (
        1,
        [
            f"yibao: There is no key {folder}/keys/field_key_1: make the keys with `yibao keys`, "
            "or set YIBAO_KEYS."
        ],
    )


def test_a_database_that_is_not_there_is_one_sentence(folder, free_port):
    status, said = refusal(folder, free_port, DATABASE_URL="postgresql://yibao@127.0.0.1:1/yibao")
    assert status == 1
    assert said[1].startswith("yibao: The database does not answer: ")
    assert said[2:] == ["yibao: The preparation failed; the reason stands above."]
