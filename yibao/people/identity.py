"""Identity documents: why a number cannot be right, what it says of its holder, and masking."""

import re
from collections.abc import Callable
from datetime import date
from itertools import starmap
from operator import mul
from typing import NamedTuple

from django.utils import timezone

from yibao.common.crypto import normalise
from yibao.people.codes import DocumentType, Sex

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
DIGITS = frozenset("0123456789")
CHECK_CHARACTERS = "10X98765432"
OLDEST_YEAR = 1900
SHORT_NUMBER = 8
LONG_PAST = date(2026, 1, 1)
PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 "
    "50 51 52 53 54 61 62 63 64 65 71".split()
)
HMT_AREAS = ("810000", "820000", "830000")
CITIZEN_LENGTH = 18
SHAPE = re.compile(r"[0-9]{17}[0-9X]")
OLD_CITIZEN_LENGTH = 15

WITH_BIRTH_DATE = (
    DocumentType.ID_CARD,
    DocumentType.RESIDENCE_PERMIT,
    DocumentType.PERMANENT_RESIDENCE,
)


def check_character(first17: str) -> str:
    """ISO 7064 MOD 11-2 over the first 17 digits, as GB 11643 uses it."""
    return CHECK_CHARACTERS[sum(starmap(mul, zip(map(int, first17), WEIGHTS, strict=True))) % 11]


def why_not_id_number(document_type: str, number: str) -> str:
    """Why this cannot be the number of such a document; each fault has its own mend."""
    plain = normalise(number)
    if not plain:
        return "缺少证件号码，请补填"
    if document_type not in _RULES:
        return "缺少证件类型，无法核对证件号码"
    return _RULES[document_type](plain)


def _why_not_shape(plain: str, what: str) -> str:
    """Length and characters of an 18-digit number."""
    if SHAPE.fullmatch(plain):
        return ""
    if len(plain) == OLD_CITIZEN_LENGTH and plain.isdecimal():
        return f"这是 15 位的旧{what}，请改填证件上现在的 18 位号码"
    for place, character in enumerate(plain[:17], start=1):
        if character not in DIGITS:
            return f"{what}第 {place} 位“{character}”不是数字，请对照证件改正"
    if len(plain) != CITIZEN_LENGTH:
        return f"{what}应为 18 位，现在是 {len(plain)} 位，请对照证件补全"
    return f"{what}第 18 位“{plain[17]}”只能是数字或 X，请对照证件改正"


def _why_not_citizen(plain: str) -> str:
    if re.fullmatch(r"[HM][0-9]{8}", plain):
        return "字母加 8 位数字不是身份证号；如果是港澳居民来往内地通行证或护照，请改证件类型"
    if fault := _why_not_shape(plain, "身份证号"):
        return fault
    if plain[:6] in HMT_AREAS:
        return "81、82、83 开头的是港澳台居民居住证，请把证件类型改为“港澳台居民居住证”"
    if plain[0] == "9":
        return "9 开头的是外国人永久居留身份证，请把证件类型改为“外国人永久居留身份证”"
    if plain[:2] not in PROVINCES:
        return f"身份证号前两位“{plain[:2]}”不是省级行政区代码，请对照证件改正"
    return _why_not_date(plain, "身份证号") or _why_not_check(plain, "身份证号")


def _why_not_resident(plain: str) -> str:
    if fault := _why_not_shape(plain, "居住证号"):
        return fault
    if plain[:6] not in HMT_AREAS:
        return "居住证号应以 810000、820000 或 830000 开头；如果是居民身份证，请改证件类型"
    return _why_not_date(plain, "居住证号") or _why_not_check(plain, "居住证号")


def _why_not_permanent_resident(plain: str) -> str:
    """New cards have 18 digits from 9 on, older ones three letters and 12 digits."""
    if plain[0].isalpha():
        fits = re.fullmatch(r"[A-Z]{3}[0-9]{12}", plain)
        return "" if fits else "旧版永久居留证号应为 3 个字母加 12 位数字，请对照证件改正"
    if fault := _why_not_shape(plain, "永久居留证号"):
        return fault
    if plain[0] != "9":
        return "18 位的永久居留证号应以 9 开头；如果是居民身份证，请改证件类型"
    return _why_not_date(plain, "永久居留证号") or _why_not_check(plain, "永久居留证号")


def _why_not_permit(plain: str) -> str:
    """A travel permit that looks like another document of the same people."""
    if not SHAPE.fullmatch(plain):
        return ""
    if plain[:6] in HMT_AREAS:
        return "这是 18 位的港澳台居民居住证号，请把证件类型改为“港澳台居民居住证”"
    return "这是 18 位的身份证号，不是通行证号，请改证件类型或号码"


def _why_not_hong_kong(plain: str) -> str:
    if fault := _why_not_permit(plain):
        return fault
    if re.fullmatch(r"[0-9]{8}", plain):
        return "8 位数字前缺少字母 H 或 M；如果是台湾居民来往大陆通行证，请改证件类型"
    if re.fullmatch(r"[HM][0-9]{8}", plain):
        return ""
    if re.fullmatch(r"[HM][0-9]{10}", plain):
        return "通行证号只填字母和前 8 位数字，末尾两位换证次数不填"
    return "港澳居民来往内地通行证号应为 H 或 M 加 8 位数字，请对照证件改正"


def _why_not_taiwan(plain: str) -> str:
    if fault := _why_not_permit(plain):
        return fault
    if re.fullmatch(r"[HM][0-9]{8}", plain):
        return "H、M 开头的是港澳居民来往内地通行证号，请改证件类型"
    if re.fullmatch(r"[0-9]{10}(\([A-Z]\))?", plain):
        return "通行证号只填前 8 位数字，末尾两位换证次数和括号不填"
    fits = re.fullmatch(r"[0-9]{8}", plain)
    return "" if fits else "台湾居民来往大陆通行证号应为 8 位数字，请对照证件改正"


def _why_not_passport(plain: str) -> str:
    if re.fullmatch(r"(?=.*[0-9])[A-Z0-9]{5,15}", plain):
        return ""
    if SHAPE.fullmatch(plain):
        return "18 位的号码不是护照号；如果是外国人永久居留身份证或其他证件，请改证件类型"
    return "护照号应为 5 至 15 位字母和数字，请对照护照改正"


def _why_not_date(plain: str, what: str) -> str:
    digits = plain[6:14]
    born = _date(digits)
    if born is None:
        return f"{what}第 7 至 14 位“{digits}”不是真实的日期，请对照证件改正"
    if is_future(born):
        return f"{what}中的出生日期 {born} 晚于今天，请对照证件改正"
    if born.year < OLDEST_YEAR:
        return f"{what}中的出生日期 {born} 早于 {OLDEST_YEAR} 年，请对照证件改正"
    return ""


def is_future(day: date) -> bool:
    """Whether a day is still to come; asked of fifty thousand students one after the other."""
    return day > LONG_PAST and day > timezone.localdate()


def _why_not_check(plain: str, what: str) -> str:
    expected = check_character(plain[:17])
    if plain[17] != expected:
        return f"{what}第 18 位应为 {expected}，现在是 {plain[17]}，请对照证件核对整个号码"
    return ""


def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


_RULES: dict[str, Callable[[str], str]] = {
    DocumentType.ID_CARD: _why_not_citizen,
    DocumentType.RESIDENCE_PERMIT: _why_not_resident,
    DocumentType.PERMANENT_RESIDENCE: _why_not_permanent_resident,
    DocumentType.HONG_KONG: _why_not_hong_kong,
    DocumentType.TAIWAN: _why_not_taiwan,
    DocumentType.PASSPORT: _why_not_passport,
}


class Reading(NamedTuple):
    """What a number says: why it cannot be right, or the birth date and sex that it carries."""

    fault: str
    born: date | None = None
    sex: str = ""

    def why_not_birth_date(self, birth_date: date) -> str:
        """Why this cannot be the holder's birth date."""
        if is_future(birth_date):
            return f"出生日期 {birth_date} 晚于今天，请改正"
        if self.born and self.born != birth_date:
            return f"出生日期 {birth_date} 与证件号码中的 {self.born} 不一致，请改正其中一项"
        return ""

    def why_not_sex(self, sex: str) -> str:
        """Why this cannot be the holder's sex."""
        if self.sex and self.sex != sex:
            shown = dict(Sex.choices).get(sex, sex)
            return f"性别“{shown}”与证件号码中的“{Sex(self.sex).label}”不一致，请改正其中一项"
        return ""


def read(document_type: str, number: str) -> Reading:
    """Everything that a number says."""
    if fault := why_not_id_number(document_type, number):
        return Reading(fault)
    plain = normalise(number)
    if document_type not in WITH_BIRTH_DATE or len(plain) != CITIZEN_LENGTH:
        return Reading("")
    sex = Sex.MALE if int(plain[16]) % 2 else Sex.FEMALE
    return Reading("", _date(plain[6:14]), sex.value)


def told_by(document_type: str, number: str) -> tuple[date | None, str]:
    """Birth date and sex that a right number carries; nothing if it carries none or is wrong."""
    _, born, sex = read(document_type, number)
    return born, sex


def birth_date_in(document_type: str, number: str) -> date | None:
    """The birth date a right number carries."""
    return read(document_type, number).born


def sex_in(document_type: str, number: str) -> str:
    """The sex a right number carries, by its 17th digit."""
    return read(document_type, number).sex


def why_not_birth_date(document_type: str, number: str, birth_date: date) -> str:
    """Why this cannot be the holder's birth date."""
    return read(document_type, number).why_not_birth_date(birth_date)


def why_not_sex(document_type: str, number: str, sex: str) -> str:
    """Why this cannot be the holder's sex."""
    return read(document_type, number).why_not_sex(sex)


def plain_mobile(text: str) -> str:
    """A mobile number as it is stored: digits only, without the country code of the mainland."""
    return re.sub(r"^(\+86|0086|86(?=1[3-9][0-9]{9}$))", "", normalise(text))


def why_not_mobile(text: str) -> str:
    """Why this is not a mobile number; numbers of other countries start with + and their code."""
    plain = plain_mobile(text)
    if not plain:
        return "缺少手机号，请补填"
    if re.fullmatch(r"1[3-9][0-9]{9}|\+[1-9][0-9]{6,14}", plain):
        return ""
    if plain.isdecimal() and plain[0] == "1":
        return f"手机号应为 11 位，以 13 至 19 开头，现在是 {len(plain)} 位“{plain[:3]}…”，请改正"
    return "手机号应为 11 位数字；境外号码请写成 + 加国家或地区代码和号码，如 +852…"


def mask_id_number(number: str) -> str:
    """Enough to recognise one's own, too little to use."""
    if len(number) >= OLD_CITIZEN_LENGTH:
        return _masked(number, 3, 4)
    return _masked(number, 1, 2)


def mask_mobile(number: str) -> str:
    """138****5678."""
    return _masked(number, 3, 4) if len(number) > SHORT_NUMBER else _masked(number, 1, 2)


def mask_name(name: str) -> str:
    """张*, 欧*修."""
    return _masked(name, 1, 1 if name[2:] else 0)


def _masked(text: str, head: int, tail: int) -> str:
    hidden = len(text) - head - tail
    if hidden < 1:
        return "*" * len(text)
    return text[:head] + "*" * hidden + text[len(text) - tail :]
