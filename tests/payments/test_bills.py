"""Bills of a day as the two gateways write them, and every way in which one is not to be read."""

import gzip
import hashlib
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

from tests.payments import alipay_side, wechat_side
from tests.payments.wechat_side import MERCHANT
from yibao.payments.providers import alipay_bills, wechat_bills
from yibao.payments.providers.base import GatewayUnavailable, LineKind, StatementNotReady
from yibao.payments.providers.wire import Unreadable

DAY = date(2026, 11, 20)
HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,"
    "货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,"
    "商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
TAIL = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\n`2,`1.00"


def row(state="SUCCESS", goods="2026年大学生医保", **fields):
    values = dict.fromkeys(HEAD.split(","), "") | {
        "交易时间": "2026-11-20 10:34:56", "商户号": MERCHANT, "微信订单号": "4200001234",
        "商户订单号": "a" * 32, "交易状态": state, "商品名称": goods, "手续费": "0.32000",
        "订单金额": "533.00", "申请退款金额": "0.00",
    } | fields  # fmt: skip
    return ",".join(f"`{value}" for value in values.values())


def bill(*rows, head=HEAD, tail=TAIL):
    return ("\ufeff" + "\n".join([head, *rows, tail]) + "\n").encode()


def sha1(content):
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def read(content):
    return wechat_bills.read(content, sha1(content), merchant=MERCHANT)


BACK = {"商户退款单号": "r" * 32, "微信退款单号": "5030", "申请退款金额": "33.00"}


def test_payments_and_refunds():
    paid, back = read(bill(row(goods="医保,2026，“居民”"), row("REFUND", **BACK)))
    assert (paid.kind, paid.number, paid.reference) == (LineKind.PAYMENT, "a" * 32, "4200001234")
    assert (paid.amount, paid.fee) == (Decimal("533.00"), Decimal("0.32000"))
    assert paid.happened_at == datetime(2026, 11, 20, 2, 34, 56, tzinfo=UTC)
    assert (back.kind, back.amount) == (LineKind.REFUND, Decimal("33.00"))
    assert (back.refund_number, back.refund_reference) == ("r" * 32, "5030")
    assert read(bill()) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        bill(head="交易时间,商户号"),
        bill(tail=""),
        bill(row("SOMETHING")),
        bill(row(商户号="1900000000")),
        bill(row(订单金额="5.3e2")),
        bill(row(订单金额="533.001")),
        bill(row(订单金额="-533.00")),
        bill(row(交易时间="2026/11/20")),
        bill("`2026-11-20 10:34:56,`x"),
    ],
)
def test_a_bill_that_is_not_as_promised(content):
    with pytest.raises(Unreadable):
        read(content)


def test_a_torn_bill_is_not_taken():
    whole = bill(row())
    with pytest.raises(Unreadable, match="hash"):
        wechat_bills.read(bill(), sha1(whole), merchant=MERCHANT)
    with pytest.raises(Unreadable, match="unpacked"):
        wechat_bills.read(gzip.compress(whole)[:-9], sha1(whole), merchant="")


def test_a_bill_over_the_wire(tmp_path):
    gateway = wechat_side.Gateway()
    pay = gateway.provider(wechat_side.merchant_folder(tmp_path / "wechat"))
    content = bill(row())
    address = "https://api.mch.weixin.qq.com/v3/billdownload/file?token=abc%2Fd"
    told = {
        "download_url": address,
        "hash_type": "SHA1",
        "hash_value": sha1(content),
    }
    gateway.will(told)
    gateway.will_raw(gzip.compress(content))
    assert [line.number for line in pay.statement(DAY)] == ["a" * 32]
    first, second = gateway.asked
    assert str(first.url.query, "ascii") == "bill_date=2026-11-20&bill_type=ALL&tar_type=GZIP"
    assert str(second.url) == address
    gateway.will(told | {"download_url": "https://evil.example/v3/x?y=1"})
    gateway.will_raw(content, status=404)
    with pytest.raises(GatewayUnavailable):
        pay.statement(DAY)
    assert gateway.asked[-1].url.host == "api.mch.weixin.qq.com"


def test_a_day_without_trade_and_a_bill_not_made_yet(tmp_path):
    gateway = wechat_side.Gateway()
    pay = gateway.provider(wechat_side.merchant_folder(tmp_path / "wechat"))
    gateway.will({"code": "NO_STATEMENT_EXIST", "message": "账单文件不存在"}, status=400)
    assert list(pay.statement(DAY)) == []
    gateway.will({"code": "STATEMENT_CREATING", "message": "账单生成中"}, status=400)
    with pytest.raises(StatementNotReady):
        pay.statement(DAY)


# Alipay -------------------------------------------------------------------------------------
NAMES = (
    "支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "门店编号", "门店名称",
    "操作员", "终端号", "对方账户", "订单金额（元）", "商家实收（元）", "支付宝红包（元）", "集分宝（元）",
    "支付宝优惠（元）", "商家优惠（元）", "券核销金额（元）", "券名称", "商家红包消费金额（元）",
    "卡消费金额（元）", "退款批次号/请求号", "服务费（元）", "分润（元）", "备注",
)  # fmt: skip


def detail(*rows, names=NAMES):
    lines = ["#支付宝业务明细查询", "#账号：[20881021462251350156]", ",".join(names), *rows]
    return "\r\n".join([*lines, "#-----业务明细列表结束-----", "#导出时间：[…]"]).encode("gb18030")


def trade_row(kind="交易", **fields):
    values = dict.fromkeys(NAMES, "") | {
        "支付宝交易号": "2026112022001413451234567890\t", "商户订单号": "a" * 32 + "\t",
        "业务类型": kind, "商品名称": "2026年大学生医保", "完成时间": "2026-11-20 10:34:56",
        "订单金额（元）": "533.00", "服务费（元）": "-3.20",
    } | fields  # fmt: skip
    return ",".join(values.values())


def packed(*files, summary=True):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for n, content in enumerate(files):
            archive.writestr(f"2088_20261120_业务明细{n or ''}.csv", content)
        if summary:
            archive.writestr("2088_20261120_业务明细(汇总).csv", b"#")
    return made.getvalue()


def test_trades_and_refunds():
    back = trade_row("退款", **{"订单金额（元）": "-33.00", "退款批次号/请求号": "r" * 32})
    paid, refunded = alipay_bills.read(packed(detail(trade_row(), back)))
    assert (paid.kind, paid.number, paid.amount) == (LineKind.PAYMENT, "a" * 32, Decimal("533.00"))
    assert (paid.reference, paid.fee) == ("2026112022001413451234567890", Decimal("3.20"))
    assert paid.happened_at == datetime(2026, 11, 20, 2, 34, 56, tzinfo=UTC)
    assert (refunded.kind, refunded.amount) == (LineKind.REFUND, Decimal("33.00"))
    assert refunded.refund_number == "r" * 32
    assert alipay_bills.read(packed(detail())) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        packed(),
        packed(b"\xff" * 9),
        packed(detail(), detail()),
        packed(detail(names=NAMES[:5])),
        packed(detail(trade_row("转账"))),
        packed(detail(trade_row(**{"订单金额（元）": "x"}))),
        packed(detail("1,2")),
        packed(detail("a\rb")),
        packed(detail()).replace("业务明细(".encode(), "业务明".encode() + b"\xff\xff\xff("),
    ],
)
def test_an_alipay_bill_that_is_not_as_promised(content):
    with pytest.raises(Unreadable):
        alipay_bills.read(content)


def test_an_alipay_bill_over_the_wire(tmp_path):
    gateway = alipay_side.Gateway()
    pay = gateway.provider(alipay_side.merchant_folder(tmp_path / "alipay"))
    address = "http://dwbillcenter.alipay.com/downloadBillFile.resource?bizType=trade&token=1"
    gateway.will({"code": "10000", "bill_download_url": address})
    gateway.will_raw(packed(detail(trade_row())))
    assert [line.number for line in pay.statement(DAY)] == ["a" * 32]
    assert str(gateway.urls[1]) == address.replace("http:", "https:")
    for elsewhere in ("http://127.0.0.1/x?y", "https://alipay.com.evil.example/x?y"):
        gateway.will({"code": "10000", "bill_download_url": elsewhere})
        with pytest.raises(GatewayUnavailable):
            pay.statement(DAY)
    assert len(gateway.urls) == 4


@pytest.mark.parametrize(
    ("asked_at", "ready"),
    [("2026-11-21T09:59:00+08:00", False), ("2026-11-21T10:00:00+08:00", True)],
)
def test_no_alipay_bill_before_ten_means_not_yet(tmp_path, asked_at, ready):
    gateway = alipay_side.Gateway()
    pay = gateway.provider(alipay_side.merchant_folder(tmp_path / "alipay"))
    no = {"code": "40004", "msg": "Business Failed", "sub_code": "isp.bill_not_exist"}
    gateway.will(no)
    with time_machine.travel(asked_at, tick=False):
        if ready:
            assert list(pay.statement(DAY)) == []
        else:
            with pytest.raises(StatementNotReady):
                pay.statement(DAY)
