"""Before the campaign: staff, the school's lists, and two plans, all through the pages."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.story.person import Person
from yibao.demo.students import Lists

OFFICE, ADMINISTRATOR = "9001", "9021"
HEAD_OF_COLLEGE = "93{:02d}"
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_WINDOW = timedelta(days=1)


@dataclass
class School:
    """Who is who, and the plans; numbers are sign-in numbers."""

    lists: Lists
    office: Person
    counselors: dict[str, Person] = field(default_factory=dict)
    officers: dict[str, Person] = field(default_factory=dict)  # by college
    plans: dict[str, int] = field(default_factory=dict)  # "A", "B" → key in addresses

    @property
    def students(self) -> list[dict[str, str]]:
        """The lines of the roster, by header."""
        return [dict(zip(HEADERS, line, strict=True)) for line in self.lists.roster]


HEADERS = (
    "学号 姓名 性别 民族 证件类型 证件号码 出生日期 学院 专业 年级 班级 校区 培养层次 学籍状态 入学时间 拟毕业时间 "
    "手机号 家庭电话 家庭地址 邮编 辅导员工号 辅导员姓名"
).split()


def import_list(office: Person, kind: str, file: Path) -> None:
    """导入: upload, look at what it would do, confirm."""
    address = f"/staff/import/{kind}/"
    office.open(address).upload(address, "file", file.name, file.read_bytes())
    office.sees("新增").press("写入")


def take_in_officers(administrator: Person, base_url: str, school: School) -> None:
    """人员与岗位: an officer for each college."""
    for place, college in enumerate(school.lists.colleges):
        number = HEAD_OF_COLLEGE.format(place + 1)
        school.officers[college] = employ(
            administrator, base_url, number, f"{college}书记", level="college", college=college
        )


def employ(
    administrator: Person, base_url: str, number: str, name: str, *, level: str, college: str = ""
) -> Person:
    """添加人员, a post, an initial password; the person then signs in and chooses another."""
    administrator.open("/staff/people/new/").send(number=number, name=name).sees("还没有岗位")
    keys = {
        option.text_content().strip(): option.get("value")
        for option in administrator.page.xpath("//select[@name='college']/option")
    }
    administrator.send(level=level, college=keys[college] if college else "").sees("已保存")
    return first_sign_in(administrator, base_url, number, name)


def first_sign_in(administrator: Person, base_url: str, number: str, name: str) -> Person:
    """设置初始密码 on the page of a person, and the person's first sign-in with it."""
    administrator.press("设置初始密码")
    password = administrator.find(r"初始密码：(\w{12})")
    return Person(base_url, number, name).sign_in(password)


def take_in_counselors(administrator: Person, base_url: str, school: School) -> None:
    """Those whom the roster brought."""
    for line in school.students:
        numbers, names = line["辅导员工号"].split("、"), line["辅导员姓名"].split("、")
        for number, name in zip(numbers, names, strict=True):
            if number and number not in school.counselors:
                administrator.open(f"/staff/people/?q={number}")
                [key] = administrator.page.xpath("//tr/@data-pk")
                administrator.open(f"/staff/people/{key}/")
                school.counselors[number] = first_sign_in(administrator, base_url, number, name)


@dataclass(frozen=True)
class Way:
    """What makes a plan of one way."""

    name: str
    levels: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]
    rates: bool


WAYS = {
    "A": Way(
        "本科生医疗保险",
        ("college", "bachelor"),
        (("counselor", "辅导员审核"), ("college", "学院审核"), ("school", "学校审核")),
        rates=False,
    ),
    "B": Way("研究生医疗保险", ("master", "doctor"), (("counselor", "辅导员审核"),), rates=True),
}


def make_plan(office: Person, way: Way) -> int:
    """新建, every section of the editor, 开放; returns the plan's key."""
    begin, end = datetime.now(SHANGHAI) - FIRST_WINDOW, datetime.now(SHANGHAI) + timedelta(days=30)
    window = {
        f"{kind}_{edge}": moment.strftime("%Y-%m-%dT%H:%M")
        for kind in ("apply", "pay", "rate")
        for edge, moment in (("from", begin), ("until", end))
    }
    times = {name: value for name, value in window.items() if not name.startswith("rate")}
    office.open("/staff/plans/new/").send(name=way.name, academic_year="2026", **times)
    key = int(re.search(r"/plans/(\d+)/", office.url).group(1))
    sections = {
        "targets": {
            "training_levels": list(way.levels),
            "roster_statuses": ["active", "suspended", "retained"],
            "origins": ["mainland", "hmt", "foreign"],
        },
        "types": rows(
            "types", {"name": "城乡居民基本医疗保险", "premium": "533", "choosing": "required"}
        ),
        "review": rows("steps", *({"level": level, "name": name} for level, name in way.steps)),
        "evidence": rows("evidence_kinds", {"name": "参保凭证", "hint": "要能看到姓名和年度"}),
        "reasons": rows(
            "reasons",
            {"name": "已在户籍地参保", "counts_as": "elsewhere", "KIND": "required"},
            {"name": "自愿放弃", "counts_as": "opted_out"},
            {"name": "学籍不在本校", "counts_as": "leaves"},
        ),
        "fees": rows("fee_rules", {"reduction": "full", "value": "0", "payer": "学校资助经费"}),
        "channels": {"channels": ["sandbox", "cash"]},
    }
    if way.rates:
        rate_window = {name: window[name] for name in ("rate_from", "rate_until")}
        sections["rates"] = {"rate_reporting": "on", **rate_window}
    for section, values in sections.items():
        office.open(f"/staff/plans/{key}/edit/{section}/")
        mark = office.page.xpath("//input[@name='mark']/@value")[0]
        kinds = re.findall(r"kind\d+", str(office.page.xpath("//select/@name")))
        filled = {name.replace("KIND", (kinds or [""])[0]): v for name, v in values.items()}
        office.post(office.url, mark=mark, **filled).sees("已保存")
    office.open(f"/staff/plans/{key}/open/").press("开放")
    return key


def rows(part: str, *entered: dict[str, str]) -> dict[str, str]:
    """The fields of a form of several rows, put in the place of what stood there."""
    fields = {f"{part}-TOTAL_FORMS": str(len(entered)), f"{part}-INITIAL_FORMS": "0"}
    for place, row in enumerate(entered):
        fields |= {f"{part}-{place}-{name}": value for name, value in row.items()}
        fields[f"{part}-{place}-ORDER"] = str(place + 1)
    return fields
