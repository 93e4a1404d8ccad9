"""A person's name beside the document that it stands on: why it cannot be right.

Names keep their spelling: every kind of dot, rare and private characters. Only what stands on no document is
a fault, and what that kind of document does not have.
"""

import re
import unicodedata

from yibao.people.codes import DocumentType

DOTS = "·•・‧∙⋅"
JOINING = " -'’.,"
"""What stands in a name of letters."""
USUAL = re.compile("[\u3400-\u9fff]+")
"""Nearly all: asked of fifty thousand students one after the other."""
SHORTEST_IN_LETTERS = 2


def why_not_name(document_type: str, name: str) -> str:
    """Why this cannot be the name on such a document; each fault has its own mend."""
    if USUAL.fullmatch(name):
        return ""
    plain = name.strip()
    if not plain:
        return "缺少姓名"
    if any(character.isdigit() for character in plain):
        return "姓名中有数字，应与证件一致"
    if any(unicodedata.category(c) in {"Cc", "Cf"} for c in plain):
        return "姓名中有看不见的字符，请重新输入"
    if strange := next((c for c in plain if not _may_stand(c)), ""):
        return f"姓名中有“{strange}”，证件上没有这个符号，请对照证件改正"
    if wide := next((c for c in plain if "\uff21" <= c <= "\uff5a"), ""):
        return f"姓名中有全角字母“{wide}”，请改成半角"
    if plain[0] in DOTS or plain[-1] in DOTS:
        return f"姓名开头或结尾多了“{plain[0] if plain[0] in DOTS else plain[-1]}”，请删去"
    if plain[0] in JOINING or plain[-1] in "-'’,":
        return f"姓名开头或结尾多了“{plain[0] if plain[0] in JOINING else plain[-1]}”，请删去"
    return _why_not_on(document_type, plain)


def _why_not_on(document_type: str, plain: str) -> str:
    """What one kind of document has, and another has not."""
    letters = [c for c in plain if _is_letter(c)]
    if not letters:
        return ""
    if document_type == DocumentType.ID_CARD:
        return f"居民身份证上的姓名没有字母，现在有“{letters[0]}”；如果是其他证件，请先更正证件类型"
    if any(unicodedata.category(c) in {"Lo", "Co"} for c in plain):
        return "姓名中同时有汉字和字母，只填证件上的一种：有中文姓名的填中文，没有的填字母"
    if len(letters) < SHORTEST_IN_LETTERS:
        return "姓名只有一个字母，请填证件上的全名"
    return ""


def _is_letter(character: str) -> bool:
    """Of the alphabets of passports: Latin, and what others write beside it."""
    return unicodedata.category(character) in {"Lu", "Ll", "Lt", "Lm"}


def _may_stand(character: str) -> bool:
    """Letters and characters of every script, marks on them, dots, and what joins parts of a name."""
    return (
        character in DOTS
        or character in JOINING
        or unicodedata.category(character)[0] in "LM"
        or unicodedata.category(character) in {"Co", "Cn"}  # rare characters of before and to come
    )
