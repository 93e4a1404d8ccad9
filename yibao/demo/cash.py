"""现金 of the invented university: taken by counselors, handed over, counted by finance, reconciled."""

from collections.abc import Iterable

from django.utils.timezone import localdate

from yibao.accounts.models import User
from yibao.demo import cast
from yibao.demo.progress import Row, fated
from yibao.enrolment.models import Enrolment
from yibao.payments import cash, flow, reconciling
from yibao.payments.models import BillDay, HandOver, Payment
from yibao.payments.rules import CASH
from yibao.payments.states import HandOverStatus

HELD = 5
"""One in so many has paid since the last hand-over."""
UNCOUNTED = 4
"""One slip in so many waits for finance."""

SHORT = "信封内少一张 10 元，已通知交款人核对"


def take(rows: list[Row], fates: dict[int, str], counselors: dict[int, User]) -> None:
    """现金缴费 to the counselor of the class, who has handed most of it over and holds the rest."""
    paying = fated(rows, fates, "cash")
    most, rest = paying[: -len(paying) // HELD], paying[-len(paying) // HELD :]
    _take(most, counselors)
    slips = [cash.hand_over(by=cashier) for cashier in _holders(rows)]
    _count([slip for place, slip in enumerate(slips) if place % UNCOUNTED])
    _take(rest, counselors)


def finish(rows: list[Row]) -> None:
    """The year is over: nobody holds anything, everything is counted."""
    for cashier in _holders(rows):
        cash.hand_over(by=cashier)
    _count(HandOver.objects.filter(status=HandOverStatus.HANDED).order_by("pk"))


def _count(slips: Iterable[HandOver]) -> None:
    """确认交接: one envelope had less in it than its slip says."""
    finance = _finance()
    for place, slip in enumerate(slips):
        this = HandOver.objects.filter(pk=slip.pk)
        if place:
            cash.confirm(this, by=finance).or_refuse()
        else:
            found = slip.amount - 10
            cash.confirm(this, by=finance, counted=found, note=SHORT).or_refuse()


def reconcile() -> None:
    """对账 of cash: days on which all was counted are closed, the others wait for finance."""
    finance = _finance()
    paid = Payment.objects.filter(channel=CASH)
    for day in sorted({localdate(at) for at in paid.values_list("paid_at", flat=True) if at}):
        bill = reconciling.fetch(CASH, day, by=finance)
        reconciling.close(BillDay.objects.filter(pk=bill.pk), by=finance)


def _take(rows: Iterable[Row], counselors: dict[int, User]) -> None:
    due: dict[int, tuple[User, list[int]]] = {}
    for row in rows:
        by = counselors[row.group]
        due.setdefault(by.pk, (by, []))[1].append(row.pk)
    for by, pks in due.values():
        flow.record_cash(Enrolment.objects.filter(pk__in=pks), by=by)


def _holders(rows: Iterable[Row]) -> list[User]:
    held = Payment.objects.filter(hand_over=None, channel=CASH)
    mine = held.filter(order__enrolment__in=[row.pk for row in rows])
    return list(User.objects.filter(pk__in=mine.values("cashier")).order_by("username"))


def _finance() -> User:
    return User.objects.get(username=cast.FINANCE_OFFICERS[0][0])
