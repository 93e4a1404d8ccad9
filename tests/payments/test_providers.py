"""What all channels share: amounts, the registry, hostile text."""

import ast
import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import settings as within
from hypothesis import strategies as st

from yibao import payments
from yibao.payments.providers import base, wire
from yibao.payments.providers.base import PaidState, Receipt, from_fen, to_fen
from yibao.payments.providers.cash import Cash
from yibao.payments.providers.sandbox import Sandbox, SandboxAlipay, SandboxWeChat

ONLINE = ["sandbox-wechat", "sandbox-alipay", "sandbox"]


@within(deadline=None)
@given(st.integers(0, base.LARGEST_FEN))
def test_fen_and_yuan_are_the_same_money(fen):
    yuan = from_fen(fen)
    assert (to_fen(yuan), yuan * 100, yuan.as_tuple().exponent) == (fen, fen, -2)


@pytest.mark.parametrize(
    ("yuan", "fen"), [("0", 0), ("0.01", 1), ("280", 28000), ("5.3E+2", 53000), ("533.000", 53300)]
)
def test_yuan_to_fen(yuan, fen):
    assert to_fen(Decimal(yuan)) == fen


@pytest.mark.parametrize("yuan", ["0.001", "1.005", "-1", "NaN", "Infinity", "1." + "0" * 40 + "1"])
def test_no_amount_is_rounded(yuan):
    with pytest.raises(ValueError, match=r"fractions|not an amount"):
        to_fen(Decimal(yuan))


@pytest.mark.parametrize("fen", [1.0, "100", True, None, -1, 10**8, [1]])
def test_only_whole_fen_are_taken(fen):
    with pytest.raises(ValueError, match="fen"):
        from_fen(fen)


def test_the_registry_follows_the_settings(settings):
    base.provider.cache_clear()
    assert base.provider_names() == ["cash", *ONLINE]
    assert base.online_names() == ONLINE
    assert isinstance(base.provider("cash"), Cash)
    assert base.provider("cash") is base.provider("cash")
    assert [base.label(n) for n in ("cash", "sandbox", "gone")] == [
        "现金", "校园收银台（测试）", "gone",
    ]  # fmt: skip
    with pytest.raises(KeyError):
        base.provider("gone")


def test_what_is_no_provider_is_refused(settings):
    settings.PAYMENT_PROVIDERS = {"odd": "pathlib.Path"}
    with pytest.raises(TypeError, match=r"pathlib\.Path is not a Provider"):
        base.provider("odd")


@pytest.mark.parametrize("channel", [Sandbox, SandboxWeChat, SandboxAlipay])
def test_the_sandbox_refuses_to_exist_in_production(settings, channel):
    settings.PRODUCTION = True
    with pytest.raises(ImproperlyConfigured, match="play money"):
        channel()


@pytest.mark.parametrize(
    ("state", "misfit", "paid"),
    [(state, "", state is PaidState.PAID) for state in PaidState] + [(PaidState.PAID, "x", False)],
)
def test_only_money_that_is_ours_counts_as_paid(state, misfit, paid):
    assert Receipt("n", "r", Decimal(1), state, misfit=misfit).paid is paid


HOSTILE = {
    "empty": b"",
    "no json": b"hello",
    "array": b"[]",
    "text": b'"a"',
    "deep": b"[" * 10_000 + b"]" * 10_000,
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "NaN": b'{"amount": NaN}',
    "infinity": b'{"amount": -Infinity}',
    "twice": b'{"amount": 1, "amount": 2}',
    "surrogate": b'{"number": "\\ud800"}',
    "surrogate in a key": b'{"\\udfff": 1}',
    "NUL": b'{"a": ["\\u0000"]}',
    "bad UTF-8": b'{"a": "\xff"}',
    "digits": b'{"a": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_unreadable(body):
    with pytest.raises(wire.Unreadable):
        wire.read_object(body)


def test_numbers_with_a_point_stay_text():
    said = wire.read_object('{"a": 1.10, "b": 1e400, "c": 7, "d": "𠮷"}'.encode())
    assert said == {"a": "1.10", "b": "1e400", "c": 7, "d": "𠮷"}


@within(deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.text(), st.lists, max_leaves=5))
def test_what_is_read_can_be_written(value):
    try:
        said = wire.read_object(json.dumps({"a": value}).encode())
    except wire.Unreadable:
        return
    assert said == {"a": value}
    json.dumps(said, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "at", ["", "2026-11-21", "2026-11-21T10:00:00", "9999-12-31T23:59:59-12:00", "now", 5]
)
def test_a_moment_has_a_place_in_time(at):
    if at == "":
        assert wire.moment_of({"at": at}, "at") is None
        return
    with pytest.raises(wire.Unreadable):
        wire.moment_of({"at": at}, "at")


def test_there_is_no_float_among_the_money():
    for file in Path(payments.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            is_float = isinstance(node, ast.Constant) and isinstance(node.value, float)
            named = isinstance(node, ast.Name) and node.id == "float"
            assert [is_float, named] == [False, False], f"{file.name}:{node.lineno}"
