"""What can be made to go wrong, for one order or for all; each with its plain words."""

from yibao_sandbox.ledger import Ledger

ALL = "*"  # in place of an order's number

NOTICE_FAULTS = {
    "duplicate": ("重复通知", "同一条支付通知同时发送三次"),
    "delayed": ("延迟通知", "付款 60 秒后才发出通知"),
    "reordered": ("乱序通知", "付款通知晚 15 秒，退款通知先到；最后再来一条“未支付”的旧通知"),
    "lost": ("丢失通知", "付款成功，但永远不发通知，商户只能主动查询"),
    "forged": ("伪造签名", "通知用别人的密钥签名，商户应当拒收"),
    "wrong_amount": ("金额不符", "通知签名正确，但金额多一分"),
    "wrong_merchant": ("商户号不符", "通知签名正确，但属于另一个商户"),
}
ANSWER_FAULTS = {
    "slow_create": ("下单超时", "订单已建立，但 15 秒后才答复"),
    "pay_on_close": ("关单前一刻付款", "商户关单时，付款人恰好先付了款，答复“订单已支付”"),
    "refund_abnormal": ("退款异常", "付款账户不能收款，退款没有退出去"),
    "error_500": ("接口返回 500", "所有接口返回 500，不处理请求"),
    "error_429": ("接口返回 429", "所有接口返回“请求过于频繁”，不处理请求"),
    "unsigned": ("答复未签名", "请求已处理，但答复没有签名"),
    "bad_signature": ("答复签名错误", "请求已处理，但答复用别人的密钥签名"),
}
BILL_FAULTS = {
    "bill_today": ("当日对账单", "当天的对账单也可以下载（平时次日才有）"),
    "bill_late": ("对账单未生成", "对账单还没有生成，请稍后再取"),
    "bill_missing": ("账单漏单", "对账单里没有这笔支付"),
    "bill_extra": ("账单多单", "对账单里多一笔商户没有的支付"),
    "bill_amount": ("账单金额不符", "对账单里这笔支付的金额多一分"),
    "bill_status": ("账单状态不符", "没有付款的订单在对账单里是已支付"),
    "bill_twice": ("账单重复", "同一笔支付在对账单里出现两次"),
    "bill_empty": ("空账单", "对账单里一笔也没有"),
    "bill_torn": ("账单损坏", "下载到的文件不完整，与答复中的校验值不符"),
}
GROUPS = {"付款通知": NOTICE_FAULTS, "接口答复": ANSWER_FAULTS, "对账单": BILL_FAULTS}
NAMES = {name: words for group in GROUPS.values() for name, words in group.items()}
# A notice can also be a mere repetition of what was so before the payment.
STALE = "stale"


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
