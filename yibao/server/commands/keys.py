"""`yibao keys`: make the key files that are missing, never replace one."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from yibao.server import keys


def run(argv: Sequence[str]) -> int:
    """Make them and say where they are."""
    parser = argparse.ArgumentParser("yibao keys", description=__doc__)
    parser.parse_args(argv)
    folder = keys.folder_of(Path(os.environ.get("YIBAO_DATA") or "var").resolve())
    made = keys.make(folder)
    keys.load(folder)
    if made:
        sys.stdout.write(
            f"New keys in {folder}: {', '.join(made)}.\n"
            "Keep a copy apart from the database: without them no ID number can be read again.\n"
        )
    else:
        sys.stdout.write(f"The keys in {folder} are complete.\n")
    return 0
