"""What can be made to go wrong, for one order or for all; each with its plain words."""

from yibao_sandbox.ledger import Ledger

ALL = "*"  # in place of an order's number

NOTICE_FAULTS = {
    "duplicate": ("重复通知", "同一条支付通知同时发送三次"),
    "delayed": ("延迟通知", "付款 60 秒后才发出通知"),
    "lost": ("丢失通知", "付款成功，但永远不发通知，商户只能主动查询"),
    "forged": ("伪造签名", "通知用别人的密钥签名，商户应当拒收"),
    "wrong_amount": ("金额不符", "通知签名正确，但金额多一分"),
    "wrong_merchant": ("商户号不符", "通知签名正确，但属于另一个商户"),
}
ANSWER_FAULTS = {
    "slow_create": ("下单超时", "订单已建立，但 15 秒后才答复"),
    "error_500": ("接口返回 500", "所有接口返回 500，不处理请求"),
    "error_429": ("接口返回 429", "所有接口返回“请求过于频繁”，不处理请求"),
    "unsigned": ("答复未签名", "请求已处理，但答复没有签名"),
    "bad_signature": ("答复签名错误", "请求已处理，但答复用别人的密钥签名"),
}
SWITCHES = {
    "bill_today": ("当日对账单", "当天的对账单也可以下载（平时次日才有）"),
}
NAMES = {**NOTICE_FAULTS, **ANSWER_FAULTS, **SWITCHES}


class Faults:
    """The switches, kept with the orders."""

    def __init__(self, ledger: Ledger) -> None:
        """Share the ledger's file."""
        self._ledger = ledger

    def switch(self, name: str, number: str, *, on: bool) -> None:
        """Turn one fault on or off, for one order or for `ALL`."""
        with self._ledger.transaction() as database:
            database.execute("DELETE FROM faults WHERE number = ? AND name = ?", [number, name])
            if on:
                database.execute("INSERT INTO faults VALUES (?, ?)", [number, name])

    def clear(self) -> None:
        """Let everything go right again."""
        with self._ledger.transaction() as database:
            database.execute("DELETE FROM faults")

    def on(self, name: str, number: str = ALL) -> bool:
        """Whether it goes wrong for this order."""
        return any(where in (ALL, number) for where, fault in self.listed() if fault == name)

    def listed(self) -> list[tuple[str, str]]:
        """(order number or `ALL`, fault) of all that are on."""
        with self._ledger.transaction() as database:
            rows = database.execute("SELECT number, name FROM faults ORDER BY number, name")
            return [(row["number"], row["name"]) for row in rows]
