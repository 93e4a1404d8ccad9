"""我的 and 记录."""

import re

from django.test import Client

from tests.web.student.conftest import words
from yibao.people.disclosure import disclose, looks_at, note_export
from yibao.people.models import Student


def test_my_data_are_masked(wang, cast):
    screen = words(wang.client.get("/me/"))
    assert "证件号码 350***********" in screen
    assert f"手机号 {cast.wang.mobile[:3]}****{cast.wang.mobile[-4:]}" in screen
    for secret in (cast.wang.id_number, cast.wang.mobile):
        assert secret not in wang.client.get("/me/").content.decode()
    assert "修改密码" in screen
    assert "退出登录" in screen


def test_faults_stand_at_their_field(wang, cast):
    cast.wang.ethnicity = "火星"
    cast.wang.save()
    assert "民族 火星族 没有“火星”这个民族" in words(wang.client.get("/me/"))


def test_contact_data_can_be_changed(wang, cast):
    form = wang.client.get("/me/contact/").content.decode()
    assert f'value="{cast.wang.mobile}"' in form
    page = wang.client.post("/me/contact/", {"mobile": "+852 6123 4567"}, follow=True)
    assert "联系方式已保存" in words(page)
    assert Student.objects.get(pk=cast.wang.pk).mobile == "+85261234567"


def test_a_fault_keeps_what_was_entered(wang, cast):
    page = wang.client.post("/me/contact/", {"mobile": "139", "home_address": "东街"})
    assert "手机号应为 11 位" in words(page)
    assert 'value="东街"' in page.content.decode()
    assert Student.objects.get(pk=cast.wang.pk).mobile == cast.wang.mobile


def test_the_history_says_what_each_year_cost(owing):
    screen = words(owing.client.get("/history/"))
    assert (
        "2026年大学生医保 待缴费 2026-2027 学年 意愿 参保 参保类型 城乡居民基本医疗保险" in screen
    )
    assert "应缴 ¥533.00" in screen


def test_who_looked_is_told_by_name_post_and_time(wang, cast):
    assert "还没有人查看过" in words(wang.client.get("/me/seen/"))
    disclose(cast.wang, "id_number", by=cast.li)
    disclose(cast.wang, "mobile", by=cast.xu)
    disclose(cast.wang, "mobile", by=cast.wang.user)
    disclose(cast.liu, "id_number", by=cast.he)
    note_export([cast.wang.pk], by=cast.office, name="学生信息", reason="报送医保局")
    screen = words(wang.client.get("/me/seen/"))
    assert re.search(
        "周主任（学校） 导出了含完整号码的学生信息 用途：报送医保局 .*"
        "徐书记（计算机学院） 查看了完整的手机号 .* 李老师（辅导员） 查看了完整的证件号码",
        screen,
    )
    assert "何老师" not in screen
    assert "王小明（" not in screen
    assert cast.wang.mobile not in screen


def test_an_export_with_full_numbers_is_told_to_each_student_in_it(wang, cast):
    office = Client()
    office.force_login(cast.office, backend="django.contrib.auth.backends.ModelBackend")
    asked = {"do": "export", "pk": cast.wang.pk, "full": "1", "reason": "报送医保局"}
    for page, pk in (("students", cast.wang.pk), ("enrolments", wang.row.pk)):
        answer = office.post(f"/staff/{page}/", asked | {"pk": pk})
        assert answer.status_code == 200
    office.post("/staff/students/", {"do": "export", "pk": cast.wang.pk})  # masked
    looks = [(look.who, look.what, look.reason) for look in looks_at(cast.wang)]
    assert looks == [
        ("周主任", "导出了含完整号码的参保名单详情", "报送医保局"),
        ("周主任", "导出了含完整号码的学生信息", "报送医保局"),
    ]
    assert looks_at(cast.liu) == []
