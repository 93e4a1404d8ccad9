"""Steps of money: at the gateway, in cash, and on its way back."""

from decimal import Decimal

from django.utils.timezone import now

from tests.stateful.gateway import Till
from tests.stateful.model import FEE
from tests.stateful.model_money import Back, Money
from tests.stateful.moving import Moving
from tests.stateful.world import yuan
from yibao.payments import cash, flow, refunding
from yibao.payments.flow import Addresses
from yibao.payments.models import HandOver, Order, Payment, Refund
from yibao.payments.providers.base import Device, PaidState, Receipt, provider
from yibao.payments.states import RefundCause

OURS = Addresses("https://here/notify", "https://here/back")
LESS = (500, 50)
CAUSES = ("withdrawn", "other", "wrong_amount", "withdrawn", "other")
PARTS = (None, 100, None)


class Paying(Moving):
    """Payers, cashiers and finance."""

    def pay_online(self, i, nth):
        """As far as the cashier of the gateway."""
        able = [row for row in self.model.rows if self.model.may_pay(row)]
        row = able[i % len(able)] if able and nth % 4 else self.model.rows[i]
        me = self.user(row.me)

        def begin():
            order = flow.open_order(self.one(row), by=me)
            flow.start_payment(order, "till", device=Device.PHONE, ours=OURS, by=me)

        may = self.model.may_pay(row)
        self.whole("pay_online", row.me, begin, lambda: self.model.start(row), may=may)

    def pays_there(self, nth, flag):
        """The payer pays, and the gateway tells us now or later."""
        live = self.payable()
        money = live[nth % len(live)]
        money.there = amount = FEE if nth % 4 else LESS[nth // 4 % 2]
        Till.paid[money.number] = (f"G{money.key}", amount)
        if flag:
            self.hear(money)
        self.after("pays_there", "", did=True, refused=False)

    def hear_again(self, nth):
        """A notice comes late, or once more."""
        paid = self.paid_there()
        self.hear(paid[nth % len(paid)])
        self.after("hear_again", "", did=True, refused=False)

    def pays_twice(self, nth):
        """A second transaction under one of our numbers."""
        paid = self.paid_there()
        money = paid[nth % len(paid)]
        receipt = Receipt(money.number, f"G{money.key}b", yuan(FEE), PaidState.PAID, now())
        flow.settle(receipt, channel="till")
        self.model.settle(money, f"G{money.key}b", FEE)
        self.after("pays_twice", "", did=True, refused=False)

    def online(self) -> list[Money]:
        """Attempts that we have begun; not what came without being asked for."""
        return [m for m in self.model.books.money if not m.cashier and not m.extra]

    def payable(self) -> list[Money]:
        return [m for m in self.online() if not m.shut and m.there is None and not m.told]

    def paid_there(self) -> list[Money]:
        return [money for money in self.online() if money.there is not None]

    def hear(self, money: Money) -> None:
        flow.settle(provider("till").query(money.number), channel="till")
        self.model.settle(money, f"G{money.key}", money.there)

    # Cash -----------------------------------------------------------------------------------

    def take_cash(self, who, whom, door):
        self.each(
            "take_cash",
            who,
            whom,
            self.model.may_take_cash,
            lambda rows, by: flow.record_cash(rows, by=by),
            door=door,
            first=self.model.shut,
            then=self.model.book_cash,
        )

    def void(self, who, nth):
        receipts = self.receipts()
        money = receipts[nth % len(receipts)]
        may = self.model.may_void
        who = self.choose(who, lambda name: may(name, money), lambda name: name == money.cashier)
        found = Payment.objects.filter(pk=money.key)
        self.whole(
            "void",
            who,
            lambda: cash.void(found, by=self.user(who), note="点错了"),
            lambda: self.model.void(money),
            may=may(who, money),
        )

    def hand_cash(self, who):
        who = self.choose(who, self.model.may_hand_cash)
        may = self.model.may_hand_cash(who)
        self.whole(
            "hand_cash",
            who,
            lambda: cash.hand_over(by=self.user(who)),
            lambda: self.model.hand_cash(who),
            may=may,
        )
        if may:
            self.model.books.slips[-1].key = HandOver.objects.latest("pk").pk

    def count_cash(self, who, nth):
        slips = self.model.books.slips
        slip = slips[nth % len(slips)]
        who = self.choose(who, lambda name: self.model.may_count(name, slip), self.is_finance)
        found = HandOver.objects.filter(pk=slip.key)
        self.whole(
            "count_cash",
            who,
            lambda: cash.confirm(found, by=self.user(who)),
            lambda: setattr(slip, "counted", True),
            may=self.model.may_count(who, slip),
        )

    # Going back -----------------------------------------------------------------------------

    def give_back(self, who, i, nth):
        cause, part = CAUSES[nth % len(CAUSES)], PARTS[nth // len(CAUSES) % len(PARTS)]
        bills = [b for b in self.model.books.bills if self.model.to_give(b, cause)]
        bills = bills or self.model.books.bills
        if i % 2:  # cash is the most of it, and goes back by hand
            bills = [bill for bill in bills if self.was_online(bill)] or bills
        bill = bills[i % len(bills)]
        may = self.model.may_give_back
        who = self.choose(who, lambda name: may(name, bill, cause, part), self.is_finance)
        place = self.model.books.bills.index(bill)
        key = Order.objects.order_by("pk").values_list("pk", flat=True)[place]
        self.whole(
            "give_back",
            who,
            lambda: refunding.open_refunds(
                Order.objects.filter(pk=key),
                by=self.user(who),
                cause=RefundCause(cause),
                amount=part and Decimal(part),
                note="学生申请",
            ),
            lambda: self.model.give_back(who, bill, cause, part),
            may=may(who, bill, cause, part),
        )

    def prepare(self, who, nth):
        backs = self.backs("due", "prepared")
        back = backs[nth % len(backs)]
        who = self.choose(who, lambda name: self.model.may_prepare(name, back), self.is_finance)

        def then():
            back.status, back.prepared = "prepared", who

        self.whole(
            "prepare",
            who,
            lambda: refunding.prepare_refund(Refund.objects.get(pk=back.key), by=self.user(who)),
            then,
            may=self.model.may_prepare(who, back),
        )

    def confirm(self, who, nth, flag):
        """The other person; a gateway may not answer, and is asked again later."""
        backs = self.backs("due", "prepared", "sent")
        if flag:
            backs = [back for back in backs if not back.money.cashier] or backs
        back = backs[nth % len(backs)]
        who = self.choose(who, lambda name: self.model.may_confirm(name, back), self.is_finance)

        def then():
            if flag and not back.money.cashier:
                back.status = "sent"
            else:
                self.model.done(back)

        Till.silent = flag
        self.whole(
            "confirm",
            who,
            lambda: refunding.confirm_refund(
                Refund.objects.get(pk=back.key), by=self.user(who), handed_over="凭证1"
            ),
            then,
            may=self.model.may_confirm(who, back),
        )
        Till.silent = False

    def ask_refund(self, nth):
        sent = self.backs("sent")
        back = sent[nth % len(sent)]
        refunding.ask_refund(Refund.objects.get(pk=back.key))
        self.model.done(back)
        self.after("ask_refund", "", did=True, refused=False)

    def was_online(self, bill) -> bool:
        return any(m.bill is bill and m.status == "confirmed" for m in self.online())

    def is_finance(self, name) -> bool:
        return self.model.holds(name, "finance")

    def receipts(self) -> list[Money]:
        return [money for money in self.model.books.money if money.cashier]

    def backs(self, *statuses) -> list[Back]:
        return [back for back in self.model.books.backs if back.status in statuses]
