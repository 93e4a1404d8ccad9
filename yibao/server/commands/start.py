"""`yibao start`: database, web server, job worker and sandbox gateway under one supervisor."""

import argparse
import http.client
import importlib.util
import json
import os
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yibao.server import keys, postgres, production
from yibao.server.supervisor import Program, Stopped, Supervisor, python
from yibao.server.trouble import Trouble

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what to ask instead
THREADS = 2  # a worker: one computes while the other waits for the database
SANDBOX_PORT = 8765


def say(line: str) -> None:
    """A line of progress."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Database:
    """The embedded PostgreSQL as something to watch."""

    name = "PostgreSQL"

    def __init__(self, folder: Path) -> None:
        self.cluster = postgres.Cluster(folder, say=say)

    def start(self) -> object:
        """Start and wait until it takes connections."""
        return self.cluster.start()

    def stop(self) -> None:
        """Stop in order."""
        self.cluster.stop()

    def how_it_ended(self) -> int | None:
        """Its exit status."""
        return self.cluster.process.poll() if self.cluster.process else None


@dataclass(frozen=True)
class Serving:
    """What is served, and where."""

    data: Path
    host: str
    port: int
    workers: int
    sandbox_port: int | None  # None when there is no gateway
    empty: bool


def is_free(host: str, port: int) -> bool:
    """Whether we could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def any_free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def name_for_others(host: str) -> str:
    """How a browser, perhaps on a phone beside us, calls a host that we listen on."""
    if host not in ANYWHERE:
        return f"[{host}]" if ":" in host else host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; asks which way out
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def answers(host: str, port: int) -> bool:
    """Whether the web server answers."""
    connection = http.client.HTTPConnection(ANYWHERE.get(host, host), port, timeout=5)
    try:
        connection.request("GET", "/livez", headers={"Host": "localhost"})
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def run(argv: Sequence[str]) -> int:
    """Start everything, say where it is, and stay until told to stop."""
    parser = argparse.ArgumentParser("yibao start", description=__doc__)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--empty", action="store_true", help="no demo university")
    asked = parser.parse_args(argv)
    begun = time.monotonic()
    mode = os.environ.get("YIBAO_ENV") or "demo"
    if refusal := production.why_not(mode):
        raise Trouble(refusal)
    host, port = os.environ.get("HOST") or "127.0.0.1", int(os.environ.get("PORT") or 8000)
    data = Path(os.environ.get("YIBAO_DATA") or "var").resolve()
    data.mkdir(parents=True, exist_ok=True)
    if mode == "demo":
        keys.make(keys.folder_of(data))
    keys.load(keys.folder_of(data))
    if not is_free(host, port):
        message = f"Port {port} on {host} is in use: choose another one, such as PORT={port + 1}."
        raise Trouble(message)
    sandbox_port = reserve_sandbox_port() if mode == "demo" else None
    supervisor = Supervisor(say)
    try:
        with supervisor:
            serve = Serving(data, host, port, asked.workers, sandbox_port, asked.empty)
            start_all(supervisor, serve)
            supervisor.wait_for(lambda: answers(host, port))
            greet(data, host, port, time.monotonic() - begun)
            supervisor.watch()
    except Stopped:
        say("Stopped.")
        return 0


def reserve_sandbox_port() -> int | None:
    """The gateway's port; None when there is no gateway here."""
    if importlib.util.find_spec("yibao_sandbox") is None:
        return None
    if wished := os.environ.get("YIBAO_SANDBOX_PORT"):
        if not is_free("127.0.0.1", int(wished)):
            message = f"Port {wished} is in use: choose another YIBAO_SANDBOX_PORT."
            raise Trouble(message)
        return int(wished)
    return SANDBOX_PORT if is_free("127.0.0.1", SANDBOX_PORT) else any_free_port()


def start_all(supervisor: Supervisor, serve: Serving) -> None:
    """Start the units, the one that others need first."""
    say(f"Yibao starts with its data in {serve.data}.")
    os.environ.update(DJANGO_SETTINGS_MODULE="yibao.server.settings", YIBAO_DATA=str(serve.data))
    if serve.sandbox_port:
        # the payer's browser goes to the gateway itself
        public = f"http://{name_for_others(serve.host)}:{serve.sandbox_port}"
        os.environ["YIBAO_SANDBOX_PORT"] = str(serve.sandbox_port)
        everywhere = serve.host not in {"127.0.0.1", "localhost", "::1"}
        os.environ.setdefault("YIBAO_SANDBOX_HOST", "0.0.0.0" if everywhere else "127.0.0.1")  # noqa: S104 - HOST asked for it
        os.environ.setdefault("YIBAO_SANDBOX_PUBLIC_URL", public)
    if not os.environ.get("DATABASE_URL"):
        say("Starting PostgreSQL …")
        supervisor.start(Database(serve.data / "postgres"))
    cli = python("-m", "yibao.server.cli")
    demo = ["--demo-data"] if serve.sandbox_port and not serve.empty else []
    if supervisor.run(Program("The preparation", [*cli, "migrate", *demo], {})):
        message = "The preparation failed; the reason stands above."
        raise Trouble(message)
    say("Starting web server and job worker …")
    if serve.sandbox_port:
        gateway = python("-m", "yibao_sandbox", "serve", "--port", str(serve.sandbox_port))
        supervisor.start(Program("The sandbox gateway", gateway, {}))
    supervisor.start(Program("The job worker", [*cli, "worker"], {}, patience=8))
    supervisor.start(Program("The web server", granian(serve), {"YIBAO_PROCESS": "web"}))


def granian(serve: Serving) -> list[str]:
    """The web server's command."""
    return python(
        *("-m", "granian", "--interface", "wsgi"),
        *("--host", serve.host, "--port", str(serve.port)),
        *("--workers", str(serve.workers), "--blocking-threads", str(THREADS)),
        *("--blocking-threads-idle-timeout", "600", "--workers-kill-timeout", "3"),
        *("--backlog", "1024", "--respawn-failed-workers", "--no-ws", "--log-level", "warning"),
        "yibao.server.wsgi:application",
    )


def greet(data: Path, host: str, port: int, seconds: float) -> None:
    """Say where it is, and who may sign in to a demo."""
    say(f"\nReady after {seconds:.1f} s: http://{name_for_others(host)}:{port}/")
    accounts = data / "demo-accounts.json"
    if (os.environ.get("YIBAO_ENV") or "demo") == "demo" and accounts.is_file():
        for account in json.loads(accounts.read_text(encoding="utf-8")):
            say("  {username:<12}{password:<12}{role} {name}".format(**account))
    say("Ctrl-C stops everything.\n")
