"""When what happens in a plan, and what is odd about it. Notes point out; they refuse nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils.timezone import localtime, make_aware, now

from yibao.plans.models import InsurancePlan, ReviewStep
from yibao.plans.states import PlanStatus
from yibao.plans.words import moment

GAP = timedelta(days=1)
"""A pause shorter than this is no gap: windows end at night and begin in the morning."""
SLIVER = 1
"""No bar is shorter, or it could not be seen."""
LONG = timedelta(days=200)
"""A window longer than this has a wrong year in it."""


@dataclass(frozen=True)
class Window:
    """A stretch of time in which somebody may do something; either end may be open."""

    label: str
    opens: datetime | None
    closes: datetime | None

    @property
    def state(self) -> tuple[str, str]:
        """Word and tone as of now."""
        at = now()
        if self.opens and at < self.opens:
            return "未开始", "grey"
        if self.closes and at > self.closes:
            return "已截止", "neutral"
        return "进行中", "blue"


@dataclass(frozen=True)
class Bar:
    """A window on the axis that all windows share, in percent of it; an open end is its edge."""

    window: Window
    start: float
    length: float


def bars(found: Sequence[Window]) -> list[Bar]:
    """Windows beside each other, so that overlaps and gaps are seen."""
    edges = sorted(at for window in found for at in (window.opens, window.closes) if at)

    def percent(at: datetime | None, otherwise: float) -> float:
        if at is None or edges[0] == edges[-1]:
            return otherwise
        return round((at - edges[0]) / (edges[-1] - edges[0]) * 100, 2)

    ends = [(percent(window.opens, 0), percent(window.closes, 100)) for window in found]
    return [
        Bar(window, start, max(round(end - start, 2), SLIVER))
        for window, (start, end) in zip(found, ends, strict=True)
    ]


def windows(plan: InsurancePlan, steps: Sequence[ReviewStep]) -> list[Window]:
    """All windows of a plan in the order of its story."""
    found = [Window("申请", plan.apply_from, plan.apply_until)]
    found += [Window(step.name, step.opens_at, step.closes_at) for step in steps]
    if plan.rate_reporting:
        found.append(Window("参保率上报", plan.rate_from, plan.rate_until))
    found.append(Window("缴费", plan.pay_from, plan.pay_until))
    return found


def notes(plan: InsurancePlan, steps: Sequence[ReviewStep]) -> list[str]:
    """Overlaps and gaps that somebody may not have meant, as sentences."""
    return [
        note
        for found in (
            _years(plan, steps),
            _review(plan, steps),
            _rates(plan, steps),
            _payment(plan, steps),
            _reminders(plan),
        )
        for note in found
    ]


def _years(plan: InsurancePlan, steps: Sequence[ReviewStep]) -> Iterable[str]:
    """What looks like a slip of the pen: a wrong year, or what is over before it begins."""
    for window in windows(plan, steps):
        if window.opens and window.closes and window.closes - window.opens > LONG:
            days = (window.closes - window.opens).days
            yield f"“{window.label}”长达 {days} 天，请检查年份"
        elif plan.status == PlanStatus.DRAFT and window.closes and window.closes < now():
            yield f"“{window.label}”{moment(window.closes)} 截止，已经过去"
    year = plan.academic_year
    for label, day in (("申请", localtime(plan.apply_from)), ("参保", plan.coverage_start)):
        if year and day.year not in (year, year + 1):
            yield f"{label}从 {day:%Y-%m-%d} 开始，不在 {plan.year_label} 学年里，请检查年份"
    if plan.coverage_end < localtime(plan.pay_until).date():
        yield f"参保 {plan.coverage_end} 就结束了，缴费却到 {moment(plan.pay_until)} 才截止"


def _review(plan: InsurancePlan, steps: Sequence[ReviewStep]) -> Iterable[str]:
    before = Window("申请", plan.apply_from, plan.apply_until)
    for step in steps:
        here = Window(step.name, step.opens_at, step.closes_at)
        if here.closes and here.closes < plan.apply_until:
            yield (
                f"“{here.label}”{moment(here.closes)} 截止，早于申请截止 {moment(plan.apply_until)}，"
                "此后提交的申请没有人能审核"
            )
        elif here.closes and before.opens and here.closes < before.opens:
            yield f"“{here.label}”在上一环节“{before.label}”开始之前就截止，没有申请能走到这一环节"
        elif here.closes and before.closes and here.closes < before.closes:
            yield f"“{here.label}”比上一环节“{before.label}”先截止，最后通过的申请会留在这一环节"
        elif here.opens and before.opens and before.opens - here.opens > GAP:
            yield f"“{here.label}”比上一环节“{before.label}”先开始，此前没有申请可审核"
        yield from _gap(before, here)
        before = here


def _rates(plan: InsurancePlan, steps: Sequence[ReviewStep]) -> Iterable[str]:
    if not plan.rate_reporting or plan.rate_until is None:
        return
    if plan.rate_until < plan.apply_until:
        yield (
            f"参保率上报 {moment(plan.rate_until)} 截止，早于申请截止 {moment(plan.apply_until)}，"
            "未登记人数为 0 之前不能上报"
        )
    last = max((step.closes_at for step in steps if step.closes_at), default=None)
    if last and plan.rate_until < last:
        yield f"参保率上报 {moment(plan.rate_until)} 截止，早于审核截止 {moment(last)}"


def _payment(plan: InsurancePlan, steps: Sequence[ReviewStep]) -> Iterable[str]:
    last = max((step.closes_at for step in steps if step.closes_at), default=plan.apply_until)
    if plan.pay_until < plan.apply_until:
        yield (
            f"缴费 {moment(plan.pay_until)} 截止，早于申请截止 {moment(plan.apply_until)}，"
            "最后申请的学生来不及缴费"
        )
    elif plan.pay_until < last:
        yield f"缴费 {moment(plan.pay_until)} 截止，早于审核截止 {moment(last)}，最后通过的学生来不及缴费"
    if plan.pay_from < plan.apply_from:
        yield "缴费早于申请开始；审核通过后才能缴费，之前不会有人缴费"
    yield from _gap(Window("申请", None, last), Window("缴费", plan.pay_from, None))
    starts = make_aware(datetime.combine(plan.coverage_start, time.min))
    if plan.pay_until > starts:
        yield (
            f"缴费截止 {moment(plan.pay_until)} 晚于参保开始 {plan.coverage_start}，"
            "请在参保说明中写明此后缴费的学生从何时起享受待遇"
        )


def _reminders(plan: InsurancePlan) -> Iterable[str]:
    """A day of reminding that lies before the window itself."""
    for label, opens, closes in (
        ("申请", plan.apply_from, plan.apply_until),
        ("缴费", plan.pay_from, plan.pay_until),
    ):
        if early := [day for day in plan.reminder_days if timedelta(days=day) > closes - opens]:
            days = "、".join(map(str, early))
            yield f"截止前 {days} 天的提醒早于{label}开始，不会发出"


def _gap(before: Window, after: Window) -> Iterable[str]:
    if before.closes and after.opens and after.opens - before.closes > GAP:
        days = (localtime(after.opens) - localtime(before.closes)).days
        yield f"“{before.label}”截止后 {days} 天“{after.label}”才开始，中间没有人能办理"
