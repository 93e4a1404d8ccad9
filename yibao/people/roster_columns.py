"""The columns of a roster: their headers, and what a cell in each of them means."""

import re
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from yibao.common import sheet_cells
from yibao.common.crypto import normalise
from yibao.common.sheet_cells import Unreadable, folded
from yibao.common.sheets import Column
from yibao.people import identity
from yibao.people.checks import why_not_grade
from yibao.people.codes import ETHNICITIES, DocumentType, RosterStatus, Sex, TrainingLevel

COLUMNS = (
    Column("student_no", "学号", ("学生学号", "学籍号", "学生编号"), required=True),
    Column("name", "姓名", ("学生姓名", "名字"), required=True),
    Column("sex", "性别"),
    Column("ethnicity", "民族"),
    Column("document_type", "证件类型", ("身份证件类型", "证件类别", "证件种类")),
    Column("id_number", "证件号码", ("证件号", "身份证号", "身份证号码", "身份证件号", "身份证件号码")),
    Column("birth_date", "出生日期", ("出生年月日", "生日", "出生年月")),
    Column("college", "学院", ("院系", "所在学院", "学院名称", "院系名称", "系部"), required=True),
    Column("major", "专业", ("专业名称", "所学专业", "所在专业"), required=True),
    Column("grade", "年级", ("所在年级", "当前所在级", "入学年级"), required=True),
    Column("class_name", "班级", ("行政班", "班级名称", "所在班级"), required=True),
    Column("campus", "校区", ("所在校区", "就读校区", "校区名称", "学生校区")),
    Column("training_level", "培养层次", ("学历层次", "层次", "学生类别")),
    Column("roster_status", "学籍状态", ("在籍状态", "学生状态")),
    Column("entered_on", "入学时间", ("入学日期", "入学年月")),
    Column("graduates_on", "拟毕业时间", ("预计毕业时间", "预计毕业日期", "毕业时间", "拟毕业日期")),
    Column("mobile", "手机号", ("手机", "手机号码", "联系电话", "本人电话", "移动电话")),
    Column("home_phone", "家庭电话", ("家庭联系电话", "家长电话")),
    Column("home_address", "家庭地址", ("家庭住址", "通讯地址")),
    Column("postcode", "邮编", ("邮政编码",)),
    Column("staff_nos", "辅导员工号", ("辅导员职工号", "班主任工号")),
    Column("staff_names", "辅导员姓名", ("辅导员", "班主任姓名")),
)  # fmt: skip
HEADERS = {column.name: column.header for column in COLUMNS}
REQUIRED = tuple(column.name for column in COLUMNS if column.required)
SEPARATORS = re.compile(r"[、，,;；/\n]+")

SEXES = {"男": Sex.MALE, "女": Sex.FEMALE, "男性": Sex.MALE, "女性": Sex.FEMALE} | {
    sex.value: sex for sex in Sex
}
OLD_SPELLINGS = {"毛难": "毛南", "崩龙": "德昂", "外国血统中国籍人士": "其他"}
DOCUMENT_TYPES = {
    "身份证": DocumentType.ID_CARD,
    "居民身份证": DocumentType.ID_CARD,
    "中国居民身份证": DocumentType.ID_CARD,
    "二代身份证": DocumentType.ID_CARD,
    "港澳居民来往内地通行证": DocumentType.HONG_KONG,
    "港澳居民往来内地通行证": DocumentType.HONG_KONG,
    "回乡证": DocumentType.HONG_KONG,
    "香港特区护照/身份证明": DocumentType.HONG_KONG,
    "澳门特区护照/身份证明": DocumentType.HONG_KONG,
    "7": DocumentType.HONG_KONG,  # the education list has one code for each of the two
    "台湾居民来往大陆通行证": DocumentType.TAIWAN,
    "台湾居民往来大陆通行证": DocumentType.TAIWAN,
    "台胞证": DocumentType.TAIWAN,
    "港澳台居民居住证": DocumentType.RESIDENCE_PERMIT,
    "居住证": DocumentType.RESIDENCE_PERMIT,
    "外国护照": DocumentType.PASSPORT,
    "护照": DocumentType.PASSPORT,
    "外国人永久居留身份证": DocumentType.PERMANENT_RESIDENCE,
    "外国人永久居留证": DocumentType.PERMANENT_RESIDENCE,
}
TRAINING_LEVELS = {
    "专科": TrainingLevel.COLLEGE,
    "大专": TrainingLevel.COLLEGE,
    "高职": TrainingLevel.COLLEGE,
    "高职专科": TrainingLevel.COLLEGE,
    "专科生": TrainingLevel.COLLEGE,
    "本科": TrainingLevel.BACHELOR,
    "本科生": TrainingLevel.BACHELOR,
    "普通本科": TrainingLevel.BACHELOR,
    "专升本": TrainingLevel.BACHELOR,
    "硕士": TrainingLevel.MASTER,
    "硕士生": TrainingLevel.MASTER,
    "硕士研究生": TrainingLevel.MASTER,
    "博士": TrainingLevel.DOCTOR,
    "博士生": TrainingLevel.DOCTOR,
    "博士研究生": TrainingLevel.DOCTOR,
}
ROSTER_STATUSES = {
    "在读": RosterStatus.ACTIVE,
    "在校": RosterStatus.ACTIVE,
    "在籍": RosterStatus.ACTIVE,
    "在籍在校": RosterStatus.ACTIVE,
    "有学籍": RosterStatus.ACTIVE,
    "注册学籍": RosterStatus.ACTIVE,
    "正常": RosterStatus.ACTIVE,
    "休学": RosterStatus.SUSPENDED,
    "保留学籍": RosterStatus.RETAINED,
    "保留入学资格": RosterStatus.RETAINED,
    "毕业": RosterStatus.GRADUATED,
    "已毕业": RosterStatus.GRADUATED,
    "结业": RosterStatus.GRADUATED,
    "退学": RosterStatus.WITHDRAWN,
    "已退学": RosterStatus.WITHDRAWN,
}


def number(cell: Any) -> str:
    """A student or staff number: what somebody signs in with."""
    plain = folded(cell)
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,32}", plain):
        raise Unreadable(f"“{plain[:40]}”只能用字母、数字和 . _ -，最多 32 位")
    return plain


def person_name(cell: Any, most: int = 60) -> str:
    """A name is kept as it is written; only blanks that align two characters go."""
    plain = sheet_cells.text(cell, most)
    if any(letter.isascii() and letter.isalpha() for letter in plain):
        plain = " ".join(plain.split())
    else:
        plain = "".join(plain.split())
    if any(letter.isdecimal() for letter in plain):
        raise Unreadable(f"“{plain}”中有数字，姓名应与证件一致")
    return plain


def unit_name(cell: Any) -> str:
    """The name of a college, major or class, in one line."""
    return " ".join(sheet_cells.text(cell, 60).split())


def campus(cell: Any) -> str:
    """The name of a campus, in one line."""
    return " ".join(sheet_cells.text(cell, 40).split())


def grade(cell: Any) -> int:
    """2024, 2024级 or 24级."""
    year = sheet_cells.year(cell)
    if reason := why_not_grade(year):
        raise Unreadable(reason)
    return year


def code(cell: Any, table: dict[str, Any], what: str) -> Any:
    """A word that stands for a code."""
    plain = folded(cell)
    if plain not in table:
        known = "、".join(dict.fromkeys(value.label for value in table.values()))
        raise Unreadable(f"没有“{plain[:20]}”这种{what}，可以填：{known}")
    return table[plain].value


def ethnicity(cell: Any) -> str:
    """汉, 汉族, or the number of GB/T 3304."""
    plain = folded(cell)
    if plain.isdecimal() and 1 <= int(plain) <= len(ETHNICITIES):
        return ETHNICITIES[int(plain) - 1]
    short = plain.removesuffix("族") if len(plain) > 1 else plain
    short = OLD_SPELLINGS.get(short, short)
    if short not in (*ETHNICITIES, "其他"):
        raise Unreadable(f"没有“{plain[:20]}”这个民族，请按国家标准填写，如“汉族”；其余填“其他”")
    return short


def mobile(cell: Any) -> str:
    """A mobile number, digits only."""
    plain = identity.plain_mobile(sheet_cells.as_text(cell))
    if reason := identity.why_not_mobile(plain):
        raise Unreadable(reason)
    return plain


def phone(cell: Any) -> str:
    """A telephone number in any usual spelling."""
    plain = sheet_cells.text(cell, 40)
    if not re.fullmatch(r"[0-9+()（）\-—－ /、,，转]{5,}", plain):
        raise Unreadable("电话只能有数字和 + - ( ) 转，例如 0591-87654321")
    return plain


def postcode(cell: Any) -> str:
    """Six digits; a number cell has lost its leading zero."""
    plain = folded(cell)
    if isinstance(cell, int):
        plain = plain.zfill(6)
    if not re.fullmatch(r"[0-9]{6}", plain):
        raise Unreadable(f"邮编应为 6 位数字，现在是“{plain[:12]}”")
    return plain


def several(cell: Any, one: Callable[[Any], str]) -> tuple[str, ...]:
    """Several entries in one cell, separated by 、."""
    if not isinstance(cell, str):
        return (one(cell),)
    return tuple(one(part) for part in SEPARATORS.split(cell) if part.strip())


READERS: dict[str, Callable[[Any], Any]] = {
    "student_no": number,
    "name": person_name,
    "sex": partial(code, table=SEXES, what="性别"),
    "ethnicity": ethnicity,
    "document_type": partial(
        code, table=DOCUMENT_TYPES | {t.value: t for t in DocumentType}, what="证件类型"
    ),
    "id_number": lambda cell: normalise(sheet_cells.text(cell, 60)),
    "college": unit_name,
    "major": unit_name,
    "grade": grade,
    "class_name": unit_name,
    "campus": campus,
    "training_level": partial(code, table=TRAINING_LEVELS, what="培养层次"),
    "roster_status": partial(code, table=ROSTER_STATUSES, what="学籍状态"),
    "mobile": mobile,
    "home_phone": phone,
    "home_address": partial(sheet_cells.text, most=200),
    "postcode": postcode,
    "staff_nos": partial(several, one=number),
    "staff_names": partial(several, one=person_name),
}


def day_reader(*, from_1904: bool, month_will_do: bool) -> Callable[[Any], date]:
    """A reader of dates for a workbook that counts days from 1900 or 1904."""
    return partial(sheet_cells.day, from_1904=from_1904, month_will_do=month_will_do)
