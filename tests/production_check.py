"""`make django`: Django's deployment checks as in production, and no migration missing."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from yibao.server import keys


def manage(*arguments: str, environment: dict[str, str]) -> int:
    """Run manage.py; returns its exit status."""
    command = [sys.executable, "-W", "ignore::RuntimeWarning", "manage.py", *arguments]
    return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode


def main() -> int:
    """Both checks; no database is asked."""
    with tempfile.TemporaryDirectory() as folder:
        keys.make(Path(folder) / "keys")
        environment = {
            "YIBAO_DATA": folder,
            "YIBAO_KEYS": "",
            "YIBAO_ENV": "production",
            "ALLOWED_HOSTS": "yibao.example.edu.cn",
            "DATABASE_URL": "postgresql://yibao@127.0.0.1:1/yibao",
        }
        unfit = manage("check", "--deploy", "--fail-level", "WARNING", environment=environment)
        missing = manage("makemigrations", "--check", "--dry-run", environment=environment)
    return unfit or missing


if __name__ == "__main__":
    sys.exit(main())
