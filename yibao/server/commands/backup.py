"""`yibao backup FOLDER`: the whole database as one file, and a note of it for the administrator."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.db import connection

from yibao.common.models import BackupNote
from yibao.server.backup import Server, dump


def run(argv: Sequence[str]) -> int:
    """Write it, check it, and say how much is in it."""
    parser = argparse.ArgumentParser("yibao backup", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where backups are kept")
    asked = parser.parse_args(argv)
    path, about = dump(Server.of(connection.get_connection_params()), asked.folder)
    BackupNote.objects.create(
        at=datetime.fromisoformat(about.at),
        file=path.name,
        size=about.size,
        rows=sum(about.rows.values()),
    )
    sys.stdout.write(
        f"{path}: {about.size:,} bytes, {sum(about.rows.values()):,} rows in"
        f" {len(about.rows)} tables.\nThe keys are not in it: keep them elsewhere.\n"
    )
    return 0
