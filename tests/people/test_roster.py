"""A roster comes in: what it makes, what it changes, what it leaves alone."""

from datetime import date

import pytest
from django.db import connection

from tests.factories import make_staff
from tests.people.rosters import HEAD, line, roster
from yibao.accounts.models import User
from yibao.common.crypto import blind_index
from yibao.common.models import AuditEntry
from yibao.people.levels import Level
from yibao.people.models import ClassGroup, College, Major, Post, Student
from yibao.people.roster import check_roster, import_roster

pytestmark = pytest.mark.django_db


def bring(path):
    """Import a file that must be without fault; how many lines did what."""
    report = import_roster(path, by=None)
    assert report.errors == []
    return report.added, report.changed, report.unchanged


def counselors(name="软件2401"):
    group = ClassGroup.objects.get(name=name)
    return sorted(group.posts.filter(is_active=True).values_list("user__username", flat=True))


def counts():
    models = (User, College, Major, ClassGroup, Student, Post, AuditEntry)
    return [model.objects.count() for model in models]


def test_everything_a_line_says_is_there_afterwards(tmp_path):
    assert bring(roster(tmp_path, line(1))) == (1, 0, 0)
    student = Student.objects.select_related("class_group__major__college", "user").get()
    number = line(1)["证件号码"]
    found = {f.attname: getattr(student, f.attname) for f in Student._meta.concrete_fields}
    for name in ("id", "user_id", "public_id", "class_group_id", "updated_at"):
        del found[name]
    assert found == {
        "student_no": "20240001",
        "name": "张三",
        "name_pinyin": "zhang san",
        "sex": "2",
        "ethnicity": "汉",
        "document_type": "1",
        "id_number": number,
        "id_number_index": blind_index(number),
        "birth_date": date(2005, 3, 2),
        "campus": "大学城校区",
        "training_level": "bachelor",
        "roster_status": "active",
        "entered_on": date(2024, 9, 1),
        "graduates_on": date(2028, 6, 30),
        "mobile": "13905910001",
        "mobile_index": blind_index("13905910001"),
        "home_phone": "0591-87654321",
        "home_address": "福州市鼓楼区 1 号",
        "postcode": "350001",
    }
    group = student.class_group
    assert (group.name, group.grade) == ("软件2401", 2024)
    assert (group.major.name, group.major.college.name) == ("软件工程", "计算机学院")
    assert (student.user.username, student.user.name) == ("20240001", "张三")
    assert not student.user.has_usable_password()
    assert student.public_id.version == 7
    counselor = User.objects.get(username="T001")
    assert (counselor.name, counselor.has_usable_password()) == ("李静", False)
    assert [post.level for post in counselor.posts.all()] == [Level.COUNSELOR]
    assert counselors() == ["T001"]


def test_personal_data_is_sealed_in_the_database_and_absent_from_the_trail(tmp_path):
    bring(roster(tmp_path, line(1)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(s)::text FROM people_student s")
        stored = cursor.fetchone()[0]
    for header in ("证件号码", "手机号", "家庭电话", "家庭地址"):
        assert line(1)[header] not in stored
    entry = AuditEntry.objects.get(action="import_roster")
    assert entry.data == {"rows": 1, "added": 1, "changed": 0, "colleges": 1, "classes": 1}


def test_the_same_file_again_rewrites_no_row(tmp_path):
    path = roster(tmp_path, *[line(n) for n in range(1, 40)])
    bring(path)
    tables = ["accounts_user", "people_student", "people_classgroup", "people_post"]
    tables += ["people_post_class_groups", "people_college", "people_major", "common_auditentry"]

    def versions():
        with connection.cursor() as cursor:
            found = {}
            for table in tables:
                cursor.execute(f"SELECT ctid::text, xmin::text FROM {table} ORDER BY 1")  # noqa: S608
                found[table] = cursor.fetchall()
            return found

    before = versions()
    assert bring(path) == (0, 0, 39)
    assert versions() == before


CHANGES = [
    ("姓名", "张四", "name", "张四"),
    ("民族", "畲", "ethnicity", "畲"),
    ("培养层次", "硕士研究生", "training_level", "master"),
    ("学籍状态", "休学", "roster_status", "suspended"),
    ("入学时间", "2024/9/2", "entered_on", date(2024, 9, 2)),
    ("拟毕业时间", "202907", "graduates_on", date(2029, 7, 1)),
    ("手机号", "13800000000", "mobile", "13800000000"),
    ("家庭电话", "0591-11111111", "home_phone", "0591-11111111"),
    ("家庭地址", "厦门市", "home_address", "厦门市"),
    ("邮编", "361000", "postcode", "361000"),
]


@pytest.mark.parametrize(("header", "cell", "field", "value"), CHANGES)
def test_a_changed_cell_changes_that_column_and_nothing_else(tmp_path, header, cell, field, value):
    bring(roster(tmp_path, line(1), line(2)))
    before = {s.student_no: s for s in Student.objects.all()}
    changed = roster(tmp_path, line(1, **{header: cell}), line(2))
    report = check_roster(changed)
    assert [(c.key, c.fields) for c in report.changes] == [("20240001", (header,))]
    assert bring(changed) == (0, 1, 1)
    after = {s.student_no: s for s in Student.objects.all()}
    assert getattr(after["20240001"], field) == value
    follows = {field, f"{field}_index", "updated_at"} | (
        {"name_pinyin"} if field == "name" else set()
    )
    for f in Student._meta.concrete_fields:
        if f.attname not in follows:
            assert getattr(after["20240001"], f.attname) == getattr(before["20240001"], f.attname)
    assert after["20240002"].updated_at == before["20240002"].updated_at


def test_number_birth_date_and_sex_change_together(tmp_path):
    bring(roster(tmp_path, line(1)))
    right = {header: line(4)[header] for header in ("证件号码", "性别")}
    assert bring(roster(tmp_path, line(1, **right))) == (0, 1, 0)
    student = Student.objects.get()
    assert (student.id_number, student.sex) == (right["证件号码"], "1")
    assert student.id_number_index == blind_index(right["证件号码"])


def test_a_new_name_is_also_the_accounts(tmp_path):
    bring(roster(tmp_path, line(1)))
    bring(roster(tmp_path, line(1, 姓名="曾小贤")))
    student = Student.objects.get()
    assert (student.name, student.name_pinyin) == ("曾小贤", "zeng xiao xian")
    assert student.user.name == "曾小贤"


def test_an_empty_cell_and_a_missing_column_leave_what_is_there(tmp_path):
    bring(roster(tmp_path, line(1)))
    required = ["学号", "姓名", "学院", "专业", "年级", "班级"]
    emptied = line(1, **{header: "" for header in HEAD if header not in required})
    assert bring(roster(tmp_path, emptied)) == (0, 0, 1)
    assert bring(roster(tmp_path, line(1), head=required)) == (0, 0, 1)
    assert counselors() == ["T001"]


def test_a_student_who_is_not_in_the_file_is_left_alone(tmp_path):
    bring(roster(tmp_path, line(1), line(2)))
    before = Student.objects.get(student_no="20240002").updated_at
    assert bring(roster(tmp_path, line(1, 邮编="361000"))) == (0, 1, 0)
    assert Student.objects.get(student_no="20240002").updated_at == before


def test_a_student_moves_to_another_class_of_another_college(tmp_path):
    bring(roster(tmp_path, line(1), line(2)))
    moved = line(
        1, 学院="外国语学院", 专业="英语", 班级="英语2401", 辅导员工号="T009", 辅导员姓名="孙老师"
    )
    assert bring(roster(tmp_path, moved)) == (0, 1, 0)
    student = Student.objects.get(student_no="20240001")
    assert student.class_group.major.college.name == "外国语学院"
    assert (counselors("软件2401"), counselors("英语2401")) == (["T001"], ["T009"])


def test_majors_and_classes_of_one_name_in_two_places_stay_apart(tmp_path):
    bring(
        roster(
            tmp_path,
            line(1),
            line(2, 学院="软件学院"),
            line(3, 年级="2023", 入学时间="2023-09-01"),
        )
    )
    assert (College.objects.count(), Major.objects.count(), ClassGroup.objects.count()) == (2, 2, 3)


def test_several_counselors_in_one_cell_or_on_different_lines(tmp_path):
    bring(
        roster(
            tmp_path,
            line(1, 辅导员工号="T001、T002", 辅导员姓名="李静、何敏"),
            line(2, 辅导员工号="T003", 辅导员姓名="孙立"),
            line(3, 辅导员工号="", 辅导员姓名=""),
        )
    )
    assert counselors() == ["T001", "T002", "T003"]


def test_the_counselors_in_the_file_replace_those_of_the_class(tmp_path):
    bring(roster(tmp_path, line(1), line(2, 班级="软件2402")))
    path = roster(tmp_path, line(1, 辅导员工号="T002", 辅导员姓名="何敏"))
    report = check_roster(path)
    assert [(c.key, c.fields) for c in report.changes] == [("20240001", ("辅导员工号",))]
    assert report.notes == ["新增辅导员 1 人", "设置或调整辅导员的班级 1 个"]
    assert bring(path) == (0, 1, 0)
    assert (counselors("软件2401"), counselors("软件2402")) == (["T002"], ["T001"])


def test_an_officer_becomes_counselor_too_and_keeps_the_other_post(tmp_path):
    bring(roster(tmp_path, line(1)))
    zhang = make_staff("T004", "张两岗", Level.COLLEGE, College.objects.get())
    bring(roster(tmp_path, line(1, 辅导员工号="T004", 辅导员姓名="")))
    assert sorted(zhang.posts.values_list("level", flat=True)) == ["college", "counselor"]


def test_a_post_that_was_laid_down_is_taken_up_again(tmp_path):
    bring(roster(tmp_path, line(1)))
    Post.objects.update(is_active=False)
    assert bring(roster(tmp_path, line(1))) == (0, 1, 0)
    assert counselors() == ["T001"]


def test_numbers_dates_and_codes_as_excel_has_them(tmp_path):
    bring(
        roster(
            tmp_path,
            line(
                1,
                学号=20240001,
                年级=2024,
                民族=1,
                证件类型=1,
                性别=2,
                出生日期=date(2005, 3, 2),
                入学时间=45536,
                邮编=10000,
                手机号=13905910001,
                姓名="王　芳",
            ),
        )
    )
    student = Student.objects.get()
    assert (student.student_no, student.class_group.grade, student.ethnicity) == (
        "20240001",
        2024,
        "汉",
    )
    assert (student.birth_date, student.entered_on) == (date(2005, 3, 2), date(2024, 9, 1))
    assert (student.postcode, student.name, student.mobile) == ("010000", "王芳", "13905910001")


@pytest.mark.parametrize(
    "name",
    [
        "阿依古丽·买买提",
        "阿依古丽•买买提",
        "阿依古丽・买买提",
        "阿依古丽‧买买提",
        "𠮷䶮㑇",
        "张\ue000",
    ],
)
def test_names_are_kept_as_they_are_written(tmp_path, name):
    bring(roster(tmp_path, line(1, 姓名=name)))
    assert Student.objects.get(name=name).user.name == name


@pytest.mark.parametrize(
    ("kind", "number", "name"),
    [
        ("港澳居民来往内地通行证", "H12345678", "CHAN  Tai Man"),
        ("台湾居民来往大陆通行证", "12345678", "陳 大文"),
        ("护照", "ab 1234567", "Jean-Pierre  O'Neill"),
    ],
)
def test_documents_and_names_from_elsewhere(tmp_path, kind, number, name):
    bring(roster(tmp_path, line(1, 证件类型=kind, 证件号码=number, 姓名=name, 民族="")))
    student = Student.objects.get()
    assert student.id_number == number.upper().replace(" ", "")
    assert student.name == {"陳 大文": "陳大文"}.get(name, " ".join(name.split()))


def test_what_an_import_changes_stands_in_the_history_of_each_student(tmp_path):
    bring(roster(tmp_path, line(1), line(2)))
    by = User.objects.get(username="T001")
    assert not AuditEntry.objects.filter(action="roster_change").exists()
    moved = line(
        1, 班级="软件2402", 手机号="13905919999", 家庭地址="厦门市", 拟毕业时间="2029-06-30"
    )
    import_roster(roster(tmp_path, moved, line(2), name="b.xlsx"), by=by)
    entry = AuditEntry.objects.get(action="roster_change")
    student = Student.objects.get(student_no="20240001")
    assert (entry.subject_type, entry.subject_id, entry.by) == ("student", student.pk, by)
    assert entry.data["changes"] == [
        {
            "field": "班级",
            "was": "计算机学院 · 软件工程 · 2024 级 软件2401",
            "now": "计算机学院 · 软件工程 · 2024 级 软件2402",
        },
        {"field": "拟毕业时间", "was": "2028-06-30", "now": "2029-06-30"},
        {"field": "手机号", "was": "139****0001", "now": "139****9999"},
        {"field": "家庭地址", "was": "", "now": "已修改"},
    ]


def test_type_birth_date_and_sex_follow_from_an_18_digit_number(tmp_path):
    bring(roster(tmp_path, line(1, 证件类型="", 出生日期="", 性别="")))
    student = Student.objects.get()
    assert (student.document_type, student.birth_date, student.sex) == ("1", date(2005, 3, 2), "2")


def test_missing_optional_data_is_no_fault(tmp_path):
    bring(roster(tmp_path, line(1, 民族="", 证件类型="", 证件号码="", 拟毕业时间="", 手机号="")))
    student = Student.objects.get()
    assert (student.ethnicity, student.id_number, student.graduates_on) == ("", "", None)


def test_checking_writes_nothing(tmp_path):
    before = counts()
    report = check_roster(roster(tmp_path, line(1), line(2)))
    assert report.as_dict() == {"rows": 2, "added": 2, "changed": 0, "unchanged": 0, "errors": []}
    assert counts() == before


def test_an_unreadable_file_is_one_fault_without_a_place(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"")
    expected = {"row": 0, "column": "", "message": "文件是空的（0 字节），请重新选择文件"}
    for act in (check_roster, lambda path: import_roster(path, by=None)):
        assert act(path).as_dict()["errors"] == [expected]


def test_a_list_without_a_line(tmp_path):
    report = import_roster(roster(tmp_path), by=None)
    assert [fault.message for fault in report.errors] == ["名单里一行学生都没有"]
