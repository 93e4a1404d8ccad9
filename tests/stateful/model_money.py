"""What should be so of money: orders, attempts, receipts and refunds, in plain Python."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.stateful.model import FEE, MONEY, Row
from tests.stateful.model_moves import Moving

CAME_IN = ("confirmed", "surplus", "mismatch")


@dataclass(eq=False)
class Bill:
    """An order."""

    row: Row
    status: str = "open"


@dataclass(eq=False)
class Money:
    """A payment: an attempt through the gateway, or cash."""

    bill: Bill
    status: str = "started"
    amount: int | None = None
    cashier: str = ""
    slip: bool = False
    told: str = ""  # the gateway's number, once we know it
    there: int | None = None  # what lies at the gateway, known to us or not
    shut: bool = False  # at the gateway
    extra: bool = False  # came under the number of another one
    key: int = 0  # as the database has it
    number: str = ""

    @property
    def row(self) -> Row:
        return self.bill.row


@dataclass(eq=False)
class Back:
    """A refund."""

    money: Money
    amount: int
    cause: str
    status: str = "due"
    prepared: str = ""
    key: int = 0


@dataclass
class Slip:
    """Cash on its way to finance."""

    cashier: str
    counted: bool = False
    key: int = 0


@dataclass
class Books:
    """Everything that was ever booked, in its order."""

    bills: list[Bill] = field(default_factory=list)
    money: list[Money] = field(default_factory=list)
    backs: list[Back] = field(default_factory=list)
    slips: list[Slip] = field(default_factory=list)


class Cashbox(Moving):
    """A campaign with its money."""

    def __init__(self, way: str) -> None:
        super().__init__(way)
        self.books = Books()

    def bill_of(self, row: Row) -> Bill | None:
        return next((b for b in self.books.bills if b.row is row and b.status == "open"), None)

    def attempts(self, rows: Iterable[Row]) -> list[Money]:
        asked = set(map(id, rows))
        return [m for m in self.books.money if m.status == "started" and id(m.row) in asked]

    def paid_in(self, row: Row) -> int:
        """What was applied and has not gone back."""
        here = [m for m in self.books.money if m.row is row and m.status == "confirmed"]
        back = [b for b in self.books.backs if b.money in here and b.status == "done"]
        return sum(m.amount or 0 for m in here) - sum(b.amount for b in back)

    # Paying ---------------------------------------------------------------------------------

    def may_pay(self, row: Row) -> bool:
        return row.status == "awaiting_payment" and self.is_open and self.pay_open

    def bill(self, row: Row) -> Bill:
        found = self.bill_of(row)
        if found is None:
            found = Bill(row)
            self.books.bills.append(found)
        return found

    def start(self, row: Row) -> Money:
        bill = self.bill(row)
        for money in self.attempts([row]):
            return money
        self.books.money.append(Money(bill))
        return self.books.money[-1]

    def settle(self, money: Money, reference: str, amount: int) -> None:
        """The gateway's word arrives, perhaps not for the first time."""
        if money.told:
            if reference in [m.told for m in self.books.money if m.bill is money.bill]:
                return
            money = Money(money.bill, "closed", extra=True)
            self.books.money.append(money)
        money.told, money.amount = reference, amount
        self._apply(money)

    def _apply(self, money: Money) -> None:
        bill, row = money.bill, money.row
        if money.amount != FEE:
            money.status = "mismatch"
        elif bill.status == "open" and row.status == "awaiting_payment":
            money.status, bill.status, row.status = "confirmed", "paid", "enrolled"
        else:
            money.status = "surplus"
            why = "paid_twice" if bill.status == "paid" else "order_closed"
            self.books.backs.append(Back(money, money.amount, why))

    def shut(self, rows: Iterable[Row]) -> None:
        """Live attempts are closed at the gateway, unless the payer was faster."""
        for money in self.attempts(rows):
            if money.there is None:
                money.shut, money.status = True, "closed"
            else:
                self.settle(money, f"G{money.key}", money.there)

    def may_take_cash(self, who: str, row: Row) -> bool:
        return row.me != who and self.covers(who, row, "counselor") and self.may_pay(row)

    def book_cash(self, who: str, rows: Iterable[Row]) -> None:
        for row in rows:
            bill = self.bill(row)
            self.books.money.append(Money(bill, "confirmed", FEE, who))
            bill.status, row.status = "paid", "enrolled"

    def may_void(self, who: str, money: Money) -> bool:
        untouched = not any(b.money is money for b in self.books.backs)
        return money.cashier == who and money.status == "confirmed" and not money.slip and untouched

    def void(self, money: Money) -> None:
        money.status, money.bill.status = "voided", "open"
        money.row.status = "awaiting_payment"

    def purse(self, who: str) -> list[Money]:
        return [m for m in self.books.money if m.cashier == who and not m.slip]

    def may_hand_cash(self, who: str) -> bool:
        return any(m.status in CAME_IN for m in self.purse(who))

    def hand_cash(self, who: str) -> None:
        for money in self.purse(who):
            money.slip = True
        self.books.slips.append(Slip(who))

    def may_count(self, who: str, slip: Slip) -> bool:
        return self.holds(who, "finance") and slip.cashier != who and not slip.counted

    # Going back -----------------------------------------------------------------------------

    def close_bill(self, row: Row) -> None:
        if bill := self.bill_of(row):
            bill.status = "closed"

    def may_undo(self, who: str, row: Row) -> bool:
        live = any(b.row is row and b.status in ("open", "paid") for b in self.books.bills)
        return super().may_undo(who, row) and not live

    def left(self, money: Money) -> int:
        return (money.amount or 0) - sum(b.amount for b in self.books.backs if b.money is money)

    def to_give(self, bill: Bill, cause: str) -> list[Money]:
        wanted = "mismatch" if cause == "wrong_amount" else "confirmed"
        found = [m for m in self.books.money if m.bill is bill and m.status == wanted]
        return [m for m in found if self.left(m) > 0]

    def may_give_back(self, who: str, bill: Bill, cause: str, part: int | None) -> bool:
        """Finance, and all of what was applied only as 退出参保."""
        found = self.to_give(bill, cause)
        if not self.holds(who, "finance") or bill.row.me == who or not found:
            return False
        for money in found:
            left = self.left(money)
            amount = part or left
            if amount > left:
                return False
            if money.status == "confirmed" and (amount == left) != (cause == "withdrawn"):
                return False
        return True

    def give_back(self, who: str, bill: Bill, cause: str, part: int | None) -> None:
        for money in self.to_give(bill, cause):
            made = Back(money, part or self.left(money), cause, "prepared", who)
            self.books.backs.append(made)

    def may_prepare(self, who: str, back: Back) -> bool:
        return self.holds(who, "finance") and back.status == "due"

    def may_confirm(self, who: str, back: Back) -> bool:
        return self.holds(who, "finance") and back.status == "prepared" and back.prepared != who

    def done(self, back: Back) -> None:
        """The money is back; when it was all that was paid, nobody is insured by it."""
        back.status = "done"
        money = back.money
        mine = [b for b in self.books.backs if b.money is money]
        all_of_it = sum(b.amount for b in mine if b.status == "done") == money.amount
        leaves = any(b.cause == "withdrawn" for b in mine)
        if money.status == "confirmed" and all_of_it and leaves:
            money.bill.status, money.row.status = "closed", "returned"
            self.keep_in_step([money.row])

    def owed(self) -> int:
        """应缴 of everybody who has passed review."""
        return sum(row.fee for row in self.rows if row.status in MONEY)
