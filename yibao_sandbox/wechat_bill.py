"""The bill of a day (交易账单) as WeChat Pay writes it: a back tick before each value, a summary, gzip."""

import gzip
import hashlib
from datetime import datetime

from yibao_sandbox import bills
from yibao_sandbox.bills import Line
from yibao_sandbox.exchange import Answer, Request
from yibao_sandbox.fields import Said
from yibao_sandbox.gateway import Gateway
from yibao_sandbox.ledger import SHANGHAI, Declined

DOWNLOAD = "/v3/billdownload/file"
HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,"
    "货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,"
    "商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
SUMMARY = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)


def where(gateway: Gateway, request: Request) -> Said:
    """Where a bill can be fetched, and the hash of what it is before it is packed."""
    day = request.query.get("bill_date", "")
    raw = _written(gateway, day)
    if gateway.faults.on("bill_torn"):
        raw += b"\r\n"
    digest = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
    address = f"{gateway.public_url}{DOWNLOAD}?token={day}&tartype=gzip"
    return {"hash_type": "SHA1", "hash_value": digest, "download_url": address}


def download(gateway: Gateway, request: Request) -> Answer:
    """The file, unsigned."""
    try:
        raw = _written(gateway, request.query.get("token", ""))
    except Declined as no:
        return Answer(no.status, no.message.encode())
    return Answer(200, gzip.compress(raw), "application/octet-stream")


def _written(gateway: Gateway, day: str) -> bytes:
    lines = bills.lines(gateway, "wechat", day)
    if not lines and not gateway.faults.on("bill_today"):
        code, message = "NO_BILL", "这一天没有交易"
        raise Declined(code, message)
    rows = [HEAD, *(_row(gateway, line) for line in lines), SUMMARY, _summary(lines)]
    return ("\ufeff" + "".join(f"{row}\r\n" for row in rows)).encode()


def _row(gateway: Gateway, line: Line) -> str:
    order, back, merchant = line.order, line.is_refund, gateway.wechat
    values = (
        f"{datetime.fromtimestamp(line.at, SHANGHAI):%Y-%m-%d %H:%M:%S}",
        merchant.official if order.way == "JSAPI" else merchant.app,
        *(merchant.number, "0", "", line.reference, line.number, order.buyer, order.way),
        *("REFUND" if back else "SUCCESS", "OTHERS", "CNY"),
        *("0.00" if back else _yuan(line.amount), "0.00"),
        *(line.refund_reference or "0", line.refund_number or "0"),
        *(_yuan(line.amount) if back else "0.00", "0.00"),
        *("ORIGINAL" if back else "", "SUCCESS" if back else ""),
        *(order.subject, "", "0.00000", "0.60%"),
        *("0.00" if back else _yuan(line.amount), _yuan(line.amount) if back else "0.00", ""),
    )
    return ",".join(f"`{value}" for value in values)


def _summary(lines: list[Line]) -> str:
    came = sum(line.amount for line in lines if not line.is_refund)
    went = sum(line.amount for line in lines if line.is_refund)
    values = (
        len(lines), _yuan(came), _yuan(went), "0.00", "0.00000", _yuan(came), _yuan(went),
    )  # fmt: skip
    return ",".join(f"`{value}" for value in values)


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
