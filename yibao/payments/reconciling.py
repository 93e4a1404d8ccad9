"""对账, day by day: take the bill, hold it against our books, clear what differs, close the day.

The fourth flow: it alone writes BillDay.status. Money itself moves through `settle` and the refunds'
verbs only; whatever an act has done, the comparison is made again and says whether it helped. Cash has
no gateway: its bill are the hand-overs that finance has confirmed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import localdate, now

from yibao.accounts.models import User
from yibao.common import audit, bulk
from yibao.common.errors import Refused, refuse_if
from yibao.common.outcome import Outcome
from yibao.payments import bill_rules, correcting, flow, refunding, rules
from yibao.payments.bill_files import Bill
from yibao.payments.cash_bill import cash_bill
from yibao.payments.comparing import Books, Found, compare, within
from yibao.payments.models import BillDay, BillLine, HandOver, Payment, Refund
from yibao.payments.providers.base import (
    GatewayError,
    GatewayRefused,
    LineKind,
    PaidState,
    Receipt,
    RefundReceipt,
    RefundState,
    StatementLine,
    StatementNotReady,
    provider,
)
from yibao.payments.states import (
    AGREES,
    BILL_MOVES,
    MONEY_IN,
    BillStatus,
    LineClearing,
    PaymentStatus,
    RefundStatus,
)

CLEARING = ("clearing", "note", "cleared_by", "cleared_at")
NOT_READY = "渠道还没有生成当天的账单，一般次日 10 点后可取"
FAILED = "没有取到账单：渠道没有回应或账单不完整，请稍后再取，或在商户平台下载后上传"


@dataclass(frozen=True)
class Way:
    """How lines are cleared: what is done about one, and which it is not for."""

    how: LineClearing
    why_not: Callable[[Sequence[BillLine], User], dict[int, str]]
    act: Callable[[BillLine, User], object]


def fetch(channel: str, day: date, *, by: User | None) -> BillDay:
    """取账单 from the channel, and compare. Raises `Refused` for a day that is not over."""
    refuse_if(bill_rules.why_not_read(channel, day))
    bill = _day(channel, day)
    if channel == rules.CASH:
        return _read(bill, Bill(cash_bill(day), "交接单"), by=by)
    try:
        lines = list(provider(channel).statement(day))
    except StatementNotReady:
        return _fail(bill, NOT_READY)
    except (GatewayError, NotImplementedError):
        return _fail(bill, FAILED)
    return _read(bill, Bill(lines, "渠道接口"), by=by)


def upload(channel: str, day: date, bill: Bill, *, by: User) -> BillDay:
    """上传账单 as the channel's own site hands it out, read by `bill_files.read`."""
    refuse_if(bill_rules.why_not_read(channel, day))
    return _read(_day(channel, day), bill, by=by)


def close(bills: QuerySet[BillDay], *, by: User) -> Outcome:
    """关闭 days: only without unexplained lines, and compared once more right before."""
    for bill in bills.filter(status=BillStatus.OPEN):
        again(bill, by=by)
    with transaction.atomic():
        rows = _lock(bills)
        reasons = bill_rules.why_not_close(rows, by)
        allowed = [row for row in rows if row.pk not in reasons]
        for row in allowed:
            row.closed_by, row.closed_at = by, now()
            _move(row, BillStatus.CLOSED, by=by)
    return Outcome([row.pk for row in allowed], reasons)


@transaction.atomic
def reopen(bills: QuerySet[BillDay], *, by: User | None, note: str) -> Outcome:
    """重新打开 a closed day, with a reason; `by` is None when the clock found something late."""
    refuse_if("" if note.strip() else "请填写重新打开的原因")
    rows = _lock(bills)
    reasons = bill_rules.why_not_reopen(rows, by)
    allowed = [row for row in rows if row.pk not in reasons]
    for row in allowed:
        row.closed_by = row.closed_at = None
        _move(row, BillStatus.OPEN, by=by, note=note.strip())
    return Outcome([row.pk for row in allowed], reasons)


# Clearing lines ------------------------------------------------------------------------------


def settle_lines(lines: QuerySet[BillLine], *, by: User) -> Outcome:
    """按账单入账: the bill is the gateway's word as much as a notice is."""
    way = Way(LineClearing.SETTLED, bill_rules.why_not_settle, _settle)
    return _clear(lines, way, by=by)


def ask_lines(lines: QuerySet[BillLine], *, by: User) -> Outcome:
    """重新查询: ask the gateway about each."""
    if lines.count() > refunding.MOST_AT_ONCE:
        raise Refused(f"一次最多查询 {refunding.MOST_AT_ONCE} 笔，请分批查询")
    return _clear(lines, Way(LineClearing.ASKED, bill_rules.why_not_ask, _ask), by=by)


def return_lines(lines: QuerySet[BillLine], *, by: User, note: str = "") -> Outcome:
    """登记退费: take the money in, and have it go back; two people see to that as to any refund."""

    def act(line: BillLine, by: User) -> None:
        payment = _settle(line, by) or line.payment
        if payment and payment.status == PaymentStatus.MISMATCH and not payment.refunds.exists():
            refunding.open_refund(payment, refunding.Back.wrong(payment, note), by=by)

    way = Way(LineClearing.REFUNDED, bill_rules.why_not_return, act)
    return _clear(lines, way, by=by, note=note)


def correct_lines(lines: QuerySet[BillLine], *, by: User, note: str) -> Outcome:
    """更正金额: our book follows the bill; the surplus goes back, too little goes back whole."""
    refuse_if("" if note.strip() else "请填写更正依据")

    def act(line: BillLine, by: User) -> None:
        if line.payment:
            correcting.correct(line.payment, line.their_amount or Decimal(0), by=by, note=note)

    way = Way(LineClearing.CORRECTED, bill_rules.why_not_correct, act)
    return _clear(lines, way, by=by, note=note)


@transaction.atomic
def note_lines(lines: QuerySet[BillLine], *, by: User, note: str) -> Outcome:
    """说明原因: nothing moves; somebody has found out why and says so."""
    refuse_if("" if note.strip() else "请填写原因")
    rows = list(lines.select_related("bill").order_by("pk").select_for_update(of=("self",)))
    reasons = bill_rules.why_not_note(rows, by)
    allowed = [row for row in rows if row.pk not in reasons]
    for row in allowed:
        _mark(row, LineClearing.NOTED, by=by, note=note)
    return Outcome([row.pk for row in allowed], reasons)


def _clear(lines: QuerySet[BillLine], way: Way, *, by: User, note: str = "") -> Outcome:
    """Act on each, compare again, and mark those that agree now; the others stay and say so."""
    joined = lines.select_related("bill", "payment__order", "refund__payment").order_by("pk")
    rows = list(joined)
    refused = way.why_not(rows, by)
    acted = [row for row in rows if row.pk not in refused]
    for row in acted:
        try:
            way.act(row, by)
        except GatewayError:
            refused[row.pk] = "渠道没有回应，请稍后再试"
        except Refused as reason:
            refused[row.pk] = str(reason)
    for bill in {row.bill_id: row.bill for row in acted}.values():
        again(bill, by=by)
    done = []
    for row in acted:
        now_is = BillLine.objects.filter(pk=row.pk).first()
        if row.pk in refused:
            continue
        if now_is is None or now_is.result in AGREES:
            done.append(row.pk)
            if now_is:
                _mark(now_is, way.how, by=by, note=note)
        else:
            refused[row.pk] = "处理后仍不一致，请核实后“说明原因”"
    return Outcome(done, refused)


def _settle(line: BillLine, by: User) -> Payment | None:
    """The line as a receipt."""
    if line.kind == LineKind.REFUND:
        if line.refund and line.refund.status == RefundStatus.SENT:
            refunding.settle_refund(_refund_receipt(line))
        return None
    receipt = Receipt(
        number=line.payment.number if line.payment else line.number,
        reference=line.reference,
        amount=line.their_amount or Decimal(0),
        state=PaidState.PAID,
        paid_at=line.happened_at,
        raw={"bill": line.raw},
    )
    return flow.settle(receipt, channel=line.bill.channel, by=by)


def _refund_receipt(line: BillLine) -> RefundReceipt:
    return RefundReceipt(
        number=line.number,
        refund_number=line.refund_number,
        reference=line.reference,
        amount=line.their_amount or Decimal(0),
        state=RefundState.DONE,
        refunded_at=line.happened_at,
        raw={"bill": line.raw},
    )


def _ask(line: BillLine, _by: User) -> None:
    try:
        if line.refund:
            refunding.ask_refund(line.refund)
        elif line.payment:
            flow.ask(line.payment)
    except GatewayRefused as no:
        raise Refused(f"渠道答复：{no.code}") from no


def _mark(line: BillLine, how: LineClearing, *, by: User, note: str) -> None:
    line.clearing, line.note = how, note.strip()
    line.cleared_by, line.cleared_at = by, now()
    line.save(update_fields=["clearing", "note", "cleared_by", "cleared_at"])
    said = {"how": how.value, "note": line.note, "key": line.key}
    audit.record("clear_bill_line", line.bill, by=by, **said)


# Comparing -----------------------------------------------------------------------------------


def again(bill: BillDay, *, by: User | None) -> BillDay:
    """Compare a day anew with what its bill said; cash with the hand-overs as they are now."""
    if bill.status != BillStatus.OPEN:
        return bill
    if bill.channel == rules.CASH:
        lines = cash_bill(bill.day)
    else:
        kept = bill.lines.filter(their_amount__isnull=False).order_by("pk")
        lines = [_as_said(line) for line in kept]
    return _read(bill, Bill(lines, bill.source, bill.digest), by=by, anew=False)


def _as_said(line: BillLine) -> StatementLine:
    back = line.kind == LineKind.REFUND
    return StatementLine(
        kind=LineKind(line.kind),
        number=line.number,
        reference=line.reference,
        amount=line.their_amount or Decimal(0),
        happened_at=line.happened_at,
        refund_number=line.refund_number,
        refund_reference=line.reference if back else "",
        raw=line.raw,
    )


@transaction.atomic
def _read(bill: BillDay, read: Bill, *, by: User | None, anew: bool = True) -> BillDay:
    """Keep what a bill says, held against our books. Clearings survive while the result stays."""
    bill = BillDay.objects.select_for_update().get(pk=bill.pk)
    refuse_if(bill_rules.why_not_read_again(bill))
    found = compare(read.lines, _books(bill, read.lines))
    _store(bill, found)
    if anew:
        bill.source, bill.digest, bill.problem, bill.read_at = read.source, read.digest, "", now()
        _move(bill, BillStatus.OPEN, by=by, source=read.source, lines=len(read.lines))
        _look_around(bill, by=by)
    return bill


def _store(bill: BillDay, found: Iterable[Found]) -> None:
    known = {line.key: line for line in bill.lines.all()}
    new, changed = [], []
    said: dict[str, Any] = {}
    for fact in found:
        line = known.pop(fact.key, None)
        if line is None:
            new.append(BillLine(bill=bill, key=fact.key, **fact.as_stored()))
            continue
        if line.clearing and _asks_anew(line, fact):
            line.clearing, line.note, line.cleared_by, line.cleared_at = "", "", None, None
        said = fact.as_stored()
        if said != {name: getattr(line, name) for name in said}:
            for name, value in said.items():
                setattr(line, name, value)
            changed.append(line)
    BillLine.objects.bulk_create(new)
    bulk.update(changed, [*said, *CLEARING])
    BillLine.objects.filter(pk__in=[line.pk for line in known.values()]).delete()


def _asks_anew(line: BillLine, fact: Found) -> bool:
    """Whether what was cleared is another question now: a note answered one, an act made both agree."""
    if line.clearing != LineClearing.NOTED:
        return fact.result not in AGREES
    was = (line.result, line.their_amount, line.our_amount)
    return was != (fact.result, fact.their_amount, fact.our_amount)


def _look_around(bill: BillDay, *, by: User | None) -> None:
    """What a neighbouring day had alone may stand in this bill: midnight is not the same everywhere."""
    days = (bill.day - timedelta(days=1), bill.day + timedelta(days=1))
    near = BillDay.objects.filter(channel=bill.channel, day__in=days, status=BillStatus.OPEN)
    for other in near.order_by("day"):
        again(other, by=by)


def _books(bill: BillDay, lines: Sequence[StatementLine]) -> Books:
    ours = Payment.objects.filter(channel=bill.channel)
    named = Q(reference__in=[line.reference for line in lines if line.reference])
    named |= Q(number__in=[line.number for line in lines])
    elsewhere = BillLine.objects.filter(bill__channel=bill.channel).exclude(bill=bill)
    of_day = ours.filter(within("paid_at", bill.day), status__in=MONEY_IN).exclude(
        bill_lines__in=elsewhere.filter(kind=LineKind.PAYMENT, their_amount__isnull=False)
    )
    back = Refund.objects.filter(payment__channel=bill.channel).select_related("payment")
    numbers = [line.refund_number for line in lines if line.refund_number]
    gone = back.filter(within("done_at", bill.day), status=RefundStatus.DONE, by_bank=False)
    gone = gone.exclude(bill_lines__in=elsewhere.filter(their_amount__isnull=False))
    if bill.channel == rules.CASH:
        gone = gone.none()  # cash goes back by hand, with a slip of its own
    payments = {p.pk: p for p in (*ours.filter(named), *of_day)}
    refunds = {r.pk: r for r in (*back.filter(number__in=numbers), *gone)}
    mine = {(LineKind.PAYMENT, p.pk) for p in of_day} | {(LineKind.REFUND, r.pk) for r in gone}
    return Books(list(payments.values()), list(refunds.values()), frozenset(mine))


def late_facts(bill: BillDay) -> bool:
    """Whether money of a closed day has come to our books since: it stands in no line."""
    books = _books(bill, [])
    known = set(bill.lines.filter(payment__isnull=False).values_list("payment", flat=True))
    back = set(bill.lines.filter(refund__isnull=False).values_list("refund", flat=True))
    return any(pk not in (known if kind is LineKind.PAYMENT else back) for kind, pk in books.of_day)


def follow_hand_over(hand_over: HandOver, *, by: User) -> None:
    """A hand-over was confirmed: the cash days of its receipts are compared with it."""
    paid = hand_over.payments.filter(paid_at__isnull=False).values_list("paid_at", flat=True)
    days = {localdate(at) for at in (*paid, hand_over.created_at)}
    for bill in BillDay.objects.filter(channel=rules.CASH, day__in=days, status=BillStatus.OPEN):
        again(bill, by=by)


def _day(channel: str, day: date) -> BillDay:
    return BillDay.objects.get_or_create(channel=channel, day=day)[0]


def _fail(bill: BillDay, why: str) -> BillDay:
    """Nothing was read; an earlier bill of the day stays as it was."""
    BillDay.objects.filter(pk=bill.pk).update(problem=why)
    bill.problem = why
    return bill


def _lock(bills: QuerySet[BillDay]) -> list[BillDay]:
    pks = bills.order_by().values("pk")
    return list(BillDay.objects.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",)))


def _move(bill: BillDay, to: BillStatus, *, by: User | None, **said: object) -> None:
    if to not in BILL_MOVES[BillStatus(bill.status)]:
        message = f"no move of a bill from {bill.status} to {to}"
        raise ValueError(message)
    audit.record("bill", bill, by=by, was=bill.status, now=to.value, day=str(bill), **said)
    bill.status = to
    bill.save()
