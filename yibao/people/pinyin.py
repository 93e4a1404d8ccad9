"""Names as they sort and are typed: the embedded database cannot sort Chinese by sound."""

from functools import lru_cache

from pypinyin import lazy_pinyin

# Characters that sound otherwise as a surname.
SURNAMES = {
    "曾": "zeng",
    "单": "shan",
    "仇": "qiu",
    "解": "xie",
    "查": "zha",
    "任": "ren",
    "盖": "ge",
    "朴": "piao",
    "区": "ou",
    "翟": "zhai",
    "乐": "yue",
    "缪": "miao",
    "种": "chong",
    "员": "yun",
    "令狐": "ling hu",
    "尉迟": "yu chi",
    "万俟": "mo qi",
    "长孙": "zhang sun",
}


def pinyin_of(name: str) -> str:
    """Syllables with blanks between them; letters stay."""
    head = 2 if name[:2] in SURNAMES else 1
    surname, given = name[:head], name[head:]
    return f"{SURNAMES.get(surname) or _sound(surname)} {_sound(given)}".lower().strip()[:200]


@lru_cache(maxsize=10_000)
def _sound(text: str) -> str:
    return " ".join(lazy_pinyin(text))
