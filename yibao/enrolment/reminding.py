"""催办: remind students of what is theirs to do, by staff when they choose, by the clock before an end.

A reminder is a message about an enrolment, so who was told when is read from the messages themselves.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.timezone import localdate, localtime, now

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import Refused
from yibao.common.outcome import Outcome
from yibao.enrolment.messages import REMIND_PAY, REMIND_REGISTER, REMIND_STAFF, minute
from yibao.enrolment.models import DeadlineRound, Enrolment
from yibao.enrolment.states import REMINDERS, TO_REGISTER, Deadline, Status
from yibao.grid.query import GridQuery
from yibao.notify import flow as notify
from yibao.notify.flow import Note
from yibao.notify.models import Message
from yibao.people.levels import REVIEWING, Level
from yibao.people.models import Post
from yibao.people.on_duty import classes_at
from yibao.plans.models import InsurancePlan
from yibao.plans.states import PlanStatus

AGAIN = timedelta(hours=24)
MOST_SHOWN = 20
MORNING, EVENING = 9, 21
Rows = Sequence[Enrolment]
SETTLED = {
    Status.IN_REVIEW: "正在审核，不用学生做什么",
    Status.ENROLLED: "已参保，无需提醒",
    Status.OPTED_OUT: "已登记不参保，无需提醒",
}


def why_not_remind(rows: Rows, by: User) -> dict[int, str]:
    """发送提醒: to students in one's charge who have something to do, and not twice within a day."""
    pks = [row.pk for row in rows]
    covered = Enrolment.objects.covered_by(by, *REVIEWING).filter(pk__in=pks)
    mine = set(covered.values_list("pk", flat=True))
    told = _told_lately(pks)
    at = now()

    def reason(row: Enrolment) -> str:
        if row.pk not in mine or row.student.user_id == by.pk:
            return "只能提醒所管的学生"
        return _why_nothing_to_do(row, at) or told.get(row.pk, "")

    answers = ((row.pk, reason(row)) for row in rows)
    return {pk: why for pk, why in answers if why}


@transaction.atomic
def remind(enrolments: QuerySet[Enrolment], *, by: User, words: str = "") -> Outcome:
    """发送提醒: what is to be done and until when, with a few words of one's own.

    Raises `Refused` when the words hold a number that must not stand in a message.
    """
    words = words.strip()
    if notify.without_numbers(words) != words:
        raise Refused("附言里有证件号码或手机号，消息里不能写，请删去")
    pks = enrolments.order_by().values("pk")
    # Two people who remind the same students at once meet here; the second sees the first's messages.
    locked = Enrolment.objects.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",))
    rows = list(locked.defer("snapshot").prefetch_related("plan", "student"))
    reasons = why_not_remind(rows, by)
    allowed = [row for row in rows if row.pk not in reasons]
    audit.record_many(
        [
            audit.entry("remind_refused", r, by=by, why=reasons[r.pk])
            for r in rows
            if r.pk in reasons
        ]
        + [audit.entry("remind", row, by=by) for row in allowed]
    )
    notify.tell(_notes(allowed, words), by=by)
    return Outcome([row.pk for row in allowed], reasons)


def remind_of_deadlines() -> int:
    """截止提醒: on the days before an end that the plan names, once each; how many were told."""
    at = now()
    if not MORNING <= localtime(at).hour < EVENING:
        return 0
    told = 0
    for plan in InsurancePlan.objects.open().order_by("pk"):
        for deadline in Deadline:
            opens, ends = _window(plan, deadline)
            if opens <= at <= ends and _days_left(ends, at) in plan.reminder_days:
                told += _hold(plan, deadline)
    return told


@transaction.atomic
def _hold(plan: InsurancePlan, deadline: Deadline) -> int:
    """One round. Its row is written first: whoever comes second finds it and does nothing."""
    held, is_new = DeadlineRound.objects.get_or_create(plan=plan, deadline=deadline, on=localdate())
    if not is_new:
        return 0
    waiting = Enrolment.objects.filter(plan=plan, required=True, off_roster=False)
    if deadline == Deadline.REGISTER:
        waiting = waiting.to_register()
    else:
        waiting = waiting.filter(status=Status.AWAITING_PAYMENT)
    _tell_counselors(plan, deadline, waiting)
    # Read without what is sealed: nothing of it is told.
    rows = waiting.select_related("student").only(
        "plan_id", "public_id", "status", "amount_due", "student__user_id"
    )
    lately = _told_lately(list(waiting.values_list("pk", flat=True)))
    due = [row for row in rows.order_by("pk") if row.pk not in lately]
    for row in due:
        row.plan = plan
    held.told = notify.tell(_notes(due, ""), by=None)
    held.save(update_fields=["told"])
    return held.told


def _tell_counselors(plan: InsurancePlan, deadline: Deadline, waiting: QuerySet[Enrolment]) -> None:
    """How many of their students are left, one message a counselor."""
    by_class = waiting.order_by().values_list("student__class_group").annotate(n=Count("pk"))
    left = dict(by_class)
    posts = Post.objects.filter(level=Level.COUNSELOR, class_groups__in=left)
    counts: dict[int, int] = defaultdict(int)
    for user, group in classes_at(posts):
        counts[user] += left.get(group, 0)
    ends = _window(plan, deadline)[1]
    query = GridQuery(extra=(("plan", str(plan.pk)),))
    page = f"{reverse('staff:unregistered')}?{query.to_query_string()}"
    what = "未登记"
    if deadline == Deadline.PAY:
        due = query.to_query_string(filters=(("status", Status.AWAITING_PAYMENT.value),))
        page, what = f"{reverse('staff:enrolments')}?{due}", "未缴费"
    notify.tell(
        (
            Note(
                user,
                REMIND_STAFF,
                f"还有 {count} 名学生{what}，{_left(ends, now())}",
                f"{plan}：{minute(ends)} 截止，可以在列表里提醒他们",
                page,
            )
            for user, count in sorted(counts.items())
            if count
        ),
        by=None,
    )


def _notes(rows: Iterable[Enrolment], words: str) -> Iterable[Note]:
    at, nobody = now(), UUID(int=0)
    page = reverse("student:progress", args=[nobody])
    home = reverse("student:home")
    for row in rows:
        if row.status == Status.AWAITING_PAYMENT:
            ends, kind, title = row.plan.pay_until, REMIND_PAY, "请缴纳医保费"
            what, link = (
                f"应缴 {row.amount_due:.2f} 元",
                page.replace(str(nobody), str(row.public_id)),
            )
        elif row.status == Status.RETURNED:
            ends, kind, title = row.plan.apply_until, REMIND_REGISTER, "申请被退回，请重新提交"
            what, link = "退回后还没有重新提交", page.replace(str(nobody), str(row.public_id))
        else:
            ends, kind, title = row.plan.apply_until, REMIND_REGISTER, "请登记是否参加医保"
            what, link = "还没有登记", home
        text = f"{row.plan}：{what}，{minute(ends)} 截止，{_left(ends, at)}"
        yield Note(
            row.student.user_id, kind, title, f"{text}。{words}" if words else text, link, row
        )


def reminders_of(row: Enrolment) -> list[Message]:
    """提醒记录: every reminder of a row with its ways outside, the latest first."""
    told = Message.objects.filter(
        subject_type="enrolment", subject_id=row.pk, kind__in=REMINDERS
    ).order_by("-created_at", "-pk")
    return list(told.select_related("by").prefetch_related("deliveries")[:MOST_SHOWN])


def _why_nothing_to_do(row: Enrolment, at: datetime) -> str:
    if row.plan.status != PlanStatus.OPEN:
        return f"计划“{row.plan}”{row.plan.get_status_display()}，不能再办理"
    if not row.required or row.off_roster:
        return "不需要参保，无需提醒"
    if why := SETTLED.get(Status(row.status)):
        return why
    registers = row.status in TO_REGISTER
    what = "申请" if registers else "缴费"
    opens, ends = _window(row.plan, Deadline.REGISTER if registers else Deadline.PAY)
    if at < opens:
        return f"{what}时间未到，{minute(opens)} 开始"
    if at > ends:
        return f"{what}时间已过，提醒了学生也不能办理"
    return ""


def _told_lately(pks: Sequence[int]) -> dict[int, str]:
    """Who was reminded within a day, and by whom."""
    lately = Message.objects.filter(
        subject_type="enrolment",
        subject_id__in=pks,
        kind__in=REMINDERS,
        created_at__gt=now() - AGAIN,
    )
    last = lately.order_by("created_at").values_list("subject_id", "by__name", "created_at")
    return {
        pk: f"24 小时内已提醒过（{name or '系统'} {localtime(at):%m-%d %H:%M}）"
        for pk, name, at in last
        if pk is not None
    }


def _window(plan: InsurancePlan, deadline: Deadline) -> tuple[datetime, datetime]:
    if deadline == Deadline.REGISTER:
        return plan.apply_from, plan.apply_until
    return plan.pay_from, plan.pay_until


def _days_left(ends: datetime, at: datetime) -> int:
    return (localdate(ends) - localdate(at)).days


def _left(ends: datetime, at: datetime) -> str:
    days = _days_left(ends, at)
    return f"还剩 {days} 天" if days else "今天截止"
