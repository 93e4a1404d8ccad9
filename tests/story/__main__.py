"""`make story`: both ways over a freshly imported roster, through HTTP; fails if a number is off."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yibao.server.settings")


def say(line: str) -> None:
    """A line of the story."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Set a school up, live through its campaign, print what came of it."""
    parser = argparse.ArgumentParser("make story", description=__doc__)
    parser.add_argument("--students", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="yibao-story-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103, PTH101 - PostgreSQL runs as another account
        os.environ.update(YIBAO_DATA=folder, YIBAO_LOG="WARNING")
        django.setup()
        from tests.story.telling import tell  # noqa: PLC0415 - needs the settings of this folder

        tell(Path(folder), asked.students, asked.seed, say)
    return 0


if __name__ == "__main__":
    sys.exit(main())
