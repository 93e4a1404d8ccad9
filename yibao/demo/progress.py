"""What has happened so far in the plans: done by the people it is up to, through the verbs."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import cycle
from random import Random
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.demo import cast, papers
from yibao.enrolment import flow, reminding
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.states import Intent
from yibao.payments import flow as payment_flow
from yibao.payments.models import Payment
from yibao.payments.providers.base import PaidState, Receipt
from yibao.people.levels import Level
from yibao.people.models import Post
from yibao.plans.models import HardshipEntry, InsurancePlan, OptOutReason
from yibao.plans.states import Choosing, Offered

RETURNS = {
    "counselor": (
        "手机号已停用，请更新后重新提交",
        "请先核对证件号码",
        "请补充户籍地参保的缴费凭证",
    ),
    "college": ("不参保的证明不清晰，请重新上传", "请确认是否参加补充医疗保险"),
    "school": ("请与本人再次确认参保意愿",),
}
NOTES = ("本学期休学在家", "9 月应征入伍", "已在外地随父母参保，材料后补")
ONLINE = 40
"""Online payments come one by one; the others pay their counselor (cash.py)."""
CHANNELS = ("sandbox-wechat", "sandbox-wechat", "sandbox-alipay", "sandbox")
"""How they pay, in turn."""
OWN = 24
"""Students who have applied by themselves; for the others somebody did it for a whole class."""

JOIN_CHANCES = (7, 3)
OUT_CHANCES = (8, 2, 2, 1, 6, 1)
"""How often the basic insurance, and the reasons in their order."""


@dataclass
class Row:
    """What a fate is drawn for."""

    pk: int
    user: int
    student: str
    group: int
    grade: int
    college: int


@dataclass
class School:
    """Who acts for whom."""

    office: User
    officers: dict[int, User] = field(default_factory=dict)
    counselors: dict[int, User] = field(default_factory=dict)

    @classmethod
    def known(cls) -> "School":
        """Everybody who holds a post; for a class its first counselor acts."""
        school = cls(User.objects.get(username=cast.SCHOOL_OFFICERS[0][0]))
        posts = Post.objects.select_related("user").prefetch_related("class_groups").order_by("pk")
        for post in posts:
            if post.level == Level.COLLEGE and post.college_id:
                school.officers[post.college_id] = post.user
            elif post.level == Level.COUNSELOR:
                for group in post.class_groups.all():
                    school.counselors.setdefault(group.pk, post.user)
        return school


def rows_of(plan: InsurancePlan) -> list[Row]:
    """The enrolments of a plan in an order that the seed fixes."""
    values = Enrolment.objects.filter(plan=plan).order_by("student__student_no")
    return [
        Row(*row)
        for row in values.values_list(
            "pk",
            "student__user",
            "student__name",
            "student__class_group",
            "student__class_group__grade",
            "student__class_group__major__college",
        )
    ]


def draw(rows: Iterable[Row], weights: Mapping[str, int], random: Random) -> dict[int, str]:
    """A fate for each; the student of the cast is left to whoever tries the system."""
    fates, chances = list(weights), list(weights.values())
    drawn = {}
    for row in rows:
        fate = random.choices(fates, chances)[0]
        drawn[row.pk] = "unregistered" if row.student == cast.STUDENT else fate
    return drawn


def apply_for(
    rows: list[Row],
    fates: dict[int, str],
    plan: InsurancePlan,
    actor: Callable[[Row], User],
    own_count: int = OWN,
) -> None:
    """参保申请: some by the student, the others by class."""
    random = Random(plan.academic_year)
    basic = [t.pk for t in plan.types.all() if t.choosing == Choosing.REQUIRED]
    extra = [t.pk for t in plan.types.all()]
    reasons = list(plan.reasons.all())
    joins = [
        Choice(Intent.JOIN, tuple(types), consent=papers.consent(place))
        for place, types in enumerate((basic, extra))
    ]
    outs = [
        Choice(
            Intent.STAY_OUT,
            reason=reason,
            note=random.choice(NOTES) if reason.note_required else "",
            consent=papers.consent(place),
        )
        for place, reason in enumerate(reasons)
    ]
    for_all = [
        n if r.offered_to == Offered.ALL else 0 for r, n in zip(reasons, OUT_CHANCES, strict=True)
    ]
    entries = HardshipEntry.objects.filter(academic_year=plan.academic_year)
    recognised = set(entries.values_list("student__user", flat=True))
    wanting = [row for row in rows if fates[row.pk] not in ("unregistered", "not_required")]
    own = set(random.sample([row.pk for row in wanting], min(own_count, len(wanting) // 4)))
    own |= {row.pk for row in fated(wanting, fates, "opted_out")[: own_count // 2]}
    groups: dict[tuple[int, int], tuple[User, Choice, list[int]]] = {}
    for row in wanting:
        if fates[row.pk] == "opted_out":
            chances = OUT_CHANCES if row.user in recognised else for_all
            choice = random.choices(outs, chances)[0]
        else:
            choice = random.choices(joins, JOIN_CHANCES)[0]
        by = User.objects.get(pk=row.user) if row.pk in own else actor(row)
        if row.pk in own and choice.reason:
            choice = _backed(row, choice, choice.reason, random, by=by)
        groups.setdefault((by.pk, id(choice)), (by, choice, []))[2].append(row.pk)
    for by, choice, pks in groups.values():
        flow.submit(_these(pks), choice, by=by)


def _backed(row: Row, choice: Choice, reason: OptOutReason, random: Random, *, by: User) -> Choice:
    """What a student who stays out hands in and signs."""
    enrolment = Enrolment.objects.select_related("student", "plan").get(pk=row.pk)
    papers.make_ready(enrolment, reason, by=by)
    return replace(choice, consent="", signature=papers.signature(random))


def review(
    rows: list[Row], fates: dict[int, str], level: str, actor: Callable[[Row], User]
) -> None:
    """Everything that has come to a level and does not wait there is approved or returned."""
    beyond = {"counselor": 1, "college": 2, "school": 3}[level]
    onward: dict[int, tuple[User, list[int]]] = {}
    back: dict[tuple[int, str], tuple[User, list[int]]] = {}
    texts = RETURNS[level]
    for row in rows:
        fate = fates[row.pk]
        by = actor(row)
        if fate == f"returned_{level}":
            text = texts[row.pk % len(texts)]
            back.setdefault((by.pk, text), (by, []))[1].append(row.pk)
        elif _passes(fate, beyond):
            onward.setdefault(by.pk, (by, []))[1].append(row.pk)
    for by, pks in onward.values():
        flow.approve(_these(pks), by=by)
    for (_, text), (by, pks) in back.items():
        flow.send_back(_these(pks), by=by, comment=text)


def _passes(fate: str, place: int) -> bool:
    """Whether a fate leads past the n-th level."""
    stops = {
        "unregistered": 0,
        "not_required": 0,
        "waits_counselor": 0,
        "returned_counselor": 0,
        "waits_college": 1,
        "returned_college": 1,
        "waits_school": 2,
        "returned_school": 2,
    }
    return place <= stops.get(fate, 3)


def pay_online(rows: list[Row], fates: dict[int, str]) -> None:
    """在线缴费: the gateway's word, without a gateway that would have to run meanwhile."""
    channels = cycle(CHANNELS)
    for row in fated(rows, fates, "online")[:ONLINE]:
        enrolment = Enrolment.objects.select_related("plan", "student").get(pk=row.pk)
        if not enrolment.amount_due or enrolment.status != "awaiting_payment":
            continue
        order = payment_flow.open_order(enrolment, by=User.objects.get(pk=row.user))
        channel = next(channels)
        payment = Payment.objects.create(order=order, channel=channel, expires_at=now())
        receipt = Receipt(
            number=payment.number,
            reference=f"42000000{UUID(payment.number).int % 10**20:020d}",
            amount=order.amount,
            state=PaidState.PAID,
            paid_at=now(),
            raw={"demo": True},
        )
        payment_flow.settle(receipt, channel=channel)


def remind(rows: list[Row], fates: dict[int, str], counselors: dict[int, User]) -> None:
    """催办: each counselor reminds every other student who has not begun."""
    waiting: dict[int, tuple[User, list[int]]] = {}
    for row in fated(rows, fates, "unregistered")[::2]:
        if by := counselors.get(row.group):
            waiting.setdefault(by.pk, (by, []))[1].append(row.pk)
    for by, pks in waiting.values():
        reminding.remind(_these(pks), by=by)


def fated(rows: list[Row], fates: dict[int, str], fate: str) -> list[Row]:
    """Those with a fate."""
    return [row for row in rows if fates[row.pk] == fate]


def spare(rows: list[Row], counselors: dict[int, User], note: str = "已参加职工医保") -> None:
    """参保管理: these do not need this insurance here."""
    free: dict[int, tuple[User, list[int]]] = {}
    for row in rows:
        by = counselors[row.group]
        free.setdefault(by.pk, (by, []))[1].append(row.pk)
    for by, pks in free.values():
        flow.mark_required(_these(pks), required=False, by=by, note=note)


def _these(pks: list[int]) -> QuerySet[Enrolment, Any]:
    return Enrolment.objects.filter(pk__in=pks)


def by_college(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """The rows of each college."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.college].append(row)
    return found
