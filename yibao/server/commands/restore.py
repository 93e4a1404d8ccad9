"""`yibao restore FILE`: a backup into an empty database, all of it or nothing."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from django.db import connection

from yibao.common import key_proof
from yibao.server.backup import Server, restore


def run(argv: Sequence[str]) -> int:
    """Read it, count it, and say whether the keys at hand open it."""
    parser = argparse.ArgumentParser("yibao restore", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="yibao-….dump, its .json beside it")
    asked = parser.parse_args(argv)
    about = restore(Server.of(connection.get_connection_params()), asked.file)
    sys.stdout.write(
        f"Restored {sum(about.rows.values()):,} rows in {len(about.rows)} tables, as of {about.at}.\n"
    )
    if key_proof.is_there() and (refusal := key_proof.why_not_open()):
        sys.stdout.write(f"{refusal}\n")
        return 1
    sys.stdout.write("The keys open it. Now run: yibao migrate\n")
    return 0
