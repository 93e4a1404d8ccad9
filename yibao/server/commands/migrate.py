"""`yibao migrate`: tables and static files as this version wants them."""

import argparse
import sys
from collections.abc import Sequence

from yibao.server import prepare


def say(line: str) -> None:
    """A line of progress."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run(argv: Sequence[str]) -> int:
    """Tables, keys, static files, and on request the demo university."""
    parser = argparse.ArgumentParser("yibao migrate", description=__doc__)
    parser.add_argument("--demo-data", action="store_true", help="fill an empty database")
    asked = parser.parse_args(argv)
    prepare.channels()
    prepare.tables(say)
    prepare.keys()
    prepare.phrases()
    prepare.static_files(say)
    if asked.demo_data:
        prepare.demo_data(say)
    return 0
