"""A system of its own for the story: started as a school starts it, empty, and stopped after."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import httpx

READY_WITHIN = 240
CLI = [sys.executable, "-m", "yibao.server.cli"]


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class System:
    """`yibao start --empty` with its data in a folder, on a free port."""

    def __init__(self, data: Path) -> None:
        self.port = free_port()
        self.log = data / "story.log"
        self.environment = {
            **{k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "YIBAO_ENV"}},
            "YIBAO_DATA": str(data),
            "PORT": str(self.port),
            "YIBAO_SANDBOX_PORT": str(free_port()),
        }

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*CLI, "start", "--empty"], env=self.environment, stdout=log, stderr=log
            )
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if httpx.get(f"{self.base_url}/livez", trust_env=False).is_success:
                    return self
            except httpx.TransportError:
                pass
            time.sleep(0.3)
        self.__exit__()
        raise AssertionError(f"The system did not start:\n{self.log.read_text()[-3000:]}")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(60)

    def command(self, *words: str) -> str:
        """What one command of the command line prints."""
        done = subprocess.run(
            [*CLI, *words], env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"yibao {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def first_password(self, number: str, *options: str) -> str:
        """A new initial password by the command line."""
        said = self.command("set-password", number, *options)
        found = re.search(r": (\S+)\s*$", said)
        assert found, said
        return found.group(1)

    def imported(self, kind: str, file: Path, *options: str) -> dict:
        """What an import by the command line says with --json."""
        return json.loads(self.command(f"import-{kind}", str(file), "--json", *options))
