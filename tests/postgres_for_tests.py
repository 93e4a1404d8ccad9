"""A PostgreSQL for the tests, started before Django reads its settings (a pytest plugin).

Without DATABASE_URL it runs a server of its own, kept in $YIBAO_DATA/test for a quick next start;
a second test run beside the first one takes a temporary folder. Nothing is shared with `make run`.
"""

import atexit
import fcntl
import os
import shutil
import sys
import tempfile
from pathlib import Path

from yibao.server.postgres import THROW_AWAY, Cluster, url
from yibao.server.trouble import Trouble


def folder() -> Path:
    """A folder that no other test run uses now."""
    base = Path(os.environ.get("YIBAO_DATA") or "var").resolve() / "test"
    base.mkdir(parents=True, exist_ok=True)
    lock = (base / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        temporary = Path(tempfile.mkdtemp(prefix="yibao-test-"))
        temporary.chmod(0o755)
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        return temporary
    atexit.register(lock.close)  # held until the end
    return base


def say(line: str) -> None:
    """To where pytest's own report goes."""
    sys.stderr.write(f"{line}\n")


def serve(data: Path) -> None:
    """Start the server; it stops with this process."""
    cluster = Cluster(data / "postgres", THROW_AWAY, say)
    try:
        cluster.start()
    except Trouble:  # what fsync=off left behind after a power cut is worth nothing
        shutil.rmtree(cluster.data, ignore_errors=True)
        cluster.start()
    atexit.register(cluster.stop)
    os.environ["DATABASE_URL"] = url(data / "postgres")


if "PYTEST_XDIST_WORKER" not in os.environ:
    if os.geteuid() == 0:
        os.umask(0o022)  # PostgreSQL runs as another account and must get to its folder
    data_folder = folder()
    if not os.environ.get("DATABASE_URL"):
        serve(data_folder)
    os.environ.update(YIBAO_DATA=str(data_folder), YIBAO_ENV="demo", YIBAO_LOG="WARNING")
    (data_folder / "static").mkdir(exist_ok=True)
    for name in ("YIBAO_KEYS", "YIBAO_PROCESS", "HOST", "PORT", "ALLOWED_HOSTS"):
        os.environ.pop(name, None)
