"""Whom a plan is for, and how the count of them falls into parts."""

import pytest

from tests.factories import make_class, make_plan, make_student
from yibao.people.codes import DocumentType, Origin, RosterStatus, TrainingLevel
from yibao.plans.states import PlanStatus
from yibao.plans.targets import campuses_to_choose, counted, grades_to_choose, targets

OLD, NEW = "东湖校区", "大学城校区"


@pytest.fixture
def students(db):
    """One who fits every plan, and one for each way of not fitting."""
    young, older = make_class("2601", grade=2026), make_class("2401", grade=2024)
    return {
        "甲": make_student(young, "甲", campus=NEW),
        "高年级": make_student(older, "高年级", campus=NEW),
        "老校区": make_student(young, "老校区", campus=OLD),
        "没有校区": make_student(young, "没有校区"),
        "香港": make_student(young, "香港", campus=NEW, document_type=DocumentType.HONG_KONG),
        "台湾": make_student(young, "台湾", campus=NEW, document_type=DocumentType.TAIWAN),
        "留学": make_student(young, "留学", campus=NEW, document_type=DocumentType.PASSPORT),
        "缺类型": make_student(young, "缺类型", campus=NEW, document_type=""),
        "硕士": make_student(young, "硕士", campus=NEW, training_level=TrainingLevel.MASTER),
        "休学": make_student(young, "休学", campus=NEW, roster_status=RosterStatus.SUSPENDED),
        "退学": make_student(young, "退学", campus=NEW, roster_status=RosterStatus.WITHDRAWN),
    }


UNDERGRADUATES = "甲 高年级 老校区 没有校区 香港 台湾 留学 缺类型 休学"
CASES = [
    ({}, UNDERGRADUATES),
    ({"grades": [2026]}, "甲 老校区 没有校区 香港 台湾 留学 缺类型 休学"),
    ({"grades": [2024, 2025]}, "高年级"),
    ({"campuses": [OLD]}, "老校区"),
    ({"campuses": [OLD, NEW]}, "甲 高年级 老校区 香港 台湾 留学 缺类型 休学"),
    ({"origins": [Origin.MAINLAND]}, "甲 高年级 老校区 没有校区 缺类型 休学"),
    ({"origins": [Origin.HMT]}, "香港 台湾"),
    ({"origins": [Origin.FOREIGN]}, "留学"),
    ({"origins": [Origin.MAINLAND, Origin.HMT], "grades": [2026], "campuses": [NEW]},
     "甲 香港 台湾 缺类型 休学"),
    ({"roster_statuses": [RosterStatus.ACTIVE], "grades": [2024]}, "高年级"),
    ({"training_levels": [TrainingLevel.MASTER]}, "硕士"),
    ({"grades": [2020]}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "names"), CASES)
def test_all_conditions_hold_together(students, wanted, names):
    plan = make_plan(status=PlanStatus.DRAFT, **wanted)
    assert [student.name for student in targets(plan)] == names.split()


def test_the_parts_of_each_kind_sum_to_the_whole(students, django_assert_num_queries):
    plan = make_plan(status=PlanStatus.DRAFT)
    with django_assert_num_queries(2):
        found = counted(plan)
    assert (found.people, found.roster) == (9, 11)
    assert dict(found.parts) == {
        "培养层次": (("本科", 9),),
        "年级": (("2026 级", 8), ("2024 级", 1)),
        "校区": (("未填校区", 1), ("东湖校区", 1), ("大学城校区", 7)),
        "国籍或地区": (("中国大陆", 6), ("港澳台", 2), ("外国", 1)),
    }


def test_what_can_be_chosen_is_what_the_roster_and_the_plan_name(students):
    plan = make_plan(status=PlanStatus.DRAFT, grades=[2023], campuses=["已撤销的校区"])
    assert grades_to_choose(plan) == [2026, 2024, 2023]
    assert campuses_to_choose(plan) == [OLD, NEW, "已撤销的校区"]
