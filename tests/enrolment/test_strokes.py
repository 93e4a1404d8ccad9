"""A drawn signature: what is one, what is none, and what it looks like."""

import pytest

from yibao.common.errors import Refused
from yibao.enrolment import strokes

NAME = "100,100 200,120 300,300 320,310;500,90 510,400"


def test_strokes_are_read_and_drawn():
    assert strokes.read(NAME) == [
        [(100, 100), (200, 120), (300, 300), (320, 310)],
        [(500, 90), (510, 400)],
    ]
    drawn = strokes.svg(strokes.read(NAME))
    assert '<path d="M100 100Q200 120 250 210Q300 300 310 305L320 310"/>' in drawn
    assert '<path d="M500 90L510 400"/>' in drawn
    assert 'viewBox="0 0 1000 500"' in drawn


def test_a_dot_belongs_to_a_signature():
    assert "M7 8h0.1" in strokes.svg(strokes.read(f"7,8;{NAME}"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "请先在框内手写签名"),
        ("1,1", "签名太短"),
        ("0,0 100,0 200,0 299,0", "签名太短"),
        ("0,0 1001,0", "没有传完整"),
        ("0,0 900,501", "没有传完整"),
        ("0,0 900,-5", "没有传完整"),
        ("0,0  900,5", "没有传完整"),
        ("0,0 900,5;", "没有传完整"),
        (" 0,0 900,5", "没有传完整"),
        ("0,0 900,5\n", "没有传完整"),
        ("0,0 ９00,5", "没有传完整"),
        ('0,0 900,5"/><script>alert(1)</script>', "没有传完整"),
        ("NaN,0 900,5", "没有传完整"),
        ("1e3,0 900,5", "没有传完整"),
        (";".join(["0,0 9,9"] * 301), "笔画太多"),
        (" ".join(["1,1"] * 12_001), "笔画太多"),
        ("0,0 " * 200_000, "没有传完整"),
    ],
)
def test_what_is_no_signature_is_told_apart(text, sentence):
    with pytest.raises(Refused, match=sentence):
        strokes.read(text)
