"""Master data of one student, field by field: read, shown, compared, and why they cannot be so.

Pure; what is written is written by flow.py.
"""

import copy
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from yibao.common.crypto import normalise
from yibao.people import identity
from yibao.people.checks import LABELS, master_faults
from yibao.people.codes import DocumentType, RosterStatus, Sex, TrainingLevel
from yibao.people.models import ClassGroup, Student

Values = dict[str, Any]

FIELDS = {
    "name": "姓名",
    "document_type": "证件类型",
    "id_number": "证件号码",
    "sex": "性别",
    "ethnicity": "民族",
    "birth_date": "出生日期",
    "class_group": "班级",
    "training_level": "培养层次",
    "roster_status": "学籍状态",
    "campus": "校区",
    "entered_on": "入学时间",
    "graduates_on": "拟毕业时间",
}
"""Everything that can be changed of one student, in the order of the form."""

PLACE = ("college", "major", "grade")
DAYS = ("birth_date", "entered_on", "graduates_on")
CHOICES: dict[str, Any] = {
    "document_type": DocumentType,
    "sex": Sex,
    "training_level": TrainingLevel,
    "roster_status": RosterStatus,
}
WITH_CLASS = "class_group__major__college"
LONG_NUMBER = re.compile(
    r"(?<![0-9])[0-9]{9,}[0-9Xx]?(?![0-9])|(?<![A-Za-z0-9])[A-Za-z]{1,3}[0-9]{7,}"
)


def values_of(student: Student) -> Values:
    """What stands there now."""
    return {name: getattr(student, name) for name in FIELDS}


def tidied(new: Mapping[str, Any]) -> Values:
    """As it is stored: the number in its one spelling, no blanks that align a name."""
    values = dict(new)
    if "id_number" in values:
        values["id_number"] = normalise(values["id_number"])
    if "name" in values:
        values["name"] = plain_name(values["name"])
    if "campus" in values:
        values["campus"] = " ".join(values["campus"].split())
    return values


def plain_name(name: str) -> str:
    """A name is kept as it is written; only blanks that align two characters go.

    And what cannot be seen: control characters and those of no width. Rare characters stay, private ones too.
    """
    name = "".join(c for c in name if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf"})
    has_letters = any(letter.isascii() and letter.isalpha() for letter in name)
    return (" " if has_letters else "").join(name.split())


def differences(student: Student, new: Mapping[str, Any]) -> Values:
    """Only those of the new values that differ from what stands there."""
    return {name: value for name, value in new.items() if getattr(student, name) != value}


def changed(student: Student, new: Mapping[str, Any]) -> Student:
    """The student as they would be; nothing is written."""
    after = copy.copy(student)
    for name, value in new.items():
        setattr(after, name, value)
    return after


def following(student: Student, new: Mapping[str, Any]) -> Values:
    """Birth date and sex as a right new number tells them, where they stand otherwise."""
    if "id_number" not in new:
        return {}
    after = changed(student, new)
    born, sex = identity.told_by(after.document_type, after.id_number)
    told = {"birth_date": born, "sex": sex} if born else {}
    return {name: value for name, value in told.items() if getattr(after, name) != value}


def why_not(student: Student, new: Mapping[str, Any]) -> dict[str, str]:
    """Field → what is wrong with it, for the fields that change and those that it makes wrong.

    What was wrong before and is not touched stays for another time.
    """
    if new.get("class_group", student.class_group) is None:
        return {"class_group": "所选班级已不存在，请重新选择"}
    before = {fault.field: fault.sentence for fault in master_faults(student)}
    found: dict[str, str] = {}
    for fault in master_faults(changed(student, new)):
        field = "class_group" if fault.field in PLACE else fault.field
        if field in new or before.get(fault.field) != fault.sentence:
            found.setdefault(field, fault.sentence)
    return found


def shown(name: str, value: Any) -> str:
    """A value, packed or not, as people read it; of a number not more than to know it by."""
    if not value:
        return ""
    if name == "class_group" and isinstance(value, str):
        return value.partition(" ")[2]
    match name:
        case "id_number":
            return identity.mask_id_number(value)
        case "class_group":
            return f"{value.major.college} · {value.major} · {value.grade} 级 {value}"
        case "ethnicity":
            return value if value == "其他" else f"{value}族"
    return str(CHOICES[name](value).label) if name in CHOICES else str(value)


def changes_in_words(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, str]]:
    """For trail and pages: 项目, 原值 and 新值 of what differs, numbers masked."""
    return [
        {"field": FIELDS[name], "was": shown(name, old.get(name)), "now": shown(name, new[name])}
        for name in FIELDS
        if name in new and new[name] != old.get(name)
    ]


def packed(values: Mapping[str, Any]) -> dict[str, str]:
    """As a document: days as text, a class by its key and as it is called that day."""
    return {
        name: f"{value.pk} {shown(name, value)}"
        if isinstance(value, ClassGroup)
        else f"{value or ''}"
        for name, value in values.items()
    }


def unpacked(stored: Mapping[str, str], classes: Mapping[int, ClassGroup]) -> Values:
    """And back; a class that is gone is None."""
    return {name: _unpacked(name, text, classes) for name, text in stored.items()}


def _unpacked(name: str, text: str, classes: Mapping[int, ClassGroup]) -> Any:
    if name in DAYS:
        return date.fromisoformat(text) if text else None
    return classes.get(class_key(text)) if name == "class_group" else text


def class_key(packed_class: str) -> int:
    """The key of a class as it stands in a document."""
    return int(packed_class.partition(" ")[0])


def without_numbers(text: str) -> str:
    """Words for the trail, in which somebody may have typed a number."""
    return LONG_NUMBER.sub(lambda found: identity.mask_id_number(found[0]), text)


def label_of(field: str) -> str:
    """A field as it is called on forms."""
    return FIELDS.get(field) or LABELS[field]
