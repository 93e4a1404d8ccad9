"""The bill of a day (业务明细) as Alipay writes it: CSV files in GB18030 within a zip."""

import io
import zipfile

from yibao_sandbox import bills, fields
from yibao_sandbox.alipay_form import clock, yuan
from yibao_sandbox.bills import Line
from yibao_sandbox.exchange import Answer, Request
from yibao_sandbox.fields import Said
from yibao_sandbox.gateway import Gateway
from yibao_sandbox.ledger import Declined

HEAD = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"
    "订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,"
    "券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)


def where(gateway: Gateway, _asked: dict[str, str], content: Said) -> Said:
    """Where a bill can be fetched, without a signature."""
    day = fields.text(content, "bill_date", r"\d{4}-\d\d-\d\d")
    _lines(gateway, day)
    return {"bill_download_url": f"{gateway.public_url}/alipay/bill?day={day}"}


def download(gateway: Gateway, request: Request) -> Answer:
    """The file."""
    day = request.query.get("day", "")
    seller, packed = gateway.alipay.seller, io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        name = f"{seller}_{day.replace('-', '')}_业务明细"
        detail = _detail(_lines(gateway, day), seller, day)
        file.writestr(f"{name}.csv", detail.encode("gb18030"))
        file.writestr(f"{name}(汇总).csv", "#支付宝业务汇总查询\r\n".encode("gb18030"))
    whole = packed.getvalue()
    content = whole[: len(whole) // 2] if gateway.faults.on("bill_torn") else whole
    return Answer(200, content, "application/zip")


def _lines(gateway: Gateway, day: str) -> list[Line]:
    lines = bills.lines(gateway, "alipay", day)
    if not lines and not gateway.faults.on("bill_today"):
        code, message = "NO_BILL", "这一天没有交易"
        raise Declined(code, message)
    return lines


def _detail(lines: list[Line], seller: str, day: str) -> str:
    rows = (
        "#支付宝业务明细查询",
        f"#账号：[{seller}0156]",
        f"#起始日期：[{day} 00:00:00]   终止日期：[{day} 24:00:00]",
        "#-----------------------------------------业务明细列表----------------------------------------",
        HEAD,
        *(_row(line) for line in lines),
        "#-----------------------------------------业务明细列表结束------------------------------------",
        f"#导出时间：[{day} 24:00:00]",
    )
    return "".join(f"{row}\r\n" for row in rows)


def _row(line: Line) -> str:
    order, back = line.order, line.is_refund
    amount = f"{'-' if back else ''}{yuan(line.amount)}"
    values = (
        *(line.reference, line.number, "退款" if back else "交易"),
        *(order.subject.replace(",", "，"), clock(order.created_at), clock(line.at)),
        *("", "", "", "", order.payer, amount, amount),
        *("0.00",) * 5,
        *("", "0.00", "0.00", line.refund_number, "0.00", "0.00", ""),
    )
    return ",".join(f"{value}\t" for value in values)
