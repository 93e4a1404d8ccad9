"""Names beside their documents: each fault has its own sentence, right names have none."""

import pytest

from yibao.people.codes import DocumentType
from yibao.people.names import why_not_name

ID, HK, PASSPORT = DocumentType.ID_CARD, DocumentType.HONG_KONG, DocumentType.PASSPORT
CARD = DocumentType.PERMANENT_RESIDENCE
BOTH = "姓名中同时有汉字和字母，只填证件上的一种：有中文姓名的填中文，没有的填字母"


@pytest.mark.parametrize(
    ("document_type", "name"),
    [
        (ID, "王芳"),
        (ID, "阿依古丽·买买提"),
        (ID, "𠮷䶮㑇"),
        (ID, "张\ue000"),
        ("", "MUHAMMAD BILAL KHAN"),
        (HK, "陳大文"),
        (HK, "CHAN TAI MAN"),
        (PASSPORT, "Jean-Pierre O'Neill, Jr."),
        (PASSPORT, "NGUYỄN THỊ MINH KHAI"),
        (PASSPORT, "José María Núñez"),
        (PASSPORT, "金秀贤"),
        (CARD, "Иванов Иван"),
    ],
)
def test_right_names(document_type, name):
    assert why_not_name(document_type, name) == ""


@pytest.mark.parametrize(
    ("document_type", "name", "sentence"),
    [
        (ID, " ", "缺少姓名"),
        (ID, "王2", "姓名中有数字，应与证件一致"),
        (ID, "王芳😀", "姓名中有“😀”，证件上没有这个符号，请对照证件改正"),
        (PASSPORT, "JOHN_SMITH", "姓名中有“_”，证件上没有这个符号，请对照证件改正"),
        (PASSPORT, "ＪＯＨＮ", "姓名中有全角字母“Ｊ”，请改成半角"),
        (ID, "王\u200b芳", "姓名中有看不见的字符，请重新输入"),
        (ID, "·买买提", "姓名开头或结尾多了“·”，请删去"),
        (PASSPORT, "SMITH JOHN-", "姓名开头或结尾多了“-”，请删去"),
        (
            ID,
            "JOHN SMITH",
            "居民身份证上的姓名没有字母，现在有“J”；如果是其他证件，请先更正证件类型",
        ),
        (HK, "陳大文 CHAN", BOTH),
        (PASSPORT, "王 JOHN", BOTH),
        (PASSPORT, "J", "姓名只有一个字母，请填证件上的全名"),
    ],
)
def test_each_fault_of_a_name_has_its_own_sentence(document_type, name, sentence):
    assert why_not_name(document_type, name) == sentence
