"""The colleges, majors and classes of the invented university, and how big each is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

SCHOOL = "闽海大学"

# Name; share of undergraduates, share of postgraduates; majors with the short form in class names.
COLLEGES = (
    ("计算机与大数据学院", 13, 15, "计算机科学与技术 计科,软件工程 软工,数据科学与大数据技术 大数据,网络空间安全 网安"),
    ("经济与管理学院", 14, 13, "会计学 会计,金融学 金融,工商管理 工商,物流管理 物流,国际经济与贸易 国贸"),
    ("机械工程及自动化学院", 10, 11, "机械设计制造及其自动化 机械,过程装备与控制工程 过控,车辆工程 车辆"),
    ("电气工程与自动化学院", 9, 10, "电气工程及其自动化 电气,自动化 自动化,建筑电气与智能化 建电"),
    ("土木工程学院", 8, 8, "土木工程 土木,水利水电工程 水利,交通工程 交通"),
    ("化学学院", 6, 12, "化学 化学,应用化学 应化,化学（卓越人才培养“强基计划”实验班） 化学强基"),
    ("生物科学与工程学院", 5, 8, "生物工程 生工,食品科学与工程 食品,生物信息学 生信"),
    ("外国语学院", 6, 3, "英语 英语,日语 日语,德语 德语,翻译 翻译"),
    ("人文社会科学学院", 7, 4, "汉语言文学 中文,新闻学 新闻,社会学 社会,劳动与社会保障 劳保"),
    ("数学与统计学院", 5, 4, "数学与应用数学 数学,信息与计算科学 信计,统计学 统计"),
    ("物理与信息工程学院", 6, 6, "电子信息工程 电信,通信工程 通信,微电子科学与工程 微电"),
    ("环境与安全工程学院", 4, 5, "环境工程 环工,安全工程 安全,资源循环科学与工程 资环"),
    ("建筑与城乡规划学院", 4, 3, "建筑学 建筑,城乡规划 规划,风景园林 园林"),
    ("法学院", 4, 4, "法学 法学,知识产权 知产"),
    ("药学院", 3, 3, "药学 药学,制药工程 制药"),
    ("海洋学院", 1, 1, "海洋科学 海科"),
)  # fmt: skip

CAMPUS, OLD_CAMPUS = "大学城校区", "东湖校区"
ON_OLD_CAMPUS = {"外国语学院", "法学院", "药学院"}

POSTGRADUATES = 0.2
DOCTORS = 0.2
"""Of the postgraduates."""
STUDENTS_PER_COLLEGE = 120
CLASS_SIZE = 32
POSTGRADUATE_CLASS_SIZE = 26
YEARS = {"本科": 4, "硕士": 3, "博士": 4}
DOCTORAL, MASTERS, BACHELOR = "博士", "硕士", "本科"


@dataclass(frozen=True)
class ClassPlan:
    """A class to be filled."""

    college_no: int
    college: str
    major: str
    grade: int
    name: str
    level: str
    size: int


def plan_classes(students: int, year: int, random: Random) -> list[ClassPlan]:
    """Classes that together hold exactly so many students, the colleges as uneven as real ones."""
    count = max(2, min(len(COLLEGES), students // STUDENTS_PER_COLLEGE))
    colleges = list(enumerate(COLLEGES[:count], start=1))
    postgraduates = round(students * POSTGRADUATES) if students > 1 else 0
    doctors = round(postgraduates * DOCTORS)
    heads = {
        BACHELOR: students - postgraduates,
        MASTERS: postgraduates - doctors,
        DOCTORAL: doctors,
    }
    classes: list[ClassPlan] = []
    for level, number in heads.items():
        weights = [c[1] if level == BACHELOR else c[2] for _, c in colleges]
        for (college_no, college), share in zip(colleges, _shares(number, weights), strict=True):
            cohorts = [year - n for n in range(YEARS[level])]
            per_grade = _shares(share, [random.uniform(0.9, 1.1) for _ in cohorts])
            for grade, size in zip(cohorts, per_grade, strict=True):
                whole = ClassPlan(college_no, college[0], college[3], grade, "", level, size)
                classes += _divided(whole, random)
    return classes


def _divided(whole: ClassPlan, random: Random) -> list[ClassPlan]:
    """The classes of a grade; its majors take turns."""
    usual = CLASS_SIZE if whole.level == BACHELOR else POSTGRADUATE_CLASS_SIZE
    rooms = max(1, round(whole.size / usual))
    majors = [major.rsplit(" ", 1) for major in whole.major.split(",")]
    sizes = _shares(whole.size, [random.uniform(0.85, 1.15) for _ in range(rooms)])
    made = []
    for room, size in enumerate(sizes):
        major, short = majors[room % len(majors)]
        number = room // len(majors) + 1
        suffix = f"{whole.grade % 100}{number:02d}"
        if whole.level != BACHELOR:
            suffix = f"{whole.grade}级{whole.level}{number}班"
        if size:
            made.append(replace(whole, major=major, name=f"{short}{suffix}", size=size))
    return made


def _shares(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers in these proportions that sum to the total."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    shares = [int(part) for part in exact]
    rest = sorted(range(len(exact)), key=lambda i: exact[i] - shares[i], reverse=True)
    for i in rest[: total - sum(shares)]:
        shares[i] += 1
    return shares
