"""未参保学生名单 and 不参保原因统计表."""

from collections import defaultdict
from typing import Any

from django.db.models import Count

from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import Standing, Status
from yibao.people.levels import REVIEWING
from yibao.plans.models import InsurancePlan
from yibao.reports import units
from yibao.reports.exporters.base import Column, Sheet

NOT_INSURED = (
    Standing.UNREGISTERED,
    Standing.RETURNED,
    Standing.IN_REVIEW,
    Standing.ELSEWHERE,
    Standing.OPTED_OUT,
)
CLASS = "student__class_group"


def not_insured(plan: InsurancePlan, user: Any) -> Sheet:
    """未参保学生名单: who is to be insured and is not on campus, with where they stand."""
    rows = (
        Enrolment.objects.covered_by(user, *REVIEWING)
        .filter(plan=plan)
        .with_standing()
        .with_counselors()
        .filter(standing__in=NOT_INSURED)
        .order_by(
            f"{CLASS}__major__college__name",
            f"{CLASS}__major__name",
            f"{CLASS}__grade",
            f"{CLASS}__name",
            "student__student_no",
        )
        .values_list(
            f"{CLASS}__major__college__name",
            f"{CLASS}__major__name",
            f"{CLASS}__grade",
            f"{CLASS}__name",
            "student__student_no",
            "student__name",
            "standing",
            "reason__name",
            "reason_note",
            "counselors",
        )
    )
    return Sheet(
        "未参保学生名单",
        str(plan),
        (
            Column("学院", width=22),
            Column("专业", width=18),
            Column("年级", "count", 8),
            Column("班级", width=24),
            Column("学号", width=14),
            Column("姓名", width=10),
            Column("状态", width=10),
            Column("不参保原因", width=22),
            Column("说明", width=20),
            Column("辅导员", width=14),
        ),
        [
            (*place, Standing(standing).label, *_reason(standing, *why), counselors or "")
            for *place, standing, reason, note, counselors in rows
            for why in [(reason, note)]
        ],
        notes=(
            "未参保＝应参保学生中未登记、已退回、审核中、校外参保和放弃参保的学生；待缴费的学生已审核通过，不在此列。",
        ),
    )


def _reason(standing: str, reason: str | None, note: str) -> tuple[str, str]:
    """The reason counts once it is accepted or under review; a returned one is history."""
    said = standing in {Standing.ELSEWHERE, Standing.OPTED_OUT, Standing.IN_REVIEW}
    return (reason or "", note) if said else ("", "")


def opt_out_reasons(plan: InsurancePlan, user: Any) -> Sheet:
    """不参保原因统计表: accepted reasons by college."""
    counted = (
        Enrolment.objects.covered_by(user, *REVIEWING)
        .filter(plan=plan, status=Status.OPTED_OUT, required=True, off_roster=False)
        .order_by()
        .values_list(f"{units.COLLEGE}__name", "reason")
        .annotate(count=Count("pk"))
    )
    table: dict[str, dict[int, int]] = defaultdict(dict)
    for college, reason, count in counted:
        table[college][reason] = count
    reasons = list(plan.reasons.all())
    rows: list[tuple[Any, ...]] = [
        (college, *(found.get(r.pk, 0) for r in reasons), sum(found.values()))
        for college, found in sorted(table.items())
    ]
    totals = [sum(row[place] for row in rows) for place in range(1, len(reasons) + 2)]
    return Sheet(
        "不参保原因统计表",
        str(plan),
        (
            Column("学院", width=24),
            *(Column(f"{r.name}（{r.get_counts_as_display()}）", "count", 18) for r in reasons),
            Column("合计", "count"),
        ),
        rows,
        ("合计", *totals),
        ("只统计审核通过的不参保登记，括号内为统计口径。",),
    )
