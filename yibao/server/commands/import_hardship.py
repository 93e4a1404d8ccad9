"""`yibao import-hardship FILE.xlsx [--check] [--json]`: who is recognised as in hardship."""

from collections.abc import Sequence
from functools import partial

from yibao.payments.repricing import import_hardship
from yibao.plans.hardship import check_hardship
from yibao.server.commands import _import


def run(argv: Sequence[str]) -> int:
    """Import a hardship list."""
    return _import.run(
        argv,
        name="import-hardship",
        about=__doc__,
        check=check_hardship,
        write=partial(import_hardship, by=None),
    )
