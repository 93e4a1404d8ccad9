"""A roster beside 学籍异动: what took effect lately is not put back by an older list.

Else the list wins: it says how things stand on its day. What still waits takes effect on its own day, and
changes nothing if the list has said the same meanwhile.
"""

from collections.abc import Mapping
from datetime import timedelta

from django.utils.timezone import localdate

from yibao.common.bulk import among
from yibao.people.codes import RosterStatus
from yibao.people.roster_lines import Line
from yibao.people.states import TransitionState
from yibao.people.transition_models import Transition

LATELY = timedelta(days=60)
"""So long an office may still work with a list from before."""


def check(
    lines: Mapping[str, Line], classes: Mapping[tuple[str, str, int, str], int | None]
) -> None:
    """Note a fault on each line that says exactly what a transition has replaced; `lines` by 学号."""
    lately = Transition.objects.filter(
        state=TransitionState.DONE,
        effective_on__gt=localdate() - LATELY,
        student__student_no__in=among(lines, "text"),
    )
    latest: dict[tuple[str, str], Transition] = {}
    for row in lately.select_related("student", "was_class").order_by("effective_on", "pk"):
        number = row.student.student_no
        if row.was_class_id is not None:
            latest[number, "class_name"] = row
        if row.was_status:
            latest[number, "roster_status"] = row
    for (number, column), row in latest.items():
        line = lines[number]
        if column == "class_name":
            was, back = str(row.was_class), classes[line.place] == row.was_class_id
        else:
            was = RosterStatus(row.was_status).label
            back = line.given.get("roster_status") == row.was_status
        if back:
            line.fault(
                column,
                f"{row.get_kind_display()}自 {row.effective_on} 起已生效，名册里还是之前的“{was}”，"
                "请用新的名册，或删去这一行；异动有误请先登记一次新的异动",
            )
