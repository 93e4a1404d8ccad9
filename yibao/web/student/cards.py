"""The card of a plan on the student's home: where I stand, what is next, until when, how much.

Pure: reads a row that came with its story, asks the database nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.urls import reverse

from yibao.enrolment.drafts import choice_of, draft_of, is_begun
from yibao.enrolment.models import Enrolment, ReviewRecord
from yibao.enrolment.quoting import coverages_of, quote_for
from yibao.enrolment.states import Decision, Intent, Papers, Signed, Status
from yibao.payments.models import Order, Payment
from yibao.payments.rules import CASH, online_channels
from yibao.payments.states import OrderStatus, PaymentStatus, RefundCause, RefundStatus
from yibao.people.checks import Fault, master_faults
from yibao.people.states import TOPIC_OF
from yibao.plans.choosing import chosen_types
from yibao.plans.states import PlanStatus
from yibao.web.student.leaving import Left, left_of
from yibao.web.student.words import counselors, deadline, left_until, minute, yuan

Figures = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Button:
    """The one thing to do. An order is opened by `post`; everything else is a link."""

    label: str
    href: str
    post: bool = False


@dataclass(frozen=True)
class Card:
    """One plan as its student sees it."""

    row: Enrolment
    tag: str
    tone: str
    next: str
    figures: Figures = ()
    button: Button | None = None
    other: Button | None = None
    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    returned: ReviewRecord | None = None
    left: Left | None = None  # the insurance ended, and the money went back
    reminder: str = ""  # says that something is to be done; "" when nothing is
    progress: str = ""  # where to see how far it is

    @property
    def amount(self) -> str:
        """What joining costs or cost."""
        return yuan(self.row.amount_due)

    def on_progress_page(self) -> "Card":
        """Without links to where the student is already."""
        here = reverse("student:progress", args=[self.row.public_id])
        button = None if self.button and self.button.href == here else self.button
        return replace(self, button=button, progress="")


def card_of(
    row: Enrolment, at: datetime, waiting: Collection[str] = (), *, again: bool = False
) -> Card:
    """The card; `at` is the server's clock, `waiting` the topics of corrections not yet decided.

    `again`: last year's choice is still possible.
    """
    status = Status(row.status)
    card = Card(row, status.label, status.tone, "")
    if row.submitted_at:
        card = replace(card, progress=reverse("student:progress", args=[row.public_id]))
    if left := left_of(row):
        card = replace(card, tag="已退出参保", tone="neutral", left=left)
    if not row.required or row.off_roster:
        return _left_out(card)
    match status:
        case Status.UNREGISTERED | Status.RETURNED:
            card = _to_register(card, at, waiting)
            return _as_before(card) if again else card
        case Status.IN_REVIEW:
            return _to_supply(_in_review(card))
        case Status.AWAITING_PAYMENT:
            return _to_pay(card, at)
        case Status.ENROLLED:
            return _insured(card)
        case _:
            return _to_supply(_staying_out(card))


def _to_supply(card: Card) -> Card:
    """Who was registered by somebody else has yet to sign, or to show something."""
    row = card.row
    lacking = [
        words
        for words, is_missing in (
            ("补交证明材料", row.evidence_state == Papers.MISSING),
            ("补签承诺书", row.statement_state == Signed.OUTSTANDING),
        )
        if is_missing
    ]
    if not lacking or row.plan.status != PlanStatus.OPEN:
        return card
    sentence = f"{row.submitted_by}为你登记了不参保，请{'、'.join(lacking)}"
    return replace(
        card,
        next=sentence,
        button=Button("去补交", reverse("student:supply", args=[row.public_id])),
        reminder=f"请{'、'.join(lacking)}",
        progress=reverse("student:progress", args=[row.public_id]),
    )


def _left_out(card: Card) -> Card:
    row = card.row
    ask = f"如需参保，请联系{counselors(row)}"
    if row.off_roster:
        sentence, notes = "你目前不在本计划的参保对象内，无需办理", (ask,)
    else:
        sentence, notes = "学校已登记你不需要参保，无需办理", (ask,)
        if row.required_note:
            notes = (f"原因：{row.required_note}", ask)
    return replace(card, tag="不需要参保", tone="neutral", next=sentence, notes=notes, progress="")


def _to_register(card: Card, at: datetime, waiting: Collection[str]) -> Card:
    row, plan = card.row, card.row.plan
    returned = last_return(row) if row.status == Status.RETURNED else None
    card = replace(card, returned=returned)
    ask = f"请联系{counselors(row)}"
    if plan.status != PlanStatus.OPEN:
        sentence = f"本计划{plan.get_status_display()}，你没有完成登记"
        if card.left:
            sentence = f"本计划{plan.get_status_display()}，退出参保后没有再登记"
        return replace(card, next=sentence, notes=(f"如有疑问，{ask}",))
    if at < plan.apply_from:
        opens = (("开始", minute(plan.apply_from)), ("截止", minute(plan.apply_until)))
        return replace(card, next="申请还没有开始，到时间后在这里办理", figures=opens)
    if at > plan.apply_until:
        over = (("已截止", minute(plan.apply_until)),)
        return replace(
            card, next="申请时间已过，不能再自己办理", figures=over, notes=(f"如需补办，{ask}",)
        )
    faults = tuple(master_faults(row.student))
    until = deadline(plan.apply_until, at)
    here = reverse("student:apply", args=[row.public_id])
    if faults:
        return _faulty(card, faults, waiting, (("申请截止", until),), Button("去申请更正", here))
    figures: Figures = (("申请截止", until), ("应缴", _likely(row)))
    left = left_until(plan.apply_until, at)
    if card.left:
        return replace(
            card,
            next="请重新登记：仍要参保请重新申请，不再参保请选择原因",
            figures=figures,
            button=Button("重新登记", here),
            reminder=_and("你已退出参保，请重新登记是否参保", left),
        )
    if row.status == Status.RETURNED:
        return replace(
            card,
            next="请按退回原因修改，然后重新提交",
            figures=figures,
            button=Button("去修改", here),
            reminder=_and("申请被退回，请修改后重新提交", left),
        )
    begun = is_begun(row)
    return replace(
        card,
        next="你填了一半，接着填完就可以提交" if begun else "请登记是否参保，一分钟就能办完",
        figures=figures,
        button=Button("继续" if begun else "申请参保", here),
        reminder=_and("请登记是否参保", left),
    )


def _as_before(card: Card) -> Card:
    """One screen for who has nothing to change."""
    if card.button is None or card.faults or is_begun(card.row):
        return card
    return replace(
        card,
        next="没有变化的话，一步就能办完",
        button=Button("和去年一样", reverse("student:again", args=[card.row.public_id])),
        other=Button("重新选择", card.button.href),
    )


def _faulty(
    card: Card,
    faults: tuple[Fault, ...],
    waiting: Collection[str],
    figures: Figures,
    button: Button,
) -> Card:
    """Some of the master data are missing or wrong; whoever can ask for a correction is led there."""
    still = [fault for fault in faults if TOPIC_OF.get(fault.field) not in waiting]
    if not still:
        return replace(
            card,
            next="更正申请已提交，更正后就可以申请",
            figures=figures,
            faults=faults,
            notes=(f"等待{counselors(card.row)}处理，急用请直接联系",),
            button=Button("查看更正申请", reverse("student:corrections")),
        )
    return replace(
        card,
        next=f"你的个人信息有 {len(still)} 处需要更正，更正后才能申请",
        figures=figures,
        faults=faults,
        notes=(f"也可以联系{counselors(card.row)}更正",),
        button=button,
        reminder="个人信息有误，请申请更正",
    )


def _in_review(card: Card) -> Card:
    row = card.row
    joins = row.intent == Intent.JOIN
    what = ("应缴", yuan(row.amount_due)) if joins else ("意愿", "不参保")
    return replace(
        card,
        next=f"已提交，正在等待{row.current_step}",
        figures=(("提交时间", minute(row.submitted_at)), what),
        button=Button("查看进度", card.progress),
        progress="",
    )


def _to_pay(card: Card, at: datetime) -> Card:
    row, plan = card.row, card.row.plan
    see = replace(card, button=Button("查看进度", card.progress), progress="")
    owed = ("应缴", yuan(row.amount_due))
    if plan.status != PlanStatus.OPEN:
        sentence = f"本计划{plan.get_status_display()}，不能再缴费"
        return replace(see, next=sentence, notes=(f"请联系{counselors(row)}",))
    if at < plan.pay_from:
        figures = (("缴费开始", minute(plan.pay_from)), owed)
        return replace(see, next="审核已通过，到缴费时间后在这里缴费", figures=figures)
    if at > plan.pay_until:
        figures = (("已截止", minute(plan.pay_until)), owed)
        notes = (f"请尽快联系{counselors(row)}",)
        return replace(see, next="缴费时间已过，还没有缴费", figures=figures, notes=notes)
    figures = (("缴费截止", deadline(plan.pay_until, at)), owed)
    left = left_until(plan.pay_until, at)
    if started := live_attempt(row, at):
        return replace(
            card,
            next="有一笔支付还没有结果，请先查看，不要重复支付",
            figures=figures,
            button=Button(
                "查看支付结果", reverse("student:payment_return", args=[started.order.public_id])
            ),
            reminder="有一笔支付还没有结果",
        )
    if online_channels(plan):
        cash = CASH in plan.channels
        return replace(
            card,
            next="审核已通过，请缴费",
            figures=figures,
            notes=(f"也可以向{counselors(row)}缴纳现金",) if cash else (),
            button=Button("在线缴费", reverse("student:pay", args=[row.public_id]), post=True),
            reminder=_and(f"请缴费 {yuan(row.amount_due)}", left),
        )
    sentence = f"审核已通过，请向{counselors(row)}缴纳现金"
    return replace(see, next=sentence, figures=figures, reminder=_and(sentence, left))


def _insured(card: Card) -> Card:
    row = card.row
    covered = tuple((name or "保障期", days) for name, days in coverages_of(row))
    order, further = paid_order(row), further_order(row)
    if further:
        return replace(
            card,
            next="应缴金额有调整，请补缴差额",
            figures=(("补缴", yuan(further.amount)), ("缴费截止", minute(row.plan.pay_until))),
            button=Button("去补缴", reverse("student:pay", args=[row.public_id])),
            reminder=f"请补缴 {yuan(further.amount)}",
        )
    if order is None:
        return replace(
            card,
            next="你已参保，无需缴费",
            figures=covered,
            button=Button("查看进度", card.progress),
            progress="",
        )
    card = replace(
        card,
        next="你已参保，保费已缴清",
        figures=(*covered, ("已缴", yuan(row.amount_due))),
        button=Button("查看收据", reverse("student:receipt", args=[order.public_id])),
    )
    return _giving_back(card, order)


def _giving_back(card: Card, order: Order) -> Card:
    """Money on its way back: all of it ends the insurance once it is through, a part does not."""
    payments: Sequence[Payment] = order.payments.all()
    under_way = [
        refund
        for payment in payments
        for refund in payment.refunds.all()
        if refund.status != RefundStatus.DONE
    ]
    if not under_way:
        return card
    amount = yuan(sum((refund.amount for refund in under_way), Decimal(0)))
    if all(refund.cause != RefundCause.WITHDRAWN for refund in under_way):
        return replace(card, notes=(f"有 {amount} 正在退费",))
    note = f"退费 {amount} 办理中，款项退完后本次参保结束，可以重新登记"
    return replace(card, next="正在办理退出参保", notes=(note,))


def _staying_out(card: Card) -> Card:
    row = card.row
    still = row.plan.status == PlanStatus.OPEN
    return replace(
        card,
        next="已登记为不参保",
        figures=(("原因", str(row.reason)),),
        notes=(f"改变主意？请联系{counselors(row)}退回，再重新登记",) if still else (),
        button=Button("查看进度", card.progress),
        progress="",
    )


def last_return(row: Enrolment) -> ReviewRecord | None:
    """What sent this submission back."""
    turned = [r for r in row.decisions if r.decision != Decision.APPROVED and r.round == row.round]
    return turned[-1] if turned else None


def paid_order(row: Enrolment) -> Order | None:
    """The order that was paid."""
    orders: Sequence[Order] = row.orders.all()
    return next((order for order in orders if order.status == OrderStatus.PAID), None)


def further_order(row: Enrolment) -> Order | None:
    """What is still to be paid of a fee that changed after payment."""
    orders: Sequence[Order] = row.orders.all()
    return next((o for o in orders if o.difference_id and o.status == OrderStatus.OPEN), None)


def live_attempt(row: Enrolment, at: datetime) -> Payment | None:
    """An attempt to pay whose end is not known yet."""
    return next(
        (
            payment
            for order in row.orders.all()
            if order.status == OrderStatus.OPEN
            for payment in order.payments.all()
            if payment.status == PaymentStatus.STARTED and not payment.is_expired(at)
        ),
        None,
    )


def _likely(row: Enrolment) -> str:
    """What it would cost with what is chosen so far."""
    draft = draft_of(row)
    choice = choice_of(draft)
    if choice and choice.intent == Intent.STAY_OUT:
        return "不参保"
    types = chosen_types(list(row.plan.types.all()), draft.type_ids)
    if not types:
        lowest = min((t.premium for t in row.plan.types.all()), default=Decimal(0))
        return f"{yuan(lowest)} 起"
    return yuan(quote_for(row, types).amount)


def _and(sentence: str, left: str) -> str:
    return f"{sentence}，{left}" if left else sentence
