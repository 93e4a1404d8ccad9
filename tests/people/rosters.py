"""Roster files for tests: right unless something is said."""

from pathlib import Path

from tests.common.books import book
from tests.factories import id_number
from yibao.people.codes import Sex
from yibao.people.roster_columns import HEADERS

HEAD = list(HEADERS.values())


def line(n: int, **changes) -> dict:
    """The n-th student, a man on even numbers, of class 软件2401; `changes` by header."""
    sex = Sex(str(n % 2 + 1))
    return {
        "学号": f"2024{n:04d}",
        "姓名": "张三",
        "性别": sex.label,
        "民族": "汉族",
        "证件类型": "居民身份证",
        "证件号码": id_number(n, sex=sex),
        "出生日期": "2005-03-02",
        "学院": "计算机学院",
        "专业": "软件工程",
        "年级": "2024",
        "班级": "软件2401",
        "校区": "大学城校区",
        "培养层次": "本科",
        "学籍状态": "在读",
        "入学时间": "2024-09-01",
        "拟毕业时间": "2028-06-30",
        "手机号": f"1390591{n:04d}",
        "家庭电话": "0591-87654321",
        "家庭地址": f"福州市鼓楼区 {n} 号",
        "邮编": "350001",
        "辅导员工号": "T001",
        "辅导员姓名": "李静",
    } | changes


def roster(folder: Path, *lines: dict, name: str = "roster.xlsx", head=None) -> Path:
    """A file of these lines, with the columns of `head`."""
    head = head or HEAD
    return book(folder / name, head, *[[line.get(header, "") for header in head] for line in lines])
