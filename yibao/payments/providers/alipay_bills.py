"""The bill of a day (业务明细) as Alipay writes it: CSV files in GB18030 within a zip."""

import io
import struct
import zipfile
import zlib
from csv import Error, reader

from yibao.payments.providers import wire
from yibao.payments.providers.base import LineKind, StatementLine
from yibao.payments.providers.wire import Unreadable

LARGEST = 256 * 1024 * 1024
MOST_FILES = 10
# What zipfile raises depends on which byte is wrong.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
SUMMARY = "汇总"
NUMBER, REFERENCE, KIND, DONE = "商户订单号", "支付宝交易号", "业务类型", "完成时间"
AMOUNT, FEE, BACK = "订单金额（元）", "服务费（元）", "退款批次号/请求号"
KINDS = {"交易": LineKind.PAYMENT, "退款": LineKind.REFUND}


def read(content: bytes) -> list[StatementLine]:
    """All lines of the detail file; raises `Unreadable` when the form is not as promised."""
    try:
        rows = [[cell.strip() for cell in row] for row in reader(io.StringIO(_detail(content)))]
    except Error as error:
        raise Unreadable(str(error)) from None
    rows = [row for row in rows if row and not row[0].startswith("#")]
    head = next((row for row in rows if NUMBER in row), [])
    missing = [name for name in (NUMBER, REFERENCE, KIND, DONE, AMOUNT, BACK) if name not in head]
    if missing:
        message = f"the bill has no column {missing[0]}"
        raise Unreadable(message)
    after = rows[rows.index(head) + 1 :]
    return [_line(_named(head, row)) for row in after if any(row)]


def _detail(content: bytes) -> str:
    """The text of the one file that is no summary."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            files = [file for file in packed.infolist() if not file.is_dir()]
            detail = [file for file in files if SUMMARY not in _name(file)]
            if len(files) > MOST_FILES or len(detail) != 1 or detail[0].file_size > LARGEST:
                message = "not one detail file of a bearable size"
                raise Unreadable(message)
            with packed.open(detail[0]) as file:
                raw = file.read(LARGEST + 1)
    except DAMAGED as error:
        message = f"the bill cannot be unpacked: {error}"
        raise Unreadable(message) from None
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError as error:
        raise Unreadable(str(error)) from None


def _name(file: zipfile.ZipInfo) -> str:
    """A file's name; Alipay writes it in GBK without saying so."""
    if file.flag_bits & 0x800:
        return file.filename
    return file.filename.encode("cp437").decode("gb18030", "replace")


def _named(head: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) < len(head):
        message = f"a line of {len(cells)} values under {len(head)} heads"
        raise Unreadable(message)
    return dict(zip(head, cells, strict=False))  # some lines end with a comma


def _line(cells: dict[str, str]) -> StatementLine:
    kind = KINDS.get(cells.get(KIND, ""))
    if kind is None:
        message = f"a line of an unknown kind: {cells.get(KIND)}"
        raise Unreadable(message)
    back = kind is LineKind.REFUND
    return StatementLine(
        kind=kind,
        number=cells[NUMBER],
        reference=cells[REFERENCE],
        amount=abs(wire.yuan_of(cells[AMOUNT])),  # a refund stands there as a negative amount
        happened_at=wire.clock_of(cells[DONE]),
        refund_number=cells[BACK] if back else "",
        refund_reference=cells[REFERENCE] if back else "",
        fee=abs(wire.decimal_of(cells.get(FEE) or "0")),
        raw=dict(cells),
    )
