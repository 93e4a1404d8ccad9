"""`yibao import-roster FILE.xlsx [--check] [--json]`: students, classes and counselors."""

from collections.abc import Sequence
from pathlib import Path

from django.db import transaction

from yibao.common.sheet_report import Report
from yibao.enrolment.roster import enlist_all
from yibao.people.roster import check_roster, import_roster
from yibao.server.commands import _import


def run(argv: Sequence[str]) -> int:
    """Import a roster and bring every open plan in step with it."""
    return _import.run(
        argv, name="import-roster", about=__doc__, check=check_roster, write=_import_and_enlist
    )


@transaction.atomic
def _import_and_enlist(path: Path) -> Report:
    report = import_roster(path, by=None)
    if report.added or report.changed:
        enlist_all(by=None)
    return report
