"""异议: a student does not agree with what somebody registered for them.

As long as nobody has decided on it the registration is taken back at once, by the same verb as a student's own.
Afterwards others have acted on it, so staff decide: 退回, or let it stand and say why.
"""

from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.bulk import among
from yibao.common.errors import refuse_if
from yibao.common.outcome import Outcome
from yibao.enrolment import flow, rules
from yibao.enrolment.messages import NOBODY
from yibao.enrolment.models import Enrolment
from yibao.enrolment.objection_models import Objection
from yibao.enrolment.states import TO_REGISTER, Objected
from yibao.notify import flow as notify
from yibao.notify.flow import Note
from yibao.notify.kinds import Kind
from yibao.people.levels import Level
from yibao.people.models import Post
from yibao.people.on_duty import people_at
from yibao.plans.states import PlanStatus

LONGEST = 200
TAKEN_BACK = "还没有审核，已自动撤回"


def _open(pks: Collection[int]) -> set[int]:
    rows = Enrolment.objects.with_objections().filter(pk__in=pks)
    waiting: Any = rows.filter(objected=Objected.OPEN)  # type: ignore[misc]  # annotated there
    return set(waiting.values_list("pk", flat=True))


OBJECTED = Kind("objected", "学生对代登记有异议", "user-question", _open, for_staff=True)
TAKEN = Kind("objected_taken_back", "代登记已被学生撤回", "arrow-back-up", for_staff=True)
ANSWERED = Kind("objection_answered", "异议处理结果", "check")
KINDS = (OBJECTED, TAKEN, ANSWERED)


def why_not_object(row: Enrolment, by: User) -> str:
    """Why somebody cannot object to a registration; "" if they can."""
    if row.student.user_id != by.pk:
        return "只能对为本人代登记的申请提出异议"
    if row.status in TO_REGISTER or row.submitted_by_id is None:
        return "现在没有为你代登记的申请，可以自己登记"
    if row.submitted_by_id == by.pk:
        return "这份申请是你自己提交的；需要修改请撤回，或联系辅导员退回"
    if row.plan.status != PlanStatus.OPEN:
        return f"计划“{row.plan}”{row.plan.get_status_display()}，不能再办理"
    if row.objections.filter(round=row.round).exists():
        return "你已经提出过异议，处理后会告诉你"
    return ""


def would_take_back(row: Enrolment, by: User) -> bool:
    """Whether an objection takes the registration back at once: nobody has decided on it."""
    return not rules.why_not_withdraw([row], by)


@transaction.atomic
def object_to(row: Enrolment, words: str, *, by: User) -> bool:
    """提出异议; whether the registration was taken back. Raises `Refused`."""
    refuse_if("" if words.strip() else "请写明你的意愿，例如：我要参保")
    locked = Enrolment.objects.select_for_update(of=("self",)).with_story()
    row = locked.get(pk=row.pk)
    refuse_if(why_not_object(row, by))
    made = Objection.objects.create(enrolment=row, round=row.round, words=words.strip()[:LONGEST])
    audit.record("object", row, by=by, round=row.round)
    taken = would_take_back(row, by)
    if taken:
        flow.withdraw(Enrolment.objects.filter(pk=row.pk), by=by).or_refuse()
        made.settled_at, made.answer = now(), TAKEN_BACK
        made.save(update_fields=["settled_at", "answer"])
    _tell_staff(row, made.words, taken=taken, by=by)
    return taken


def why_not_answer(rows: Sequence[Enrolment], by: User) -> dict[int, str]:
    """维持登记 is for who could have registered the student, while an objection waits."""
    pks = [row.pk for row in rows]
    mine = Enrolment.objects.covered_by(by, Level.COUNSELOR, Level.SCHOOL).filter(pk__in=among(pks))
    reached, waiting = set(mine.values_list("pk", flat=True)), _open(pks)

    def reason(row: Enrolment) -> str:
        if row.pk not in reached or row.student.user_id == by.pk:
            return "只能处理所管学生的异议"
        return "" if row.pk in waiting else "没有等待处理的异议"

    return {row.pk: why for row in rows if (why := reason(row))}


@transaction.atomic
def answer(enrolments: QuerySet[Enrolment], *, by: User, comment: str) -> Outcome:
    """维持登记 with a reason, which the student reads. Raises `Refused` without one."""
    refuse_if("" if comment.strip() else "请填写处理意见，学生会看到")
    pks = enrolments.order_by().values("pk")
    locked = Enrolment.objects.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",))
    rows = list(locked.with_story().sparing())
    reasons = why_not_answer(rows, by)
    allowed = [row for row in rows if row.pk not in reasons]
    open_ones = Objection.objects.filter(
        enrolment__in=[row.pk for row in allowed], settled_at__isnull=True
    )
    open_ones.update(settled_at=now(), settled_by=by, answer=comment.strip()[:LONGEST])
    audit.record_many(
        audit.entry("answer_objection", row, by=by, why=comment.strip()) for row in allowed
    )
    text = f"{by.name}核实后维持登记：{comment.strip()}"
    page = reverse("student:progress", args=[NOBODY])
    notify.tell(
        (
            Note(
                row.student.user_id,
                ANSWERED,
                "你的异议已处理",
                f"{row.plan}：{text}",
                page.replace(str(NOBODY), str(row.public_id)),
                row,
            )
            for row in allowed
        ),
        by=by,
    )
    return Outcome([row.pk for row in allowed], reasons)


def _tell_staff(row: Enrolment, words: str, *, taken: bool, by: User) -> None:
    """Who registered the student, and the counselors of the class."""
    group = row.student.class_group_id
    people = set(people_at(Post.objects.filter(level=Level.COUNSELOR, class_groups=group)))
    if row.submitted_by_id is not None:
        people.add(row.submitted_by_id)
    asked = urlencode({"plan": row.plan_id, "q": row.student.student_no})
    link = f"{reverse('staff:enrolments')}?{asked}"
    name = row.student.name
    kind, title = (TAKEN, f"{name}撤回了代登记") if taken else (OBJECTED, f"{name}对代登记有异议")
    rest = "申请还没有审核，已自动撤回，现在是未登记" if taken else "请核实后退回，或维持登记并说明"
    text = f"{row.plan}：{name}说“{words}”。{rest}"
    notify.tell((Note(pk, kind, title, text, link, row) for pk in sorted(people)), by=by)
