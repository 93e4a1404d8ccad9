"""Amounts as they are written on receipts."""

from decimal import Decimal

import pytest

from yibao.payments.capitals import in_capitals


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("1", "壹元整"),
        ("10", "壹拾元整"),
        ("101", "壹佰零壹元整"),
        ("110", "壹佰壹拾元整"),
        ("533.00", "伍佰叁拾叁元整"),
        ("533.5", "伍佰叁拾叁元伍角整"),
        ("533.05", "伍佰叁拾叁元零伍分"),
        ("680.32", "陆佰捌拾元叁角贰分"),
        ("1001", "壹仟零壹元整"),
        ("1010", "壹仟零壹拾元整"),
        ("6409.02", "陆仟肆佰零玖元零贰分"),
        ("10000", "壹万元整"),
        ("10101", "壹万零壹佰零壹元整"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("1000001", "壹佰万零壹元整"),
        ("100010000", "壹亿零壹万元整"),
        ("999999999999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_written_out(amount, written):
    assert in_capitals(Decimal(amount)) == written


@pytest.mark.parametrize("amount", ["-1", "0.001", "10000000000000000", "NaN"])
def test_what_is_no_amount(amount):
    with pytest.raises((ValueError, ArithmeticError)):
        in_capitals(Decimal(amount))
