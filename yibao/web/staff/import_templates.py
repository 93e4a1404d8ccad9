"""The files that people fill in: headers, two invented lines, and what each column may hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from yibao.common.sheets import Column
from yibao.people.codes import DocumentType, RosterStatus, TrainingLevel
from yibao.people.roster_columns import COLUMNS as ROSTER_COLUMNS
from yibao.plans.hardship import COLUMNS as HARDSHIP_COLUMNS


@dataclass(frozen=True)
class Example:
    """Examples and hints by the name of the column."""

    columns: tuple[Column, ...]
    lines: tuple[dict[str, str], ...]
    hints: dict[str, str]

    def sheets(self, title: str) -> dict[str, Iterable[Sequence[str]]]:
        """The list and its explanation."""
        head = [column.header for column in self.columns]
        body = [[line.get(column.name, "") for column in self.columns] for line in self.lines]
        about = [
            [
                column.header,
                "必填" if column.required else "选填",
                self.hints.get(column.name, ""),
                "、".join(column.also),
            ]
            for column in self.columns
        ]
        return {
            title: [head, *body],
            "填写说明": [["列", "是否必填", "怎样填写", "也可以写作"], *about],
        }


def _labels(choices: Iterable[tuple[str, str]]) -> str:
    return "、".join(label for _, label in choices)


_DAY = "2026-09-01、2026/9/1、20260901 或日期格式"

ROSTER = Example(
    ROSTER_COLUMNS,
    (
        {
            "student_no": "示例0001",
            "name": "张三（示例，请删去）",
            "sex": "男",
            "ethnicity": "汉族",
            "document_type": "居民身份证",
            "id_number": "请设为文本格式",
            "birth_date": "2006-03-02",
            "college": "药学院",
            "major": "药学",
            "grade": "2026",
            "class_name": "药学2601",
            "campus": "大学城校区",
            "training_level": "本科",
            "roster_status": "在读",
            "entered_on": "2026-09-01",
            "graduates_on": "2030-06-30",
            "mobile": "11 位手机号",
            "home_phone": "0591-00000000",
            "home_address": "省市区和详细地址",
            "postcode": "350000",
            "staff_nos": "1001、1002",
            "staff_names": "李静、何敏",
        },
    ),
    {
        "student_no": "登录用的学号，全校唯一",
        "name": "与证件一致；证件上的间隔号照写",
        "sex": "男、女",
        "ethnicity": "如 汉族、畲族；留学生可不填",
        "document_type": f"{_labels(DocumentType.choices)}；18 位身份证号可不填",
        "id_number": "整列设为“文本”，否则 Excel 会丢掉后几位",
        "birth_date": f"{_DAY}；有身份证号的可不填",
        "grade": "入学年份，如 2026 或 2026级",
        "campus": "有几个校区时填写，同一校区写法一致",
        "training_level": _labels(TrainingLevel.choices),
        "roster_status": _labels(RosterStatus.choices),
        "entered_on": f"{_DAY}，也可以只写年月，如 2026-09",
        "graduates_on": f"{_DAY}，也可以只写年月，如 2030-06",
        "mobile": "11 位；境外号码以 + 和国家或地区代码开头",
        "postcode": "6 位",
        "staff_nos": "一个班几名辅导员用“、”隔开",
        "staff_names": "与工号一一对应；已有账号的可不填",
    },
)
HARDSHIP = Example(
    HARDSHIP_COLUMNS,
    (
        {
            "academic_year": "2026-2027",
            "student_no": "示例0001",
            "name": "张三（示例，请删去）",
            "level": "特别困难",
            "category": "低保对象",
            "valid_from": "2026-09-01",
            "valid_until": "2027-08-31",
        },
    ),
    {
        "academic_year": "2026 或 2026-2027",
        "student_no": "学生名册中已有的学号",
        "name": "与学生名册一致",
        "level": "如 特别困难、困难、一般困难",
        "category": "如 特困人员、低保对象；与计划的减免规则一致才能减免",
        "valid_from": f"{_DAY}；不填表示不限",
        "valid_until": f"{_DAY}；不填表示不限",
    },
)
