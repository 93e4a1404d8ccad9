"""A page in English: the texts and labels between its tags, and nothing else of it.

What stays Chinese is marked as such, so that a screen reader pronounces it and a browser offers its own
translation. What says `lang="zh-CN"` itself is left alone.
"""

import re
from html import escape, unescape

from yibao.common.english.catalogue import HAN, MARKS, in_english

TOKEN = re.compile(r"(<!--.*?-->|<[^>]*>)", re.DOTALL)
TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)")
LABELS = re.compile(r'(\s(?:aria-label|title|placeholder|alt|label|data-view-label)=")([^"]*)(")')
RUN = re.compile("[\u3400-\u9fff\uf900-\ufaff][^\x00-\x7f]*")
OURS = 'lang="zh-CN"'
RAW = ("script", "style", "textarea")
PLAIN = ("title", "option")
"""No tags stand in these."""
WITHIN = re.compile(r"</?(?:a|b|strong)[\s>]")
"""What stands within a sentence."""
EDGES = re.compile(r"^(\s*)(.*?)(\s*)$", re.DOTALL)


def page_in_english(page: str) -> str:
    """The page, in English as far as the catalogue knows it."""
    out: list[str] = []
    kept, depth, inside = "", 0, ""
    tokens = TOKEN.split(page)
    for place, token in enumerate(tokens):
        if token.startswith("<"):
            tag = TAG.match(token)
            closes, name = (tag[1], tag[2]) if tag else ("", "")
            label = HAN.search(token) and not kept and OURS not in token
            if kept:
                depth += (name == kept) * (-1 if closes else 1)
                kept = kept if depth else ""
            elif name == "html":
                token = token.replace(OURS, 'lang="en"')  # noqa: PLW2901
            elif not closes and (OURS in token or name in RAW):
                kept, depth = name, 1
            inside = "" if closes else name
            out.append(LABELS.sub(_label, token) if label else token)
        elif kept or not (HAN.search(token) or MARKS.search(token)):
            out.append(token)
        else:
            around = tokens[place - 1], tokens[min(place + 1, len(tokens) - 1)]
            out.append(_text(token, around, plain=inside in PLAIN))
            if inside == "option" and HAN.search(out[-1]):
                out[-2] = f"{out[-2][:-1]} {OURS}>"
    return "".join(out)


def _label(found: re.Match[str]) -> str:
    return found[1] + escape(in_english(unescape(found[2]))) + found[3]


def _text(token: str, around: tuple[str, str], *, plain: bool) -> str:
    before, said, after = EDGES.match(token).groups()  # type: ignore[union-attr]  # fits any text
    said = escape(in_english(unescape(said)), quote=False)
    # Chinese needs no blank beside a link; English does.
    if WITHIN.match(around[0]) and around[0].startswith("</") and said[:1].isalnum():
        before = before or " "
    if said[:1] in ",.;:!?)":
        before = ""
    if WITHIN.match(around[1]) and not around[1].startswith("</"):
        after = after or " "
    if not plain:
        said = RUN.sub(lambda run: f"<span {OURS}>{run[0]}</span>", said)
    return f"{before}{said}{after}"
