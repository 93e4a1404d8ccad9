"""Amounts as they are written on receipts: 533.00 is 伍佰叁拾叁元整."""

from decimal import Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
MYRIADS = ("", "万", "亿", "万亿")
LARGEST = Decimal(10) ** (4 * len(MYRIADS))


def in_capitals(amount: Decimal) -> str:
    """大写金额 of yuan with at most two decimals; ValueError for anything else."""
    fen = amount * 100
    if not 0 <= amount < LARGEST or fen != int(fen):
        message = f"not an amount to be written out: {amount}"
        raise ValueError(message)
    yuan, cents = divmod(int(fen), 100)
    jiao, fen_digit = divmod(cents, 10)
    said = f"{_whole(yuan)}元" if yuan else ""
    if not cents:
        return f"{said or '零元'}整"
    if jiao:
        said += f"{DIGITS[jiao]}角"
    elif yuan:
        said += DIGITS[0]
    return said + (f"{DIGITS[fen_digit]}分" if fen_digit else "整")


def _whole(number: int) -> str:
    """Groups of four from the left; one 零 for any run of zeros between digits."""
    said, gap = "", False
    for power in reversed(range(len(MYRIADS))):
        group = number // 10 ** (4 * power) % 10**4
        if not group:
            gap = gap or bool(said)
            continue
        if said and (gap or group < 10**3):
            said += DIGITS[0]
        said, gap = said + _group(group) + MYRIADS[power], False
    return said


def _group(number: int) -> str:
    said, gap = "", False
    for place in reversed(range(len(PLACES))):
        digit = number // 10**place % 10
        if not digit:
            gap = bool(said)
            continue
        said += (DIGITS[0] if gap else "") + DIGITS[digit] + PLACES[place]
        gap = False
    return said
