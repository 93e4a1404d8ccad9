"""The design's colours can be read (4.5:1, as WCAG AA asks), and every icon asked for is drawn."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

PRODUCT = Path(__file__).resolve().parents[2] / "yibao"
STYLES = PRODUCT / "web/static/yibao"
TOKENS = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", (STYLES / "app.css").read_text()))
TONES = ("grey", "blue", "orange", "green", "neutral", "red")


def luminance(colour: str) -> float:
    parts = [int(colour[at:to], 16) / 255 for at, to in pairwise((1, 3, 5, 7))]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_is_right():
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("ground", ["wash", "paper"])
def test_tones_can_be_read(tone, ground):
    under = TOKENS[f"{tone}-wash"] if ground == "wash" else TOKENS["paper"]
    assert contrast(TOKENS[f"{tone}-ink"], under) >= 4.5


@pytest.mark.parametrize(
    ("text", "under"),
    [
        *(
            (text, under)
            for text in ("ink", "ink-soft", "ink-faint", "brand")
            for under in ("paper", "ground", "wash")
        ),
        ("ink-soft", "grey-wash"),
        ("brand", "brand-wash"),
        ("paper", "brand"),
        ("paper", "brand-dark"),
        ("deep-ink", "deep"),
    ],
)
def test_text_can_be_read(text, under):
    assert contrast(TOKENS[text], TOKENS[under]) >= 4.5


def test_every_tone_of_the_templates_has_a_style():
    text = (STYLES / "app.css").read_text()
    assert set(re.findall(r"\.tone-(\w+) ", text)) == set(TONES)
    assert set(re.findall(r"\.ink-(\w+) ", text)) == set(TONES)


def test_every_icon_that_a_template_asks_for_is_in_the_sprite():
    listed = (PRODUCT / "web/icons.txt").read_text().split()
    drawn = {
        name.removeprefix("filled/") + ("-filled" if name.startswith("filled/") else "")
        for name in listed
    }
    asked = [re.findall(r'{% icon "([^"]+)"', t.read_text()) for t in PRODUCT.rglob("*.html")]
    said = [re.findall(r'icon="([\w/-]+)"', code.read_text()) for code in PRODUCT.rglob("*.py")]
    assert {name for names in asked + said for name in names} - drawn == set()
