"""`yibao import-roster FILE.xlsx [--check] [--json]`: students, classes and counselors."""

from collections.abc import Sequence
from functools import partial

from yibao.enrolment.roster_import import import_and_enlist
from yibao.people.roster import check_roster
from yibao.server.commands import _import


def run(argv: Sequence[str]) -> int:
    """Import a roster and bring every open plan in step with it."""
    return _import.run(
        argv,
        name="import-roster",
        about=__doc__,
        check=check_roster,
        write=partial(import_and_enlist, by=None),
    )
