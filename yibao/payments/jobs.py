"""What the clock does about money: ask gateways, close what ran out. Thin; the verbs do the work."""

import logging
from datetime import timedelta
from time import monotonic

from django.db.models import F, Q
from django.utils.timezone import localdate, now
from procrastinate.contrib.django import app

from yibao.common.errors import Refused
from yibao.payments import clocks, flow, reconciling, refunding
from yibao.payments.models import BillDay, Payment, Refund
from yibao.payments.providers.base import GatewayError, provider_names
from yibao.payments.repricing import look_everywhere
from yibao.payments.states import (
    BillStatus,
    DifferenceCause,
    OrderStatus,
    PaymentStatus,
    RefundStatus,
)

BETWEEN_QUESTIONS = timedelta(seconds=45)
BILLS_BACK = 7  # days for which a bill that is not there yet is asked for
LATE_BACK = timedelta(days=40)  # how long closed days are watched for money that came late
LATE = "关闭之后系统中又有属于这一天的款项"
AT_ONCE = 200  # refunds of one round; the next one is minutes away
ROUND = (
    50  # seconds that a round of questions may take: a gateway that hangs keeps no other waiting
)

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="ask_gateways")
def ask_gateways(timestamp: int) -> int:  # noqa: ARG001 - procrastinate tells when it was due
    """查询: settle what was paid although no notice came; returns how many attempts were asked.

    Each attempt is asked about within its first minute, then every minute, who waits longest first.
    """
    at, until = now(), monotonic() + ROUND
    waiting = Payment.objects.filter(
        Q(asked_at__isnull=True) | Q(asked_at__lt=at - BETWEEN_QUESTIONS),
        status=PaymentStatus.STARTED,
    ).select_related("order")
    asked = 0
    for payment in waiting.order_by(F("asked_at").asc(nulls_first=True), "pk"):
        if monotonic() > until:
            break
        over = payment.is_expired(at) or payment.order.status != OrderStatus.OPEN
        try:
            if over:
                flow.close_attempt(payment)
            else:
                flow.ask(payment)
        except (GatewayError, Refused):
            log.warning("gateway does not answer", extra={"payment": payment.pk})
        asked += 1
    clocks.note()
    return asked


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="ask_refunds")
def ask_refunds(timestamp: int) -> int:  # noqa: ARG001 - as above
    """退费: ask how sent refunds stand; returns how many were asked."""
    sent = Refund.objects.filter(status=RefundStatus.SENT).select_related("payment")
    asked = 0
    for refund in sent.order_by("pk")[:AT_ONCE]:
        try:
            refunding.ask_refund(refund)
        except GatewayError:
            log.warning("gateway does not answer about a refund", extra={"refund": refund.pk})
        asked += 1
    return asked


@app.periodic(cron="30 3 * * *")
@app.task(queueing_lock="look_for_differences")
def look_for_differences(timestamp: int) -> int:  # noqa: ARG001 - as above
    """差额: recognitions begin and end with the days; returns how many differences were opened."""
    return look_everywhere(DifferenceCause.DAILY, by=None).opened


@app.periodic(cron="20 10,14,18 * * *")
@app.task(queueing_lock="take_bills")
def take_bills(timestamp: int) -> int:  # noqa: ARG001 - as above
    """对账: the bills of the last days that are not there yet; returns how many were taken.

    A closed day that money has come to since is opened again, so that it cannot hide there.
    """
    closed = BillDay.objects.filter(
        status=BillStatus.CLOSED, day__gte=localdate() - LATE_BACK
    ).order_by("day")
    for bill in closed:
        if reconciling.late_facts(bill):
            reconciling.reopen(BillDay.objects.filter(pk=bill.pk), by=None, note=LATE)
            bill.refresh_from_db()
            reconciling.again(bill, by=None)
    read = set(BillDay.objects.filter(read_at__isnull=False).values_list("channel", "day"))
    days = [localdate() - timedelta(days=back) for back in range(BILLS_BACK, 0, -1)]
    missing = [(name, day) for name in provider_names() for day in days if (name, day) not in read]
    taken = [reconciling.fetch(channel, day, by=None) for channel, day in missing]
    return sum(1 for bill in taken if bill.read_at)
