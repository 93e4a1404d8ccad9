"""The twelve master fields, each missing and each wrong."""

from datetime import date

import pytest
import time_machine

from yibao.people.checks import Fault, master_faults
from yibao.people.codes import DocumentType, Sex
from yibao.people.models import ClassGroup, College, Major, Student


def student(**changes):
    """A student without a fault, not in the database: the check asks it nothing."""
    names = {"college": "药学院", "major": "药学", "grade": 2024}
    names |= {key: changes.pop(key) for key in list(changes) if key in names}
    major = Major(name=names["major"], college=College(name=names["college"]))
    right = {
        "student_no": "20240001",
        "name": "王芳",
        "sex": Sex.FEMALE,
        "ethnicity": "汉",
        "document_type": DocumentType.ID_CARD,
        "id_number": "110105200512310029",
        "birth_date": date(2005, 12, 31),
        "entered_on": date(2024, 9, 1),
        "graduates_on": date(2028, 6, 30),
    }
    group = ClassGroup(major=major, grade=names["grade"], name="药学 2401")
    return Student(class_group=group, **(right | changes))


def test_a_right_student_has_no_fault():
    assert master_faults(student()) == []


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"student_no": ""}, [Fault("student_no", "缺少学号")]),
        ({"name": " "}, [Fault("name", "缺少姓名")]),
        ({"name": "王芳2"}, [Fault("name", "姓名中有数字，应与证件一致")]),
        (
            {"document_type": ""},
            [
                Fault("document_type", "缺少证件类型"),
                Fault("id_number", "缺少证件类型，无法核对证件号码"),
            ],
        ),
        ({"id_number": ""}, [Fault("id_number", "缺少证件号码，请补填")]),
        (
            {"id_number": "110105200512310023"},
            [Fault("id_number", "身份证号第 18 位应为 9，现在是 3，请对照证件核对整个号码")],
        ),
        ({"sex": ""}, [Fault("sex", "缺少性别")]),
        (
            {"sex": Sex.MALE},
            [Fault("sex", "性别“男”与证件号码中的“女”不一致，请改正其中一项")],
        ),
        ({"ethnicity": ""}, [Fault("ethnicity", "缺少民族")]),
        ({"ethnicity": "汗"}, [Fault("ethnicity", "没有“汗”这个民族")]),
        ({"ethnicity": "其他"}, []),
        ({"birth_date": None}, [Fault("birth_date", "缺少出生日期")]),
        (
            {"birth_date": date(2005, 12, 30)},
            [
                Fault(
                    "birth_date",
                    "出生日期 2005-12-30 与证件号码中的 2005-12-31 不一致，请改正其中一项",
                )
            ],
        ),
        ({"college": ""}, [Fault("college", "缺少学院")]),
        ({"major": ""}, [Fault("major", "缺少专业")]),
        (
            {"grade": 24},
            [Fault("grade", "年级应是 1990 至 2027 之间的入学年份，现在是 24")],
        ),
        ({"entered_on": None}, [Fault("entered_on", "缺少入学时间")]),
        (
            {"entered_on": date(2005, 12, 31)},
            [Fault("entered_on", "入学时间 2005-12-31 不晚于出生日期 2005-12-31")],
        ),
        ({"graduates_on": None}, [Fault("graduates_on", "缺少拟毕业时间")]),
        (
            {"graduates_on": date(2024, 9, 1)},
            [Fault("graduates_on", "拟毕业时间 2024-09-01 不晚于入学时间 2024-09-01")],
        ),
        (
            {"document_type": DocumentType.PASSPORT, "id_number": "E1234567", "ethnicity": ""},
            [],
        ),
    ],
)
@time_machine.travel("2026-09-01 12:00+08:00")
def test_each_missing_or_wrong_field_is_named(changes, faults):
    assert master_faults(student(**changes)) == faults


def test_faults_come_in_the_order_of_the_form_with_their_labels():
    faults = master_faults(student(graduates_on=None, name="", sex=""))
    assert [fault.label for fault in faults] == ["姓名", "性别", "拟毕业时间"]
