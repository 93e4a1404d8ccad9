"""Contact data: what a student keeps up to date without anybody's leave, and when it is right."""

import re
from dataclasses import dataclass
from typing import Any

from yibao.accounts.email import why_not_email
from yibao.people import identity
from yibao.people.models import Student

LONGEST_PHONE = 20
LONGEST_ADDRESS = 120
FEWEST_DIGITS = 7


@dataclass(frozen=True)
class Contact:
    """The contact fields of seed-a's form and the e-mail address, as they are stored."""

    mobile: str
    home_phone: str = ""
    home_address: str = ""
    postcode: str = ""
    email: str = ""


LABELS = {
    "mobile": "手机号",
    "home_phone": "家庭电话",
    "home_address": "家庭地址",
    "postcode": "邮编",
    "email": "电子邮箱",
}


def contact_of(student: Student) -> Contact:
    """What is on record."""
    return Contact(**{name: getattr(holder(student, name), name) for name in LABELS})


def holder(student: Student, name: str) -> Any:
    """What a field is kept with: the e-mail address with the account, as everybody's is."""
    return student.user if name == "email" else student


def tidy(contact: Contact) -> Contact:
    """As it is stored: no blanks around, the mobile number in its one spelling."""
    return Contact(
        mobile=identity.plain_mobile(contact.mobile),
        home_phone=contact.home_phone.strip(),
        home_address=" ".join(contact.home_address.split()),
        postcode=contact.postcode.strip(),
        email=contact.email.strip(),
    )


def contact_faults(contact: Contact) -> dict[str, str]:
    """Field → the sentence that says how to mend it; a field that is right is missing."""
    found = {
        "mobile": identity.why_not_mobile(contact.mobile),
        "home_phone": _why_not_home_phone(contact.home_phone),
        "home_address": _why_not_address(contact.home_address),
        "postcode": _why_not_postcode(contact.postcode),
        "email": why_not_email(contact.email),
    }
    return {field: sentence for field, sentence in found.items() if sentence}


def _why_not_home_phone(text: str) -> str:
    if not text:
        return ""
    fits = re.fullmatch(r"[0-9+() -]+", text) and len(text) <= LONGEST_PHONE
    if fits and sum(c.isdecimal() for c in text) >= FEWEST_DIGITS:
        return ""
    return "家庭电话请写成区号加号码，如 0591-88009518；没有可以不填"


def _why_not_address(text: str) -> str:
    if len(text) > LONGEST_ADDRESS:
        return f"家庭地址最多 {LONGEST_ADDRESS} 个字，现在是 {len(text)} 个，请写得短一些"
    if not text.isprintable():
        return "家庭地址中有无法显示的字符，请重新输入"
    return ""


def _why_not_postcode(text: str) -> str:
    if not text or re.fullmatch(r"[0-9]{6}", text):
        return ""
    return "邮编应为 6 位数字，如 350009；不知道可以不填"
