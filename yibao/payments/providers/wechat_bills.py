"""The bill of a day (交易账单) as WeChat Pay writes it: gzip, CSV, a back tick before each value."""

import gzip
import hashlib
import io
import zlib

from yibao.payments.providers import wire
from yibao.payments.providers.base import LineKind, StatementLine
from yibao.payments.providers.wire import Unreadable

LARGEST = 256 * 1024 * 1024
GZIP = b"\x1f\x8b"
SUMMARY = "总交易单数"
NEEDED = ("交易时间", "商户号", "微信订单号", "商户订单号", "交易状态", "订单金额", "手续费")
BACK = ("微信退款单号", "商户退款单号", "申请退款金额")
# 退款 rows stand under their own day; REVOKED is money that went back at once.
KINDS = {"SUCCESS": LineKind.PAYMENT, "REFUND": LineKind.REFUND, "REVOKED": LineKind.REFUND}


def read(content: bytes, expected_sha1: str, *, merchant: str) -> list[StatementLine]:
    """All lines; raises `Unreadable` when the hash, the merchant or the form is not as promised."""
    raw = _unpacked(content)
    # The gateway's choice of hash; it guards against a torn download, the answer is signed.
    if hashlib.sha1(raw, usedforsecurity=False).hexdigest() != expected_sha1.lower():
        message = "the bill is not the one whose hash was told"
        raise Unreadable(message)
    return _lines(raw, merchant)


def read_uploaded(content: bytes, *, merchant: str) -> list[StatementLine]:
    """A bill that a person downloaded: nobody told its hash, but it ends with its summary."""
    return _lines(_unpacked(content), merchant)


def _lines(raw: bytes, merchant: str) -> list[StatementLine]:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(str(error)) from None
    lines = text.lstrip("\ufeff").splitlines()
    head = _cells(lines[0]) if lines else []
    missing = [name for name in (*NEEDED, *BACK) if name not in head]
    if missing:
        message = f"the bill has no column {missing[0]}"
        raise Unreadable(message)
    found = []
    for line in lines[1:]:
        if line.startswith(SUMMARY):
            break
        if line.strip():
            found.append(_line(_named(head, _cells(line)), merchant))
    else:
        message = "the bill ends before its summary"
        raise Unreadable(message)
    return found


def _unpacked(content: bytes) -> bytes:
    """The bill before it was packed, which is also what its hash is of."""
    if content.startswith(GZIP):
        try:
            with gzip.open(io.BytesIO(content)) as packed:
                content = packed.read(LARGEST + 1)
        except (OSError, EOFError, zlib.error) as error:
            message = f"the bill cannot be unpacked: {error}"
            raise Unreadable(message) from None
    if len(content) > LARGEST:
        message = "the bill is too large"
        raise Unreadable(message)
    return content


def _cells(line: str) -> list[str]:
    """The values of a line: names of goods may hold commas, so a back tick opens each value."""
    if not line.startswith("`"):
        return [cell.strip() for cell in line.split(",")]
    return [cell.strip() for cell in line[1:].split(",`")]


def _named(head: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(head):
        message = f"a line of {len(cells)} values under {len(head)} heads"
        raise Unreadable(message)
    return dict(zip(head, cells, strict=True))


def _line(cells: dict[str, str], merchant: str) -> StatementLine:
    kind = KINDS.get(cells.get("交易状态", ""))
    if kind is None or cells.get("商户号") != merchant:
        message = f"a line of another merchant, or of a state unknown: {cells.get('交易状态')}"
        raise Unreadable(message)
    back = kind is LineKind.REFUND
    amount = wire.yuan_of(cells["申请退款金额" if back else "订单金额"])
    if amount < 0:
        message = f"a negative amount: {amount}"
        raise Unreadable(message)
    return StatementLine(
        kind=kind,
        number=cells["商户订单号"],
        reference=cells["微信订单号"],
        amount=amount,
        happened_at=wire.clock_of(cells["交易时间"]),
        refund_number=cells["商户退款单号"] if back else "",
        refund_reference=cells["微信退款单号"] if back else "",
        fee=wire.decimal_of(cells["手续费"]),
        raw=dict(cells),
    )
