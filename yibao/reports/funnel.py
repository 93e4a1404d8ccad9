"""参保统计 and 缴费统计: how many stand at each stage, what is owed and what was paid, and how."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum, Value

from yibao.enrolment.models import EnrolmentQuerySet, QuoteLine
from yibao.enrolment.states import Standing, Status
from yibao.payments.models import Order, Payment, Refund
from yibao.payments.states import DifferenceStatus, OrderStatus, PaymentStatus, RefundStatus
from yibao.people.levels import REVIEWING
from yibao.reports.rates import Figures, total

DIMENSIONS = {
    "college": ("学院", "student__class_group__major__college__name"),
    "major": ("专业", "student__class_group__major__name"),
    "grade": ("年级", "student__class_group__grade"),
    "class_group": ("班级", "student__class_group__name"),
}
"""What 参保统计 may be broken down by: key → (label, path from an enrolment)."""

Key = tuple[Any, ...]
OWING = (Status.AWAITING_PAYMENT, Status.ENROLLED)


@dataclass(frozen=True)
class Stage:
    """One row of 参保统计: a unit, where its students stand, and at which level those in review are."""

    key: tuple[Any, ...]
    figures: Figures
    at_level: dict[str, int] = field(default_factory=dict)

    @property
    def applied(self) -> int:
        """已申请: submitted and not returned, whatever became of it."""
        f = self.figures
        return f.in_review + f.awaiting_payment + f.enrolled


def complete(dimensions: Iterable[str]) -> list[str]:
    """The dimensions in order, with those that a name alone would leave ambiguous.

    Two colleges may have a major of one name, two majors a class of one name.
    """
    wanted = set(dimensions) & DIMENSIONS.keys()
    if "class_group" in wanted:
        wanted |= {"college", "major", "grade"}
    if "major" in wanted:
        wanted |= {"college"}
    return [name for name in DIMENSIONS if name in wanted]


def funnel(enrolments: EnrolmentQuerySet, dimensions: Sequence[str]) -> list[Stage]:
    """One row per combination of the dimensions, sorted; one GROUP BY, whatever the size."""
    paths = [DIMENSIONS[name][1] for name in dimensions]
    counted = (
        enrolments.with_standing()
        .order_by()
        .values_list(*paths, "standing", "current_step__level")
        .annotate(count=Count("pk"))
    )
    figures: dict[Key, Counter[str]] = defaultdict(Counter)
    levels: dict[Key, Counter[str]] = defaultdict(Counter)
    for *key, standing, level, count in counted:
        figures[tuple(key)][standing] += count
        if standing == Standing.IN_REVIEW:
            levels[tuple(key)][level] += count
    return [Stage(key, Figures(**figures[key]), dict(levels[key])) for key in sorted(figures)]


def totals(stages: Sequence[Stage]) -> Stage:
    """The last row: the sum of all above it."""
    at_level: dict[str, int] = {
        level: sum(s.at_level.get(level, 0) for s in stages) for level in REVIEWING
    }
    return Stage((), total(stage.figures for stage in stages), at_level)


@dataclass(frozen=True)
class Money:
    """People and amounts in Decimal yuan.

    `paid` is the money that is there: `back` went back to students whose price stayed as it was.
    """

    key: tuple[Any, ...]
    people: int
    premium: Decimal
    reduced: Decimal
    due: Decimal
    paid: Decimal
    back: Decimal = Decimal(0)

    @property
    def owed(self) -> Decimal:
        """待缴 in Decimal yuan."""
        return self.due - self.paid - self.back

    def __add__(self, other: "Money") -> "Money":
        return Money(
            (),
            self.people + other.people,
            self.premium + other.premium,
            self.reduced + other.reduced,
            self.due + other.due,
            self.paid + other.paid,
            self.back + other.back,
        )


ZERO = Decimal(0)
NOTHING = Money((), 0, ZERO, ZERO, ZERO, ZERO)
NO_TYPE = "已退还（不分参保类型）"


def money_by_type(enrolments: EnrolmentQuerySet) -> list[Money]:
    """By 参保类型, of everybody who has passed review: people, 标准, 减免, 应缴, 实缴.

    A part that went back belongs to no type: it is a row of its own, so that the rows sum to the whole.
    """
    types = _money(enrolments, "insurance_type__name")
    back = _back(enrolments)
    rest = [
        Money((NO_TYPE,), people, ZERO, ZERO, ZERO, -sum_, sum_) for people, sum_ in back.values()
    ]
    return types + rest


def money_by_unit(enrolments: EnrolmentQuerySet, dimensions: Sequence[str]) -> list[Money]:
    """The same by college, major, grade or class, or several of them."""
    paths = [f"enrolment__{DIMENSIONS[name][1]}" for name in dimensions]
    back = _back(enrolments, *paths)
    return [_less(money, back) for money in _money(enrolments, *paths)]


def money_in_all(enrolments: EnrolmentQuerySet) -> Money:
    """The whole; who has several types is one person."""
    # Without a path there is one row even of nothing, and its sums are NULL.
    whole = next((money for money in _money(enrolments) if money.people), NOTHING)
    return _less(whole, _back(enrolments))


def paid_by_channel(enrolments: EnrolmentQuerySet) -> list[tuple[str, int, Decimal]]:
    """By 缴费方式: channel, people, amount; sums to the 实缴 of the other two."""
    applied = Payment.objects.filter(
        order__enrolment__in=enrolments.order_by().values("pk"),
        order__status=OrderStatus.PAID,
        status=PaymentStatus.CONFIRMED,
    )
    received = applied.order_by("channel").values_list("channel")
    back = Refund.objects.filter(payment__in=applied, status=RefundStatus.DONE).order_by()
    returned = dict(back.values_list("payment__channel").annotate(amount=Sum("amount")))
    return [
        (channel, people, amount - returned.get(channel, ZERO))
        for channel, people, amount in received.annotate(
            people=Count("order__enrolment", distinct=True), amount=Sum("amount")
        )
    ]


def _back(enrolments: EnrolmentQuerySet, *paths: str) -> dict[Key, tuple[int, Decimal]]:
    """What went back and left the price as it is: people and amount by unit.

    A difference that is settled has changed the price; what belongs to it is in the price already.
    """
    done = Refund.objects.filter(
        payment__order__enrolment__in=enrolments.order_by().values("pk"),
        payment__order__status=OrderStatus.PAID,
        payment__status=PaymentStatus.CONFIRMED,
        status=RefundStatus.DONE,
    ).exclude(difference__status=DifferenceStatus.SETTLED)
    whose = [f"payment__order__{path}" for path in paths]
    counted = (
        done.annotate(whole=Value(1))
        .order_by()
        .values_list(*(whose or ["whole"]))
        .annotate(people=Count("payment__order__enrolment", distinct=True), sum=Sum("amount"))
    )
    width = len(paths)
    # As in `_money`: of nothing there is one row too.
    return {tuple(row[:width]): (row[-2], row[-1]) for row in counted if row[-2]}


def _less(money: Money, back: dict[Key, tuple[int, Decimal]]) -> Money:
    _, amount = back.get(money.key, (0, ZERO))
    return replace(money, paid=money.paid - amount, back=amount)


def _money(enrolments: EnrolmentQuerySet, *paths: str) -> list[Money]:
    passed = enrolments.order_by().filter(status__in=OWING)
    paid = Q(enrolment__in=Order.objects.filter(status=OrderStatus.PAID).values("enrolment"))
    lines = QuoteLine.objects.filter(enrolment__in=passed.values("pk"))
    counted = (
        # A constant stands in for no path at all: the whole is one group.
        lines.annotate(whole=Value(1))
        .order_by(*paths)
        .values_list(*(paths or ["whole"]))
        .annotate(
            people=Count("enrolment", distinct=True),
            premium=Sum("premium"),
            reduced=Sum("reduced"),
            due=Sum("amount"),
            paid=Sum("amount", filter=paid, default=ZERO),
        )
    )
    width = max(len(paths), 1)
    return [Money(tuple(row[: len(paths)]), *row[width:]) for row in counted]
