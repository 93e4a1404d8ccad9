"""Every fault of a roster is named by row, column and sentence, all at once, and nothing is written."""

import pytest

from tests.factories import make_class, make_staff, make_student
from tests.people.rosters import line, roster
from yibao.accounts.models import User
from yibao.people.levels import Level
from yibao.people.models import College, Student
from yibao.people.roster import check_roster, import_roster

pytestmark = pytest.mark.django_db


def faults(path):
    return [(f.row, f.column, f.message) for f in check_roster(path).errors]


ONE_CELL = [
    ("学号", "", "缺少学号"),
    ("学号", "2024 001/2", "“2024001/2”只能用字母、数字和 . _ -，最多 32 位"),
    ("姓名", "", "缺少姓名"),
    ("姓名", "张三1", "“张三1”中有数字，姓名应与证件一致"),
    (
        "姓名",
        "ZHANG SAN",
        "居民身份证上的姓名没有字母，现在有“Z”；如果是其他证件，请先更正证件类型",
    ),
    ("姓名", "张 · 三·", "姓名开头或结尾多了“·”，请删去"),
    ("姓名", "张" * 61, "最多 60 个字，现在是 61 个字，请缩短"),
    ("性别", "未知", "没有“未知”这种性别，可以填：男、女"),
    ("性别", "男", "性别“男”与证件号码中的“女”不一致，请改正其中一项"),
    ("民族", "汗族", "没有“汗族”这个民族，请按国家标准填写，如“汉族”；其余填“其他”"),
    (
        "证件类型",
        "户口簿",
        "没有“户口簿”这种证件类型，可以填：居民身份证、港澳居民来往内地通行证、"
        "台湾居民来往大陆通行证、港澳台居民居住证、外国护照、外国人永久居留身份证",
    ),
    ("证件号码", "35010220050302", "身份证号应为 18 位，现在是 14 位，请对照证件补全"),
    (
        "出生日期",
        "2005-03-01",
        "出生日期 2005-03-01 与证件号码中的 2005-03-02 不一致，请改正其中一项",
    ),
    ("出生日期", "2005-02-30", "“2005-02-30”不是真实的日期，请改正"),
    ("出生日期", "200503", "“200503”只有年月，请写出日，如 2026-09-01"),
    ("学院", "", "缺少学院"),
    ("专业", " ", "缺少专业"),
    ("年级", "", "缺少年级"),
    ("年级", "大二", "“大二”不是年份，请写成 2026 的样子"),
    ("年级", "1980", "年级应是 1990 至 2027 之间的入学年份，现在是 1980"),
    ("班级", "", "缺少班级"),
    ("校区", "区" * 41, "最多 40 个字，现在是 41 个字，请缩短"),
    ("培养层次", "研究生", "没有“研究生”这种培养层次，可以填：专科、本科、硕士、博士"),
    ("学籍状态", "走了", "没有“走了”这种学籍状态，可以填：在读、休学、保留学籍、毕业、退学"),
    ("入学时间", "去年", "“去年”不是日期，请写成 2026-09-01 的样子"),
    ("入学时间", "2004-09-01", "入学时间 2004-09-01 不晚于出生日期 2005-03-02"),
    ("拟毕业时间", "2024-06-30", "拟毕业时间 2024-06-30 不晚于入学时间 2024-09-01"),
    ("手机号", "1381234", "手机号应为 11 位，以 13 至 19 开头，现在是 7 位“138…”，请改正"),
    ("家庭电话", "没有", "电话只能有数字和 + - ( ) 转，例如 0591-87654321"),
    ("家庭地址", "路" * 201, "最多 200 个字，现在是 201 个字，请缩短"),
    ("邮编", "35000", "邮编应为 6 位数字，现在是“35000”"),
    ("辅导员工号", "", "填了辅导员姓名，但缺少工号"),
    ("辅导员姓名", "", "工号 T001 还没有账号，请填写辅导员姓名"),
]


@pytest.mark.parametrize(("header", "cell", "sentence"), ONE_CELL)
def test_one_wrong_cell_is_one_fault(tmp_path, time_machine, header, cell, sentence):
    time_machine.move_to("2026-11-01 12:00+08:00")
    column = header
    assert faults(roster(tmp_path, line(1, **{header: cell}))) == [(2, column, sentence)]
    assert not User.objects.exists()


def test_a_number_without_its_type(tmp_path):
    path = roster(tmp_path, line(1, 证件类型="", 证件号码="H12345678"))
    assert faults(path) == [(2, "证件类型", "缺少证件类型，无法核对证件号码")]
    path = roster(tmp_path, line(1, 证件类型="", 证件号码=line(1)["证件号码"][:17] + "A"))
    assert faults(path) == [(2, "证件号码", "身份证号第 18 位“A”只能是数字或 X，请对照证件改正")]


def test_all_faults_at_once_in_the_order_of_the_sheet(tmp_path):
    path = roster(
        tmp_path,
        line(1, 姓名="", 性别="x", 辅导员姓名="李静、何敏"),
        line(2),
        line(1, 民族="x"),
        line(3, 证件号码=line(2)["证件号码"], 性别="男", 辅导员姓名="李婧"),
        line(4, 学号="T001"),
    )
    report = import_roster(path, by=None)
    assert [(f.row, f.column, f.message) for f in report.errors] == [
        (2, "姓名", "缺少姓名"),
        (2, "性别", "没有“x”这种性别，可以填：男、女"),
        (2, "辅导员工号", "工号 T001 是第 6 行学生的学号"),
        (2, "辅导员姓名", "有 1 个工号、2 个姓名，请用“、”隔开并一一对应"),
        (3, "辅导员工号", "工号 T001 是第 6 行学生的学号"),
        (4, "学号", "学号 20240001 与第 2 行重复，每名学生只占一行"),
        (4, "民族", "没有“x”这个民族，请按国家标准填写，如“汉族”；其余填“其他”"),
        (4, "证件号码", "证件号码与第 2 行的学生相同，请对照证件改正"),
        (4, "辅导员工号", "工号 T001 是第 6 行学生的学号"),
        (5, "证件号码", "证件号码与第 3 行的学生相同，请对照证件改正"),
        (5, "辅导员工号", "工号 T001 是第 6 行学生的学号"),
        (5, "辅导员姓名", "工号 T001 在第 2 行是“李静”，这里是“李婧”，请改成一致"),
        (6, "辅导员工号", "工号 T001 是第 6 行学生的学号"),
    ]
    assert report.as_dict() | {"errors": 0} == {
        "rows": 5,
        "added": 0,
        "changed": 0,
        "unchanged": 0,
        "errors": 0,
    }
    assert not Student.objects.exists()
    assert not College.objects.exists()


def test_one_fault_keeps_every_line_out(tmp_path):
    assert import_roster(roster(tmp_path, line(1), line(2, 姓名="")), by=None).errors
    assert not User.objects.exists()


def test_what_collides_with_the_database(tmp_path):
    group = make_class("软件2401", "计算机学院", "软件工程")
    other = make_student(group, "李四", "20249999", id_number=line(1)["证件号码"])
    make_staff("20240002", "何老师", Level.SCHOOL)
    make_staff("T001", "周明", Level.SCHOOL)
    make_staff("T041", "冯管理", Level.ADMIN)
    idle = make_staff("T005", "退老师", Level.COUNSELOR)
    User.objects.filter(pk=idle.pk).update(is_active=False)
    path = roster(
        tmp_path,
        line(1),
        line(2),
        line(3, 辅导员工号="20249999", 辅导员姓名="李四"),
        line(4, 辅导员工号="T005", 辅导员姓名="退老师"),
        line(5, 辅导员工号="T041", 辅导员姓名="冯管理"),
    )
    assert faults(path) == [
        (2, "证件号码", "证件号码已属于学号 20249999 的学生，请核对是谁的证件"),
        (2, "辅导员姓名", "工号 T001 登记的姓名是“周明”，这里是“李静”，请核对"),
        (3, "学号", "学号 20240002 已是教职工“何老师”的工号，请核对"),
        (4, "辅导员工号", "工号 20249999 已是学生“李四”的学号，请核对"),
        (5, "辅导员工号", "工号 T005（退老师）的账号已停用，请先启用或更换辅导员"),
        (6, "辅导员工号", "工号 T041 是系统管理员，不能兼任辅导员，请更换辅导员"),
    ]
    assert Student.objects.get() == other


def test_two_students_may_swap_their_numbers(tmp_path):
    import_roster(roster(tmp_path, line(2), line(4)), by=None)
    swapped = (line(2, 证件号码=line(4)["证件号码"]), line(4, 证件号码=line(2)["证件号码"]))
    report = import_roster(roster(tmp_path, *swapped), by=None)
    assert (report.errors, report.changed) == ([], 2)


def test_a_faulty_file_still_shows_what_collides_with_the_database(tmp_path):
    make_staff("20240002", "何老师", Level.SCHOOL)
    assert faults(roster(tmp_path, line(1, 姓名=""), line(2))) == [
        (2, "姓名", "缺少姓名"),
        (3, "学号", "学号 20240002 已是教职工“何老师”的工号，请核对"),
    ]
