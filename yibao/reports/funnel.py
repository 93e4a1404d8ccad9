"""参保统计 and 缴费统计: how many stand at each stage, what is owed and what was paid, and how."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from yibao.enrolment.models import EnrolmentQuerySet, QuoteLine
from yibao.enrolment.states import Status
from yibao.payments.models import Order, Payment
from yibao.payments.states import OrderStatus, PaymentStatus
from yibao.people.levels import REVIEWING
from yibao.reports.rates import Figures, by, total

DIMENSIONS = {
    "college": ("学院", "student__class_group__major__college__name"),
    "major": ("专业", "student__class_group__major__name"),
    "grade": ("年级", "student__class_group__grade"),
    "class_group": ("班级", "student__class_group__name"),
}
"""What 参保统计 may be broken down by: key → (label, path from an enrolment)."""

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


def funnel(enrolments: EnrolmentQuerySet, dimensions: Sequence[str]) -> list[Stage]:
    """One row per combination of the dimensions, sorted; two queries whatever the size."""
    paths = [DIMENSIONS[name][1] for name in dimensions]
    levels: dict[tuple[Any, ...], dict[str, int]] = defaultdict(dict)
    in_review = enrolments.with_standing().filter(standing=Status.IN_REVIEW)
    counted = (
        in_review.order_by().values_list(*paths, "current_step__level").annotate(count=Count("pk"))
    )
    for *key, level, count in counted:
        levels[tuple(key)][level] = count
    found = by(enrolments, *paths)
    return [Stage(key, found[key], levels.get(key, {})) for key in sorted(found)]


def totals(stages: Sequence[Stage]) -> Stage:
    """The last row: the sum of all above it."""
    at_level = {level: sum(s.at_level.get(level, 0) for s in stages) for level in REVIEWING}
    return Stage((), total(stage.figures for stage in stages), at_level)


@dataclass(frozen=True)
class Money:
    """People and amounts in Decimal yuan; `due` − `paid` is what is still owed."""

    key: tuple[Any, ...]
    people: int
    premium: Decimal
    reduced: Decimal
    due: Decimal
    paid: Decimal

    @property
    def owed(self) -> Decimal:
        """待缴 in Decimal yuan."""
        return self.due - self.paid


def money_by_type(enrolments: EnrolmentQuerySet) -> list[Money]:
    """By 参保类型, of everybody who has passed review: people, 标准, 减免, 应缴, 实缴."""
    return _money(_lines(enrolments), "insurance_type__name")


def money_by_unit(enrolments: EnrolmentQuerySet, dimension: str) -> list[Money]:
    """The same by college, major, grade or class."""
    return _money(_lines(enrolments), f"enrolment__{DIMENSIONS[dimension][1]}")


def paid_by_channel(enrolments: EnrolmentQuerySet) -> list[tuple[str, int, Decimal]]:
    """By 缴费方式: channel, people, amount; sums to the 实缴 of the other two."""
    applied = Payment.objects.filter(
        order__enrolment__in=enrolments.values("pk"), status=PaymentStatus.CONFIRMED
    )
    return list(
        applied.order_by("channel")
        .values_list("channel")
        .annotate(people=Count("pk"), amount=Sum("amount"))
    )


def _lines(enrolments: EnrolmentQuerySet):
    return QuoteLine.objects.filter(enrolment__in=enrolments.filter(status__in=OWING).values("pk"))


def _money(lines: Any, path: str) -> list[Money]:
    paid = Q(enrolment__in=Order.objects.filter(status=OrderStatus.PAID).values("enrolment"))
    counted = (
        lines.order_by(path)
        .values_list(path)
        .annotate(
            people=Count("enrolment", distinct=True),
            premium=Sum("premium"),
            reduced=Sum("reduced"),
            due=Sum("amount"),
            paid=Sum("amount", filter=paid, default=Decimal(0)),
        )
    )
    return [Money((key,), *rest) for key, *rest in counted]
