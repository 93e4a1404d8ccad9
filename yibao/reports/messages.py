"""What staff are told of rates: that one waits for them, and what became of their own."""

from collections.abc import Collection, Sequence

from django.urls import reverse

from yibao.accounts.models import User
from yibao.notify import flow as notify
from yibao.notify.flow import Note
from yibao.notify.kinds import Kind
from yibao.people.levels import Level
from yibao.people.models import Post
from yibao.people.on_duty import deputies_today, people_at
from yibao.plans.states import PlanStatus
from yibao.reports.models import RateReport
from yibao.reports.states import RateStatus, Unit


def _standing(pks: Collection[int], status: RateStatus) -> set[int]:
    rows = RateReport.objects.filter(pk__in=pks, status=status, plan__status=PlanStatus.OPEN)
    return set(rows.values_list("pk", flat=True))


def _handed_in(pks: Collection[int]) -> set[int]:
    return _standing(pks, RateStatus.HANDED_IN)


def _returned(pks: Collection[int]) -> set[int]:
    return _standing(pks, RateStatus.RETURNED)


HANDED_IN = Kind("rate_handed_in", "参保率待审核", "percentage", _handed_in, for_staff=True)
ACCEPTED = Kind("rate_accepted", "参保率审核通过", "check", for_staff=True)
RETURNED = Kind("rate_returned", "参保率被退回", "arrow-back-up", _returned, for_staff=True)
KINDS = (HANDED_IN, ACCEPTED, RETURNED)


def handed_in(report: RateReport, *, by: User) -> None:
    """提交: whoever decides on it."""
    notify.withdraw([report])
    figures = report.frozen()
    text = f"{report.plan}：{by.name}提交，应参保 {figures.base} 人"
    if figures.base:
        text += f"，在校参保率 {figures.campus_rate}%，综合参保率 {figures.coverage_rate}%"
    deciding = Post.objects.all()
    if report.unit == Unit.COLLEGE:
        deciding = deciding.filter(level=Level.SCHOOL)
    else:
        deciding = deciding.filter(level=Level.COLLEGE, college=report.college_id)
    title, page = f"{report}参保率待审核", _page(report)
    notify.tell(
        [Note(pk, HANDED_IN, title, text, page, report) for pk in people_at(deciding)], by=by
    )


def decided(reports: Sequence[RateReport], *, by: User, opinion: str) -> None:
    """审核: whoever handed it in, and whoever stands in for them today."""
    notify.withdraw(reports)
    levels = (Level.COUNSELOR, Level.COLLEGE)
    posts = Post.objects.filter(user__in={report.handed_in_by_id for report in reports})
    away: dict[tuple[int, str], set[int]] = {}
    for holder, level, deputy in deputies_today(posts.filter(level__in=levels)).values_list(
        "post__user", "post__level", "user"
    ):
        away.setdefault((holder, level), set()).add(deputy)
    notify.tell(
        [
            _decision(report, person, by, opinion.strip())
            for report in reports
            for person in sorted({report.handed_in_by_id, *away.get(_hander(report), ())})
        ],
        by=by,
    )


def withdrawn(reports: Sequence[RateReport]) -> None:
    """撤回: there is nothing to decide any more."""
    notify.withdraw(reports)


def _hander(report: RateReport) -> tuple[int, str]:
    """Whose post, and at which level, a rate was handed in from."""
    level = Level.COLLEGE if report.unit == Unit.COLLEGE else Level.COUNSELOR
    return report.handed_in_by_id, level.value


def _decision(report: RateReport, person: int, by: User, opinion: str) -> Note:
    accepted = report.status == RateStatus.ACCEPTED
    kind, what = (ACCEPTED, "审核通过") if accepted else (RETURNED, "被退回，请修改后重新提交")
    said = f"{report.plan}：{by.name}{report.get_status_display()}"
    text = f"{said}，意见：{opinion}" if opinion else said
    return Note(person, kind, f"{report}参保率{what}", text, _page(report), report)


def _page(report: RateReport) -> str:
    name = "staff:college_rates" if report.unit == Unit.COLLEGE else "staff:grade_rates"
    return f"{reverse(name)}?plan={report.plan_id}"
