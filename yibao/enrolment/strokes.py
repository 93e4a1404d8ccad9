"""A signature drawn by finger: strokes of points on a sheet, read from the browser, drawn as SVG.

Written as "x,y x,y …;x,y …": a stroke each, points in whole units of the sheet. Being numbers and
nothing else, it can hide nothing, and it prints sharply at any size.
"""

import re
from itertools import pairwise
from math import hypot

from yibao.common.errors import Refused

WIDTH, HEIGHT = 1000, 500
MOST_STROKES, MOST_POINTS = 300, 12_000
LONGEST_TEXT = MOST_POINTS * 10
SHORTEST_LINE = 300
"""Of all strokes together: less is a slip of the finger."""
PEN = 9
WRITTEN = re.compile(r"[0-9]{1,4},[0-9]{1,4}(?:[ ;][0-9]{1,4},[0-9]{1,4})*")

Stroke = list[tuple[int, int]]


def read(text: str) -> list[Stroke]:
    """The strokes; raises `Refused` for what is no signature."""
    if not text:
        raise Refused("请先在框内手写签名")
    if len(text) > LONGEST_TEXT or not WRITTEN.fullmatch(text):
        raise Refused("签名没有传完整，请清除后重新签名")
    strokes = [
        [(int(x), int(y)) for x, y in (point.split(",") for point in stroke.split(" "))]
        for stroke in text.split(";")
    ]
    if len(strokes) > MOST_STROKES or sum(map(len, strokes)) > MOST_POINTS:
        raise Refused("签名笔画太多，请清除后重新签名")
    if any(x > WIDTH or y > HEIGHT for stroke in strokes for x, y in stroke):
        raise Refused("签名没有传完整，请清除后重新签名")
    if sum(map(_length, strokes)) < SHORTEST_LINE:
        raise Refused("签名太短，请在框内写下完整的姓名")
    return strokes


def svg(strokes: list[Stroke]) -> str:
    """The signature as a picture."""
    lines = "".join(f'<path d="{_path(stroke)}"/>' for stroke in strokes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<g fill="none" stroke="#16202e" stroke-width="{PEN}" stroke-linecap="round"'
        f' stroke-linejoin="round">{lines}</g></svg>'
    )


def _path(stroke: Stroke) -> str:
    """Through the middles between points: curves rather than corners. A single point is a dot."""
    x, y = stroke[0]
    if len(stroke) == 1:
        return f"M{x} {y}h0.1"
    parts = [f"M{x} {y}"]
    for (x, y), (to_x, to_y) in pairwise(stroke[1:]):
        parts.append(f"Q{x} {y} {(x + to_x) / 2:g} {(y + to_y) / 2:g}")
    x, y = stroke[-1]
    parts.append(f"L{x} {y}")
    return "".join(parts)


def _length(stroke: Stroke) -> float:
    return sum(hypot(to_x - x, to_y - y) for (x, y), (to_x, to_y) in pairwise(stroke))
