"""The lines of the invented roster and hardship list."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from faker import Faker

from yibao.demo import cast, names
from yibao.demo.names import Registrar
from yibao.demo.university import (
    BACHELOR,
    CAMPUS,
    DOCTORAL,
    MASTERS,
    OLD_CAMPUS,
    ON_OLD_CAMPUS,
    YEARS,
    ClassPlan,
    plan_classes,
)

HEADERS = (
    "学号", "姓名", "性别", "民族", "证件类型", "证件号码", "出生日期", "学院", "专业", "年级", "班级",
    "校区", "培养层次", "学籍状态", "入学时间", "拟毕业时间", "手机号", "家庭电话", "家庭地址", "邮编",
    "辅导员工号", "辅导员姓名",
)  # fmt: skip
HARDSHIP_HEADERS = ("学年", "学号", "姓名", "困难等级", "认定类别", "有效期起", "有效期止")
HARDSHIPS = (
    ("特困人员", "特别困难", 10),
    ("低保对象", "特别困难", 25),
    ("脱贫不稳定户", "困难", 15),
    ("孤儿", "特别困难", 3),
    ("残疾学生", "困难", 7),
    ("家庭经济困难", "一般困难", 40),
)
HARDSHIP_SHARE = 0.09
STUDENTS_PER_COUNSELOR = 180
SHARED_CLASSES = 1 / 15
AGES = {BACHELOR: 18, MASTERS: 22, DOCTORAL: 25}
DIGIT = {BACHELOR: "", MASTERS: "M", DOCTORAL: "B"}
STATUSES = ("在读", "休学", "保留学籍", "退学")
STATUS_WEIGHTS = (965, 18, 9, 8)


@dataclass(frozen=True)
class Lists:
    """Everything the files hold."""

    roster: list[list[str]]
    hardship: list[list[str]]
    colleges: list[str]


def invent(students: int, year: int, seed: int) -> Lists:
    """The lists of a university with so many students in the school year that begins in `year`."""
    random = Random(seed)
    registrar = Registrar(random)
    classes = plan_classes(students, year, random)
    counselors = _counselors(classes, year, seed)
    numbers: Counter[tuple[int, int, str]] = Counter()
    roster = []
    for group in classes:
        for place in range(group.size):
            cohort = (group.college_no, group.grade, group.level)
            numbers[cohort] += 1
            number = f"{DIGIT[group.level]}{group.grade}{group.college_no:02d}{numbers[cohort]:04d}"
            staff = counselors[_key(group)]
            roster.append(_line(number, group, place, staff, registrar))
            if number == f"{year - 2}010001":
                _introduce(roster[-1], group, registrar)
    hardship = list(_hardship(roster, year, random))
    return Lists(roster, hardship, list(dict.fromkeys(group.college for group in classes)))


def _introduce(line: list[str], group: ClassPlan, registrar: Registrar) -> None:
    """The student of the cast: nothing is missing and nothing special."""
    born = registrar.born(group.grade, AGES[group.level])
    number = registrar.citizen("350102", born, "2")
    known = {"姓名": cast.STUDENT, "性别": "女", "民族": "汉族", "证件类型": "居民身份证"}
    known |= {"证件号码": number, "出生日期": f"{number[6:10]}-{number[10:12]}-{number[12:14]}"}
    known |= {"手机号": registrar.mobile()}
    for header, text in known.items():
        line[HEADERS.index(header)] = text


def _counselors(
    classes: list[ClassPlan], year: int, seed: int
) -> dict[tuple[int, int, str], list[list[str]]]:
    """Staff numbers and names for each class; one class in fifteen has two counselors."""
    fake = Faker("zh_CN")
    fake.seed_instance(seed)
    random = Random(seed)
    load: dict[tuple[int, bool], tuple[list[str], int]] = {}
    made: list[list[str]] = []
    found: dict[tuple[int, int, str], list[list[str]]] = {}
    for group in classes:
        duty = (group.college_no, group.level == BACHELOR)
        person, heads = load.get(duty, ([], STUDENTS_PER_COUNSELOR))
        if heads + group.size > STUDENTS_PER_COUNSELOR:
            person = [f"{1001 + len(made)}", fake.last_name() + fake.first_name()]
            made.append(person)
            heads = 0
        load[duty] = (person, heads + group.size)
        others = [other for other in made[-3:] if other is not person]
        shared = bool(others) and random.random() < SHARED_CLASSES
        found[_key(group)] = [person, others[-1]] if shared else [person]
    first = [group for group in classes if group.college_no == 1]
    _call(found, first, lambda g: g.level == BACHELOR and g.grade == year - 2, cast.COUNSELOR)
    _call(found, first, lambda g: g.level != BACHELOR, cast.POSTGRADUATE_COUNSELOR)
    for group in first:
        if group.level == BACHELOR and group.grade == year - 1:
            found[_key(group)] = [found[_key(group)][0], list(cast.TWO_POSTS)]
            break
    return found


def _key(group: ClassPlan) -> tuple[int, int, str]:
    return group.college_no, group.grade, group.name


def _call(
    found: dict[tuple[int, int, str], list[list[str]]],
    classes: list[ClassPlan],
    fits: Callable[[ClassPlan], bool],
    name: str,
) -> None:
    """Give the counselor of the first class that fits the name of the cast."""
    group = next((group for group in classes if fits(group)), None)
    if group:
        found[_key(group)][0][1] = name


def _line(
    number: str, group: ClassPlan, place: int, staff: list[list[str]], registrar: Registrar
) -> list[str]:
    random = registrar.random
    sex = random.choice("12")
    born = registrar.born(group.grade, AGES[group.level])
    area = registrar.area()
    line = {
        "姓名": registrar.name(sex),
        "民族": registrar.ethnicity(),
        "证件类型": "居民身份证",
        "证件号码": registrar.citizen(area, born, sex),
        "家庭电话": f"0{random.randrange(311, 999)}-{random.randrange(2_000_000, 8_999_999)}",
        "家庭地址": registrar.address(area),
    }
    chance = random.random()
    if area.startswith("65") and chance < 0.5:
        line["姓名"] = random.choice(names.UYGHUR_MALE if sex == "1" else names.UYGHUR_FEMALE)
        line["民族"] = "维吾尔族"
    elif chance < 0.015:
        line |= _from_elsewhere(chance, sex, born, registrar)
        sex = line.pop("性别", sex)
    line |= _study(number, group, random)
    numbers, people = zip(*staff, strict=True)
    if len(staff) > 1 and place % 2:
        # Two counselors also come as different lines of one class.
        numbers, people = numbers[::-1], people[::-1]
    line |= {
        "学号": number,
        "性别": "男" if sex == "1" else "女",
        "出生日期": line.get("出生日期") or f"{_born(line, born):%Y-%m-%d}",
        "手机号": registrar.mobile() if random.random() > 0.01 else "",
        "邮编": f"{area[:2]}{random.randrange(100):02d}00",
        "辅导员工号": "、".join(numbers),
        "辅导员姓名": "、".join(people),
    }
    return [line[header] for header in HEADERS]


def _born(line: dict[str, str], born: date) -> date:
    """A taken number moves the birth date by days; the document says which."""
    number = line["证件号码"]
    if len(number) == 18:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    return born


def _from_elsewhere(chance: float, sex: str, born: date, registrar: Registrar) -> dict[str, str]:
    """Students from Hong Kong, Macao, Taiwan and abroad, with each kind of document."""
    pick = registrar.random
    home = {"家庭地址": "", "家庭电话": ""}
    hong_kong = pick.choice(names.HONG_KONG_MALE if sex == "1" else names.HONG_KONG_FEMALE)
    if chance < 0.004:
        number = registrar.unique(pick.choice("HHM"), 8)
        kind = "港澳居民来往内地通行证"
        return home | {"姓名": hong_kong, "民族": "汉族", "证件类型": kind, "证件号码": number}
    if chance < 0.007:
        number = registrar.unique("0", 7)
        return home | {"民族": "汉族", "证件类型": "台湾居民来往大陆通行证", "证件号码": number}
    if chance < 0.009:
        number = registrar.citizen(pick.choice(("810000", "820000", "830000")), born, sex)
        return home | {
            "姓名": hong_kong,
            "民族": "汉族",
            "证件类型": "港澳台居民居住证",
            "证件号码": number,
        }
    name, sex = pick.choice(names.FOREIGN)
    number = registrar.unique(pick.choice("ABCEGN"), 8)
    kind = "外国护照"
    who = {"姓名": name, "民族": "", "性别": sex, "证件类型": kind, "证件号码": number}
    return home | who


def _study(number: str, group: ClassPlan, random: Random) -> dict[str, str]:
    # A few lines lack what the student must then ask to have corrected.
    graduates = f"{group.grade + YEARS[group.level]}-06-30" if random.random() > 0.004 else ""
    first = number.endswith("0001")
    status = STATUSES[0] if first else random.choices(STATUSES, STATUS_WEIGHTS)[0]
    return {
        "学院": group.college,
        "专业": group.major,
        "年级": str(group.grade),
        "班级": group.name,
        "校区": OLD_CAMPUS if group.college in ON_OLD_CAMPUS else CAMPUS,
        "培养层次": group.level,
        "学籍状态": status,
        "入学时间": f"{group.grade}-09-01",
        "拟毕业时间": graduates or (f"{group.grade + YEARS[group.level]}-06-30" if first else ""),
    }


def _hardship(roster: list[list[str]], year: int, random: Random) -> Iterator[list[str]]:
    kinds = [(category, level) for category, level, _ in HARDSHIPS]
    weights = [weight for *_, weight in HARDSHIPS]
    for line in roster:
        if random.random() < HARDSHIP_SHARE and line[HEADERS.index("学籍状态")] == "在读":
            category, level = random.choices(kinds, weights)[0]
            days = [f"{year}-09-01", f"{year + 1}-08-31"]
            yield [f"{year}-{year + 1}", line[0], line[1], level, category, *days]
