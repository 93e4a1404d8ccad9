"""What an identity number may look like, what it says, and how it is masked."""

from datetime import date

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from yibao.people import identity
from yibao.people.codes import ORIGINS, DocumentType, Origin, Sex

ID, HK, TW = DocumentType.ID_CARD, DocumentType.HONG_KONG, DocumentType.TAIWAN
RESIDENT, PASSPORT = DocumentType.RESIDENCE_PERMIT, DocumentType.PASSPORT
FOREIGN = DocumentType.PERMANENT_RESIDENCE

NUMBERS = [
    (ID, "11010519491231002X", ""),
    (ID, "440524188001010014", "身份证号中的出生日期 1880-01-01 早于 1900 年，请对照证件改正"),
    (ID, "110105194912310026", "身份证号第 18 位应为 X，现在是 6，请对照证件核对整个号码"),
    (ID, "11010519491231002x", ""),
    (ID, "１１０１０５１９４９１２３１００２Ｘ", ""),
    (ID, " 110105 19491231 002X\u3000", ""),
    (ID, "110105\u200b19491231\u200d002X\ufeff", ""),
    (ID, "", "缺少证件号码，请补填"),
    (ID, "\u200b", "缺少证件号码，请补填"),
    (ID, "110105491231002", "这是 15 位的旧身份证号，请改填证件上现在的 18 位号码"),
    (ID, "1101051949123100", "身份证号应为 18 位，现在是 16 位，请对照证件补全"),
    (ID, "11010519491231002X1", "身份证号应为 18 位，现在是 19 位，请对照证件补全"),
    (ID, "1101051949123l002X", "身份证号第 14 位“L”不是数字，请对照证件改正"),
    (ID, "11010519491231002Y", "身份证号第 18 位“Y”只能是数字或 X，请对照证件改正"),
    (ID, "١١010519491231002X", "身份证号第 1 位“١”不是数字，请对照证件改正"),
    (ID, "110105199002290018", "身份证号第 7 至 14 位“19900229”不是真实的日期，请对照证件改正"),
    (ID, "11010520300101001X", "身份证号中的出生日期 2030-01-01 晚于今天，请对照证件改正"),
    (ID, "99010519491231002X", "9 开头的是外国人永久居留身份证，请把证件类型改为“外国人永久居留身份证”"),
    (ID, "00010519491231002X", "身份证号前两位“00”不是省级行政区代码，请对照证件改正"),
    (ID, "810000199408230021", "81、82、83 开头的是港澳台居民居住证，请把证件类型改为“港澳台居民居住证”"),
    (RESIDENT, "810000199408230021", ""),
    (RESIDENT, "830000199201300022", ""),
    (RESIDENT, "830000199201300023", "居住证号第 18 位应为 2，现在是 3，请对照证件核对整个号码"),
    (RESIDENT, "11010519491231002X", "居住证号应以 810000、820000 或 830000 开头；如果是居民身份证，请改证件类型"),
    (FOREIGN, "USA310074101512", ""),
    (FOREIGN, "US3100741015123", "旧版永久居留证号应为 3 个字母加 12 位数字，请对照证件改正"),
    (FOREIGN, "911124198108030024", ""),
    (FOREIGN, "11010519491231002X", "18 位的永久居留证号应以 9 开头；如果是居民身份证，请改证件类型"),
    (HK, "H12345678", ""),
    (HK, "m00000001", ""),
    (HK, "H1234567801", "通行证号只填字母和前 8 位数字，末尾两位换证次数不填"),
    (HK, "K12345678", "港澳居民来往内地通行证号应为 H 或 M 加 8 位数字，请对照证件改正"),
    (TW, "01234567", ""),
    (TW, "0123456701(B)", "通行证号只填前 8 位数字，末尾两位换证次数和括号不填"),
    (TW, "0123456701", "通行证号只填前 8 位数字，末尾两位换证次数和括号不填"),
    (TW, "L12345678", "台湾居民来往大陆通行证号应为 8 位数字，请对照证件改正"),
    (HK, "H0123456(7)", "港澳居民来往内地通行证号应为 H 或 M 加 8 位数字，请对照证件改正"),
    (HK, "HKG0H12345678", "港澳居民来往内地通行证号应为 H 或 M 加 8 位数字，请对照证件改正"),
    (RESIDENT, "820000200001011238", ""),
    (RESIDENT, "840000199408230021", "居住证号应以 810000、820000 或 830000 开头；如果是居民身份证，请改证件类型"),
    (FOREIGN, "911124198108030025", "永久居留证号第 18 位应为 4，现在是 5，请对照证件核对整个号码"),
    (PASSPORT, "AB12C", ""),
    (PASSPORT, "ab-123 456", ""),
    (PASSPORT, "A1B2", "护照号应为 5 至 15 位字母和数字，请对照护照改正"),
    (PASSPORT, "E12345678", ""),
    (PASSPORT, "护照123456", "护照号应为 5 至 15 位字母和数字，请对照护照改正"),
    (PASSPORT, "ABCDEFG", "护照号应为 5 至 15 位字母和数字，请对照护照改正"),
    (ID, "H12345678", "字母加 8 位数字不是身份证号；如果是港澳居民来往内地通行证或护照，请改证件类型"),
    (HK, "12345678", "8 位数字前缺少字母 H 或 M；如果是台湾居民来往大陆通行证，请改证件类型"),
    (HK, "810000199408230021", "这是 18 位的港澳台居民居住证号，请把证件类型改为“港澳台居民居住证”"),
    (TW, "11010519491231002X", "这是 18 位的身份证号，不是通行证号，请改证件类型或号码"),
    (TW, "M12345678", "H、M 开头的是港澳居民来往内地通行证号，请改证件类型"),
    (PASSPORT, "911124198108030024", "18 位的号码不是护照号；如果是外国人永久居留身份证或其他证件，请改证件类型"),
    ("", "11010519491231002X", "缺少证件类型，无法核对证件号码"),
]  # fmt: skip


@pytest.mark.parametrize(("document_type", "number", "sentence"), NUMBERS)
@time_machine.travel("2026-09-01 12:00+08:00")
def test_each_fault_of_a_number_has_its_own_sentence(document_type, number, sentence):
    assert identity.why_not_id_number(document_type, number) == sentence


@time_machine.travel("2026-08-31 16:00+00:00")
def test_today_is_the_day_in_china():
    born_today = "11010520260901001"
    number = born_today + identity.check_character(born_today)
    assert identity.why_not_id_number(ID, number) == ""


def reference_check(first17: str) -> str:
    """ISO 7064 MOD 11-2 the other way round: the running remainder of the standard's text."""
    remainder = 0
    for digit in first17:
        remainder = (remainder + int(digit)) * 2 % 11
    return "0123456789X"[(12 - remainder) % 11]


first17 = st.text("0123456789", min_size=17, max_size=17)


@given(first17)
def test_the_check_character_is_that_of_the_standard(digits):
    assert identity.check_character(digits) == reference_check(digits)


@given(first17, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_never_passes_the_check(digits, place, shift):
    wrong = str((int(digits[place]) + shift) % 10)
    changed = digits[:place] + wrong + digits[place + 1 :]
    assert identity.check_character(changed) != identity.check_character(digits)


@given(first17, st.integers(0, 15))
def test_two_neighbours_changed_about_never_pass_the_check(digits, place):
    left, right = digits[place], digits[place + 1]
    changed = digits[:place] + right + left + digits[place + 2 :]
    same = identity.check_character(changed) == identity.check_character(digits)
    assert same == (left == right)


@given(st.sampled_from(DocumentType), st.text(max_size=25))
def test_no_text_brings_the_check_down(document_type, text):
    sentence = identity.why_not_id_number(document_type, text)
    assert isinstance(sentence, str)
    assert identity.birth_date_in(document_type, text) is None or sentence == ""
    assert identity.sex_in(document_type, text) in ("", "1", "2")


@pytest.mark.parametrize(
    ("document_type", "number", "birth_date", "sex"),
    [
        (ID, "11010519491231002X", date(1949, 12, 31), Sex.FEMALE),
        (ID, "110105194912310011", date(1949, 12, 31), Sex.MALE),
        (RESIDENT, "810000199408230021", date(1994, 8, 23), Sex.FEMALE),
        (FOREIGN, "911124198108030024", date(1981, 8, 3), Sex.FEMALE),
        (FOREIGN, "USA310074101512", None, ""),
        (HK, "H12345678", None, ""),
        (ID, "110105194912310026", None, ""),
    ],
)
def test_what_a_number_says_of_its_holder(document_type, number, birth_date, sex):
    assert identity.birth_date_in(document_type, number) == birth_date
    assert identity.sex_in(document_type, number) == sex


def test_birth_date_and_sex_must_agree_with_the_number():
    number = "11010519491231002X"
    assert identity.why_not_birth_date(ID, number, date(1949, 12, 31)) == ""
    assert identity.why_not_birth_date(ID, number, date(1949, 12, 30)) == (
        "出生日期 1949-12-30 与证件号码中的 1949-12-31 不一致，请改正其中一项"
    )
    assert identity.why_not_sex(ID, number, Sex.FEMALE) == ""
    assert identity.why_not_sex(ID, number, Sex.MALE) == (
        "性别“男”与证件号码中的“女”不一致，请改正其中一项"
    )
    assert identity.why_not_sex(HK, "H12345678", Sex.MALE) == ""


@pytest.mark.parametrize(
    ("text", "plain", "sentence"),
    [
        ("13812345678", "13812345678", ""),
        ("+86 138-1234-5678", "13812345678", ""),
        ("0086 13812345678", "13812345678", ""),
        ("１３８１２３４５６７８", "13812345678", ""),
        ("+852 5123 4567", "+85251234567", ""),
        ("", "", "缺少手机号，请补填"),
        ("1381234567", "1381234567", "手机号应为 11 位，以 13 至 19 开头，现在是 10 位“138…”，请改正"),
        ("12812345678", "12812345678", "手机号应为 11 位，以 13 至 19 开头，现在是 11 位“128…”，请改正"),
        ("51234567", "51234567", "手机号应为 11 位数字；境外号码请写成 + 加国家或地区代码和号码，如 +852…"),
    ],
)  # fmt: skip
def test_mobile_numbers(text, plain, sentence):
    assert identity.plain_mobile(text) == plain
    assert identity.why_not_mobile(text) == sentence


def test_masks():
    assert identity.mask_id_number("11010519491231002X") == "110***********002X"
    assert identity.mask_id_number("H12345678") == "H******78"
    assert identity.mask_id_number("12") == "**"
    assert identity.mask_id_number("") == ""
    assert identity.mask_mobile("13812345678") == "138****5678"
    assert identity.mask_mobile("+85251234567") == "+85*****4567"
    assert identity.mask_name("王") == "*"
    assert identity.mask_name("王芳") == "王*"
    assert identity.mask_name("王小芳") == "王*芳"


def test_every_document_tells_where_somebody_is_from():
    assert set(ORIGINS) == {"", *DocumentType}
    assert {ORIGINS[kind] for kind in DocumentType} == set(Origin)
    assert ORIGINS[""] == Origin.MAINLAND
