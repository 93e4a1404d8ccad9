"""A Chinese sentence in English, by the catalogue beside this file.

The catalogue is keyed by the sentences themselves, with {places} for what differs, so what was stored in
Chinese (messages, opinions, explanations of a fee) is read in English too. What it does not know stays as it is:
names, and what a school has written, unless the school has said itself what that is in English (`with_own`).
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
PLACE = re.compile(r"\{(\w+)\}")
UNREAD = "这段承诺书由学校编写，没有英文译文；不清楚请先问辅导员。"
LONGEST = 600
"""Longer texts are a school's own."""
SHORT = 5
MARKS = re.compile("[，。；：、！？（）“”‘’]")
STOPS = {
    "，": ", ",
    "。": ". ",
    "；": "; ",
    "：": ": ",
    "、": ", ",
    "！": "! ",
    "？": "? ",
    "（": " (",
    "）": ") ",
    "→": " → ",
}
QUOTES = str.maketrans("‘’“”", "''\"\"")
"""Chinese fonts draw the others as wide as a character."""
APART = re.compile(f"([{''.join(STOPS)}])")
FLOWING = "，、；"
"""After these a sentence goes on, so it does not begin with a capital."""
ENDING = "。！？"
TITLE = re.compile(r"(?:[A-Z]\w*[ -]){2}[A-Z]")
"""Three capitals in a row, as in what an insurance is called."""


class Pattern(NamedTuple):
    """A sentence with places, and a part of it that must be there."""

    needed: str
    shape: re.Pattern[str]
    english: str


class Own(NamedTuple):
    """What a school says itself, line by line; asked before the catalogue."""

    sentences: Mapping[str, str]
    patterns: tuple[Pattern, ...]


NOTHING = Own({}, ())
OWN: ContextVar[Callable[[], Own]] = ContextVar("own", default=lambda: NOTHING)


@contextmanager
def with_own(words: Callable[[], Mapping[str, str]]) -> Iterator[None]:
    """Within this a school's own English is known: texts of as many lines in either language.

    `words` is asked once, and only when something is to be read in English.
    """
    before = OWN.set(cache(lambda: _own(tuple(words().items()))))
    try:
        yield
    finally:
        OWN.reset(before)


@lru_cache(maxsize=8)
def _own(words: tuple[tuple[str, str], ...]) -> Own:
    pairs = [pair for chinese, english in words for pair in _paired(chinese, english)]
    filled = [pair for pair in pairs if _fits(*pair)]
    return Own(dict(pairs), tuple(_pattern(*pair) for pair in filled))


def _paired(chinese: str, english: str) -> list[tuple[str, str]]:
    """Line beside line; none if there are more of one than of the other."""
    said, read = lines_of(chinese), lines_of(english)
    return list(zip(said, read, strict=True)) if len(said) == len(read) else []


def _fits(chinese: str, english: str) -> bool:
    """Whether there are places in it, and the same ones in both."""
    places = PLACE.findall(chinese)
    known = len(set(places)) == len(places) and all(place.isidentifier() for place in places)
    return bool(places) and known and set(PLACE.findall(english)) <= set(places)


def lines_of(text: str) -> list[str]:
    """The lines that have something in them."""
    return [plain for line in text.splitlines() if (plain := _one_line(line))]


@cache
def _sentences() -> dict[str, str]:
    """All of the catalogue."""
    found: dict[str, str] = {}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return {_one_line(key): value for key, value in found.items()}


@cache
def _patterns() -> list[Pattern]:
    """Those with places, the most particular first."""
    keys = [key for key in _sentences() if PLACE.search(key)]
    keys.sort(key=lambda key: (-len(PLACE.sub("", key)), key))
    return [_pattern(key, _sentences()[key]) for key in keys]


def _pattern(key: str, english: str) -> Pattern:
    parts = PLACE.split(key)
    literal, names = parts[::2], iter(parts[1::2])
    # What says little of itself must not take a whole text for the thing it speaks of.
    apart = "，。；：！？" if len("".join(literal)) > SHORT else "".join(STOPS)
    anything = f"[^{apart}]"
    shape = re.escape(literal[0])
    for part in literal[1:]:
        shape += f"(?P<{next(names)}>{anything}+?){re.escape(part)}"
    return Pattern(max(literal, key=len), re.compile(shape, re.DOTALL), english)


def in_english(text: str) -> str:
    """The text in English as far as the catalogue knows it."""
    plain = _one_line(text)
    if len(plain) > LONGEST and plain not in OWN.get()().sentences:
        return text
    if not HAN.search(plain):
        return _tidied(_stops(plain))
    known = _whole(plain)
    return _tidied(known or _in_parts(plain))


def reading_of(text: str) -> list[str]:
    """Paragraphs of a text that binds in Chinese, to be read in English: all of them, or why not."""
    read = [_whole(line) for line in lines_of(text)]
    return [_tidied(line) for line in read] if all(read) else [in_english(UNREAD)]


def is_known(text: str) -> bool:
    """Whether nothing Chinese is left of it."""
    return not HAN.search(in_english(text))


def _whole(plain: str) -> str:
    """One entry, of the school's own or of the catalogue; "" if there is none."""
    own = OWN.get()()
    for known in (own.sentences, _sentences()):
        if known.get(plain):
            return known[plain]
    for pattern in (*own.patterns, *_patterns()):
        if pattern.needed in plain and (found := pattern.shape.fullmatch(plain)):
            said = {name: in_english(value) for name, value in found.groupdict().items()}
            return _filled(pattern.english, said)
    return ""


def _filled(english: str, said: dict[str, str]) -> str:
    """A sentence with its places filled."""
    return PLACE.sub(lambda place: said[place[1]], english)


def _in_parts(plain: str) -> str:
    """Part by part, the longest known runs first; what is not known keeps its stops."""
    pieces = [piece for piece in APART.split(plain) if piece]
    said = list(_runs(pieces))
    out = ""
    for place, (piece, is_said) in enumerate(said):
        if piece in STOPS:
            beside = said[max(place - 1, 0)], said[min(place + 1, len(said) - 1)]
            foreign = all(HAN.search(other) and not known for other, known in beside)
            out += piece if foreign else STOPS[piece]
        elif is_said and place and said[place - 1][0] in FLOWING:
            out += _uncapitalised(piece)
        elif is_said and place and said[place - 1][0] in ENDING:
            out += piece[0].upper() + piece[1:]
        else:
            out += piece
    return out


def _runs(pieces: list[str]) -> Iterator[tuple[str, bool]]:
    """Pieces, those that the catalogue knows in English."""
    at = 0
    while at < len(pieces):
        for end in range(len(pieces), at, -1):
            run = "".join(pieces[at:end]).strip()
            if run in STOPS or not HAN.search(run):
                continue
            if known := _whole(run):
                yield known, True
                break
        else:
            said = " ".join(_whole(word) or word for word in pieces[at].split(" "))
            yield said, False
            end = at + 1
        at = end


def _stops(text: str) -> str:
    """Stops alone."""
    return APART.sub(lambda stop: STOPS[stop[1]], text)


def _uncapitalised(text: str) -> str:
    """Unless it begins with I, a name of letters or a number, or is a title."""
    is_word = text[1:2].islower() or text[:2] == "A "
    return text[0].lower() + text[1:] if is_word and not TITLE.match(text) else text


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _tidied(text: str) -> str:
    text = re.sub(r"\s+", " ", text).translate(QUOTES)
    text = re.sub(r" ([,.;:!?)])", r"\1", text)
    return re.sub(r"([(]) ", r"\1", text).replace(".. ", ". ").strip()
