"""The people of the tests. Each access rule is tested against somebody who could leak.

计算机学院: 2401 班 (辅导员 李), 2402 班 (辅导员 李 and 何); 学院 徐.
外国语学院: 2401 班 (辅导员 孙); 学院 钱.
张 counsels 外国语 2402 班 and is also college officer of 计算机学院: two posts, two scopes.
"""

from dataclasses import dataclass
from types import SimpleNamespace

from tests.factories import make_class, make_post, make_staff, make_student
from yibao.accounts.models import User
from yibao.people.codes import TrainingLevel
from yibao.people.levels import Level
from yibao.people.models import ClassGroup, Student


@dataclass
class Cast:
    """The university of the tests."""

    wang: Student  # 计算机 2401
    liu: Student  # 计算机 2402
    zhao: Student  # 外国语 2401: the one who must never appear
    zhou_en: Student  # 外国语 2402
    li: User
    he: User
    sun: User
    zhang: User  # two posts
    xu: User
    qian: User
    office: User
    finance: User
    second_finance: User
    admin: User
    auditor: User
    classes: SimpleNamespace


def make_cast(training_level: TrainingLevel = TrainingLevel.BACHELOR) -> Cast:
    cs1 = make_class("计算机2401")
    cs2 = make_class("计算机2402")
    en1 = make_class("英语2401", "外国语学院", "英语")
    en2 = make_class("英语2402", "外国语学院", "英语")
    computing, languages = cs1.major.college, en1.major.college

    def student(group: ClassGroup, name: str, number: str) -> Student:
        return make_student(group, name, number, training_level=training_level)

    zhang = make_staff("T004", "张两岗", Level.COUNSELOR, classes=[en2])
    make_post(zhang, Level.COLLEGE, computing)
    return Cast(
        wang=student(cs1, "王小明", "2024010001"),
        liu=student(cs2, "刘思雨", "2024010002"),
        zhao=student(en1, "赵外语", "2024020001"),
        zhou_en=student(en2, "周英语", "2024020002"),
        li=make_staff("T001", "李老师", Level.COUNSELOR, classes=[cs1, cs2]),
        he=make_staff("T002", "何老师", Level.COUNSELOR, classes=[cs2]),
        sun=make_staff("T003", "孙老师", Level.COUNSELOR, classes=[en1]),
        zhang=zhang,
        xu=make_staff("T011", "徐书记", Level.COLLEGE, computing),
        qian=make_staff("T012", "钱书记", Level.COLLEGE, languages),
        office=make_staff("T021", "周主任", Level.SCHOOL),
        finance=make_staff("T031", "吴会计", Level.FINANCE),
        second_finance=make_staff("T032", "郑会计", Level.FINANCE),
        admin=make_staff("T041", "冯管理", Level.ADMIN),
        auditor=make_staff("T051", "陈审计", Level.AUDITOR),
        classes=SimpleNamespace(cs1=cs1, cs2=cs2, en1=en1, en2=en2),
    )
