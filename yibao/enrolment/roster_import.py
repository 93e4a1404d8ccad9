"""A roster comes in: its students, and then their rows in every open plan, or nothing of both."""

from pathlib import Path

from django.db import transaction

from yibao.accounts.models import User
from yibao.common.sheet_report import Report
from yibao.enrolment.roster import enlist_all
from yibao.people.roster import import_roster


@transaction.atomic
def import_and_enlist(path: Path, *, by: User | None) -> Report:
    """导入名册; whoever is new, gone or back is so in the open plans too."""
    report = import_roster(path, by=by)
    if report.added or report.changed:
        enlist_all(by=by)
    return report
