"""The gateway as one object: what every page and every answer needs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from yibao_sandbox import keys, merchants
from yibao_sandbox.faults import Faults
from yibao_sandbox.ledger import Ledger, Order, Refund
from yibao_sandbox.notices import Courier

SOMEBODY = "139****0000"  # who pays in the moment of a close
PAID = "paid.json"  # of a demo: number, protocol, reference, amount, subject, paid_at
WAYS = {"campus": "", "wechat": "NATIVE", "alipay": "page"}


@dataclass(frozen=True)
class Gateway:
    """Keys, orders, switches and the courier; `pace` shortens every pause (1 = as in real life)."""

    keys: keys.Keys
    wechat: merchants.WeChatMerchant
    alipay: merchants.AlipayMerchant
    ledger: Ledger
    faults: Faults
    courier: Courier
    merchant: str
    merchant_name: str
    public_url: str
    pace: float

    def take(self, token: str, payer: str) -> Order:
        """The payer's money, and word of it to the merchant."""
        paid = self.ledger.pay(token, payer)
        self.courier.announce(paid)
        return paid

    def close(self, number: str, protocol: str) -> Order:
        """See to it that nobody can pay any more; with a switch, a moment too late."""
        order = self.ledger.order(number, protocol)
        if order.state == "NOTPAY" and self.faults.on("pay_on_close", number):
            self.take(order.token, SOMEBODY)
        return self.ledger.close(number, protocol)

    def give_back(self, wanted: Refund, total: int, protocol: str) -> Refund:
        """A refund; with a switch, one that the payer's account does not take."""
        if self.faults.on("refund_abnormal", wanted.number):
            wanted = replace(wanted, state="ABNORMAL")
        known = {refund.refund_number for refund in self.ledger.refunds(wanted.number)}
        refund = self.ledger.refund(wanted, total, protocol)
        if refund.refund_number not in known:
            self.courier.announce(self.ledger.order(wanted.number), refund)
        return refund

    def cashier(self, order: Order) -> str:
        """The address of an order's cashier page."""
        return f"{self.public_url}/cashier/{order.token}"


def build(
    folder: Path, *, merchant: str, merchant_name: str, public_url: str, pace: float
) -> Gateway:
    """A gateway on that folder, with what an earlier run left there."""
    ledger = Ledger(folder / "gateway.sqlite3")
    faults = Faults(ledger)
    gateway = Gateway(
        keys.prepare(folder / "keys"),
        merchants.wechat(folder),
        merchants.alipay(folder),
        ledger,
        faults,
        Courier(ledger, faults, pace),
        merchant,
        merchant_name,
        public_url,
        pace,
    )
    merchants_of = {
        "campus": gateway.merchant,
        "wechat": gateway.wechat.number,
        "alipay": gateway.alipay.seller,
    }
    learn(ledger, merchants_of, folder / PAID)
    return gateway


def learn(ledger: Ledger, merchant: Mapping[str, str], file: Path) -> None:
    """What a demo says was paid before it began; told again it changes nothing."""
    if not file.is_file():
        return
    ledger.learn(
        Order(
            number=said["number"],
            merchant=merchant[said["protocol"]],
            amount=said["amount"],
            subject=said["subject"],
            notify_url="",
            return_url="",
            expires_at=said["paid_at"],
            created_at=said["paid_at"],
            state="SUCCESS",
            reference=said["reference"],
            paid_at=said["paid_at"],
            payer=SOMEBODY,
            protocol=said["protocol"],
            way=WAYS[said["protocol"]],
        )
        for said in json.loads(file.read_text("utf-8"))
    )
