"""学生管理: staff change one student's master data by the rules of the roster, and say why."""

from datetime import date

import pytest

from tests.factories import id_number
from tests.people.test_corrections import student_now, told
from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.people import flow, rules
from yibao.people.models import Student


def change(student, by, reason="学生出示了身份证", **new):
    return flow.change_master(student, new, by=by, reason=reason)


def test_staff_change_what_is_wrong_and_it_is_told_afterwards(cast):
    _, names = change(
        cast.wang, cast.li, name="王晓明", ethnicity="汉", entered_on=date(2024, 9, 2)
    )
    assert names == ["name", "entered_on"]
    line = audit.trail_of(cast.wang).first()
    assert line.data == {
        "changes": [
            {"field": "姓名", "was": "王小明", "now": "王晓明"},
            {"field": "入学时间", "was": "2024-09-01", "now": "2024-09-02"},
        ],
        "why": "学生出示了身份证",
    }


def test_nothing_changed_leaves_no_line(cast):
    before = AuditEntry.objects.count()
    assert change(cast.wang, cast.li, name="王小明")[1] == []
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("who", ["he", "sun", "qian", "finance", "admin", "auditor"])
def test_others_do_not(cast, who):
    with pytest.raises(Refused, match="只能修改所管学生的信息"):
        change(cast.wang, getattr(cast, who), name="王晓明")


def test_nobody_changes_their_own(cast):
    cast.wang.user.posts.create(level="school")
    by = User.objects.get(pk=cast.wang.user_id)
    with pytest.raises(Refused, match="不能修改本人的信息"):
        change(cast.wang, by, name="王晓明")


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ({"id_number": "35010220050302123X"}, "身份证号第 18 位应为"),
        ({"birth_date": date(2005, 1, 1)}, "出生日期 2005-01-01 与证件号码中的"),
        (
            {"id_number": id_number(3, date(2004, 1, 1))},
            "出生日期 .* 与证件号码中的 2004-01-01 不一致",
        ),
        ({"name": ""}, "缺少姓名"),
        ({"class_group": None}, "所选班级已不存在"),
    ],
)
def test_a_change_leaves_nothing_faulty(cast, new, sentence):
    with pytest.raises(Refused, match=sentence):
        change(cast.wang, cast.office, **new)
    assert student_now(cast.wang).updated_at == cast.wang.updated_at


def test_the_number_of_another_is_refused_without_a_name(cast):
    born = cast.zhao.birth_date
    with pytest.raises(Refused, match=rules.TAKEN):
        change(cast.wang, cast.li, id_number=cast.zhao.id_number, birth_date=born)


def test_what_was_wrong_before_does_not_stop_another_change(cast):
    Student.objects.filter(pk=cast.wang.pk).update(ethnicity="")
    student = student_now(cast.wang)
    assert change(student, cast.li, name="王晓明")[1] == ["name"]


def test_a_change_says_on_what_it_rests(cast):
    with pytest.raises(Refused, match="请填写修改依据"):
        change(cast.wang, cast.li, name="王晓明", reason=" ")


def test_the_student_is_told_what_staff_changed(cast):
    change(cast.wang, cast.li, name="王晓明", ethnicity="畲")
    said = "李老师修改了你的姓名、民族，依据：学生出示了身份证。请到“我的”核对，有异议请申请更正"
    assert told(cast.wang) == [("姓名、民族已修改", said)]
    change(student_now(cast.wang), cast.li, name="王晓明")
    assert len(told(cast.wang)) == 1
